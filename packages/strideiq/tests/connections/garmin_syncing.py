"""An athlete who is connected with the stand-in for Garmin, and kills at any step of a sync."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from garmin_stand_in import CLIENT_ID, CLIENT_SECRET, GarminStandIn, Recording
from pydantic import SecretStr
from recordings import a_minute

from strideiq.activities import public as activities
from strideiq.connections import queue, service
from strideiq.connections.garmin import notifications
from strideiq.connections.garmin.client import Garmin
from strideiq.connections.models import Connection
from strideiq.connections.registry import Context
from strideiq.connections.runner import Runner
from strideiq.imports.isolation import ParserPool
from strideiq.imports.queue.worker import Worker
from strideiq.platform.runtime import Runtime, runtime_of

NOW = datetime(2026, 11, 28, 6, 0, tzinfo=UTC)
VERIFIER = "a verifier that only this browser knows"
CALLBACK = "https://run.example.org/connections/garmin/callback"


def registered(runtime: Runtime, garmin: GarminStandIn) -> Runtime:
    """A StrideIQ that is registered with the stand-in."""
    settings = runtime.settings.model_copy(
        update={
            "garmin_client_id": CLIENT_ID,
            "garmin_client_secret": SecretStr(CLIENT_SECRET),
            "garmin_address": garmin.address,
            "public_address": "https://run.example.org",
        }
    )
    return runtime_of("test", settings, runtime.engine)


def history(count: int, spread: timedelta, seed: int = 1) -> dict[str, Recording]:
    """So many runs of a minute, spread over the time before now, no two of a day alike."""
    chance = random.Random(seed)  # noqa: S311  a seeded lot, not a secret
    found = {}
    for number in range(count):
        start = NOW - timedelta(hours=3) - number * spread / count
        start = start.replace(microsecond=0)
        activity_id = str(9_000_000_000 + chance.randrange(10**6) * 10_000 + number)
        content = a_minute(start)
        found[activity_id] = Recording(activity_id, start, content, f"Run {number}")
    return found


def _dying(whole: Callable[..., bool], at: int) -> Callable[..., bool]:
    """A function that kills its process the time number ``at`` instead."""
    left = at

    def call(*args: Any) -> bool:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(*args)

    return call


class Syncing:
    """The connection, the runner and the worker over one clock, which is the stand-in's."""

    def __init__(
        self, garmin: GarminStandIn, runtime: Runtime, athlete_id: UUID, pool: ParserPool
    ) -> None:
        self.garmin = garmin
        self.runtime = registered(runtime, garmin)
        self.athlete_id = athlete_id
        self.context = Context(
            self.runtime.sessions, self.runtime.settings, self.runtime.keys, lambda: garmin.now
        )
        self.runner = Runner(runtime.engine, self.context)
        self.worker = Worker(runtime.engine, runtime.sessions, pool)

    def connect(self) -> None:
        """What the pages do once the athlete has agreed."""
        client = Garmin(self.context.settings, self.context.clock)
        query = dict(
            each.split("=", 1)
            for each in client.confirm_address("state", VERIFIER, CALLBACK)
            .partition("?")[2]
            .split("&")
        )
        keys = client.exchange(self.garmin.agree(query), VERIFIER, CALLBACK)
        with self.context.sessions.begin() as session:
            service.connect(
                session,
                self.athlete_id,
                "garmin",
                self.context.keys,
                keys.secrets(),
                now=self.garmin.now,
                account=client.account(keys.access),
                scopes=client.permissions(keys.access),
                expire_at=keys.expire_at,
            )

    def hear(self, document: object) -> notifications.Heard:
        """Take a notification."""
        return notifications.hear(self.context, document)

    def step(self) -> bool:
        """Hear what is told, do what is due, and move the clock on; False at the end."""
        for document in self.garmin.delivered():
            self.hear(document)
        self.runner.work_off(most=40)
        due = self.runner.next_due()
        if due is None:
            return bool(self.garmin.waiting)
        self.garmin.now = max(self.garmin.now, due)
        return True

    def killed(self, where: str, at: int, only: str = "") -> bool:
        """Have a process work that is killed with SIGKILL; whether it came as far.

        It dies ``before`` or ``after`` the answer to its request number ``at`` whose path ends with
        ``only``, or ``unnoted``: when it would note its job number ``at`` as done.
        """
        for document in self.garmin.delivered():
            self.hear(document)
        left = [at]

        def count(path: str) -> None:
            if path.endswith(only):
                left[0] -= 1
                if left[0] == 0:
                    os.kill(child, signal.SIGKILL)

        child = os.fork()
        if child == 0:
            self._work_as_child(at if where == "unnoted" else 0)
        if where != "unnoted":
            setattr(self.garmin, where, count)
        _pid, status = os.waitpid(child, 0)
        self.garmin.before = self.garmin.after = lambda _path: None
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
        return os.WIFSIGNALED(status)

    def _work_as_child(self, unnoted: int) -> None:
        ended = 1
        try:
            self.runtime.engine.dispose(close=False)  # the connections are the parent's
            if unnoted:
                queue.finish = _dying(queue.finish, unnoted)
            self.runner.work_off(most=40)
            ended = 0
        finally:
            os._exit(ended)

    def finish(self, until: timedelta = timedelta(days=3)) -> None:
        """Sync until nothing is due within this time."""
        end = self.garmin.now + until
        while self.step():
            due = self.runner.next_due()
            if not self.garmin.waiting and (due is None or due > end):
                break
        self.worker.work_off()

    def again(self) -> None:
        """Have everything fetched once more."""
        with self.context.sessions.begin() as session:
            service.sync_again(session, self.athlete_id, "garmin", self.garmin.now)

    @property
    def row(self) -> Connection:
        with self.context.sessions() as session:
            return service.row_of(session, self.athlete_id, "garmin")

    def shown(self) -> list[activities.ActivityView]:
        with self.context.sessions() as session:
            return activities.list_activities(session, self.athlete_id, limit=10_000)

    def row_with_secrets(self) -> Connection:
        with self.context.sessions() as session:
            row = service.row_of(session, self.athlete_id, "garmin")
            session.refresh(row, ["secrets"])
            return row
