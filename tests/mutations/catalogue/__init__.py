"""The breaks, by room: what is removed or bent, and which tests must notice."""

from __future__ import annotations

from catalogue import (
    audit,
    backups,
    discovery,
    drills,
    identity,
    migrations,
    protection,
    restores,
    retention,
    schedule,
    storage,
    suites,
    wal,
)
from catalogue.mutation import Mutation

ROOMS = (
    audit,
    backups,
    discovery,
    drills,
    identity,
    migrations,
    protection,
    restores,
    retention,
    schedule,
    storage,
    suites,
    wal,
)
MUTATIONS: tuple[Mutation, ...] = tuple(one for room in ROOMS for one in room.MUTATIONS)

PURE = (
    identity.VERDICTS,
    drills.COMPARISON,
    identity.LIVES,
    migrations.EFFECTS,
    suites.JUDGING,
    storage.COPIES,
    discovery.RANKING,
)
"""Quick tests without a server: their mutations are the slice that every change has to pass."""
