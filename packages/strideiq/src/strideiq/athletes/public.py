"""What other features may call of athletes."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from strideiq.athletes import administration, events, sign_ins
from strideiq.athletes.access import recognised, token_athlete
from strideiq.athletes.once import claim, made_once, settle
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
from strideiq.platform.database import DatabaseSession
from strideiq.platform.errors import ConfirmationNeededError, NotFoundError, SignInNeededError
from strideiq.platform.language import gettext as _
from strideiq.platform.security import signed_cookie

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


def session_token(request: Request) -> str:
    """The token of the browser's session; empty where it has none."""
    return signed_cookie(request, "sign_in") or ""


def maybe_athlete(request: Request, session: DatabaseSession) -> AthleteView | None:
    """Who is signed in, or None; for pages that anybody may open."""
    token = session_token(request)
    athlete = sign_ins.holder(session, token) if token else None
    request.state.athlete = athlete
    return athlete


MaybeAthlete = Annotated[AthleteView | None, Depends(maybe_athlete)]
"""What a route asks for when the page is public and the shell should know the athlete."""


def current_athlete(athlete: MaybeAthlete) -> AthleteView:
    """Who is signed in.

    Raises:
        SignInNeededError: nobody is.
    """
    if athlete is None:
        raise SignInNeededError("Nobody is signed in.", next_step="sign in")
    return athlete


CurrentAthlete = Annotated[AthleteView, Depends(current_athlete)]
"""What a route asks for when its page belongs to an athlete."""


def front_door(request: Request, session: Session) -> str:
    """Where a stranger comes in: the first of all makes an account, everybody else signs in."""
    settings = request.app.state.runtime.settings
    first = administration.sign_up_open(settings, session) and not anybody(session)
    return "/sign-up" if first else "/sign-in"


def confirmed_athlete(
    request: Request, session: DatabaseSession, athlete: CurrentAthlete
) -> AthleteView:
    """Who is signed in, and has proven it a short while ago.

    Raises:
        ConfirmationNeededError: that was too long ago.
    """
    if not sign_ins.recently_confirmed(session, session_token(request)):
        raise ConfirmationNeededError(
            _("This asks once more who you are."), next_step=_("confirm that it is you")
        )
    return athlete


ConfirmedAthlete = Annotated[AthleteView, Depends(confirmed_athlete)]
"""What a route asks for when whoever finds an open browser must not do it."""


def administrator(athlete: ConfirmedAthlete) -> AthleteView:
    """Who is signed in and looks after the accounts; for anybody else there is nothing here.

    Raises:
        NotFoundError: the athlete is no administrator.
    """
    if not athlete.administrator:
        raise NotFoundError(_("There is nothing here."), next_step=_("open your own pages"))
    return athlete


Administrator = Annotated[AthleteView, Depends(administrator)]
"""What a route asks for when only an administrator may do it."""
