"""Accounts, sign-in and preferences."""
