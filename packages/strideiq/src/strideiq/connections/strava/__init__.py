"""Strava by its API (version 3): what it sends is only lent; see ``connections/terms.py``."""
