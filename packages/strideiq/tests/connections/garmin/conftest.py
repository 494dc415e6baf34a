"""A stand-in for Garmin, and a StrideIQ that is connected with it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from garmin_stand_in import GarminStandIn
from garmin_syncing import NOW, Syncing
from loopback import answering

from strideiq.imports.isolation import ParserPool
from strideiq.platform.runtime import Runtime

SOAK = os.environ.get("STRONGROOM_SOAK") == "1"


@pytest.fixture(scope="module")
def pool() -> Iterator[ParserPool]:
    with ParserPool(2 if SOAK else 1) as pool:
        yield pool


@pytest.fixture
def garmin() -> Iterator[GarminStandIn]:
    stand_in = GarminStandIn(NOW, history_begins=NOW - timedelta(days=400))
    with answering(stand_in.answer) as address:
        stand_in.address = address
        yield stand_in


@pytest.fixture
def syncing(garmin: GarminStandIn, runtime: Runtime, athlete_id: UUID, pool: ParserPool) -> Syncing:
    return Syncing(garmin, runtime, athlete_id, pool)
