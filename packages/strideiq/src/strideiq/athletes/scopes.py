"""What an API token may be allowed to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from strideiq.platform.errors import InvalidInputError
from strideiq.platform.language import gettext as _

SCOPES = (
    "profile:read",
    "activities:read",
    "activities:write",
    "imports:read",
    "imports:write",
    "coach:read",
    "coach:ask",
    "coach:tools",
)
"""Every scope that some address asks for; ``write`` never includes ``read``.

One that opens nothing yet is not offered: a token would gain by it what nobody gave.
"""


def described() -> Mapping[str, str]:
    """Each scope with what it lets a program do, in the language in use."""
    words = (
        _("read your name, units and time zone"),
        _("read your activities"),
        _("change what your activities say"),
        _("read which files were imported, with their verdicts"),
        _("import files"),
        _("read your conversations with the coach"),
        _("ask the coach, and keep the conversation"),
        _("ask the coach's tools about all of your record, as an agent"),
    )
    return dict(zip(SCOPES, words, strict=True))


TRIED = {
    "profile:read": "/api/v1/athlete",
    "activities:read": "/api/v1/activities?limit=3",
    "coach:read": "/api/v1/coach/conversations",
}
"""What a new token can be tried with at once, by a scope that allows it."""


def tried_with(scopes: Iterable[str]) -> str | None:
    """An address that these scopes open; None where none is as simple as that."""
    return next((TRIED[scope] for scope in scopes if scope in TRIED), None)


def checked(scopes: Iterable[str]) -> list[str]:
    """The scopes in the order of the table, each once.

    Raises:
        InvalidInputError: there is none among them, or one that does not exist.
    """
    wanted = set(scopes)
    if unknown := sorted(wanted - set(SCOPES)):
        raise InvalidInputError(
            _("There is no scope {scope!r}.").format(scope=unknown[0]),
            next_step=_("choose from those on the page"),
        )
    if not wanted:
        raise InvalidInputError(
            _("A token without any scope could do nothing."),
            next_step=_("choose at least one thing that it may do"),
        )
    return [scope for scope in SCOPES if scope in wanted]
