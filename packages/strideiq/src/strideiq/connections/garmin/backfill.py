"""The history of an athlete at Garmin, asked for in spans of thirty days, back from now.

Garmin refuses a span that it was asked for before. Those of a sync are counted back from the second
in which it began, so that no two syncs ask for the same, and nothing lies between two spans. It
answers by notifications, some time later. Each span is a job of its own that asks for the
next one when it is done, so that a restart goes on where it was. A span that was told anew and
lacks an activity which Garmin gave before says, after its patience, that it is gone there; here it
stays.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.connections import queue
from strideiq.connections.garmin.access import NAME, Access
from strideiq.connections.garmin.client import Garmin, TooEarlyError
from strideiq.connections.garmin.files import TOLD, upstream_id
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


def begin(session: Session, athlete_id: UUID, now: datetime) -> None:
    """Ask for the whole history, from now back."""
    _enqueue(session, athlete_id, 0, int(now.timestamp()), now, since=now - HISTORY)


def span(context: Context, job: Job) -> None:
    """Ask for one span, and for the one before it."""
    now = context.clock()
    # A job of an earlier version knows no end: it begins anew from now.
    end_s = int(job.given.get("end_s", now.timestamp()))
    begin_s = end_s - SPAN_S

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
            asked_s = int(now.timestamp())
            given = {"begin_s": begin_s, "end_s": end_s, "after": after, "asked_s": asked_s}
            _compare_later(session, job.athlete_id, str(end_s), given, now + PATIENCE)
        if not at_an_end and begin_s > since.timestamp():
            _enqueue(session, job.athlete_id, int(job.subject) + 1, begin_s, now + APART, since)


def compare(context: Context, job: Job) -> None:
    """Note what Garmin did not tell of again, where it told of something else in this span."""
    begin, end = (datetime.fromtimestamp(job.given[each], UTC) for each in ("begin_s", "end_s"))
    with context.sessions.begin() as session:
        known = activities.upstream_between(session, job.athlete_id, f"{NAME}:", begin, end)
        files = imports.names_after(session, job.athlete_id, NAME, int(job.given["after"]))
        asked_s = job.given.get("asked_s", 0)
        without_file = Access(context, job.athlete_id).cursor().get(TOLD, {})
        told = {upstream_id(one) for one, at_s in without_file.items() if at_s >= asked_s}
        told |= {name.rpartition(".")[0].replace("-", ":", 1) for name in files}
        heard = known & told
        for each in known - heard if heard else ():
            activities.deleted_upstream(session, job.athlete_id, each)


def _enqueue(
    session: Session, athlete_id: UUID, number: int, end_s: int, due_at: datetime, since: datetime
) -> None:
    queue.enqueue(
        session,
        athlete_id,
        NAME,
        SPAN,
        str(number),
        due_at=due_at,
        priority=SPAN_PRIORITY,
        given={"end_s": end_s, "since": since.isoformat()},
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
