"""Shoes and other gear: which was used when, and how far it has come."""
