"""Guarded migrations: plan, lint, prove a backup, rehearse, apply, verify.

What needs Alembic is loaded when it is used: linting needs no Alembic.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strongroom.migrations.consent import Confirm, Request
    from strongroom.migrations.migrating import STEPS, migrate, plan
    from strongroom.migrations.outcome import Migrated
    from strongroom.migrations.planning import Plan, PlannedRevision
    from strongroom.migrations.project import alembic_config
    from strongroom.migrations.rehearsal import Rehearsal
    from strongroom.migrations.settings import alembic_path, settings_of

__all__ = [
    "STEPS",
    "Confirm",
    "Migrated",
    "Plan",
    "PlannedRevision",
    "Rehearsal",
    "Request",
    "alembic_config",
    "alembic_path",
    "migrate",
    "plan",
    "settings_of",
]

_HOMES = {
    "STEPS": "migrating",
    "Confirm": "consent",
    "Migrated": "outcome",
    "Plan": "planning",
    "PlannedRevision": "planning",
    "Rehearsal": "rehearsal",
    "Request": "consent",
    "alembic_config": "project",
    "alembic_path": "settings",
    "migrate": "migrating",
    "plan": "migrating",
    "settings_of": "settings",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
