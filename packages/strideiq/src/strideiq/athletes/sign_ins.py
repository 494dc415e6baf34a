"""Server-side sessions: begun at the door, listed for their athlete, ended one by one or all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from strideiq.athletes.devices import device_words
from strideiq.athletes.events import Origin
from strideiq.athletes.models import Athlete, SignIn
from strideiq.athletes.service import AthleteView, view
from strideiq.platform.errors import NotFoundError
from strideiq.platform.language import gettext as _
from strideiq.platform.security import new_token

LASTS = timedelta(days=90)
SEEN_EVERY = timedelta(hours=1)
CONFIRMED_FOR = timedelta(minutes=15)
"""How long after proving to be the athlete dangerous acts need no proof anew."""

ID_BYTES = 12


@dataclass(frozen=True)
class SignInView:
    """A device that is signed in."""

    sign_in_id: str
    """The beginning of the hash: names the session among its athlete's, and opens nothing."""
    device: str
    address: str | None
    created_at: datetime
    last_seen_at: datetime
    this_device: bool


def begin(session: Session, athlete_id: UUID, origin: Origin) -> str:
    """Open a server-side session and give its token, of which only a hash is kept."""
    token = new_token()
    now = datetime.now(UTC)
    session.execute(delete(SignIn).where(SignIn.athlete_id == athlete_id, SignIn.expires_at <= now))
    session.add(
        SignIn(
            athlete_id=athlete_id,
            token_hash=_hash(token),
            expires_at=now + LASTS,
            address=origin.address,
            user_agent=origin.user_agent,
            confirmed_at=now,
        )
    )
    session.flush()
    return token


def holder(session: Session, token: str) -> AthleteView | None:
    """Who holds this token; a sign-in in use does not expire, a disabled account has none."""
    row = session.execute(
        select(Athlete, SignIn.last_seen_at)
        .join(SignIn, SignIn.athlete_id == Athlete.athlete_id)
        .where(
            SignIn.token_hash == _hash(token),
            SignIn.expires_at > func.now(),
            Athlete.disabled_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    athlete, last_seen_at = row
    now = datetime.now(UTC)
    if now - last_seen_at > SEEN_EVERY:
        session.execute(
            update(SignIn)
            .where(SignIn.token_hash == _hash(token))
            .values(last_seen_at=now, expires_at=now + LASTS)
        )
    return view(athlete)


def recently_confirmed(session: Session, token: str) -> bool:
    """Whether the athlete of this session has proven to be the athlete a short while ago."""
    confirmed_at = session.scalar(
        select(SignIn.confirmed_at).where(SignIn.token_hash == _hash(token))
    )
    return confirmed_at is not None and datetime.now(UTC) - confirmed_at < CONFIRMED_FOR


def confirm(session: Session, token: str) -> None:
    """Note that the athlete has just proven to be the athlete."""
    session.execute(
        update(SignIn)
        .where(SignIn.token_hash == _hash(token))
        .values(confirmed_at=datetime.now(UTC))
    )


def listed(session: Session, athlete_id: UUID, token: str | None) -> list[SignInView]:
    """Every device that is signed in, this one first, then the last seen."""
    here = _hash(token) if token else b""
    rows = session.scalars(
        select(SignIn)
        .where(SignIn.athlete_id == athlete_id, SignIn.expires_at > func.now())
        .order_by(SignIn.last_seen_at.desc(), SignIn.token_hash)
    )
    found = [
        SignInView(
            sign_in_id=row.token_hash[:ID_BYTES].hex(),
            device=device_words(row.user_agent),
            address=row.address,
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            this_device=row.token_hash == here,
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: not one.this_device)


def end(session: Session, token: str) -> None:
    """Close the session of this token."""
    session.execute(delete(SignIn).where(SignIn.token_hash == _hash(token)))


def end_one(session: Session, athlete_id: UUID, sign_in_id: str) -> None:
    """Sign one device of the athlete out.

    Raises:
        NotFoundError: no device of the athlete has this id.
    """
    ended = session.scalars(
        delete(SignIn)
        .where(
            SignIn.athlete_id == athlete_id,
            func.encode(func.substr(SignIn.token_hash, 1, ID_BYTES), "hex") == sign_in_id,
        )
        .returning(SignIn.token_hash)
    ).all()
    if not ended:
        raise NotFoundError(
            _("This device is not signed in."), next_step=_("open the list of your devices")
        )


def end_others(session: Session, athlete_id: UUID, token: str | None) -> int:
    """Sign every device of the athlete out but this one, and say how many there were."""
    here = _hash(token) if token else b""
    ended = session.scalars(
        delete(SignIn)
        .where(SignIn.athlete_id == athlete_id, SignIn.token_hash != here)
        .returning(SignIn.token_hash)
    )
    return len(ended.all())


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
