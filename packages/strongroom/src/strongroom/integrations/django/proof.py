"""The way back that Django's dangerous commands get before they run: a backup, and its proof."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from strongroom.backups import take
from strongroom.drills import drill
from strongroom.errors import BackupError
from strongroom.identity import OpenDatabase
from strongroom.migrations.lint import LintContext, effects_of

CANNOT_BE_WRITTEN = "CANNOT BE WRITTEN AS SQL"
"""Django's own words for an operation in Python, among the statements of a plan."""
VERSION_OF_MAJOR = 10_000

Plan = Sequence[tuple[Any, bool]]
"""Django's own: each migration, and whether it is taken back."""


def what_may_be_lost(plan: Plan, connection: Any, loader: Any) -> list[str]:  # noqa: ANN401  Django has no types
    """What a plan can lose, in words. What cannot be seen through counts as able to."""
    try:
        # One by one: each is told from the state that it finds, whatever else is planned.
        statements = [str(text) for one in plan for text in loader.collect_sql([one])]
    except Exception as error:  # noqa: BLE001  operations are anybody's code
        return [f"operations that do not tell their SQL beforehand ({type(error).__name__})"]
    unseen = [f"an operation in Python ({one})" for one in _in_python(plan)]
    if not unseen and any(CANNOT_BE_WRITTEN in one for one in statements):
        unseen = ["an operation in Python"]
    major = connection.pg_version // VERSION_OF_MAJOR
    losses = effects_of("\n".join(statements), context=LintContext(server_major=major))
    return [*(_told(one) for one in losses), *unseen]


def take_proven_backup(database: OpenDatabase) -> str:
    """Take a backup, restore it into a scratch server, compare; give its name.

    Raises:
        BackupError: it is not proven, so it is no way back.
    """
    manifest = take(database.configuration, database, copy=False)
    record = drill(database.configuration, manifest.backup_id)
    if record.verdict != "proven":
        raise BackupError(
            f"Backup {manifest.backup_id} was taken, and its drill says {record.verdict}.",
            next_step=f"strongroom drill {manifest.backup_id}",
        )
    return manifest.backup_id


def _in_python(plan: Plan) -> list[str]:
    return [
        str(migration)
        for migration, _ in plan
        for operation in migration.operations
        if type(operation).__name__ == "RunPython"
    ]


def _told(loss: Any) -> str:  # noqa: ANN401  whichever shape the lint gives it
    table, columns = loss.table or "", ", ".join(loss.columns)
    return " ".join(part for part in (loss.kind.replace("_", " "), table, columns) if part)
