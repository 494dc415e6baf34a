"""A second factor: six digits of an authenticator app (RFC 6238), or a recovery code once.

The app's secret has to be readable to compare with, so it is encrypted with a key derived from
the key ring: who has the database alone, or a backup of it, cannot make codes.
"""

from __future__ import annotations

import hmac
import secrets
import time
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from strideiq.athletes.models import RecoveryCode, SecondFactor
from strideiq.platform.errors import InvalidInputError
from strideiq.platform.language import gettext as _
from strideiq.platform.security import KeyRing

STEP_S = 30
DRIFT_STEPS = 1
"""How many half minutes the clocks of phone and server may differ."""
RECOVERY_CODES = 10
ISSUER = "StrideIQ"
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_PURPOSE = "second factor"


def wanted(session: Session, athlete_id: UUID) -> bool:
    """Whether signing in with a password asks for a code as well."""
    found = session.get(SecondFactor, athlete_id)
    return found is not None and found.confirmed_at is not None


def prepare(session: Session, athlete_id: UUID, keys: KeyRing) -> str:
    """Give the secret that the app is to be told; the same one until a first code has fitted.

    Raises:
        InvalidInputError: there is a second factor already.
    """
    import pyotp  # noqa: PLC0415  of all pages only this one needs it

    found = session.get(SecondFactor, athlete_id, with_for_update=True)
    if found is not None and found.confirmed_at is not None:
        raise InvalidInputError(
            _("You have a second factor already."), next_step=_("remove that one first")
        )
    if found is not None and (known := keys.decrypt(_PURPOSE, found.secret)) is not None:
        return known.decode()
    secret = pyotp.random_base32()
    sealed = keys.encrypt(_PURPOSE, secret.encode())
    if found is not None:
        found.secret = sealed
    else:
        session.add(SecondFactor(athlete_id=athlete_id, secret=sealed))
    session.flush()
    return secret


def address_for(secret: str, email: str) -> str:
    """What the app reads from the picture (``otpauth://…``)."""
    import pyotp  # noqa: PLC0415  the same

    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def activate(session: Session, athlete_id: UUID, code: str, keys: KeyRing) -> list[str]:
    """Ask for codes from now on, if this one fits; give the recovery codes, shown this once.

    Raises:
        InvalidInputError: the code does not fit.
    """
    found = session.get(SecondFactor, athlete_id, with_for_update=True)
    if found is None or found.confirmed_at is not None or not _fits(found, code, keys):
        raise InvalidInputError(
            _("This code does not fit."),
            next_step=_("type the six digits that the app shows now; check the phone's clock"),
        )
    found.confirmed_at = datetime.now(UTC)
    return renew_recovery_codes(session, athlete_id)


def renew_recovery_codes(session: Session, athlete_id: UUID) -> list[str]:
    """Make new recovery codes; the old ones are worth nothing then."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.athlete_id == athlete_id))
    codes = [_new_code() for _number in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(athlete_id=athlete_id, code_hash=_hash(code)) for code in codes)
    session.flush()
    return codes


def recovery_codes_left(session: Session, athlete_id: UUID) -> int:
    """How many recovery codes have not been used."""
    left = select(func.count()).select_from(RecoveryCode)
    return session.scalar(left.where(RecoveryCode.athlete_id == athlete_id)) or 0


def accept(session: Session, athlete_id: UUID, code: str, keys: KeyRing) -> str | None:
    """By which means this code is the athlete's (``code``, ``recovery code``), or None.

    A code counts once, whichever it is.
    """
    found = session.get(SecondFactor, athlete_id, with_for_update=True)
    if found is None or found.confirmed_at is None:
        return None
    if _fits(found, code, keys):
        return "code"
    used = session.scalar(
        delete(RecoveryCode)
        .where(RecoveryCode.athlete_id == athlete_id, RecoveryCode.code_hash == _hash(code))
        .returning(RecoveryCode.code_hash)
    )
    return "recovery code" if used is not None else None


def remove(session: Session, athlete_id: UUID) -> None:
    """Ask for no code any more."""
    session.execute(delete(SecondFactor).where(SecondFactor.athlete_id == athlete_id))
    session.execute(delete(RecoveryCode).where(RecoveryCode.athlete_id == athlete_id))


def _fits(found: SecondFactor, code: str, keys: KeyRing) -> bool:
    """Whether the code is that of a half minute near now, later than any accepted one."""
    import pyotp  # noqa: PLC0415  the same

    secret = keys.decrypt(_PURPOSE, found.secret)
    if secret is None:
        return False
    digits = "".join(code.split())
    app = pyotp.TOTP(secret.decode(), interval=STEP_S)
    now_step = int(time.time()) // STEP_S
    for step in range(now_step - DRIFT_STEPS, now_step + DRIFT_STEPS + 1):
        fits = hmac.compare_digest(app.at(step * STEP_S).encode(), digits.encode())
        if fits and (found.last_step is None or step > found.last_step):
            found.last_step = step
            return True
    return False


def _new_code() -> str:
    letters = "".join(secrets.choice(_ALPHABET) for _number in range(12))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def _hash(code: str) -> bytes:
    plain = "".join(letter for letter in code.lower() if letter in _ALPHABET)
    return sha256(plain.encode()).digest()
