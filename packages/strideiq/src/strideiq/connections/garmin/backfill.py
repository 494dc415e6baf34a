"""The history of an athlete at Garmin, asked for in spans of thirty days, the newest first.

Garmin answers by notifications, some time later. Each span is a job of its own that asks for the
next one when it is done, so that a restart goes on where it was. A span that was told anew and
lacks an activity which Garmin gave before says, after its patience, that it is gone there; here it
stays.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.connections import queue
from strideiq.connections.garmin.access import NAME, Access
from strideiq.connections.garmin.client import Garmin, TooEarlyError
from strideiq.connections.models import Connection
from strideiq.connections.queue import Job
from strideiq.connections.registry import Context
from strideiq.imports import public as imports

SPAN, COMPARE = "span", "compare"
SPAN_S = 30 * 86_400
"""The longest span of activities that Garmin accepts."""
APART = timedelta(seconds=20)
"""An evaluation key may ask for a hundred days in a minute."""
HISTORY = timedelta(days=10 * 366)
PATIENCE = timedelta(days=8)
"""Garmin repeats a notification that was not heard for seven days."""
SPAN_PRIORITY, COMPARE_PRIORITY = 50, 90
HISTORICAL = "HISTORICAL_DATA_EXPORT"
SYNCS = "syncs"


def begin(session: Session, athlete_id: UUID, now: datetime) -> None:
    """Ask for the whole history, from now back."""
    row = session.get_one(Connection, (athlete_id, NAME), populate_existing=True)
    syncs = int(row.cursor.get(SYNCS, 0)) + 1
    session.execute(
        update(Connection)
        .where(Connection.athlete_id == athlete_id, Connection.service == NAME)
        .values(cursor={**row.cursor, SYNCS: syncs})
    )
    newest = int(now.timestamp()) // SPAN_S
    _enqueue(session, athlete_id, newest, syncs, now, since=now - HISTORY)


def span(context: Context, job: Job) -> None:
    """Ask for one span, and for the one before it."""
    number, syncs = int(job.subject), int(job.given[SYNCS])
    now = context.clock()
    # The same span twice is refused, so that a sync that is repeated asks for a little less.
    begin_s = number * SPAN_S + min(syncs - 1, SPAN_S // 2)
    end_s = min((number + 1) * SPAN_S, int(now.timestamp()))

    def asked(garmin: Garmin, key: str) -> tuple[bool, bool]:
        try:
            return garmin.backfill(key, begin_s, end_s), False
        except TooEarlyError:
            return False, True

    with context.sessions() as session:
        after = imports.newest_number(session, job.athlete_id)
    accepted, at_an_end = Access(context, job.athlete_id).ask(asked)
    since = datetime.fromisoformat(job.given["since"])
    with context.sessions.begin() as session:
        if accepted:
            given = {"begin_s": begin_s, "end_s": end_s, "after": after}
            subject = f"{number} {syncs}"
            _compare_later(session, job.athlete_id, subject, given, now + PATIENCE)
        if not at_an_end and begin_s > since.timestamp():
            _enqueue(session, job.athlete_id, number - 1, syncs, now + APART, since)


def compare(context: Context, job: Job) -> None:
    """Note what Garmin did not tell of again, where it told of something else in this span."""
    begin, end = (datetime.fromtimestamp(job.given[each], UTC) for each in ("begin_s", "end_s"))
    with context.sessions.begin() as session:
        known = activities.upstream_between(session, job.athlete_id, f"{NAME}:", begin, end)
        told = imports.names_after(session, job.athlete_id, NAME, int(job.given["after"]))
        heard = {each for each in known if any(_named(name, each) for name in told)}
        for each in known - heard if heard else ():
            activities.deleted_upstream(session, job.athlete_id, each)


def _named(name: str, upstream: str) -> bool:
    return name.rpartition(".")[0] == upstream.replace(":", "-", 1)


def _enqueue(
    session: Session, athlete_id: UUID, number: int, syncs: int, due_at: datetime, since: datetime
) -> None:
    queue.enqueue(
        session,
        athlete_id,
        NAME,
        SPAN,
        str(number),
        due_at=due_at,
        priority=SPAN_PRIORITY,
        given={SYNCS: syncs, "since": since.isoformat()},
    )


def _compare_later(
    session: Session, athlete_id: UUID, subject: str, given: dict[str, Any], due_at: datetime
) -> None:
    queue.enqueue(
        session,
        athlete_id,
        NAME,
        COMPARE,
        subject,
        due_at=due_at,
        priority=COMPARE_PRIORITY,
        given=given,
    )
