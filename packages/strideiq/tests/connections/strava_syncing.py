"""One athlete's connection to the stand-in, worked by the stand-in's clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from sqlalchemy.orm import Session
from strava_stand_in import CLIENT_ID, CLIENT_SECRET, StravaStandIn

import strideiq.features  # noqa: F401  the services are registered there
from strideiq.activities import public as activities
from strideiq.connections import queue, service
from strideiq.connections.models import Connection
from strideiq.connections.registry import Context
from strideiq.connections.runner import Runner
from strideiq.connections.strava.client import NAME, granted, secrets_from
from strideiq.platform.runtime import Runtime
from strideiq.platform.settings import Settings

STRAVA_ATHLETE = 134815


def settings_for(strava: StravaStandIn) -> Settings:
    """Settings of a server that is registered with the stand-in and can be reached."""
    return Settings.model_validate(
        {
            "SECRET_KEY": "a key for tests that is long enough",
            "strava_client_id": CLIENT_ID,
            "strava_client_secret": CLIENT_SECRET,
            "strava_address": strava.address,
            "public_address": "https://run.example.org",
        }
    )


class Syncing:
    """One athlete's connection, and the runner that works it by the stand-in's clock."""

    def __init__(self, strava: StravaStandIn, runtime: Runtime, athlete_id: UUID) -> None:
        self.strava = strava
        self.athlete_id = athlete_id
        self.context = Context(runtime.sessions, runtime.settings, runtime.keys, self.clock)
        self.runner = Runner(runtime.engine, self.context)

    def clock(self) -> datetime:
        return self.strava.now

    def connect(self, strava_athlete: int = STRAVA_ATHLETE) -> None:
        """What the pages do once Strava has sent the browser back with a code."""
        address = (
            f"/oauth/authorize?client_id={CLIENT_ID}&response_type=code&state=s"
            "&redirect_uri=x&scope=read,activity:read_all"
        )
        code = self.strava.consent(address, athlete_id=strava_athlete).partition("code=")[2]
        grant = granted(self.context, grant_type="authorization_code", code=code.partition("&")[0])
        with self.context.sessions.begin() as session:
            service.connect(
                session,
                self.athlete_id,
                NAME,
                self.context.keys,
                secrets_from(grant),
                now=self.clock(),
                account=str(grant.athlete["id"]),
                scopes=["read", "activity:read_all"],
                expire_at=grant.expires_at,
            )

    def row(self) -> Connection:
        with self.context.sessions() as session:
            return service.row_of(session, self.athlete_id, NAME)

    def waiting(self) -> int:
        with self.context.sessions() as session:
            return queue.waiting(session, self.athlete_id, NAME, self.clock())

    def until_done(self) -> None:
        """Work on, moving the clock to whatever has to be waited for, until all is fetched."""
        while self.waiting() and self.row().state in queue.AT_WORK:
            due = self.runner.next_due()
            assert due is not None
            self.strava.now = max(self.strava.now, due)
            self.runner.work_off()

    def again(self) -> None:
        """A whole sync once more."""
        with self.context.sessions.begin() as session:
            service.sync_again(session, self.athlete_id, NAME, self.clock())
        self.until_done()

    def session(self) -> Session:
        return self.context.sessions()


def a_file(start: datetime) -> activities.ObservedActivity:
    """What a watch says of a run of the stand-in's."""
    time_s = np.arange(0.0, 1801.0, 5.0)
    return activities.ObservedActivity(
        sport="running",
        name="From the watch",
        started_at=start + timedelta(seconds=3),
        elapsed_s=1800.0,
        moving_s=1795.0,
        distance_m=5050.0,
        streams={"time_s": time_s, "distance_m": 2.8 * time_s},
    )
