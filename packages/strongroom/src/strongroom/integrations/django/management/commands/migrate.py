"""``manage.py migrate`` behind the gate, with a proven backup before data can be lost."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.models.signals import pre_migrate

from strongroom.identity.deletions import forget_tables
from strongroom.integrations.django.connections import database_of
from strongroom.integrations.django.management.gate import BehindTheGate
from strongroom.integrations.django.proof import take_proven_backup, what_may_be_lost
from strongroom.postgres import connect, user_rows_exist, user_tables


class Command(BehindTheGate, migrate.Command):  # type: ignore[misc]  # Django has no types
    """Django's own command; on a guarded alias it first makes sure of the way back."""

    def handle(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401  Django has no types
        """Run Django's own; its plan is looked at before anything is applied."""
        alias = options["database"]
        if not self.is_guarded(alias) or options.get("fake"):
            return super().handle(*args, **options)
        seen: list[Any] = []
        before = self._tables(alias)

        def look(plan: Any = (), using: str = "", **_: object) -> None:  # noqa: ANN401  the same
            if plan and using == alias and plan not in seen:
                seen.append(plan)  # the signal comes once for each application
                self._make_sure(alias, plan)

        pre_migrate.connect(look, weak=False)
        try:
            return super().handle(*args, **options)
        finally:
            pre_migrate.disconnect(look)
            gone = before - self._tables(alias)
            if gone:  # by the plan that was looked at, so that their rows are not missed
                forget_tables(database_of(alias).configuration, sorted(gone), "manage.py migrate")

    def _tables(self, alias: str) -> set[str]:
        with connect(database_of(alias).open().conninfo("backup")) as ours:
            return {table.label for table in user_tables(ours)}

    def _make_sure(self, alias: str, plan: Any) -> None:  # noqa: ANN401  the same
        connection, database = connections[alias], database_of(alias).open()
        with connect(database.conninfo("backup")) as ours:
            if not user_rows_exist(ours):
                return
        losses = what_may_be_lost(plan, connection, MigrationLoader(connection))
        if not losses:
            database.append_epoch()
            return
        self.stdout.write(self.style.WARNING("This migration can lose data:"))
        for one in losses:
            self.stdout.write(f"  {one}")
        self.stdout.write("Taking a backup and proving it by a restore first.")
        self.stdout.flush()
        backup_id = take_proven_backup(database)
        self.stdout.write(self.style.SUCCESS(f"Proven: backup {backup_id}."))
