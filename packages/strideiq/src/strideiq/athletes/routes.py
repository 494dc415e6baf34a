"""Sign-up, sign-in, sign-out and preferences."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import available_timezones

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from strideiq.athletes import service, token_routes
from strideiq.athletes.public import CurrentAthlete, MaybeAthlete
from strideiq.platform.database import DatabaseSession
from strideiq.platform.errors import InvalidInputError, NotFoundError, TooManyAttemptsError
from strideiq.platform.pages import render
from strideiq.platform.security import (
    address,
    cookie_name,
    rate_limit,
    set_signed_cookie,
    signed_cookie,
)

HOME = "/"
QUARTER_HOUR_S = 15 * 60.0
SIGN_INS_PER_EMAIL_MAX = 10
SIGN_INS_PER_ADDRESS_MAX = 50
SIGN_UPS_PER_ADDRESS_MAX = 10

router = APIRouter(include_in_schema=False)
router.include_router(token_routes.router)


@router.get("/sign-in", name="sign_in_page")
def sign_in_page(request: Request, athlete: MaybeAthlete, next: str = HOME) -> Response:  # noqa: A002  the address's own word
    """Show the form."""
    if athlete is not None:
        return RedirectResponse(_inside(next), status_code=303)
    return _sign_in_form(request, next=next)


@router.post("/sign-in")
def sign_in(
    request: Request,
    session: DatabaseSession,
    email: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = HOME,  # noqa: A002  the form's own word
) -> Response:
    """Open a session for who gives the right password."""
    name = email.strip().lower()
    by_email = rate_limit(request, "sign-in by email", SIGN_INS_PER_EMAIL_MAX, QUARTER_HOUR_S)
    by_address = rate_limit(request, "sign-in", SIGN_INS_PER_ADDRESS_MAX, QUARTER_HOUR_S)
    try:
        by_address.attempt(address(request))
        by_email.attempt(name)
    except TooManyAttemptsError as error:
        wrong = f"{error.message} Please {error.next_step}."
        return _sign_in_form(request, next=next, email=email, wrong=wrong, status_code=429)
    athlete = service.authenticate(session, email, password)
    if athlete is None:
        wrong = "This address and password do not belong together."
        return _sign_in_form(request, next=next, email=email, wrong=wrong, status_code=422)
    by_email.succeeded(name)
    token = service.begin_sign_in(session, athlete.athlete_id)
    return _welcome(request, token, next)


@router.get("/sign-up")
def sign_up_page(request: Request, athlete: MaybeAthlete) -> Response:
    """Show the form."""
    _refuse_where_closed(request)
    if athlete is not None:
        return RedirectResponse(HOME, status_code=303)
    return render(request, "athletes/sign_up.html", typed={}, wrong=None)


@router.post("/sign-up")
def sign_up(
    request: Request,
    session: DatabaseSession,
    email: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    units: Annotated[str, Form()] = "metric",
    time_zone: Annotated[str, Form()] = "UTC",
) -> Response:
    """Make an account and sign its athlete in."""
    _refuse_where_closed(request)
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
            time_zone=time_zone if time_zone in available_timezones() else "UTC",
        )
    except (InvalidInputError, TooManyAttemptsError) as error:
        typed = {"email": email, "name": name, "units": units}
        wrong = f"{error.message} {error.next_step.capitalize()}."
        return render(
            request,
            "athletes/sign_up.html",
            status_code=error.http_status,
            typed=typed,
            wrong=wrong,
        )
    return _welcome(request, service.begin_sign_in(session, athlete.athlete_id), HOME)


@router.post("/sign-out")
def sign_out(request: Request, session: DatabaseSession) -> Response:
    """Close the session."""
    token = signed_cookie(request, "sign_in")
    if token is not None:
        service.end_sign_in(session, token)
    response = RedirectResponse("/sign-in", status_code=303)
    response.delete_cookie(cookie_name(request, "sign_in"))
    return response


@router.get("/preferences")
def preferences_page(request: Request, athlete: CurrentAthlete, *, saved: bool = False) -> Response:
    """Show name, units and time zone."""
    return _preferences(request, athlete, saved=saved)


@router.post("/preferences")
def preferences(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    name: Annotated[str, Form()] = "",
    units: Annotated[str, Form()] = "",
    time_zone: Annotated[str, Form()] = "",
) -> Response:
    """Change them."""
    try:
        service.change_preferences(
            session, athlete.athlete_id, name=name, units=units, time_zone=time_zone
        )
    except InvalidInputError as error:
        wrong = f"{error.message} {error.next_step.capitalize()}."
        typed = service.AthleteView(athlete.athlete_id, athlete.email, name, units, time_zone)
        return _preferences(request, typed, wrong=wrong, status_code=422)
    return RedirectResponse("/preferences?saved=true", status_code=303)


def _preferences(
    request: Request,
    typed: service.AthleteView,
    *,
    saved: bool = False,
    wrong: str | None = None,
    status_code: int = 200,
) -> Response:
    return render(
        request,
        "athletes/preferences.html",
        status_code=status_code,
        typed=typed,
        saved=saved,
        wrong=wrong,
        time_zones=sorted(available_timezones()),
    )


def _sign_in_form(
    request: Request,
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
        next=_inside(next),
        email=email,
        wrong=wrong,
        sign_up_open=request.app.state.runtime.settings.sign_up,
    )


def _welcome(request: Request, token: str, following: str) -> Response:
    response = RedirectResponse(_inside(following), status_code=303)
    set_signed_cookie(request, response, "sign_in", token)
    return response


def _inside(wanted: str) -> str:
    """An address of our own; one that would lead elsewhere becomes the home page."""
    inside = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted
    return wanted if inside and wanted.isprintable() else HOME


def _refuse_where_closed(request: Request) -> None:
    if not request.app.state.runtime.settings.sign_up:
        raise NotFoundError(
            "Accounts are made by the operator here.", next_step="strideiq athlete add EMAIL"
        )
