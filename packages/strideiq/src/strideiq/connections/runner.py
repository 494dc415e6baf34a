"""Works jobs of connections one after the other, and can be killed at any moment.

A connection is held by an advisory lock of the runner's own connection to the database while one
of its jobs is done, so that several workers never use one athlete's tokens at once. A job is
removed after its work was committed: a runner that dies in between does it again, which changes
nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection as DatabaseConnection
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from strideiq.connections import queue, service
from strideiq.connections.errors import (
    AccessRevokedError,
    GoneUpstreamError,
    RateLimitedError,
    ServiceError,
    ServiceTroubleError,
)
from strideiq.connections.queue import Job
from strideiq.connections.registry import Context, service_named
from strideiq.platform.language import marked
from strideiq.platform.logs import Log

ATTEMPTS_MAX = 8
"""A job that failed so often is given up; the next sync asks for it again."""
FAILING_AFTER = 3
"""A connection of which a job failed so often is said to fail."""
IDLE_S = 5.0
TROUBLE_S = 10.0
TIDY_S = 3600.0

log = Log()

Tidy = Callable[[Session, datetime], None]
_tidies: list[Tidy] = []


def add_tidy(tidy: Tidy) -> None:
    """Have something done from time to time, such as dropping what may not be kept longer."""
    if tidy not in _tidies:
        _tidies.append(tidy)


class Runner:
    """Works what is due, until it is told to stop."""

    def __init__(
        self,
        engine: Engine,
        context: Context,
        *,
        changed: Callable[[], None] | None = None,
        only: frozenset[tuple[UUID, str]] | None = None,
    ) -> None:
        self._engine = engine
        self._only = only
        self._context = context
        self._changed = changed
        self._tidied_at: datetime | None = None

    def run(self, stopping: threading.Event) -> None:
        """Work until ``stopping`` is set; trouble with the database is waited out."""
        while not stopping.is_set():
            try:
                self.tidy()
                worked = self.work_off(stopping)
            except SQLAlchemyError as error:
                log.warning("the jobs of connections cannot be read", error=type(error).__name__)
                stopping.wait(TROUBLE_S)
                continue
            if worked and self._changed is not None:
                self._changed()
            stopping.wait(IDLE_S)

    def work_off(self, stopping: threading.Event | None = None, most: int | None = None) -> int:
        """Do what is due now, at ``most`` so many jobs, and say how many were begun."""
        done = 0
        with self._engine.connect() as connection:
            own = connection.execution_options(isolation_level="AUTOCOMMIT")
            while not (stopping and stopping.is_set()) and (most is None or done < most):
                if not self._one(own):
                    break
                done += 1
        return done

    def next_due(self) -> datetime | None:
        """When there is something to do again; None when nothing waits."""
        with self._context.sessions() as session:
            return queue.next_due(session, self._context.clock())

    def tidy(self) -> None:
        """Drop what may not be kept any longer, once an hour."""
        now = self._context.clock()
        if self._tidied_at and (now - self._tidied_at).total_seconds() < TIDY_S:
            return
        with self._context.sessions.begin() as session:
            for each in _tidies:
                each(session, now)
        self._tidied_at = now

    def _one(self, own: DatabaseConnection) -> bool:
        """Do one job; False when none is due, or others are at all of them."""
        with self._context.sessions() as session:
            found = queue.candidates(session, self._context.clock())
        for athlete_id, name in found:
            if self._only is not None and (athlete_id, name) not in self._only:
                continue
            key = func.hashtextextended(f"connection {athlete_id} {name}", 0)
            if not own.scalar(select(func.pg_try_advisory_lock(key))):
                continue
            try:
                if self._work_of(athlete_id, name):
                    return True
            finally:
                own.execute(select(func.pg_advisory_unlock(key)))
        return False

    def _work_of(self, athlete_id: UUID, name: str) -> bool:
        with self._context.sessions.begin() as session:
            job = queue.take(session, athlete_id, name, self._context.clock())
        if job is None:
            return False
        if job.attempts > ATTEMPTS_MAX:
            self._give_up(job)
            return True
        try:
            service_named(name).work(self._context, job)
        except RateLimitedError as error:
            self._limited(job, error)
        except AccessRevokedError as error:
            self._revoked(job, error)
        except GoneUpstreamError:
            self._done(job)
        except ServiceError as error:
            self._failed(job, error)
        except SQLAlchemyError:
            raise
        except Exception as error:  # noqa: BLE001  whatever a service sends must not end the rest
            # Without its traceback, whose lines may show what was sent and received.
            log.error("a job of a connection failed", kind=job.kind, error=type(error).__name__)  # noqa: TRY400
            self._failed(job, ServiceTroubleError())
        else:
            self._done(job)
        return True

    def _done(self, job: Job) -> None:
        now = self._context.clock()
        with self._context.sessions.begin() as session:
            queue.finish(session, job)
            row = service.row_of(session, job.athlete_id, job.service, lock=True)
            row.jobs_done += job.kind not in queue.REGULAR
            if row.state == "failing":
                row.state = "connected"
            if row.state == "connected":
                row.error, row.next_step = None, None
            if not queue.waiting(session, job.athlete_id, job.service, now):
                row.synced_at = now

    def _limited(self, job: Job, error: RateLimitedError) -> None:
        with self._context.sessions.begin() as session:
            row = service.row_of(session, job.athlete_id, job.service, lock=True)
            row.limited_until = error.until
            queue.put_back(session, job, self._context.clock(), counts=False)

    def _revoked(self, job: Job, error: AccessRevokedError) -> None:
        log.info("a connection was ended by its service", service=job.service)
        with self._context.sessions.begin() as session:
            service.end(
                session,
                job.athlete_id,
                job.service,
                self._context.clock(),
                state="revoked",
                error=error,
            )

    def _failed(self, job: Job, error: ServiceError) -> None:
        due_at = self._context.clock() + queue.wait_after(job.attempts)
        with self._context.sessions.begin() as session:
            queue.put_back(session, job, due_at, error=error.code)
            if job.attempts >= FAILING_AFTER:
                self._say(session, job, error)

    def _give_up(self, job: Job) -> None:
        log.warning("a job of a connection was given up", service=job.service, kind=job.kind)
        error = ServiceTroubleError(
            marked("Something could not be fetched, however often it was tried."),
            next_step=marked("sync again; what is here already is not fetched twice"),
        )
        with self._context.sessions.begin() as session:
            queue.finish(session, job)
            self._say(session, job, error)

    def _say(self, session: Session, job: Job, error: ServiceError) -> None:
        row = service.row_of(session, job.athlete_id, job.service, lock=True)
        if row.state in queue.AT_WORK:
            row.state = "failing"
            row.error, row.next_step = error.message, error.next_step
