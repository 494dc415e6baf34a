"""Pieces of a ``strongroom.toml`` for tests."""

from __future__ import annotations

LOGICAL = """
[backup]
method = "logical"
"""
"""For tests that are about something else: a small database is dumped sooner than a cluster."""
