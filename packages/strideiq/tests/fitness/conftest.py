"""A part of the demo athlete's years in a database, made once for all tests that only read it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session, sessionmaker

from strideiq import features
from strideiq.activities import public as activities
from strideiq.athletes import public as athletes
from strideiq.demo.calendar import outings
from strideiq.demo.recording import TIME_ZONE, record_outing
from strideiq.demo.service import SEED

TODAY = date(2026, 11, 22)
CONTESTS = {"race", "trial"}


SHARE = 3
"""Of the runs that are no races, every third: enough for what is asked of them, and quicker."""


@pytest.fixture(scope="session")
def demo_database(
    server: dict[str, str | int], template: str, made_database: Any, engine_of: Any
) -> Iterator[tuple[Any, UUID]]:
    """An engine, and the athlete."""
    assert features.FEATURES  # what an application registers is registered
    planned = outings(TODAY, SEED)
    kept = [one for n, one in enumerate(planned) if one.kind in CONTESTS or n % SHARE == 0]
    with made_database(server, template) as database:
        engine = engine_of(database)
        with sessionmaker(engine).begin() as session:
            athlete = athletes.create(
                session,
                email="demo@example.com",
                name="Alex",
                password="three plain words",
                time_zone=TIME_ZONE,
            )
            recorded = [record_outing(one, (TODAY - one.day).days, SEED) for one in kept]
            activities.record_many(session, athlete.athlete_id, recorded)
        yield engine, athlete.athlete_id
        engine.dispose()


@pytest.fixture
def demo_session(demo_database: tuple[Any, UUID]) -> Iterator[Session]:
    """A session whose changes are undone afterwards."""
    with sessionmaker(demo_database[0])() as session:
        yield session
        session.rollback()


@pytest.fixture(scope="session")
def runner(demo_database: tuple[Any, UUID]) -> UUID:
    return demo_database[1]
