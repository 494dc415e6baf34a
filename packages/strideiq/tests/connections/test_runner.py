"""Jobs of connections: done once however often asked for, waited for, given up, never lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session, sessionmaker

from strideiq.connections import queue, registry, service
from strideiq.connections.errors import (
    AccessRevokedError,
    GoneUpstreamError,
    RateLimitedError,
    ServiceTroubleError,
)
from strideiq.connections.models import Connection, ConnectionJob
from strideiq.connections.queue import Job
from strideiq.connections.registry import Context, Service
from strideiq.connections.runner import ATTEMPTS_MAX, Runner
from strideiq.connections.terms import STRAVA, Terms
from strideiq.platform.runtime import Runtime

NOW = datetime(2026, 11, 28, 6, 0, tzinfo=UTC)
SECRETS = {"token": "a token that nobody may read"}


class Scripted:
    """A service whose jobs do what the test says; and a clock that stands until it is moved."""

    def __init__(self, runtime: Runtime, engine: Engine) -> None:
        self.now = NOW
        self.done: list[str] = []
        self.ended: list[UUID] = []
        self.says: dict[str, Callable[[Job], None]] = {}
        self.context = Context(runtime.sessions, runtime.settings, runtime.keys, lambda: self.now)
        self.runner = Runner(engine, self.context)
        registry.register(
            Service(
                name="scripted",
                title="Scripted",
                words="",
                terms=Terms("scripted"),
                connect_path="/nowhere",
                configured=lambda _settings: True,
                work=self.work,
                begin=self.begin,
                ended=lambda _session, athlete_id: self.ended.append(athlete_id),
                revoke=lambda _context, _athlete_id: None,
                put_away=lambda _session, _athlete_id: None,
            )
        )

    def begin(self, session: Session, athlete_id: UUID, now: datetime) -> None:
        for subject in ("one", "two"):
            queue.enqueue(session, athlete_id, "scripted", "fetch", subject, due_at=now)

    def work(self, _context: Context, job: Job) -> None:
        if job.subject in self.says:
            self.says[job.subject](job)
        self.done.append(job.subject)

    def connect(self, athlete_id: UUID) -> None:
        with self.context.sessions.begin() as session:
            service.connect(
                session, athlete_id, "scripted", self.context.keys, SECRETS, now=self.now
            )

    def row(self, athlete_id: UUID) -> Connection:
        with self.context.sessions() as session:
            return service.row_of(session, athlete_id, "scripted")


def raising(error: Exception) -> Callable[[Job], None]:
    def work(_job: Job) -> None:
        raise error

    return work


@pytest.fixture
def scripted(runtime: Runtime, engine: Engine) -> Iterator[Scripted]:
    before = dict(registry._services)
    yield Scripted(runtime, engine)
    registry._services.clear()
    registry._services.update(before)


def test_what_is_asked_for_twice_is_done_once_and_asked_for_meanwhile_once_more(
    scripted: Scripted, athlete_id: UUID
) -> None:
    def again(job: Job) -> None:
        del scripted.says["one"]
        with scripted.context.sessions.begin() as session:
            queue.enqueue(session, athlete_id, "scripted", job.kind, job.subject, due_at=NOW)

    scripted.connect(athlete_id)
    with scripted.context.sessions.begin() as session:
        scripted.begin(session, athlete_id, NOW)
    scripted.says["one"] = again
    scripted.runner.work_off()
    assert scripted.done == ["one", "one", "two"]
    row = scripted.row(athlete_id)
    assert (row.state, row.jobs_done, row.synced_at) == ("connected", 3, NOW)


def test_a_limit_holds_every_athlete_of_the_service_until_it_is_over_and_counts_as_no_failure(
    scripted: Scripted, athlete_id: UUID, other_athlete_id: UUID
) -> None:
    until = NOW + timedelta(minutes=15)
    scripted.connect(athlete_id)
    scripted.connect(other_athlete_id)
    scripted.says["one"] = raising(RateLimitedError(until))
    assert scripted.runner.work_off() == 1
    assert scripted.done == []
    assert scripted.runner.next_due() == until
    scripted.says.clear()
    scripted.now = until
    assert scripted.runner.work_off() == 4
    assert scripted.row(athlete_id).state == "connected"


def test_a_failure_waits_longer_each_time_is_told_and_forgotten_when_it_is_over(
    scripted: Scripted, athlete_id: UUID
) -> None:
    scripted.connect(athlete_id)
    scripted.says["one"] = raising(ValueError("nonsense that holds a secret"))
    waits = []
    for _attempt in range(4):
        scripted.runner.work_off()
        due = scripted.runner.next_due()
        assert due is not None
        waits.append((due - scripted.now).total_seconds())
        scripted.now = due
    assert waits == [30, 60, 120, 240]
    row = scripted.row(athlete_id)
    assert row.state == "failing"
    assert row.error is not None
    assert "secret" not in row.error
    assert scripted.done == ["two"]  # one bad job stops no other
    scripted.says.clear()
    scripted.runner.work_off()
    row = scripted.row(athlete_id)
    assert (row.state, row.error) == ("connected", None)


def test_a_job_that_always_fails_is_given_up_and_one_that_is_gone_upstream_is_done(
    scripted: Scripted, athlete_id: UUID
) -> None:
    scripted.connect(athlete_id)
    scripted.says["one"] = raising(ServiceTroubleError())
    scripted.says["two"] = raising(GoneUpstreamError())
    for _attempt in range(ATTEMPTS_MAX + 1):
        scripted.runner.work_off()
        scripted.now += timedelta(hours=7)
    with scripted.context.sessions() as session:
        assert session.scalars(select(ConnectionJob)).all() == []
    assert scripted.row(athlete_id).state == "failing"


def test_revoked_access_ends_the_connection_and_destroys_its_keys(
    scripted: Scripted, athlete_id: UUID, other_athlete_id: UUID
) -> None:
    scripted.connect(athlete_id)
    scripted.connect(other_athlete_id)
    scripted.says["one"] = lambda job: (
        raising(AccessRevokedError())(job) if job.athlete_id == athlete_id else None
    )
    scripted.runner.work_off()
    row = scripted.row(athlete_id)
    assert (row.state, row.secrets) == ("revoked", None)
    assert row.next_step == "connect it again"
    assert scripted.ended == [athlete_id]
    assert scripted.done == ["one", "two"]  # the other athlete's
    scripted.connect(athlete_id)
    scripted.says.clear()
    scripted.runner.work_off()
    assert scripted.row(athlete_id).state == "connected"


def test_paused_nothing_is_asked_for(scripted: Scripted, athlete_id: UUID) -> None:
    scripted.connect(athlete_id)
    with scripted.context.sessions.begin() as session:
        service.set_paused(session, athlete_id, "scripted", NOW, paused=True)
    assert scripted.runner.work_off() == 0
    assert scripted.runner.next_due() is None
    with scripted.context.sessions.begin() as session:
        service.set_paused(session, athlete_id, "scripted", NOW, paused=False)
    assert scripted.runner.work_off() == 2


def test_a_connection_that_another_worker_holds_is_left_to_it(
    scripted: Scripted, athlete_id: UUID, engine: Engine
) -> None:
    scripted.connect(athlete_id)
    with engine.connect() as other:
        other.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
            {"key": f"connection {athlete_id} scripted"},
        )
        assert scripted.runner.work_off() == 0
    assert scripted.runner.work_off() == 2


def test_secrets_are_in_the_database_only_encrypted(
    scripted: Scripted, athlete_id: UUID, sessions: sessionmaker[Session]
) -> None:
    scripted.connect(athlete_id)
    with sessions() as session:
        row = service.row_of(session, athlete_id, "scripted")
        assert service.secrets_of(row, scripted.context.keys) == SECRETS
        stored = session.scalar(text("SELECT CAST(connection AS text) FROM connection"))
        assert SECRETS["token"] not in stored
        assert SECRETS["token"].encode() not in (row.secrets or b"")


def test_terms_lend_every_column_of_strava_but_what_identifies_it_and_nothing_of_a_file() -> None:
    values = {"upstream_id": "strava:1", "name": "Morning Run", "distance_m": 5000.0}
    free, lent = STRAVA.split(values)
    assert free == {"upstream_id": "strava:1"}
    assert lent == {"name": "Morning Run", "distance_m": 5000.0}
    assert Terms("file").split(values) == (values, {})
    use = STRAVA.use("average_heart_rate_bpm")
    assert (use.coach, use.analytics, use.others, STRAVA.keep) == (
        False,
        False,
        False,
        timedelta(days=7),
    )
