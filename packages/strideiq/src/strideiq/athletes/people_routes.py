"""The administrator's page: who has an account, who may make one, who is kept out."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from strideiq.athletes import administration, events
from strideiq.athletes.public import Administrator, made_once
from strideiq.athletes.service import AthleteView
from strideiq.platform.database import DatabaseSession
from strideiq.platform.pages import render

PATH = "/people"

router = APIRouter(include_in_schema=False)


@router.get(PATH)
def people_page(request: Request, session: DatabaseSession, athlete: Administrator) -> Response:
    """Show who has an account; nothing of anybody's training."""
    return _page(request, session, athlete)


@router.post(f"{PATH}/invite")
@made_once
def invite(request: Request, session: DatabaseSession, athlete: Administrator) -> Response:
    """Make a link by which one person may make an account, and show it this once."""
    token = administration.invite(session, athlete.athlete_id)
    link = str(request.url_for("sign_up_page").include_query_params(invitation=token))
    return _page(request, session, athlete, link=link)


@router.post(f"{PATH}/invitations/withdraw")
def withdraw(session: DatabaseSession, athlete: Administrator) -> Response:
    """Let no link count that is still out."""
    del athlete
    administration.withdraw_invitations(session)
    return RedirectResponse(PATH, status_code=303)


@router.post(f"{PATH}/sign-up")
def choose_sign_up(
    session: DatabaseSession, athlete: Administrator, choice: Annotated[str, Form()] = ""
) -> Response:
    """Open or close sign-up."""
    administration.choose_sign_up(session, athlete.athlete_id, opened=choice == "open")
    return RedirectResponse(PATH, status_code=303)


@router.post(f"{PATH}/{{person_id}}/disable")
def disable(
    request: Request, session: DatabaseSession, athlete: Administrator, person_id: UUID
) -> Response:
    """Keep somebody out; the data stays."""
    del athlete
    administration.disable(session, person_id)
    _note(request, session, person_id, "disabled")
    return RedirectResponse(PATH, status_code=303)


@router.post(f"{PATH}/{{person_id}}/enable")
def enable(
    request: Request, session: DatabaseSession, athlete: Administrator, person_id: UUID
) -> Response:
    """Let somebody in again."""
    del athlete
    administration.enable(session, person_id)
    _note(request, session, person_id, "enabled")
    return RedirectResponse(PATH, status_code=303)


@router.post(f"{PATH}/{{person_id}}/reset")
def reset(
    request: Request, session: DatabaseSession, athlete: Administrator, person_id: UUID
) -> Response:
    """Give somebody who cannot get in any more a new password, shown this once."""
    password = administration.reset(session, person_id)
    _note(request, session, person_id, "reset")
    return _page(request, session, athlete, password=password, of=person_id)


def _note(request: Request, session: DatabaseSession, person_id: UUID, kind: events.Kind) -> None:
    """The person sees what was done, and not from where: that is the administrator's own."""
    del request
    events.note(session, person_id, kind, events.Origin(), how="administrator")


def _page(
    request: Request,
    session: DatabaseSession,
    athlete: AthleteView,
    *,
    link: str | None = None,
    password: str | None = None,
    of: UUID | None = None,
) -> Response:
    settings = request.app.state.runtime.settings
    return render(
        request,
        "athletes/people.html",
        people=administration.people(session),
        me=athlete.athlete_id,
        invitations=administration.invitations(session),
        sign_up_open=administration.sign_up_open(settings, session),
        operator_closed=not settings.sign_up,
        link=link,
        password=password,
        of=of,
    )
