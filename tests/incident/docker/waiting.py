"""Wait for a server that is starting."""

from __future__ import annotations

import time

import psycopg

READY_MAX_S = 60


def connected(address: str) -> psycopg.Connection:
    """Connect as soon as the server lets anybody in."""
    begun = time.monotonic()
    while True:
        try:
            return psycopg.connect(address, autocommit=True)
        except psycopg.OperationalError:
            if time.monotonic() - begun > READY_MAX_S:
                raise
            time.sleep(0.05)
