"""Rows that tests left behind in a real database."""
