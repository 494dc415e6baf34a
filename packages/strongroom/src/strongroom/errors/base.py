"""The base of every error, and what any act may run into."""

from __future__ import annotations

from typing import ClassVar


class StrongroomError(Exception):
    """Something that strongroom could not or would not do."""

    code: ClassVar[str] = "error"
    exit_code: int = 1

    def __init__(self, message: str, *, next_step: str) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.add_note(f"next: {next_step}")  # where nobody catches it, the traceback ends so

    def as_dict(self) -> dict[str, object]:
        """The error as documented for ``--json``."""
        return {"code": self.code, "message": self.message, "next": self.next_step}


class ConfigurationError(StrongroomError):
    """A configuration file is missing, unreadable or contradictory."""

    code = "configuration"


class NewerFormatError(StrongroomError):
    """Something was written by a newer strongroom than this one."""

    code = "newer_format"


class NoSpaceError(StrongroomError):
    """There is not enough room on the disk for the work to be started or finished."""

    code = "no_space"


class TimeLimitError(StrongroomError):
    """The time that the work was given is over; nothing of it is left behind."""

    code = "time_limit"


class ConfirmationNeededError(StrongroomError):
    """The act needs a person at a terminal, or a one-use token."""

    code = "confirmation_needed"
    exit_code = 30
