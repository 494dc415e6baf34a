"""What is asked of Strava: the overview page by page, single activities, samples, its webhook.

Each job commits by itself: a page's activities, and the job for the next page, in one transaction.
So a sync that dies anywhere goes on where it was, and what is done twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.connections import queue, service
from strideiq.connections.errors import GoneUpstreamError, ServiceTroubleError
from strideiq.connections.queue import Job
from strideiq.connections.registry import Context
from strideiq.connections.strava import webhook
from strideiq.connections.strava.client import NAME, Client
from strideiq.connections.strava.shapes import (
    STREAM_KEYS,
    StravaActivity,
    activity_of,
    channels_of,
    upstream_id,
)
from strideiq.connections.terms import STRAVA
from strideiq.imports.public import wait_for_turn

PAGE_SIZE = 200
"""The most that Strava gives at a time."""
POLL = timedelta(hours=1)
POLL_WHEN_TOLD = timedelta(hours=12)
"""Also where a webhook tells of everything, for what it may have missed."""
RENEW = timedelta(days=5)
"""After this the overview is asked for again, which renews what is lent before it ends."""
PLACE_NAME = "Strava activity"
FIRST, SOON, OVERVIEW, SAMPLES = 5, 10, 20, 60
"""Priorities: what is new comes before the overview, and that before samples of long ago."""


def begin(session: Session, athlete_id: UUID, now: datetime) -> None:
    """Ask for everything that Strava has of an athlete."""
    _ask(session, athlete_id, "subscribe", now, FIRST)
    _ask(session, athlete_id, "overview", now, OVERVIEW, given=_first_page(now))
    _ask(session, athlete_id, "news", now + POLL, SOON)


def work(context: Context, job: Job) -> None:
    """Do one job."""
    background = {"samples"}
    client = Client(context, job.athlete_id, background=job.kind in background)
    match job.kind:
        case "subscribe":
            webhook.subscribe(context, job.athlete_id)
        case "overview":
            _overview(context, client, job)
        case "news":
            _news(context, client, job)
        case "renew":
            with context.sessions.begin() as session:
                now = context.clock()
                given = _first_page(now)
                _ask(session, job.athlete_id, "overview", now, OVERVIEW, given=given)
        case "activity":
            _activity(context, client, job)
        case "samples":
            _samples(context, client, job)
        case "check":
            client.get("/athlete")


def _overview(context: Context, client: Client, job: Job) -> None:
    """One page of all activities, from the newest on; at the end, what is not there any more."""
    page = int(job.given["page"])
    params = {"before": str(job.given["before"]), "page": str(page), "per_page": str(PAGE_SIZE)}
    found, told = _listed(client, params)
    now = context.clock()
    with context.sessions.begin() as session:
        wait_for_turn(session, job.athlete_id)
        for each in found:
            _take(session, job.athlete_id, each, now)
        if told:
            given = {**job.given, "page": page + 1}
            _ask(session, job.athlete_id, "overview", now, OVERVIEW, given=given)
            return
        since = datetime.fromisoformat(job.given["since"])
        for unheard in activities.lent_before(session, job.athlete_id, STRAVA.source, since):
            _ask(session, job.athlete_id, "activity", now, OVERVIEW, unheard.partition(":")[2])
        _ask(session, job.athlete_id, "renew", since + RENEW, OVERVIEW)


def _news(context: Context, client: Client, job: Job) -> None:
    """The newest activities, where no webhook tells of them; looked for again after a while."""
    found, _told = _listed(client, {"page": "1", "per_page": "30"})
    now = context.clock()
    with context.sessions.begin() as session:
        wait_for_turn(session, job.athlete_id)
        for each in found:
            _take(session, job.athlete_id, each, now)
        told = service.row_of(session, job.athlete_id, NAME).subscription is not None
        queue.again(session, job, now + (POLL_WHEN_TOLD if told else POLL))


def _activity(context: Context, client: Client, job: Job) -> None:
    """One activity as it is at Strava now, or that it is there no more."""
    try:
        found = activity_of(client.get(f"/activities/{int(job.subject)}"))
    except GoneUpstreamError:
        _gone(context, job)
        return
    if found is None or str(found.activity_id) != job.subject:
        raise ServiceTroubleError
    now = context.clock()
    with context.sessions.begin() as session:
        wait_for_turn(session, job.athlete_id)
        _take(session, job.athlete_id, found, now, samples=SOON)


def _gone(context: Context, job: Job) -> None:
    """Note a deletion there: nothing here is deleted but what was lent."""
    with context.sessions.begin() as session:
        wait_for_turn(session, job.athlete_id)
        known = upstream_id(job.subject)
        activities.deleted_upstream(session, job.athlete_id, known)
        activities.end_loan(session, job.athlete_id, known)


def _samples(context: Context, client: Client, job: Job) -> None:
    """The samples of one activity."""
    activity_id = UUID(job.given["activity_id"])
    document = client.get(
        f"/activities/{int(job.subject)}/streams",
        {"keys": STREAM_KEYS, "key_by_type": "true"},
    )
    now = context.clock()
    with context.sessions.begin() as session:
        sport = activities.lent_value(session, job.athlete_id, activity_id, "sport", now)
        channels = channels_of(document, str(sport))
        if channels:
            until = now + _keep()
            activities.lend_streams(session, job.athlete_id, activity_id, channels, until)


def _listed(client: Client, params: Mapping[str, str]) -> tuple[Sequence[StravaActivity], int]:
    """The activities of a page, and how many entries it had, those left out included."""
    document = client.get("/athlete/activities", params)
    if not isinstance(document, list):
        raise ServiceTroubleError
    return [each for each in map(activity_of, document) if each is not None], len(document)


def _take(
    session: Session,
    athlete_id: UUID,
    found: StravaActivity,
    now: datetime,
    *,
    samples: int = SAMPLES,
) -> None:
    """Take what is lent of an activity, and ask for its samples where they are not here."""
    _free, lent = STRAVA.split(found.values)
    until = now + _keep()
    loan = activities.Loan(
        lender=STRAVA.source,
        upstream_id=found.upstream_id,
        place_name=PLACE_NAME,
        values=lent,
        started_at=found.started_at,
        elapsed_s=found.elapsed_s,
        distance_m=found.distance_m,
        until=until,
    )
    taken = activities.lend(session, athlete_id, loan, now)
    recent = found.started_at > now - timedelta(days=30)
    enough = now + (RENEW if recent else timedelta(0))
    if not taken.lent or (
        not taken.changed
        and activities.streams_lent_until(session, athlete_id, taken.activity_id, enough)
    ):
        return
    # Nothing of what is lent may stand in a job, whose table is in backups.
    given = {"activity_id": str(taken.activity_id)}
    _ask(session, athlete_id, "samples", now, samples, str(found.activity_id), given)


def _keep() -> timedelta:
    keep = STRAVA.keep
    if keep is None:
        raise AssertionError("Strava's terms say how long a loan lasts")
    return keep


def _first_page(now: datetime) -> dict[str, Any]:
    """Where an overview begins; what is recorded while it goes on does not shift its pages."""
    before = int((now + timedelta(days=1)).timestamp())
    return {"before": before, "page": 1, "since": now.astimezone(UTC).isoformat()}


def _ask(
    session: Session,
    athlete_id: UUID,
    kind: str,
    due_at: datetime,
    priority: int,
    subject: str = "",
    given: Mapping[str, Any] | None = None,
) -> None:
    queue.enqueue(
        session,
        athlete_id,
        NAME,
        kind,
        subject,
        due_at=due_at,
        priority=priority,
        given=given,
    )
