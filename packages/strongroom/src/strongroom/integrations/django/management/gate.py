"""What the guarded commands share: first the gate, and refusals as Django tells them."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from strongroom.errors import StrongroomError
from strongroom.integrations.django.connections import guarded_aliases, made_for_tests


class BehindTheGate(BaseCommand):  # type: ignore[misc]  # Django has no types
    """A command that runs on the pinned database only; its exit status is the verdict's."""

    def execute(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401  Django has no types
        """Connect, which verifies, before Django's own checks and the command itself."""
        try:
            if options["database"] in guarded_aliases():
                connections[options["database"]].ensure_connection()
            return super().execute(*args, **options)
        except StrongroomError as error:
            raise CommandError(
                f"{error.message}\nnext: {error.next_step}", returncode=error.exit_code
            ) from error

    def is_guarded(self, alias: str) -> bool:
        """Whether an alias leads to a pinned database, and not to one made for tests."""
        return alias in guarded_aliases() and not made_for_tests(connections[alias])
