"""Addresses that ``passkeys.js`` talks to: a challenge, then the device's answer to it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from strideiq.athletes import events, passkeys, service, sign_ins
from strideiq.athletes.arriving import inside, welcome
from strideiq.athletes.requests import ConfirmedAthlete, CurrentAthlete, session_token
from strideiq.platform.database import DatabaseSession
from strideiq.platform.errors import InvalidInputError
from strideiq.platform.language import gettext as _
from strideiq.platform.security import (
    address,
    cookie_name,
    rate_limit,
    set_signed_cookie,
    signed_cookie,
)

CHALLENGE = "passkey"
ATTEMPTS_PER_ADDRESS_MAX = 50
QUARTER_HOUR_S = 15 * 60.0
PAGE = "/preferences/security"

router = APIRouter(include_in_schema=False)
Credential = Annotated[dict[str, Any], Body()]


@router.post("/sign-in/passkey/options")
def sign_in_options(request: Request) -> Response:
    """Give a challenge to whoever wants to sign in."""
    return _challenged(
        request,
        lambda challenge: passkeys.options_to_sign_in(passkeys.place_of(request), challenge),
    )


@router.post("/sign-in/passkey")
def sign_in(
    request: Request,
    session: DatabaseSession,
    credential: Credential,
    next: str = "",  # noqa: A002  the address's own word
) -> Response:
    """Open a session for whose passkey has signed the challenge."""
    athlete = _authenticated(request, session, credential)
    if service.disabled(session, athlete.athlete_id):
        raise InvalidInputError(
            _("This account is closed for now."), next_step=_("ask whoever runs this server")
        )
    response = JSONResponse({"next": inside(next)})
    welcome(request, session, response, athlete, how="passkey")
    response.delete_cookie(cookie_name(request, CHALLENGE))
    return response


@router.post("/confirm/passkey")
def confirm(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    credential: Credential,
    next: str = "",  # noqa: A002  the address's own word
) -> Response:
    """Prove with a passkey to be still the one who has signed in."""
    if _authenticated(request, session, credential).athlete_id != athlete.athlete_id:
        raise _unknown()
    sign_ins.confirm(session, session_token(request))
    response = JSONResponse({"next": inside(next)})
    response.delete_cookie(cookie_name(request, CHALLENGE))
    return response


@router.post(f"{PAGE}/passkeys/options")
def register_options(
    request: Request, session: DatabaseSession, athlete: ConfirmedAthlete
) -> Response:
    """Give a challenge for a passkey that is to be made."""
    place = passkeys.place_of(request)
    return _challenged(
        request,
        lambda challenge: passkeys.options_to_register(session, athlete, place, challenge),
    )


@router.post(f"{PAGE}/passkeys")
def register(
    request: Request,
    session: DatabaseSession,
    athlete: ConfirmedAthlete,
    credential: Credential,
    name: str = "",
) -> Response:
    """Keep a passkey that a device has made."""
    passkeys.register(
        session,
        athlete.athlete_id,
        credential=credential,
        name=name,
        place=passkeys.place_of(request),
        challenge=signed_cookie(request, CHALLENGE) or "",
    )
    events.note(session, athlete.athlete_id, "passkey_added", events.origin_of(request))
    response = JSONResponse({"next": PAGE})
    response.delete_cookie(cookie_name(request, CHALLENGE))
    return response


@router.post(f"{PAGE}/passkeys/{{passkey_id}}/remove")
def remove(
    request: Request, session: DatabaseSession, athlete: ConfirmedAthlete, passkey_id: str
) -> Response:
    """Let a passkey open nothing any more."""
    passkeys.remove(session, athlete.athlete_id, passkey_id)
    events.note(session, athlete.athlete_id, "passkey_removed", events.origin_of(request))
    return RedirectResponse(PAGE, status_code=303)


def _challenged(request: Request, options: Any) -> Response:  # noqa: ANN401  see the callers
    challenge = passkeys.new_challenge()
    response = JSONResponse(options(challenge))
    set_signed_cookie(request, response, CHALLENGE, challenge)
    return response


def _authenticated(
    request: Request, session: DatabaseSession, credential: dict[str, Any]
) -> service.AthleteView:
    rate_limit(request, "passkey", ATTEMPTS_PER_ADDRESS_MAX, QUARTER_HOUR_S).attempt(
        address(request)
    )
    athlete = passkeys.authenticate(
        session,
        credential=credential,
        place=passkeys.place_of(request),
        challenge=signed_cookie(request, CHALLENGE) or "",
    )
    if athlete is None:
        raise _unknown()
    return athlete


def _unknown() -> InvalidInputError:
    return InvalidInputError(
        _("This passkey opens no account here."), next_step=_("use another one, or your password")
    )
