"""What happened to an account: kept for its athlete to see, the newest of it.

Failures are counted apart from what succeeded, so that somebody who tries a thousand passwords
pushes no real sign-in out of the list.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from strideiq.athletes.devices import USER_AGENT_LENGTH_MAX
from strideiq.athletes.models import AccountEvent
from strideiq.platform.security import address

if TYPE_CHECKING:
    from fastapi import Request

KEPT_OF_EACH_MAX = 200
Kind = Literal[
    "sign_in",
    "password_changed",
    "second_factor_added",
    "second_factor_removed",
    "passkey_added",
    "passkey_removed",
    "token_made",
    "token_revoked",
    "signed_out",
    "exported",
    "imported",
    "reset",
    "disabled",
    "enabled",
]


@dataclass(frozen=True)
class Origin:
    """Where a request came from, and by which program."""

    address: str | None = None
    user_agent: str | None = None


@dataclass(frozen=True)
class EventView:
    """One thing that happened."""

    happened_at: datetime
    kind: str
    how: str | None
    succeeded: bool
    address: str | None
    user_agent: str | None


def origin_of(request: Request) -> Origin:
    """Where a request comes from; of the program's own words only as many as are kept."""
    said = request.headers.get("User-Agent", "").replace("\0", "")[:USER_AGENT_LENGTH_MAX]
    return Origin(address(request), said or None)


def note(
    session: Session,
    athlete_id: UUID,
    kind: Kind,
    origin: Origin,
    *,
    how: str | None = None,
    succeeded: bool = True,
) -> None:
    """Write down what happened, and let go what is too old to be of use."""
    session.add(
        AccountEvent(
            athlete_id=athlete_id,
            event_id=uuid4(),
            happened_at=datetime.now(UTC),
            kind=kind,
            how=how,
            succeeded=succeeded,
            address=origin.address,
            user_agent=origin.user_agent,
        )
    )
    session.flush()
    of_its_sort = (AccountEvent.athlete_id == athlete_id, AccountEvent.succeeded == succeeded)
    too_old = (
        select(AccountEvent.event_id)
        .where(*of_its_sort)
        .order_by(AccountEvent.happened_at.desc(), AccountEvent.event_id)
        .offset(KEPT_OF_EACH_MAX)
    )
    session.execute(delete(AccountEvent).where(*of_its_sort, AccountEvent.event_id.in_(too_old)))


def newest(session: Session, athlete_id: UUID, limit: int) -> list[EventView]:
    """The newest events of an account."""
    rows = session.scalars(
        select(AccountEvent)
        .where(AccountEvent.athlete_id == athlete_id)
        .order_by(AccountEvent.happened_at.desc(), AccountEvent.event_id)
        .limit(limit)
    )
    return [
        EventView(row.happened_at, row.kind, row.how, row.succeeded, row.address, row.user_agent)
        for row in rows
    ]
