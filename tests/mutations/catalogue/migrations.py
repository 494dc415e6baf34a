"""Migrations and masked copies."""

from __future__ import annotations

from catalogue.mutation import TESTS, mutation

EFFECTS = (f"{TESTS}/migrations/lint/test_linting.py",)

MUTATIONS = (
    mutation(
        "migrations/lint/effects.py",
        "TRUNCATE is no loss",
        '    "TruncateStmt": _truncate,\n',
        "",
        EFFECTS,
    ),
    mutation(
        "migrations/lint/effects.py",
        "a block of code loses nothing",
        '    "DoStmt": _unknown,\n',
        "",
        EFFECTS,
    ),
    mutation(
        "migrations/lint/effects.py",
        "MERGE deletes nothing",
        '    "MergeStmt": _merge,\n',
        "",
        EFFECTS,
    ),
    mutation(
        "migrations/lint/effects.py",
        "switching all triggers off is nothing",
        '    "AT_DisableTrigAll": "disable_guard",\n',
        "",
        EFFECTS,
    ),
)
