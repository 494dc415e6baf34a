"""Accounts and sign-ins: what may be said of an athlete, and who a browser is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from uuid import UUID, uuid4
from zoneinfo import available_timezones

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from strideiq.athletes.models import Athlete, SignIn
from strideiq.platform.errors import InvalidInputError, NotFoundError
from strideiq.platform.security import new_token

PASSWORD_LENGTH_MIN = 10
PASSWORD_LENGTH_MAX = 1_000
EMAIL_LENGTH_MAX = 254
NAME_LENGTH_MAX = 100
UNITS = ("metric", "imperial")
SIGN_IN_LASTS = timedelta(days=90)
SEEN_EVERY = timedelta(hours=1)

_hasher = PasswordHasher()


@dataclass(frozen=True)
class AthleteView:
    """An athlete, as other features see one."""

    athlete_id: UUID
    email: str
    name: str
    units: str
    time_zone: str


class EmailTakenError(InvalidInputError):
    """Somebody has an account with this address already."""

    code = "email_taken"


def create(
    session: Session,
    *,
    email: str,
    name: str,
    password: str,
    units: str = "metric",
    time_zone: str = "UTC",
) -> AthleteView:
    """Make an account; the caller commits.

    Raises:
        InvalidInputError: the address, name, password, units or time zone cannot be used.
        EmailTakenError: there is an account with this address.
    """
    _check_preferences(units, time_zone)
    athlete = Athlete(
        athlete_id=uuid4(),
        email=_checked_email(email),
        name=_checked_name(name),
        password_hash=_hashed(password),
        units=units,
        time_zone=time_zone,
    )
    try:
        with session.begin_nested():
            session.add(athlete)
    except IntegrityError as error:
        raise EmailTakenError(
            f"There is an account for {athlete.email} already.",
            next_step="sign in, or use another address",
        ) from error
    return _view(athlete)


def find_by_email(session: Session, email: str) -> AthleteView | None:
    """The athlete with this address, in any case of letters."""
    athlete = session.scalar(select(Athlete).where(Athlete.email == email.strip().lower()))
    return _view(athlete) if athlete else None


def name_of(session: Session, athlete_id: UUID) -> str | None:
    """What an athlete is called."""
    return session.scalar(select(Athlete.name).where(Athlete.athlete_id == athlete_id))


def time_zone_of(session: Session, athlete_id: UUID) -> str:
    """The time zone of an athlete's pages."""
    return session.get_one(Athlete, athlete_id).time_zone


def all_athletes(session: Session) -> list[AthleteView]:
    """Everybody with an account, oldest first."""
    return [_view(row) for row in session.scalars(select(Athlete).order_by(Athlete.created_at))]


def anybody(session: Session) -> bool:
    """Whether there is any account yet."""
    return session.scalar(select(Athlete.athlete_id).limit(1)) is not None


def authenticate(session: Session, email: str, password: str) -> AthleteView | None:
    """The athlete whose address and password these are.

    An unknown address takes as long as a wrong password, so that nobody can learn who is here.
    """
    athlete = session.scalar(select(Athlete).where(Athlete.email == email.strip().lower()))
    try:
        _hasher.verify(athlete.password_hash if athlete else _nobodys_hash(), password)
    except VerificationError:
        return None
    if athlete is None:
        return None
    if _hasher.check_needs_rehash(athlete.password_hash):
        athlete.password_hash = _hasher.hash(password)
    return _view(athlete)


def set_password(session: Session, email: str, password: str) -> AthleteView:
    """Set a new password and end every sign-in of this athlete.

    Raises:
        NotFoundError: nobody has this address.
        InvalidInputError: the password is too short.
    """
    athlete = session.scalar(select(Athlete).where(Athlete.email == email.strip().lower()))
    if athlete is None:
        raise NotFoundError(
            f"There is no athlete with the address {email}.", next_step="strideiq athlete list"
        )
    athlete.password_hash = _hashed(password)
    session.execute(delete(SignIn).where(SignIn.athlete_id == athlete.athlete_id))
    return _view(athlete)


def change_preferences(
    session: Session, athlete_id: UUID, *, name: str, units: str, time_zone: str
) -> AthleteView:
    """Change how an athlete is called, and in which units and time zone figures are shown.

    Raises:
        InvalidInputError: one of them cannot be used.
    """
    name = _checked_name(name)
    _check_preferences(units, time_zone)
    athlete = session.get_one(Athlete, athlete_id)
    athlete.name, athlete.units, athlete.time_zone = name, units, time_zone
    return _view(athlete)


def begin_sign_in(session: Session, athlete_id: UUID) -> str:
    """Open a server-side session and give its token, of which only a hash is kept."""
    token = new_token()
    now = datetime.now(UTC)
    session.execute(delete(SignIn).where(SignIn.athlete_id == athlete_id, SignIn.expires_at <= now))
    session.add(
        SignIn(athlete_id=athlete_id, token_hash=_token_hash(token), expires_at=now + SIGN_IN_LASTS)
    )
    session.flush()
    return token


def signed_in(session: Session, token: str) -> AthleteView | None:
    """Who holds this token; a sign-in in use does not expire."""
    row = session.execute(
        select(Athlete, SignIn.last_seen_at)
        .join(SignIn, SignIn.athlete_id == Athlete.athlete_id)
        .where(SignIn.token_hash == _token_hash(token), SignIn.expires_at > func.now())
    ).one_or_none()
    if row is None:
        return None
    athlete, last_seen_at = row
    now = datetime.now(UTC)
    if now - last_seen_at > SEEN_EVERY:
        session.execute(
            update(SignIn)
            .where(SignIn.token_hash == _token_hash(token))
            .values(last_seen_at=now, expires_at=now + SIGN_IN_LASTS)
        )
    return _view(athlete)


def end_sign_in(session: Session, token: str) -> None:
    """Close a server-side session."""
    session.execute(delete(SignIn).where(SignIn.token_hash == _token_hash(token)))


def _view(athlete: Athlete) -> AthleteView:
    return AthleteView(
        athlete_id=athlete.athlete_id,
        email=athlete.email,
        name=athlete.name,
        units=athlete.units,
        time_zone=athlete.time_zone,
    )


def _checked_email(email: str) -> str:
    email = email.strip().lower()
    name, at, host = email.rpartition("@")
    if not (name and at and host) or len(email) > EMAIL_LENGTH_MAX or not email.isprintable():
        raise InvalidInputError(
            "This is no e-mail address.", next_step="write it as name@example.org"
        )
    return email


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= NAME_LENGTH_MAX:
        raise InvalidInputError(
            "A name has between 1 and 100 characters.", next_step="write the name to be called by"
        )
    return name


def _check_preferences(units: str, time_zone: str) -> None:
    if units not in UNITS:
        raise InvalidInputError(
            f"There are no units {units!r}.", next_step="choose metric or imperial"
        )
    if time_zone not in available_timezones():
        raise InvalidInputError(
            f"There is no time zone {time_zone!r}.", next_step="write one such as Europe/Vienna"
        )


def _hashed(password: str) -> str:
    if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX:
        raise InvalidInputError(
            f"A password has at least {PASSWORD_LENGTH_MIN} characters.",
            next_step="choose a longer one; three words you like will do",
        )
    return _hasher.hash(password)


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(new_token())


def _token_hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
