"""Guarded migrations: plan, lint, prove a backup, rehearse, apply, verify."""
