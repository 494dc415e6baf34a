"""A file that Garmin has told of: fetched, looked at, and put where every other file waits.

The queue of imports reads it, so that verdicts, duplicates and damage are as for any file. Garmin
gives each address for one download: where that was in vain, it is asked to tell of the activity
once more.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.connections import queue
from strideiq.connections.errors import GoneUpstreamError, ServiceTroubleError
from strideiq.connections.garmin.access import NAME, Access
from strideiq.connections.garmin.notifications import callback_of
from strideiq.connections.queue import Job
from strideiq.connections.registry import Context
from strideiq.imports import public as imports
from strideiq.imports.public import Listed

AGAIN = "again"
AGAIN_PRIORITY = 30
AT_ONCE_MAX, ASKED_AGAIN_MAX = 3, 30
"""An activity is asked for anew so often at once, then once a day, as addresses run out."""
AROUND_S = 6 * 3600
WIDER_S = 1800
"""Garmin refuses a span that it was asked for before, also from before a connection was renewed:
each is longer by the seconds of its time of day."""
SHORT = "short"
"""In the cursor: where the file of an activity ended too early, and how often there in a row."""
AS_IT_IS_AFTER = 3
"""A file that ends too early at one place so often is taken as it is: the importer saves what it
can. One that was cut off on its way ends elsewhere the next time."""
SOURCE = "garmin"
TOLD = "told"
"""In the cursor: activities that were told of again without their file, and when (seconds)."""
TOLD_KEPT = timedelta(days=30)
DAY = timedelta(days=1)


def upstream_id(activity: str) -> str:
    """How an activity of Garmin's is called among observations."""
    return f"garmin:{activity}"


def fetch(context: Context, job: Job) -> None:
    """Fetch a file and have it imported."""
    item = UUID(job.subject)
    with context.sessions() as session:
        if imports.received(session, job.athlete_id, item):
            return
    path, params = callback_of(context.keys, job.given)
    access = Access(context, job.athlete_id)
    try:
        content = access.ask(lambda garmin, key: garmin.file(key, path, params))
        _look_at(content, access, job)
    except GoneUpstreamError:
        if not _known(access, job):
            _again(access, job)
        raise
    except ServiceTroubleError:
        _known(access, job)
        raise
    with context.sessions.begin() as session:
        _receive(context, session, job, item, content)


def ask_again(context: Context, job: Job) -> None:
    """Have Garmin tell of one activity once more, by a small span around its start.

    Raises:
        ServiceTroubleError: this very span was asked for before; another one is, later.
    """
    started_s = int(job.given["started_s"])
    around_s = AROUND_S + int(context.clock().timestamp()) % WIDER_S
    span = started_s - around_s, started_s + around_s
    if not Access(context, job.athlete_id).ask(lambda garmin, key: garmin.backfill(key, *span)):
        raise ServiceTroubleError


def _look_at(content: bytes, access: Access, job: Job) -> None:
    """Refuse what is no recording, or ends too early; what keeps ending there is Garmin's own.

    Raises:
        ServiceTroubleError: it is asked for again.
    """
    if imports.format_of(content) is None:
        raise ServiceTroubleError
    if not imports.looks_whole(content):
        activity = job.given["activity"]
        short = dict(access.cursor().get(SHORT, {}))
        ended_at, times = short.get(activity, (0, 0))
        times = times + 1 if ended_at == len(content) else 1
        access.note({SHORT: {**short, activity: (len(content), times)}})
        if times < AS_IT_IS_AFTER:
            raise ServiceTroubleError


def _receive(context: Context, session: Session, job: Job, item: UUID, content: bytes) -> None:
    day = context.clock().date()
    batch = uuid5(NAMESPACE_URL, f"garmin {job.athlete_id} {day}")
    activity = job.given["activity"]
    listed = Listed(SOURCE, name=job.given.get("name"), upstream_id=upstream_id(activity))
    imports.receive(
        session,
        job.athlete_id,
        imports.Received(
            came_by=NAME,
            batch_id=batch,
            item_id=item,
            name=f"garmin-{activity}.{imports.format_of(content)}",
            content=content,
            listed=listed,
        ),
    )


def _known(access: Access, job: Job) -> bool:
    """Whether an activity is here already, whose file was told of once more and did not come.

    That Garmin has told of it is noted, so that nobody takes it for deleted there.
    """
    activity, now = job.given["activity"], access.context.clock()
    with access.context.sessions() as session:
        if not activities.observed_upstream(session, job.athlete_id, upstream_id(activity)):
            return False
    since_s = (now - TOLD_KEPT).timestamp()
    told = {one: at_s for one, at_s in access.cursor().get(TOLD, {}).items() if at_s > since_s}
    access.note({TOLD: {**told, activity: int(now.timestamp())}})
    return True


def _again(access: Access, job: Job) -> None:
    """Ask to be told of this activity again, unless it was asked for too often."""
    activity, started_s = job.given["activity"], job.given.get("started_s")
    with access.context.sessions.begin() as session:
        asked = dict(access.cursor().get(AGAIN, {}))
        times = int(asked.get(activity, 0)) + 1
        if started_s is None or times > ASKED_AGAIN_MAX:
            return
        queue.enqueue(
            session,
            job.athlete_id,
            NAME,
            AGAIN,
            activity,
            due_at=access.context.clock() + (DAY if times > AT_ONCE_MAX else timedelta(0)),
            priority=AGAIN_PRIORITY,
            given={"started_s": started_s},
        )
    access.note({AGAIN: {**asked, activity: times}})
