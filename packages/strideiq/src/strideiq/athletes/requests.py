"""Who asks, as a route wants to know it: anybody, an athlete, an administrator."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from strideiq.athletes import sign_ins
from strideiq.athletes.service import AthleteView
from strideiq.platform.errors import ConfirmationNeededError, NotFoundError, SignInNeededError
from strideiq.platform.language import gettext as _
from strideiq.platform.requests import DatabaseSession
from strideiq.platform.security import signed_cookie


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
