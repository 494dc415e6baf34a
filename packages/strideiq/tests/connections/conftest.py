"""A StrideIQ that is registered with a stand-in for Strava, and keeps its time."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import Engine
from strava_stand_in import StravaStandIn
from strava_syncing import Syncing, settings_for

from strideiq.platform.runtime import Runtime, runtime_of


@pytest.fixture
def strava() -> Iterator[StravaStandIn]:
    with StravaStandIn().served() as stand_in:
        yield stand_in


@pytest.fixture
def registered(strava: StravaStandIn, engine: Engine) -> Runtime:
    return runtime_of("test", settings_for(strava), engine)


@pytest.fixture
def syncing(strava: StravaStandIn, registered: Runtime, athlete_id: UUID) -> Syncing:
    return Syncing(strava, registered, athlete_id)
