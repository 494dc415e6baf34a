"""What other features may call of athletes.

What only routes ask for comes with the web framework, and is loaded when the first route asks.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.orm import Session

from strideiq.athletes import administration, events
from strideiq.athletes.once import claim, made_once, settle
from strideiq.athletes.recognising import recognised
from strideiq.athletes.service import (
    AthleteView,
    EmailTakenError,
    all_athletes,
    anybody,
    athlete_of,
    create,
    find_by_email,
    name_of,
    time_zone_of,
)

if TYPE_CHECKING:
    from fastapi import Request

    from strideiq.athletes.access import token_athlete
    from strideiq.athletes.requests import (
        Administrator,
        ConfirmedAthlete,
        CurrentAthlete,
        MaybeAthlete,
        current_athlete,
        maybe_athlete,
    )

__all__ = [
    "Administrator",
    "AthleteView",
    "ConfirmedAthlete",
    "CurrentAthlete",
    "EmailTakenError",
    "MaybeAthlete",
    "all_athletes",
    "athlete_of",
    "claim",
    "create",
    "current_athlete",
    "find_by_email",
    "front_door",
    "made_once",
    "may_leave",
    "maybe_athlete",
    "name_of",
    "note_event",
    "recognised",
    "settle",
    "time_zone_of",
    "token_athlete",
]


def note_event(session: Session, athlete_id: UUID, kind: events.Kind, request: Request) -> None:
    """Write down what happened to an account, where its athlete sees it."""
    events.note(session, athlete_id, kind, events.origin_of(request))


def may_leave(session: Session, athlete_id: UUID) -> None:
    """Refuse where nobody would be left to look after the accounts of others.

    Raises:
        InvalidInputError: the athlete is the only administrator, and others have accounts.
    """
    administration.may_leave(session, athlete_id)


def front_door(request: Request, session: Session) -> str:
    """Where a stranger comes in: the first of all makes an account, everybody else signs in."""
    settings = request.app.state.runtime.settings
    first = administration.sign_up_open(settings, session) and not anybody(session)
    return "/sign-up" if first else "/sign-in"


_OF_ROUTES = {
    "Administrator": "requests",
    "ConfirmedAthlete": "requests",
    "CurrentAthlete": "requests",
    "MaybeAthlete": "requests",
    "current_athlete": "requests",
    "maybe_athlete": "requests",
    "token_athlete": "access",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """What only a route asks for."""
        if name not in _OF_ROUTES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"strideiq.athletes.{_OF_ROUTES[name]}"), name)
