"""API tokens: made once, shown once, kept as a hash, limited to scopes, revoked at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from strideiq.athletes import scopes
from strideiq.athletes.models import ApiToken, Athlete
from strideiq.athletes.service import AthleteView, view
from strideiq.platform.errors import InvalidInputError, NotFoundError
from strideiq.platform.language import gettext as _
from strideiq.platform.security import new_token

PREFIX = "strideiq_"
"""How a token begins, so that whoever finds one in a file knows what it opens."""

NAME_LENGTH_MAX = 60
TOKENS_MAX = 50
LASTS_MAX = timedelta(days=3660)
USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class TokenView:
    """A token as its athlete sees it; the token itself is never shown again."""

    token_id: UUID
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    expired: bool


@dataclass(frozen=True)
class TokenHolder:
    """Whose token a program has sent, and what it may do."""

    athlete: AthleteView
    token_id: UUID
    scopes: frozenset[str]


def make(
    session: Session,
    athlete_id: UUID,
    *,
    name: str,
    wanted: Iterable[str],
    lasts: timedelta | None,
) -> str:
    """Make a token and give its text, which is kept nowhere.

    Raises:
        InvalidInputError: the name, a scope or the time cannot be used, or there are too many.
    """
    name = _checked_name(name)
    if lasts is not None and not timedelta(0) < lasts <= LASTS_MAX:
        raise InvalidInputError(
            _("A token lasts between a day and ten years."), next_step=_("choose another time")
        )
    count = select(func.count()).select_from(ApiToken).where(ApiToken.athlete_id == athlete_id)
    if session.scalar(count) == TOKENS_MAX:
        raise InvalidInputError(
            _("You have {count} tokens already.").format(count=TOKENS_MAX),
            next_step=_("revoke one that nothing uses any more"),
        )
    token = PREFIX + new_token()
    row = ApiToken(
        athlete_id=athlete_id,
        token_id=uuid4(),
        token_hash=_hash(token),
        name=name,
        scopes=scopes.checked(wanted),
        expires_at=None if lasts is None else datetime.now(UTC) + lasts,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise InvalidInputError(
            _("You have a token of this name already."),
            next_step=_("choose another name, or revoke the old one first"),
        ) from error
    return token


def listed(session: Session, athlete_id: UUID) -> list[TokenView]:
    """The athlete's tokens, newest first."""
    now = datetime.now(UTC)
    rows = session.scalars(
        select(ApiToken)
        .where(ApiToken.athlete_id == athlete_id)
        .order_by(ApiToken.created_at.desc(), ApiToken.token_id)
    )
    return [
        TokenView(
            token_id=row.token_id,
            name=row.name,
            scopes=tuple(row.scopes),
            created_at=row.created_at,
            expires_at=row.expires_at,
            last_used_at=row.last_used_at,
            expired=row.expires_at is not None and row.expires_at <= now,
        )
        for row in rows
    ]


def revoke(session: Session, athlete_id: UUID, token_id: UUID) -> None:
    """End a token; the next request with it is refused.

    Raises:
        NotFoundError: the athlete has no such token.
    """
    found = session.scalar(
        delete(ApiToken)
        .where(ApiToken.athlete_id == athlete_id, ApiToken.token_id == token_id)
        .returning(ApiToken.token_id)
    )
    if found is None:
        raise NotFoundError(
            _("There is no such token of yours."), next_step=_("open your list of tokens")
        )


def revoke_all(session: Session, athlete_id: UUID) -> int:
    """End every token of the athlete, and say how many there were."""
    ended = session.scalars(
        delete(ApiToken).where(ApiToken.athlete_id == athlete_id).returning(ApiToken.token_id)
    )
    return len(ended.all())


def holder(session: Session, token: str) -> TokenHolder | None:
    """Whose token this is, unless it has expired; notes that it was used."""
    now = datetime.now(UTC)
    found = session.execute(
        select(Athlete, ApiToken)
        .join(ApiToken, ApiToken.athlete_id == Athlete.athlete_id)
        .where(
            ApiToken.token_hash == _hash(token),
            Athlete.disabled_at.is_(None),
            or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now),
        )
    ).one_or_none()
    if found is None:
        return None
    athlete, row = found
    if row.last_used_at is None or now - row.last_used_at > USED_EVERY:
        session.execute(
            update(ApiToken)
            .where(ApiToken.athlete_id == row.athlete_id, ApiToken.token_id == row.token_id)
            .values(last_used_at=now)
        )
    return TokenHolder(view(athlete), row.token_id, frozenset(row.scopes))


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= NAME_LENGTH_MAX or not name.isprintable():
        raise InvalidInputError(
            _("A token's name has between 1 and {length} characters.").format(
                length=NAME_LENGTH_MAX
            ),
            next_step=_("name it after what uses it"),
        )
    return name


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
