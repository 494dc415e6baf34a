"""Encrypted backups that carry the count and digest of every table, and their catalogue."""

from __future__ import annotations
