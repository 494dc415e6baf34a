"""``manage.py flush`` behind the gate: a person at a terminal, and a proven backup first."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.commands import flush

from strongroom.errors import ConfirmationNeededError
from strongroom.identity import OpenDatabase
from strongroom.integrations.django.connections import database_of
from strongroom.integrations.django.management.gate import BehindTheGate
from strongroom.integrations.django.proof import take_proven_backup
from strongroom.ledger import ledger_of

UNGUARDED_ENVIRONMENT = "test"
"""A pinned database of this environment may be emptied without being asked."""


class Command(BehindTheGate, flush.Command):  # type: ignore[misc]  # Django has no types
    """Django's own command; on a guarded alias only a person can have it run."""

    def handle(self, **options: Any) -> Any:  # noqa: ANN401  Django has no types
        """Ask, prove a backup; then empty the tables as Django does."""
        if self.is_guarded(options["database"]):
            database = database_of(options["database"]).open()
            if database.configuration.environment != UNGUARDED_ENVIRONMENT:
                self._make_sure(database, interactive=options["interactive"])
        return super().handle(**options)

    def _make_sure(self, database: OpenDatabase, *, interactive: bool) -> None:
        self._ask(database, interactive=interactive)
        backup_id = take_proven_backup(database)
        ledger_of(database.configuration).record(
            "flush", backup_id=backup_id, **database.log_position()
        )
        self.stdout.write(self.style.SUCCESS(f"Proven: backup {backup_id}."))

    def _ask(self, database: OpenDatabase, *, interactive: bool) -> None:
        """Have a person type the environment's name.

        Raises:
            ConfirmationNeededError: nobody is there, or something else was typed.
        """
        environment = database.configuration.environment
        if interactive and sys.stdin.isatty():
            self.stdout.write(f"This empties every table of the {environment} database.")
            if input(f"Type {environment} to go on: ") == environment:
                return
        raise ConfirmationNeededError(
            f"flush would empty every table of the {environment} database, and only a person at "
            "a terminal may have it do so.",
            next_step="manage.py flush, on a terminal and without --noinput",
        )
