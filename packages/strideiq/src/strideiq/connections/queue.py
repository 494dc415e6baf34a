"""Jobs of connections: asked for once however often, taken in order, tried again later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from strideiq.connections.models import Connection, ConnectionJob

AT_WORK = ("connected", "failing")
"""The states in which a connection's jobs are worked on."""

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=6)
SOON = timedelta(days=1, minutes=1)
"""A job that a limit holds back is due within this time, and is still counted as waiting."""
REGULAR = ("news", "renew")
"""Kinds of jobs that come back by themselves, and are never the end of a sync."""


@dataclass(frozen=True)
class Job:
    """A job that was taken."""

    athlete_id: UUID
    service: str
    kind: str
    subject: str
    wanted: int
    attempts: int
    """How often it was begun, this time included."""
    given: Mapping[str, Any] = field(default_factory=dict)


def enqueue(  # noqa: PLR0913  a job is what it is
    session: Session,
    athlete_id: UUID,
    service: str,
    kind: str,
    subject: str = "",
    *,
    due_at: datetime,
    priority: int = 50,
    given: Mapping[str, Any] | None = None,
) -> None:
    """Ask for a job; one that waits already is hurried, never doubled."""
    statement = insert(ConnectionJob).values(
        athlete_id=athlete_id,
        service=service,
        kind=kind,
        subject=subject,
        due_at=due_at,
        priority=priority,
        given=dict(given or {}),
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["athlete_id", "service", "kind", "subject"],
            set_={
                "wanted": ConnectionJob.wanted + 1,
                "due_at": func.least(ConnectionJob.due_at, statement.excluded.due_at),
                "priority": func.least(ConnectionJob.priority, statement.excluded.priority),
                "given": statement.excluded.given,
            },
        )
    )


def candidates(session: Session, now: datetime, limit: int = 50) -> Sequence[tuple[UUID, str]]:
    """The connections of which jobs are due, the most urgent first."""
    rows = session.execute(
        _workable(now)
        .where(ConnectionJob.due_at <= now)
        .with_only_columns(ConnectionJob.athlete_id, ConnectionJob.service)
        .group_by(ConnectionJob.athlete_id, ConnectionJob.service)
        .order_by(func.min(ConnectionJob.priority), func.min(ConnectionJob.due_at))
        .limit(limit)
    )
    return [(athlete_id, service) for athlete_id, service in rows]


def take(session: Session, athlete_id: UUID, service: str, now: datetime) -> Job | None:
    """Begin the most urgent job of a connection, which the caller holds; None when none is due."""
    row = session.scalar(
        _workable(now)
        .where(
            ConnectionJob.due_at <= now,
            ConnectionJob.athlete_id == athlete_id,
            ConnectionJob.service == service,
        )
        .order_by(ConnectionJob.priority, ConnectionJob.due_at, ConnectionJob.number)
        .limit(1)
    )
    if row is None:
        return None
    row.attempts += 1
    session.flush()
    return Job(athlete_id, service, row.kind, row.subject, row.wanted, row.attempts, row.given)


def finish(session: Session, job: Job) -> bool:
    """Remove a job that is done; False when it was asked for again meanwhile and stays."""
    removed = session.execute(
        delete(ConnectionJob).where(*_is(job), ConnectionJob.wanted == job.wanted)
    )
    done = isinstance(removed, CursorResult) and removed.rowcount == 1
    if not done:
        session.execute(update(ConnectionJob).where(*_is(job)).values(attempts=0, error=None))
    return done


def put_back(
    session: Session, job: Job, due_at: datetime, *, error: str | None = None, counts: bool = True
) -> None:
    """Leave a job for later; ``counts`` False forgets that it was begun."""
    session.execute(
        update(ConnectionJob)
        .where(*_is(job))
        .values(due_at=due_at, error=error, attempts=job.attempts - (0 if counts else 1))
    )


def again(session: Session, job: Job, due_at: datetime) -> None:
    """Have a job that is being done stay, for another time."""
    session.execute(
        update(ConnectionJob)
        .where(*_is(job))
        .values(wanted=ConnectionJob.wanted + 1, due_at=due_at, attempts=0, error=None)
    )


def hold(session: Session, service: str, priority: int, until: datetime) -> None:
    """Leave every job of a service that may wait (of this priority or behind) until a time."""
    session.execute(
        update(ConnectionJob)
        .where(
            ConnectionJob.service == service,
            ConnectionJob.priority >= priority,
            ConnectionJob.due_at < until,
        )
        .values(due_at=until)
    )


def remove_all(session: Session, athlete_id: UUID, service: str) -> None:
    """Forget every job of a connection."""
    session.execute(
        delete(ConnectionJob).where(
            ConnectionJob.athlete_id == athlete_id, ConnectionJob.service == service
        )
    )


def waiting(session: Session, athlete_id: UUID, service: str, now: datetime) -> int:
    """How many jobs of a connection are to be done soon; what looks again by itself is not."""
    return (
        session.scalar(
            select(func.count())
            .select_from(ConnectionJob)
            .where(
                ConnectionJob.athlete_id == athlete_id,
                ConnectionJob.service == service,
                (ConnectionJob.due_at <= now + SOON) | (ConnectionJob.attempts > 0),
                ConnectionJob.kind.not_in(REGULAR),
            )
        )
        or 0
    )


def next_due(session: Session, now: datetime) -> datetime | None:
    """When something can be worked on again, ``now`` when at once; None when nothing waits."""
    due = session.scalar(
        select(func.min(func.greatest(ConnectionJob.due_at, _limit())))
        .join(
            Connection,
            (Connection.athlete_id == ConnectionJob.athlete_id)
            & (Connection.service == ConnectionJob.service),
        )
        .where(Connection.state.in_(AT_WORK), Connection.paused_at.is_(None))
    )
    return None if due is None else max(due, now)


def wait_after(attempts: int) -> timedelta:
    """How long to wait after a failure: twice as long after each."""
    return min(FIRST_WAIT * (1 << min(max(attempts - 1, 0), 12)), LONGEST_WAIT)


def _workable(now: datetime) -> Any:  # noqa: ANN401  a select that callers narrow down
    other = aliased(Connection)
    limited = exists().where(other.service == ConnectionJob.service, other.limited_until > now)
    return (
        select(ConnectionJob)
        .join(
            Connection,
            (Connection.athlete_id == ConnectionJob.athlete_id)
            & (Connection.service == ConnectionJob.service),
        )
        .where(Connection.state.in_(AT_WORK), Connection.paused_at.is_(None), ~limited)
    )


def _limit() -> Any:  # noqa: ANN401  a scalar subquery
    other = aliased(Connection)
    return (
        select(func.max(other.limited_until))
        .where(other.service == ConnectionJob.service)
        .correlate(ConnectionJob)
        .scalar_subquery()
    )


def _is(job: Job) -> tuple[Any, ...]:
    return (
        ConnectionJob.athlete_id == job.athlete_id,
        ConnectionJob.service == job.service,
        ConnectionJob.kind == job.kind,
        ConnectionJob.subject == job.subject,
    )
