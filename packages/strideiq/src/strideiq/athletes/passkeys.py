"""Passkeys (WebAuthn): a device signs a challenge of ours with a key that never leaves it.

The device asks its owner for a finger, a face or a PIN, so that a passkey is two factors by itself.
A challenge lives in a signed cookie for a few minutes and is used up by the answer.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from fastapi import Request
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from strideiq.athletes.models import Athlete, Passkey
from strideiq.athletes.service import AthleteView, view
from strideiq.platform.errors import InvalidInputError, NotFoundError
from strideiq.platform.language import gettext as _

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

CHALLENGE_LASTS_S = 300
CHALLENGE_BYTES = 32
PASSKEYS_MAX = 20
NAME_LENGTH_MAX = 60
OURS = "StrideIQ"


@dataclass(frozen=True)
class PasskeyView:
    """A passkey as its athlete sees it."""

    passkey_id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True)
class Place:
    """Where browsers reach us: passkeys belong to one host, and answer to one origin."""

    host: str
    origin: str


def place_of(request: Request) -> Place:
    """Where this request has reached us."""
    return Place(request.url.hostname or "", f"{request.url.scheme}://{request.url.netloc}")


def new_challenge() -> str:
    """A challenge as its cookie holds it, with the time at which it ends."""
    challenge = base64.urlsafe_b64encode(secrets.token_bytes(CHALLENGE_BYTES)).decode()
    return f"{challenge}|{int(time.time()) + CHALLENGE_LASTS_S}"


def options_to_register(
    session: Session, athlete: AthleteView, place: Place, challenge: str
) -> dict[str, Any]:
    """What the browser is asked for when a passkey is to be made."""
    import webauthn  # noqa: PLC0415  a third of a second, for pages that need it
    from webauthn.helpers.structs import (  # noqa: PLC0415
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = webauthn.generate_registration_options(
        rp_id=place.host,
        rp_name=OURS,
        user_id=athlete.athlete_id.bytes,
        user_name=athlete.email,
        user_display_name=athlete.name,
        challenge=_bytes_of(challenge),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_known(session, athlete.athlete_id),
    )
    document: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return document


def register(
    session: Session,
    athlete_id: UUID,
    *,
    credential: dict[str, Any],
    name: str,
    place: Place,
    challenge: str,
) -> None:
    """Keep the public half of a passkey that a device has made.

    Raises:
        InvalidInputError: the answer is not one to our challenge, or there are too many.
    """
    import webauthn  # noqa: PLC0415  the same
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    if len(listed(session, athlete_id)) >= PASSKEYS_MAX:
        raise InvalidInputError(
            _("You have {count} passkeys already.").format(count=PASSKEYS_MAX),
            next_step=_("remove one that you do not use"),
        )
    try:
        verified = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=_bytes_of(challenge),
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise _not_accepted() from error
    if session.scalar(select(Passkey).where(Passkey.credential_id == verified.credential_id)):
        raise _not_accepted()
    session.add(
        Passkey(
            athlete_id=athlete_id,
            credential_id=verified.credential_id,
            public_key=verified.credential_public_key,
            sign_count=verified.sign_count,
            name=" ".join(name.split())[:NAME_LENGTH_MAX] or _("a passkey"),
        )
    )
    session.flush()


def options_to_sign_in(place: Place, challenge: str) -> dict[str, Any]:
    """What the browser is asked for when somebody signs in; it knows itself whose keys it has."""
    import webauthn  # noqa: PLC0415  the same
    from webauthn.helpers.structs import UserVerificationRequirement  # noqa: PLC0415

    options = webauthn.generate_authentication_options(
        rp_id=place.host,
        challenge=_bytes_of(challenge),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    document: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return document


def authenticate(
    session: Session, *, credential: dict[str, Any], place: Place, challenge: str
) -> AthleteView | None:
    """Whose passkey has signed our challenge; None where it is nobody's, or did not.

    A device whose counter went back may be a copy of a key: it is not accepted.
    """
    import webauthn  # noqa: PLC0415  the same
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    found = session.execute(
        select(Athlete, Passkey)
        .join(Passkey, Passkey.athlete_id == Athlete.athlete_id)
        .where(Passkey.credential_id == _from_base64(credential.get("rawId")))
        .with_for_update(of=Passkey)
    ).one_or_none()
    if found is None:
        return None
    athlete, passkey = found
    try:
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=_bytes_of(challenge),
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError):
        return None
    passkey.sign_count = verified.new_sign_count
    passkey.last_used_at = datetime.now(UTC)
    return view(athlete)


def listed(session: Session, athlete_id: UUID) -> list[PasskeyView]:
    """The athlete's passkeys, oldest first."""
    rows = session.scalars(
        select(Passkey)
        .where(Passkey.athlete_id == athlete_id)
        .order_by(Passkey.created_at, Passkey.credential_id)
    )
    return [
        PasskeyView(row.credential_id.hex(), row.name, row.created_at, row.last_used_at)
        for row in rows
    ]


def remove(session: Session, athlete_id: UUID, passkey_id: str) -> None:
    """Let a passkey open nothing any more.

    Raises:
        NotFoundError: the athlete has no such passkey.
    """
    try:
        credential_id = bytes.fromhex(passkey_id)
    except ValueError:
        credential_id = b""
    removed = session.scalar(
        delete(Passkey)
        .where(Passkey.athlete_id == athlete_id, Passkey.credential_id == credential_id)
        .returning(Passkey.credential_id)
    )
    if removed is None:
        raise NotFoundError(
            _("There is no such passkey of yours."), next_step=_("open the list of your passkeys")
        )


def _known(session: Session, athlete_id: UUID) -> list[PublicKeyCredentialDescriptor]:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor  # noqa: PLC0415

    ids = session.scalars(select(Passkey.credential_id).where(Passkey.athlete_id == athlete_id))
    return [PublicKeyCredentialDescriptor(id=one) for one in ids]


def _bytes_of(challenge: str) -> bytes:
    """The challenge in a cookie's value.

    Raises:
        InvalidInputError: it is over.
    """
    text, _bar, ends = challenge.partition("|")
    if not ends.isdigit() or int(ends) < time.time():
        raise InvalidInputError(
            _("This took too long."), next_step=_("begin again, and answer within five minutes")
        )
    return base64.urlsafe_b64decode(text)


def _from_base64(text: object) -> bytes:
    if not isinstance(text, str):
        return b""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""


def _not_accepted() -> InvalidInputError:
    return InvalidInputError(
        _("This passkey was not accepted."), next_step=_("try again, or use another device")
    )
