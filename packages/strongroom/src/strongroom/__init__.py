"""Strongroom, a data-safety layer for applications on PostgreSQL."""
