"""The door: sign-in with a password and, where wanted, a code; sign-up; sign-out."""

from __future__ import annotations

import time
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from strideiq.athletes import administration, events, second_factor, service, sign_ins
from strideiq.athletes.arriving import HOME, SECOND_STEP, inside, welcome
from strideiq.athletes.public import MaybeAthlete
from strideiq.athletes.service import AthleteView
from strideiq.platform.database import DatabaseSession
from strideiq.platform.errors import InvalidInputError, NotFoundError, TooManyAttemptsError
from strideiq.platform.language import gettext as _
from strideiq.platform.pages import render
from strideiq.platform.security import (
    address,
    cookie_name,
    rate_limit,
    set_signed_cookie,
    signed_cookie,
)
from strideiq.platform.zones import zone_names

QUARTER_HOUR_S = 15 * 60.0
SIGN_INS_PER_EMAIL_MAX = 10
SIGN_INS_PER_ADDRESS_MAX = 50
SIGN_UPS_PER_ADDRESS_MAX = 10
SECOND_STEP_LASTS_S = 600

router = APIRouter(include_in_schema=False)


@router.get("/sign-in", name="sign_in_page")
def sign_in_page(
    request: Request,
    session: DatabaseSession,
    athlete: MaybeAthlete,
    next: str = HOME,  # noqa: A002  the address's own word
) -> Response:
    """Show the form."""
    if athlete is not None:
        return RedirectResponse(inside(next), status_code=303)
    return _sign_in_form(request, session, next=next)


@router.post("/sign-in")
def sign_in(
    request: Request,
    session: DatabaseSession,
    email: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = HOME,  # noqa: A002  the form's own word
) -> Response:
    """Open a session for who gives the right password, or ask for a code as well."""
    name = email.strip().lower()
    by_email = rate_limit(request, "sign-in by email", SIGN_INS_PER_EMAIL_MAX, QUARTER_HOUR_S)
    by_address = rate_limit(request, "sign-in", SIGN_INS_PER_ADDRESS_MAX, QUARTER_HOUR_S)
    try:
        by_address.attempt(address(request))
        by_email.attempt(name)
    except TooManyAttemptsError as error:
        wrong = f"{error.message} Please {error.next_step}."
        return _sign_in_form(request, session, next=next, email=email, wrong=wrong, status_code=429)
    athlete = service.authenticate(session, email, password)
    if athlete is None:
        if (known := service.find_by_email(session, email)) is not None:
            events.note(
                session,
                known.athlete_id,
                "sign_in",
                events.origin_of(request),
                how="password",
                succeeded=False,
            )
        wrong = _("This address and password do not belong together.")
        return _sign_in_form(request, session, next=next, email=email, wrong=wrong, status_code=422)
    if service.disabled(session, athlete.athlete_id):
        wrong = _("This account is closed for now. Ask whoever runs this server.")
        return _sign_in_form(request, session, next=next, email=email, wrong=wrong, status_code=422)
    by_email.succeeded(name)
    if second_factor.wanted(session, athlete.athlete_id):
        response = RedirectResponse("/sign-in/code", status_code=303)
        ends = int(time.time()) + SECOND_STEP_LASTS_S
        waiting = f"{athlete.athlete_id}|{ends}|{inside(next)}"
        set_signed_cookie(request, response, SECOND_STEP, waiting)
        return response
    response = RedirectResponse(inside(next), status_code=303)
    welcome(request, session, response, athlete, how="password")
    return response


@router.get("/sign-in/code")
def code_page(request: Request) -> Response:
    """Ask for the code of the authenticator app."""
    if _waiting(request) is None:
        return RedirectResponse("/sign-in", status_code=303)
    return render(request, "athletes/code.html", wrong=None)


