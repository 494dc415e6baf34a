"""The page of how one signs in: devices, password, second factor, passkeys, what happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from strideiq.athletes import events, passkeys, second_factor, service, sign_ins, tokens
from strideiq.athletes.arriving import inside
from strideiq.athletes.devices import device_words
from strideiq.athletes.public import ConfirmedAthlete, CurrentAthlete, made_once, session_token
from strideiq.platform.database import DatabaseSession
from strideiq.platform.errors import InvalidInputError, TooManyAttemptsError
from strideiq.platform.language import gettext as _
from strideiq.platform.pages import render
from strideiq.platform.security import rate_limit

PATH = "/preferences/security"
EVENTS_SHOWN = 30
ATTEMPTS_MAX = 10
QUARTER_HOUR_S = 15 * 60.0

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Ended:
    """What was ended when the password was changed."""

    devices: int
    tokens: int


@router.get(PATH)
def security_page(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    devices: Annotated[int, Query(ge=0)] = 0,
    revoked: Annotated[int, Query(ge=0)] = 0,
    *,
    changed: bool = False,
) -> Response:
    """Show everything by which one gets into the account, and who has.

    After a change of the password the address tells what was ended with it.
    """
    ended = Ended(devices, revoked) if changed else None
    return _page(request, session, athlete, ended=ended)


@router.post(f"{PATH}/password")
def change_password(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    password: Annotated[str, Form()] = "",
    new_password: Annotated[str, Form()] = "",
    *,
    revoke_tokens: Annotated[bool, Form()] = False,
) -> Response:
    """Set a new password, sign every other device out, and end the tokens if that is wanted."""
    try:
        _check_password(request, session, athlete, password)
        service.change_password(session, athlete.athlete_id, new_password)
    except (InvalidInputError, TooManyAttemptsError) as error:
        return _page(request, session, athlete, error=error, revoke_tokens=revoke_tokens)
    token = session_token(request)
    devices = sign_ins.end_others(session, athlete.athlete_id, token)
    revoked = tokens.revoke_all(session, athlete.athlete_id) if revoke_tokens else 0
    if revoked:
        events.note(session, athlete.athlete_id, "token_revoked", events.origin_of(request))
    sign_ins.confirm(session, token)
    events.note(session, athlete.athlete_id, "password_changed", events.origin_of(request))
    told = f"changed=true&devices={devices}&revoked={revoked}"
    return RedirectResponse(f"{PATH}?{told}", status_code=303)


@router.post(f"{PATH}/devices/{{sign_in_id}}/end")
def end_device(
    request: Request, session: DatabaseSession, athlete: CurrentAthlete, sign_in_id: str
) -> Response:
    """Sign one device out."""
    sign_ins.end_one(session, athlete.athlete_id, sign_in_id)
    events.note(session, athlete.athlete_id, "signed_out", events.origin_of(request))
    return RedirectResponse(PATH, status_code=303)


@router.post(f"{PATH}/devices/end-others")
def end_others(request: Request, session: DatabaseSession, athlete: CurrentAthlete) -> Response:
    """Sign every device out but this one."""
    if sign_ins.end_others(session, athlete.athlete_id, session_token(request)):
        events.note(session, athlete.athlete_id, "signed_out", events.origin_of(request))
    return RedirectResponse(PATH, status_code=303)


@router.get(f"{PATH}/second-factor")
def second_factor_page(
    request: Request, session: DatabaseSession, athlete: ConfirmedAthlete
) -> Response:
    """Show the picture that the authenticator app reads, and ask for a first code."""
    if second_factor.wanted(session, athlete.athlete_id):
        return RedirectResponse(PATH, status_code=303)
    return _second_factor(request, session, athlete)


@router.post(f"{PATH}/second-factor")
@made_once
def add_second_factor(
    request: Request,
    session: DatabaseSession,
    athlete: ConfirmedAthlete,
    code: Annotated[str, Form()] = "",
) -> Response:
    """Ask for codes from now on, if this one fits; show the recovery codes this once."""
    keys = request.app.state.runtime.keys
    limit = rate_limit(request, "first code", ATTEMPTS_MAX, QUARTER_HOUR_S)
    try:
        limit.attempt(str(athlete.athlete_id))
        codes = second_factor.activate(session, athlete.athlete_id, code, keys)
    except (InvalidInputError, TooManyAttemptsError) as error:
        if second_factor.wanted(session, athlete.athlete_id):
            return RedirectResponse(PATH, status_code=303)
        return _second_factor(request, session, athlete, error=error)
    events.note(session, athlete.athlete_id, "second_factor_added", events.origin_of(request))
    return render(request, "athletes/recovery_codes.html", codes=codes)


@router.post(f"{PATH}/second-factor/recovery-codes")
@made_once
def new_recovery_codes(
    request: Request, session: DatabaseSession, athlete: ConfirmedAthlete
) -> Response:
    """Make new recovery codes, and show them this once."""
    if not second_factor.wanted(session, athlete.athlete_id):
        return RedirectResponse(PATH, status_code=303)
    codes = second_factor.renew_recovery_codes(session, athlete.athlete_id)
    return render(request, "athletes/recovery_codes.html", codes=codes)


@router.post(f"{PATH}/second-factor/remove")
def remove_second_factor(
    request: Request, session: DatabaseSession, athlete: ConfirmedAthlete
) -> Response:
    """Ask for no code any more."""
    second_factor.remove(session, athlete.athlete_id)
    events.note(session, athlete.athlete_id, "second_factor_removed", events.origin_of(request))
    return RedirectResponse(PATH, status_code=303)


@router.get("/confirm", name="confirm_page")
def confirm_page(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    next: str = PATH,  # noqa: A002  the address's own word
) -> Response:
    """Ask once more who it is, before something that cannot be taken back easily."""
    return _confirm_form(request, session, athlete, following=next)


@router.post("/confirm")
def confirm(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = PATH,  # noqa: A002  the form's own word
) -> Response:
    """Go on, if the password is right."""
    try:
        _check_password(request, session, athlete, password)
    except (InvalidInputError, TooManyAttemptsError) as error:
        return _confirm_form(request, session, athlete, following=next, error=error)
    sign_ins.confirm(session, session_token(request))
    return RedirectResponse(inside(next), status_code=303)


def _check_password(
    request: Request, session: DatabaseSession, athlete: service.AthleteView, password: str
) -> None:
    limit = rate_limit(request, "confirming", ATTEMPTS_MAX, QUARTER_HOUR_S)
    limit.attempt(str(athlete.athlete_id))
    if not service.has_password(session, athlete.athlete_id, password):
        raise InvalidInputError(
            _("This is not your password."), next_step=_("type the one that you sign in with")
        )
    limit.succeeded(str(athlete.athlete_id))


def _confirm_form(
    request: Request,
    session: DatabaseSession,
    athlete: service.AthleteView,
    *,
    following: str,
    error: InvalidInputError | TooManyAttemptsError | None = None,
) -> Response:
    return render(
        request,
        "athletes/confirm.html",
        status_code=error.http_status if error else 200,
        next=inside(following),
        has_passkey=bool(passkeys.listed(session, athlete.athlete_id)),
        wrong=_sentence(error),
    )


def _second_factor(
    request: Request,
    session: DatabaseSession,
    athlete: service.AthleteView,
    *,
    error: InvalidInputError | TooManyAttemptsError | None = None,
) -> Response:
    import segno  # noqa: PLC0415  of all pages only this one draws such a picture

    keys = request.app.state.runtime.keys
    secret = second_factor.prepare(session, athlete.athlete_id, keys)
    code = segno.make(second_factor.address_for(secret, athlete.email), error="m")
    return render(
        request,
        "athletes/second_factor.html",
        status_code=error.http_status if error else 200,
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        picture=code.svg_data_uri(scale=5, light="#fff"),
        wrong=_sentence(error),
    )


def _page(
    request: Request,
    session: DatabaseSession,
    athlete: service.AthleteView,
    *,
    ended: Ended | None = None,
    error: InvalidInputError | TooManyAttemptsError | None = None,
    revoke_tokens: bool = False,
) -> Response:
    context: dict[str, Any] = {
        "devices": sign_ins.listed(session, athlete.athlete_id, session_token(request)),
        "events": events.newest(session, athlete.athlete_id, EVENTS_SHOWN),
        "passkeys": passkeys.listed(session, athlete.athlete_id),
        "tokens": [one for one in tokens.listed(session, athlete.athlete_id) if not one.expired],
        "second_factor": second_factor.wanted(session, athlete.athlete_id),
        "codes_left": second_factor.recovery_codes_left(session, athlete.athlete_id),
    }
    return render(
        request,
        "athletes/security.html",
        status_code=error.http_status if error else 200,
        ended=ended,
        revoke_tokens=revoke_tokens,
        wrong=_sentence(error),
        device_words=device_words,
        event_words=_event_words(),
        how_words=_how_words(),
        **context,
    )


def _how_words() -> dict[str, str]:
    return {
        "password": _("with the password"),
        "code": _("with a code"),
        "passkey": _("with a passkey"),
        "password and code": _("with the password and a code"),
        "password and recovery code": _("with the password and a recovery code"),
        "administrator": "",  # what it stands beside says so already
    }


def _event_words() -> dict[str, str]:
    """What happened, for the list; a failed sign-in has words of its own."""
    return {
        "sign_in": _("Signed in"),
        "sign_in_failed": _("Tried to sign in"),
        "password_changed": _("Changed the password"),
        "second_factor_added": _("Added a second factor"),
        "second_factor_removed": _("Removed the second factor"),
        "passkey_added": _("Added a passkey"),
        "passkey_removed": _("Removed a passkey"),
        "token_made": _("Made an API token"),
        "token_revoked": _("Revoked an API token"),
        "signed_out": _("Signed a device out"),
        "exported": _("Took the whole account out"),
        "imported": _("Brought an archive in"),
        "reset": _("An administrator reset the sign-in"),
        "disabled": _("An administrator closed the account"),
        "enabled": _("An administrator opened the account"),
    }


def _sentence(error: InvalidInputError | TooManyAttemptsError | None) -> str | None:
    if error is None:
        return None
    return f"{error.message} {error.next_step[:1].upper()}{error.next_step[1:]}."
