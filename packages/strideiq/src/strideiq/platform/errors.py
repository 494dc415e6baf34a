"""Every error of StrideIQ: its message, its one next step, its exit code, its HTTP status.

Errors are raised where something is known to be wrong, and turned into text, JSON or a page in
one place (``output.py`` for commands, ``app.py`` for pages). Neither text ever holds a secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


class StrideiqError(Exception):
    """Something that StrideIQ could not or would not do."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 400

    def __init__(self, message: str, *, next_step: str) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def as_dict(self) -> dict[str, object]:
        """The error as documented for ``--json``."""
        return {"code": self.code, "message": self.message, "next": self.next_step}


class HomeError(StrideiqError):
    """There is no such environment under the home directory, or several could be meant."""

    code = "home"


class SettingsError(StrideiqError):
    """The environment file or a variable is missing, too weak, or readable by others."""

    code = "settings"


class InvalidInputError(StrideiqError):
    """What somebody typed cannot be used; the message says which part and why."""

    code = "invalid_input"
    http_status = 422


class NotFoundError(StrideiqError):
    """There is nothing here that belongs to this athlete."""

    code = "not_found"
    http_status = 404


@dataclass(frozen=True)
class WrongField:
    """A part of a request that cannot be used, and what is allowed there."""

    place: str
    """``query``, ``path``, ``header`` or ``body``."""
    field: str
    detail: str


class InvalidFieldsError(InvalidInputError):
    """Parts of a program's request cannot be used; ``fields`` names each."""

    code = "invalid_fields"

    def __init__(self, message: str, *, next_step: str, fields: tuple[WrongField, ...]) -> None:
        super().__init__(message, next_step=next_step)
        self.fields = fields


class ChangedMeanwhileError(StrideiqError):
    """A change was made of a state that is no longer the newest; nothing was changed."""

    code = "changed_meanwhile"
    http_status = 412


class PreconditionNeededError(StrideiqError):
    """A program's change does not say of which state it is."""

    code = "precondition_needed"
    http_status = 428


class ConflictError(StrideiqError):
    """What was asked for does not go with what is here, or with what was asked before."""

    code = "conflict"
    http_status = 409


class SignInNeededError(StrideiqError):
    """The page belongs to an athlete, and nobody is signed in."""

    code = "sign_in_needed"
    http_status = 401


class ConfirmationNeededError(StrideiqError):
    """The athlete is signed in, and must say once more who it is before this act."""

    code = "confirmation_needed"
    http_status = 403


class TokenNeededError(StrideiqError):
    """The address is for programs, and none of our tokens came with the request."""

    code = "token_needed"
    http_status = 401


class ScopeMissingError(StrideiqError):
    """The token is ours, and its athlete did not let it do this."""

    code = "scope_missing"
    http_status = 403


class ForgedRequestError(StrideiqError):
    """A form came without the token that our own pages put into it."""

    code = "forged_request"
    http_status = 403


class TooManyAttemptsError(StrideiqError):
    """Somebody tries too often in too short a time."""

    code = "too_many_attempts"
    http_status = 429
