"""What other features may call of athletes."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from strideiq.athletes.service import (
    AthleteView,
    EmailTakenError,
    all_athletes,
    create,
    find_by_email,
    name_of,
    signed_in,
    time_zone_of,
)
from strideiq.platform.database import DatabaseSession
from strideiq.platform.errors import SignInNeededError
from strideiq.platform.security import signed_cookie

__all__ = [
    "AthleteView",
    "CurrentAthlete",
    "EmailTakenError",
    "MaybeAthlete",
    "all_athletes",
    "create",
    "current_athlete",
    "find_by_email",
    "maybe_athlete",
    "name_of",
    "time_zone_of",
]


def maybe_athlete(request: Request, session: DatabaseSession) -> AthleteView | None:
    """Who is signed in, or None; for pages that anybody may open."""
    token = signed_cookie(request, "sign_in")
    athlete = signed_in(session, token) if token else None
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
