"""Connections of an athlete: made, looked at, paused, synced again, ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from strideiq.connections import queue
from strideiq.connections.errors import NoSuchConnectionError, ServiceError
from strideiq.connections.models import Connection
from strideiq.connections.registry import Context, service_named
from strideiq.connections.secrets import seal, unseal
from strideiq.platform.language import gettext as _
from strideiq.platform.security import KeyRing


@dataclass(frozen=True)
class ConnectionView:
    """A connection as pages and commands show it; times are UTC."""

    athlete_id: UUID
    service: str
    state: str
    """``connected``, ``failing``, ``revoked`` or ``disconnected``."""
    paused: bool
    account: str | None
    account_name: str | None
    scopes: tuple[str, ...]
    done: int
    waiting: int
    limited_until: datetime | None
    error: str | None
    next_step: str | None
    connected_at: datetime
    synced_at: datetime | None
    ended_at: datetime | None

    @property
    def at_work(self) -> bool:
        """Whether it is connected, in order or not."""
        return self.state in queue.AT_WORK

    @property
    def needs_athlete(self) -> bool:
        """Whether only the athlete can bring it back into order."""
        return self.state == "revoked"

    def as_dict(self) -> dict[str, object]:
        """The connection as programs get it."""
        return {
            "service": self.service,
            "state": self.state,
            "paused": self.paused,
            "account": self.account,
            "scopes": list(self.scopes),
            "done": self.done,
            "waiting": self.waiting,
            "limited_until": self.limited_until,
            "error": self.error,
            "next": self.next_step,
            "synced_at": self.synced_at,
        }


def connect(  # noqa: PLR0913  what is known of a new connection
    session: Session,
    athlete_id: UUID,
    service: str,
    keys: KeyRing,
    secrets: Mapping[str, str],
    *,
    now: datetime,
    account: str | None = None,
    account_name: str | None = None,
    scopes: Sequence[str] = (),
    expire_at: datetime | None = None,
) -> None:
    """Connect an athlete, or once more, and ask for everything that the service has."""
    values = {
        "state": "connected",
        "account": account,
        "account_name": account_name,
        "scopes": list(scopes),
        "secrets": seal(keys, service, secrets),
        "secrets_expire_at": expire_at,
        "connected_at": now,
        "jobs_done": 0,
        "paused_at": None,
        "error": None,
        "next_step": None,
        "ended_at": None,
    }
    session.execute(
        insert(Connection)
        .values(athlete_id=athlete_id, service=service, **values)
        .on_conflict_do_update(index_elements=["athlete_id", "service"], set_=values)
    )
    service_named(service).begin(session, athlete_id, now)


def row_of(session: Session, athlete_id: UUID, service: str, *, lock: bool = False) -> Connection:
    """The row of a connection, held against others with ``lock``.

    Raises:
        NoSuchConnectionError: there is none.
    """
    query = select(Connection).where(
        Connection.athlete_id == athlete_id, Connection.service == service
    )
    row = session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NoSuchConnectionError(
            _("You are not connected to this service."), next_step=_("connect it first")
        )
    return row


def secrets_of(row: Connection, keys: KeyRing) -> dict[str, str] | None:
    """The secrets of a connection; None when there are none that this server can read."""
    return unseal(keys, row.service, row.secrets)


def keep_secrets(
    row: Connection, keys: KeyRing, secrets: Mapping[str, str], expire_at: datetime | None
) -> None:
    """Replace the secrets of a connection; whoever called commits before using them."""
    row.secrets = seal(keys, row.service, secrets)
    row.secrets_expire_at = expire_at


def views(session: Session, athlete_id: UUID, now: datetime) -> dict[str, ConnectionView]:
    """An athlete's connections by service, also those that have ended."""
    rows = session.scalars(select(Connection).where(Connection.athlete_id == athlete_id))
    return {row.service: view_of(session, row, now) for row in rows}


def view_of(session: Session, row: Connection, now: datetime) -> ConnectionView:
    """One connection as it is shown."""
    limited = row.limited_until is not None and row.limited_until > now
    return ConnectionView(
        athlete_id=row.athlete_id,
        service=row.service,
        state=row.state,
        paused=row.paused_at is not None,
        account=row.account,
        account_name=row.account_name,
        scopes=tuple(row.scopes),
        done=row.jobs_done,
        waiting=queue.waiting(session, row.athlete_id, row.service, now),
        limited_until=row.limited_until if limited else None,
        error=row.error,
        next_step=row.next_step,
        connected_at=row.connected_at,
        synced_at=row.synced_at,
        ended_at=row.ended_at,
    )


def set_paused(
    session: Session, athlete_id: UUID, service: str, now: datetime, *, paused: bool
) -> None:
    """Ask the service for nothing until told to go on, or go on."""
    row_of(session, athlete_id, service, lock=True).paused_at = now if paused else None


def sync_again(session: Session, athlete_id: UUID, service: str, now: datetime) -> None:
    """Ask for everything once more; what is here already is recognised."""
    row = row_of(session, athlete_id, service, lock=True)
    if row.state not in queue.AT_WORK:
        raise NoSuchConnectionError(
            _("You are not connected to this service."), next_step=_("connect it first")
        )
    row.jobs_done = 0
    service_named(service).begin(session, athlete_id, now)


def end(
    session: Session,
    athlete_id: UUID,
    service: str,
    now: datetime,
    *,
    state: str,
    error: ServiceError | None = None,
) -> None:
    """End a connection: its keys are destroyed, and what its terms want gone is gone.

    What the athlete wrote, and what came from files, stays. The caller commits.
    """
    row = row_of(session, athlete_id, service, lock=True)
    row.state = state
    row.secrets, row.secrets_expire_at = None, None
    row.limited_until, row.subscription, row.cursor = None, None, {}
    row.ended_at = now
    row.error = error.message if error else None
    row.next_step = error.next_step if error else None
    session.flush()
    queue.remove_all(session, athlete_id, service)
    service_named(service).ended(session, athlete_id)


def disconnect(context: Context, athlete_id: UUID, service: str, *, put_away: bool = False) -> bool:
    """Tell the service that we stop, and end the connection whatever it answers.

    With ``put_away``, entries of the service of which the athlete has said nothing go to the bin.
    Returns whether the service heard it.

    Raises:
        NoSuchConnectionError: there is none.
    """
    with context.sessions() as session:
        row_of(session, athlete_id, service)
    told = True
    try:
        service_named(service).revoke(context, athlete_id)
    except ServiceError:
        told = False
    with context.sessions.begin() as session:
        end(session, athlete_id, service, context.clock(), state="disconnected")
        if put_away:
            service_named(service).put_away(session, athlete_id)
    return told


def is_at_work(session: Session, athlete_id: UUID, service: str) -> bool:
    """Whether an athlete is connected to a service now."""
    found = session.scalar(
        select(Connection.service).where(
            Connection.athlete_id == athlete_id,
            Connection.service == service,
            Connection.state.in_(queue.AT_WORK),
        )
    )
    return found is not None


def athletes_of(session: Session, service: str, account: str) -> set[UUID]:
    """The athletes who are connected to an account of a service now."""
    rows = session.scalars(
        select(Connection.athlete_id).where(
            Connection.service == service,
            Connection.account == account,
            Connection.state.in_(queue.AT_WORK),
        )
    )
    return set(rows)


def anything_connected(session: Session) -> bool:
    """Whether some connection may have work for a worker."""
    found = session.scalar(
        select(Connection.service).where(Connection.state.in_(queue.AT_WORK)).limit(1)
    )
    return found is not None
