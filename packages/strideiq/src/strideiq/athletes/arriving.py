"""What happens once somebody has proven who they are: a session, its cookie, a note of it."""

from __future__ import annotations

from fastapi import Request, Response
from sqlalchemy.orm import Session

from strideiq.athletes import administration, events, sign_ins
from strideiq.athletes.service import AthleteView
from strideiq.platform.security import COOKIE_AGE_S, cookie_name, set_signed_cookie

HOME = "/"
SECOND_STEP = "second_step"
"""The cookie of who has given the right password and not yet a code."""


def welcome(
    request: Request, session: Session, response: Response, athlete: AthleteView, *, how: str
) -> None:
    """Open a session and let the browser have it, with the language that the athlete wants."""
    administration.ensure_one(session)
    origin = events.origin_of(request)
    set_signed_cookie(
        request, response, "sign_in", sign_ins.begin(session, athlete.athlete_id, origin)
    )
    response.delete_cookie(cookie_name(request, SECOND_STEP))
    if athlete.language is not None:
        remember_language(response, athlete.language)
    events.note(session, athlete.athlete_id, "sign_in", origin, how=how)


def remember_language(response: Response, language: str | None) -> None:
    """Have pages in this language, also before anybody has signed in; None asks the browser."""
    if language is None:
        response.delete_cookie("language")
    else:
        response.set_cookie("language", language, max_age=COOKIE_AGE_S, samesite="lax")


def inside(wanted: str) -> str:
    """An address of our own; one that would lead elsewhere becomes the home page."""
    ours = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted
    return wanted if ours and wanted.isprintable() else HOME