@router.post("/sign-in/code")
def code(request: Request, session: DatabaseSession, code: Annotated[str, Form()] = "") -> Response:
    """Open a session for who has given the password, and now gives a code that fits."""
    waiting = _waiting(request)
    if waiting is None:
        return RedirectResponse("/sign-in", status_code=303)
    athlete_id, following = waiting
    limit = rate_limit(request, "code", SIGN_INS_PER_EMAIL_MAX, QUARTER_HOUR_S)
    try:
        limit.attempt(str(athlete_id))
    except TooManyAttemptsError as error:
        wrong = f"{error.message} Please {error.next_step}."
        return render(request, "athletes/code.html", wrong=wrong, status_code=429)
    keys = request.app.state.runtime.keys
    athlete = service.find(session, athlete_id)
    how = second_factor.accept(session, athlete_id, code, keys) if athlete else None
    if athlete is None or how is None or service.disabled(session, athlete_id):
        if athlete is not None:
            origin = events.origin_of(request)
            events.note(session, athlete_id, "sign_in", origin, how="code", succeeded=False)
        wrong = _("This code does not fit, or was used before. Type the one that is shown now.")
        return render(request, "athletes/code.html", wrong=wrong, status_code=422)
    limit.succeeded(str(athlete_id))
    response = RedirectResponse(inside(following), status_code=303)
    welcome(request, session, response, athlete, how=f"password and {how}")
    return response


@router.get("/sign-up")
def sign_up_page(
    request: Request, session: DatabaseSession, athlete: MaybeAthlete, invitation: str = ""
) -> Response:
    """Show the form."""
    if athlete is not None:
        return RedirectResponse(HOME, status_code=303)
    _refuse_where_closed(request, session, invitation)
    return render(request, "athletes/sign_up.html", typed={}, invitation=invitation, wrong=None)


@router.post("/sign-up")
def sign_up(  # noqa: PLR0913  one parameter per field of the form
    request: Request,
    session: DatabaseSession,
    email: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    *,
    units: Annotated[str, Form()] = "metric",
    time_zone: Annotated[str, Form()] = "UTC",
    invitation: Annotated[str, Form()] = "",
) -> Response:
    """Make an account and sign its athlete in; an invitation is used up by it."""
    _refuse_where_closed(request, session, invitation)
    try:
        rate_limit(request, "sign-up", SIGN_UPS_PER_ADDRESS_MAX, QUARTER_HOUR_S).attempt(
            address(request)
        )
        athlete = service.create(
            session,
            email=email,
            name=name,
            password=password,
            units=units,
            time_zone=time_zone if time_zone in zone_names() else "UTC",
        )
    except (InvalidInputError, TooManyAttemptsError) as error:
        again = isinstance(error, service.EmailTakenError)
        known = service.just_made(session, email, password) if again else None
        if known is not None and not second_factor.wanted(session, known.athlete_id):
            return _arrived(request, session, known)
        return render(
            request,
            "athletes/sign_up.html",
            status_code=error.http_status,
            typed={"email": email, "name": name, "units": units},
            invitation=invitation,
            wrong=f"{error.message} {error.next_step.capitalize()}.",
        )
    administration.use_up(session, invitation)
    return _arrived(request, session, athlete)


def _arrived(request: Request, session: Session, athlete: AthleteView) -> Response:
    response = RedirectResponse(HOME, status_code=303)
    welcome(request, session, response, athlete, how="password")
    return response


@router.post("/sign-out")
def sign_out(request: Request, session: DatabaseSession) -> Response:
    """Close the session."""
    token = signed_cookie(request, "sign_in")
    if token is not None:
        sign_ins.end(session, token)
    response = RedirectResponse("/sign-in", status_code=303)
    response.delete_cookie(cookie_name(request, "sign_in"))
    return response


def _sign_in_form(
    request: Request,
    session: DatabaseSession,
    *,
    next: str,  # noqa: A002  the form's own word
    email: str = "",
    wrong: str | None = None,
    status_code: int = 200,
) -> Response:
    return render(
        request,
        "athletes/sign_in.html",
        status_code=status_code,
        next=inside(next),
        email=email,
        wrong=wrong,
        sign_up_open=administration.sign_up_open(request.app.state.runtime.settings, session),
    )


def _waiting(request: Request) -> tuple[UUID, str] | None:
    """Who has given the right password a moment ago, and where they want to go."""
    athlete_id, _bar, rest = (signed_cookie(request, SECOND_STEP) or "").partition("|")
    ends, _bar, following = rest.partition("|")
    if not ends.isdigit() or int(ends) < time.time():
        return None
    return UUID(athlete_id), following


def _refuse_where_closed(request: Request, session: DatabaseSession, invitation: str) -> None:
    if administration.sign_up_open(request.app.state.runtime.settings, session):
        return
    if not administration.invited(session, invitation):
        raise NotFoundError(
            _("Accounts are made by the operator here, or by an invitation that still counts."),
            next_step=_("ask whoever runs this server"),
        )
