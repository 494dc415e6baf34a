"""Errors of what changes a database or makes another of it."""

from __future__ import annotations

from strongroom.errors.base import StrongroomError


class RefreshError(StrongroomError):
    """A masked copy could not be made; source and target are as they were."""

    code = "refresh"


class MaskingError(RefreshError):
    """The masking rules do not fit the schema, or leave something personal undecided."""

    code = "masking"


class LeakError(RefreshError):
    """Original values were found in a copy that was to have none; the copy was removed."""

    code = "leak"


class MigrationError(StrongroomError):
    """A migration could not be planned, rehearsed or applied."""

    code = "migration"


class MigrationFailedError(MigrationError):
    """A revision failed while it ran; ``sqlstate`` is PostgreSQL's code, where it was its."""

    code = "migration_failed"

    def __init__(self, message: str, *, next_step: str, sqlstate: str | None = None) -> None:
        super().__init__(message, next_step=next_step)
        self.sqlstate = sqlstate


class MigrationRefusedError(MigrationError):
    """A migration would lose what nobody has agreed to lose; nothing was changed.

    ``document`` is what the plan and the rehearsal found, as shown to people and machines.
    """

    code = "migration_refused"
    exit_code = 30

    def __init__(self, message: str, *, next_step: str, document: dict[str, object]) -> None:
        super().__init__(message, next_step=next_step)
        self.document = document

    def as_dict(self) -> dict[str, object]:
        """The error, with plan and rehearsal beside it."""
        return {**super().as_dict(), **self.document}
