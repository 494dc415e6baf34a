"""The breaks, by room: what is removed or bent, and which tests must notice."""

from __future__ import annotations

from catalogue import (
    audit,
    backups,
    command_guard,
    discovery,
    drills,
    guard_hosts,
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
    command_guard,
    discovery,
    drills,
    guard_hosts,
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
    command_guard.CORPUS,
)
"""Quick tests without a server: their mutations are the slice that every change has to pass."""
