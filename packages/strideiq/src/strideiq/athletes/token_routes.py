"""The page of API tokens: which there are, a new one shown once, and an end to any."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from strideiq.athletes import events, tokens
from strideiq.athletes.public import ConfirmedAthlete, CurrentAthlete, made_once
from strideiq.athletes.scopes import described, tried_with
from strideiq.athletes.service import AthleteView
from strideiq.platform.database import DatabaseSession
from strideiq.platform.errors import InvalidInputError
from strideiq.platform.pages import render

PATH = "/preferences/tokens"
LASTS_DAYS = {"30": 30, "90": 90, "365": 365, "never": None}
LASTS_USUALLY = "365"


class Fresh(NamedTuple):
    """A token that was made just now, and an address that it opens."""

    token: str
    tried_with: str | None


router = APIRouter(include_in_schema=False)


@router.get(PATH)
def token_page(request: Request, session: DatabaseSession, athlete: CurrentAthlete) -> Response:
    """Show the athlete's tokens, and the form for a new one."""
    return _page(request, session, athlete)


@router.post(PATH)
@made_once
def make_token(
    request: Request,
    session: DatabaseSession,
    athlete: ConfirmedAthlete,
    name: Annotated[str, Form()] = "",
    scope: Annotated[list[str] | None, Form()] = None,
    lasts: Annotated[str, Form()] = LASTS_USUALLY,
) -> Response:
    """Make a token, and show it this once."""
    days = LASTS_DAYS.get(lasts, LASTS_DAYS[LASTS_USUALLY])
    chosen = scope or []
    try:
        token = tokens.make(
            session,
            athlete.athlete_id,
            name=name,
            wanted=chosen,
            lasts=None if days is None else timedelta(days=days),
        )
    except InvalidInputError as error:
        wrong = f"{error.message} {error.next_step[:1].upper()}{error.next_step[1:]}."
        typed = {"name": name, "scopes": chosen, "lasts": lasts}
        return _page(request, session, athlete, typed=typed, wrong=wrong, status_code=422)
    events.note(session, athlete.athlete_id, "token_made", events.origin_of(request))
    return _page(request, session, athlete, fresh=Fresh(token, tried_with(chosen)))


@router.post(PATH + "/{token_id}/revoke")
def revoke_token(
    request: Request, session: DatabaseSession, athlete: CurrentAthlete, token_id: UUID
) -> Response:
    """End a token."""
    tokens.revoke(session, athlete.athlete_id, token_id)
    events.note(session, athlete.athlete_id, "token_revoked", events.origin_of(request))
    return RedirectResponse(PATH, status_code=303)


def _page(
    request: Request,
    session: Session,
    athlete: AthleteView,
    *,
    fresh: Fresh | None = None,
    typed: Mapping[str, object] | None = None,
    wrong: str | None = None,
    status_code: int = 200,
) -> Response:
    return render(
        request,
        "athletes/tokens.html",
        status_code=status_code,
        tokens=tokens.listed(session, athlete.athlete_id),
        fresh=fresh,
        typed=typed or {"name": "", "scopes": [], "lasts": LASTS_USUALLY},
        wrong=wrong,
        scopes=described(),
        lasts=LASTS_DAYS,
        base=str(request.base_url).rstrip("/"),
    )
