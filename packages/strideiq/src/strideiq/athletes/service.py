"""Accounts and sign-ins: what may be said of an athlete, and who a browser is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID, uuid4

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from strideiq.athletes.models import Athlete, SignIn
from strideiq.platform.errors import InvalidInputError, NotFoundError
from strideiq.platform.language import LANGUAGES
from strideiq.platform.security import new_token
from strideiq.platform.zones import zone_names

PASSWORD_LENGTH_MIN = 10
PASSWORD_LENGTH_MAX = 1_000
EMAIL_LENGTH_MAX = 254
NAME_LENGTH_MAX = 100
UNITS = ("metric", "imperial")

JUST_MADE = timedelta(minutes=10)
"""So long the form of a new account may come a second time, and opens the same one."""

_hasher = PasswordHasher()


@dataclass(frozen=True)
class AthleteView:
    """An athlete, as other features see one."""

    athlete_id: UUID
    email: str
    name: str
    units: str
    time_zone: str
    language: str | None = None
    """The code of the language that the athlete wants; None leaves it to the browser."""
    administrator: bool = False
    """Looks after the accounts of this server, and sees nobody's data for it."""


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
    """Make an account; the first of all looks after the others. The caller commits.

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
        administrator_since=None if anybody(session) else datetime.now(UTC),
    )
    try:
        with session.begin_nested():
            session.add(athlete)
    except IntegrityError as error:
        raise EmailTakenError(
            f"There is an account for {athlete.email} already.",
            next_step="sign in, or use another address",
        ) from error
    return view(athlete)


def just_made(session: Session, email: str, password: str) -> AthleteView | None:
    """The athlete whose form of a new account was sent a second time; None for anybody else."""
    row = session.scalar(
        select(Athlete).where(
            Athlete.email == email.strip().lower(),
            Athlete.created_at > datetime.now(UTC) - JUST_MADE,
            Athlete.disabled_at.is_(None),
        )
    )
    return view(row) if row and has_password(session, row.athlete_id, password) else None


def find_by_email(session: Session, email: str) -> AthleteView | None:
    """The athlete with this address, in any case of letters."""
    athlete = session.scalar(select(Athlete).where(Athlete.email == email.strip().lower()))
    return view(athlete) if athlete else None


def athlete_of(session: Session, athlete_id: UUID) -> AthleteView:
    """The athlete with this id, which is known to be one's."""
    return view(session.scalars(select(Athlete).where(Athlete.athlete_id == athlete_id)).one())


def find(session: Session, athlete_id: UUID) -> AthleteView | None:
    """The athlete with this id."""
    athlete = session.get(Athlete, athlete_id)
    return view(athlete) if athlete else None


def time_zone_of(session: Session, athlete_id: UUID) -> str:
    """The time zone in which an athlete's days begin and end."""
    return session.scalars(select(Athlete.time_zone).where(Athlete.athlete_id == athlete_id)).one()


def name_of(session: Session, athlete_id: UUID) -> str | None:
    """What an athlete is called."""
    return session.scalar(select(Athlete.name).where(Athlete.athlete_id == athlete_id))


def all_athletes(session: Session) -> list[AthleteView]:
    """Everybody with an account, oldest first."""
    return [view(row) for row in session.scalars(select(Athlete).order_by(Athlete.created_at))]


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
    return view(athlete)


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
    return view(athlete)


def change_password(session: Session, athlete_id: UUID, password: str) -> None:
    """Set a new password; whoever calls this ends the other sign-ins.

    Raises:
        InvalidInputError: the password is too short.
    """
    session.get_one(Athlete, athlete_id).password_hash = _hashed(password)


def has_password(session: Session, athlete_id: UUID, password: str) -> bool:
    """Whether this is the athlete's password."""
    try:
        _hasher.verify(session.get_one(Athlete, athlete_id).password_hash, password)
    except VerificationError:
        return False
    return True


def disabled(session: Session, athlete_id: UUID) -> bool:
    """Whether nobody may sign in to the account."""
    return session.get_one(Athlete, athlete_id).disabled_at is not None


def change_preferences(
    session: Session,
    athlete_id: UUID,
    *,
    name: str,
    units: str,
    time_zone: str,
    language: str | None = None,
) -> AthleteView:
    """Change how an athlete is called, and in which units, time zone and language pages are.

    Raises:
        InvalidInputError: one of them cannot be used.
    """
    name = _checked_name(name)
    _check_preferences(units, time_zone)
    if language is not None and language not in LANGUAGES:
        raise InvalidInputError(
            f"There is no language {language!r} here.", next_step="choose one from the list"
        )
    athlete = session.get_one(Athlete, athlete_id)
    athlete.name, athlete.units, athlete.time_zone = name, units, time_zone
    athlete.language = language
    return view(athlete)


def view(athlete: Athlete) -> AthleteView:
    """An athlete as other features see one."""
    return AthleteView(
        athlete_id=athlete.athlete_id,
        email=athlete.email,
        name=athlete.name,
        units=athlete.units,
        time_zone=athlete.time_zone,
        language=athlete.language,
        administrator=athlete.administrator_since is not None,
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
    if time_zone not in zone_names():
        raise InvalidInputError(
            f"There is no time zone {time_zone!r}.", next_step="write one such as Europe/Vienna"
        )


def _hashed(password: str) -> str:
    if len(password) < PASSWORD_LENGTH_MIN:
        raise InvalidInputError(
            f"A password has at least {PASSWORD_LENGTH_MIN} characters.",
            next_step="choose a longer one; three words you like will do",
        )
    if len(password) > PASSWORD_LENGTH_MAX:
        raise InvalidInputError(
            f"A password has at most {PASSWORD_LENGTH_MAX} characters.",
            next_step="choose a shorter one",
        )
    return _hasher.hash(password)


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(new_token())
