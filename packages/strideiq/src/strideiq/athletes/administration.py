"""What an administrator decides for a server: who may come in, who is kept out.

An administrator sees who has an account and never what is in it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from strideiq.athletes import second_factor, service
from strideiq.athletes.models import (
    AdministratorChoice,
    ApiToken,
    Athlete,
    Invitation,
    Passkey,
    SignIn,
)
from strideiq.athletes.service import AthleteView
from strideiq.platform.errors import InvalidInputError, NotFoundError
from strideiq.platform.language import gettext as _
from strideiq.platform.security import new_token
from strideiq.platform.settings import Settings

INVITATION_LASTS = timedelta(days=7)
SIGN_UP = "sign_up"


@dataclass(frozen=True)
class PersonView:
    """Somebody with an account, as an administrator sees them: nothing of their training."""

    athlete_id: UUID
    name: str
    email: str
    created_at: datetime
    last_seen_at: datetime | None
    administrator: bool
    disabled_at: datetime | None


def people(session: Session) -> list[PersonView]:
    """Everybody with an account, oldest first."""
    last_seen = (
        select(SignIn.athlete_id, func.max(SignIn.last_seen_at).label("at"))
        .group_by(SignIn.athlete_id)
        .subquery()
    )
    rows = session.execute(
        select(Athlete, last_seen.c.at)
        .outerjoin(last_seen, last_seen.c.athlete_id == Athlete.athlete_id)
        .order_by(Athlete.created_at, Athlete.athlete_id)
    )
    return [
        PersonView(
            athlete_id=athlete.athlete_id,
            name=athlete.name,
            email=athlete.email,
            created_at=athlete.created_at,
            last_seen_at=seen,
            administrator=athlete.administrator_since is not None,
            disabled_at=athlete.disabled_at,
        )
        for athlete, seen in rows
    ]


def sign_up_open(settings: Settings, session: Session) -> bool:
    """Whether anybody may make an account: the operator allows it, and no administrator closed it.

    While nobody has an account, there is nobody who could have closed it.
    """
    chosen = session.scalar(
        select(AdministratorChoice.value)
        .where(AdministratorChoice.name == SIGN_UP)
        .order_by(AdministratorChoice.said_at.desc())
        .limit(1)
    )
    return settings.sign_up and chosen != "closed"


def choose_sign_up(session: Session, athlete_id: UUID, *, opened: bool) -> None:
    """Open or close sign-up for everybody without an invitation."""
    row = {
        "athlete_id": athlete_id,
        "name": SIGN_UP,
        "value": "open" if opened else "closed",
        "said_at": datetime.now(UTC),
    }
    statement = insert(AdministratorChoice).values(row)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["athlete_id", "name"],
            set_={"value": row["value"], "said_at": row["said_at"]},
        )
    )


def invite(session: Session, athlete_id: UUID) -> str:
    """Make an invitation and give its token, of which only a hash is kept."""
    now = datetime.now(UTC)
    session.execute(delete(Invitation).where(Invitation.expires_at <= now))
    token = new_token()
    session.add(
        Invitation(
            athlete_id=athlete_id, token_hash=_hash(token), expires_at=now + INVITATION_LASTS
        )
    )
    session.flush()
    return token


def invitations(session: Session) -> list[datetime]:
    """Until when each invitation counts that nobody has used yet."""
    rows = select(Invitation.expires_at).where(Invitation.expires_at > func.now())
    return list(session.scalars(rows.order_by(Invitation.expires_at)))


def withdraw_invitations(session: Session) -> None:
    """Let no invitation count that is still out."""
    session.execute(delete(Invitation))


def invited(session: Session, token: str) -> bool:
    """Whether an invitation counts."""
    return (
        session.scalar(
            select(Invitation.expires_at).where(
                Invitation.token_hash == _hash(token), Invitation.expires_at > func.now()
            )
        )
        is not None
    )


def use_up(session: Session, token: str) -> None:
    """An invitation makes one account."""
    session.execute(delete(Invitation).where(Invitation.token_hash == _hash(token)))


def disable(session: Session, athlete_id: UUID) -> None:
    """Let nobody sign in to an account; its data stays, and its tokens are refused.

    Raises:
        NotFoundError: there is no such account.
        InvalidInputError: nobody would be left to look after the accounts.
    """
    athlete = _found(session, athlete_id)
    _keep_an_administrator(session, athlete)
    athlete.disabled_at = datetime.now(UTC)
    session.execute(delete(SignIn).where(SignIn.athlete_id == athlete_id))


def enable(session: Session, athlete_id: UUID) -> None:
    """Let the athlete sign in again.

    Raises:
        NotFoundError: there is no such account.
    """
    _found(session, athlete_id).disabled_at = None


def reset(session: Session, athlete_id: UUID) -> str:
    """Give the account a new password and no other way in; the athlete chooses anew afterwards.

    Raises:
        NotFoundError: there is no such account.
    """
    athlete = _found(session, athlete_id)
    password = secrets.token_urlsafe(12)
    service.set_password(session, athlete.email, password)
    forget_other_ways_in(session, athlete_id)
    return password


def forget_other_ways_in(session: Session, athlete_id: UUID) -> None:
    """Remove second factor, passkeys and API tokens."""
    second_factor.remove(session, athlete_id)
    for model in (Passkey, ApiToken):
        session.execute(delete(model).where(model.athlete_id == athlete_id))


def appoint(session: Session, email: str, *, administrator: bool) -> AthleteView:
    """Make somebody an administrator, or no longer one.

    Raises:
        NotFoundError: nobody has this address.
        InvalidInputError: nobody would be left to look after the accounts.
    """
    athlete = session.scalar(select(Athlete).where(Athlete.email == email.strip().lower()))
    if athlete is None:
        raise NotFoundError(
            f"There is no athlete with the address {email}.", next_step="strideiq athlete list"
        )
    if administrator:
        athlete.administrator_since = athlete.administrator_since or datetime.now(UTC)
    else:
        _keep_an_administrator(session, athlete)
        athlete.administrator_since = None
    return service.view(athlete)


def may_leave(session: Session, athlete_id: UUID) -> None:
    """Whether somebody who is left could look after the accounts.

    Raises:
        InvalidInputError: the athlete is the only administrator, and others have accounts.
    """
    others = select(Athlete.athlete_id).where(Athlete.athlete_id != athlete_id).limit(1)
    if session.scalar(others) is not None:
        _keep_an_administrator(session, _found(session, athlete_id))


def ensure_one(session: Session) -> None:
    """Where nobody looks after the accounts, as before there was such a thing, the first does."""
    first = select(Athlete.athlete_id).order_by(Athlete.created_at, Athlete.athlete_id).limit(1)
    anybody = select(Athlete.athlete_id).where(Athlete.administrator_since.is_not(None))
    session.execute(
        update(Athlete)
        .where(Athlete.athlete_id == first.scalar_subquery(), ~anybody.exists())
        .values(administrator_since=datetime.now(UTC))
        .execution_options(synchronize_session=False)
    )


def _found(session: Session, athlete_id: UUID) -> Athlete:
    athlete = session.get(Athlete, athlete_id)
    if athlete is None:
        raise NotFoundError(_("There is no such account."), next_step=_("open the list of people"))
    return athlete


def _keep_an_administrator(session: Session, athlete: Athlete) -> None:
    others = session.scalar(
        select(func.count())
        .select_from(Athlete)
        .where(
            Athlete.administrator_since.is_not(None),
            Athlete.disabled_at.is_(None),
            Athlete.athlete_id != athlete.athlete_id,
        )
    )
    if athlete.administrator_since is not None and not others:
        raise InvalidInputError(
            _("{email} is the only administrator.").format(email=athlete.email),
            next_step=_("make somebody else one first: strideiq athlete administrator EMAIL"),
        )


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
