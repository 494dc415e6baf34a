"""Masked copies of a database for other environments."""
