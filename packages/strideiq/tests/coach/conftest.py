"""Two athletes in one database, made once for all tests that only read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from seeded import TODAY, Seeded
from sqlalchemy.orm import Session, sessionmaker

from strideiq import features
from strideiq.activities import public as activities
from strideiq.athletes import public as athletes
from strideiq.coach.tools.catalogue import TOOLS
from strideiq.coach.tools.tool import Scope, Toolbox
from strideiq.demo.calendar import Outing, outings
from strideiq.demo.furnishing import furnish
from strideiq.demo.mornings import live
from strideiq.demo.plans import add_plans
from strideiq.demo.recording import TIME_ZONE, record_outing
from strideiq.demo.service import SEED

CONTESTS = {"race", "trial"}
WHOLE_DAYS = 100
"""So many days are as the demo has them; of those before, every fourth run and all races."""


@pytest.fixture(scope="session")
def seeded(
    server: dict[str, str | int], template: str, made_database: Any, engine_of: Any
) -> Iterator[Seeded]:
    """A demo athlete with plans, mornings and gear, and another one."""
    assert features.FEATURES  # what an application registers is registered
    planned = outings(TODAY, SEED)
    with made_database(server, template) as database:
        engine = engine_of(database)
        with sessionmaker(engine).begin() as session:
            kept = [one for n, one in enumerate(planned) if _kept(one, n)]
            ids = [
                _athlete(session, "demo@example.com", kept),
                _athlete(session, "other@example.com", kept[-12:]),
            ]
        yield Seeded(engine, database, *ids)
        engine.dispose()


def _kept(outing: Outing, number: int) -> bool:
    recent = (TODAY - outing.day).days <= WHOLE_DAYS
    return recent or outing.kind in CONTESTS or number % 4 == 0


def _athlete(session: Session, email: str, planned: list[Outing]) -> UUID:
    athlete = athletes.create(
        session, email=email, name="Alex", password="three plain words", time_zone=TIME_ZONE
    )
    recorded = [record_outing(one, (TODAY - one.day).days, SEED) for one in planned]
    ids = activities.record_many(session, athlete.athlete_id, recorded)
    done = list(zip(planned, ids, strict=True))
    add_plans(session, athlete.athlete_id, TODAY)
    furnish(session, athlete.athlete_id, done, TODAY)
    live(session, athlete.athlete_id, TODAY, SEED, done)
    return athlete.athlete_id


@pytest.fixture
def reading(seeded: Seeded) -> Iterator[Session]:
    """A session whose changes are undone afterwards."""
    with sessionmaker(seeded.engine)() as session:
        yield session
        session.rollback()


@pytest.fixture
def reading_scope(reading: Session, seeded: Seeded) -> Scope:
    return Scope(reading, seeded.athlete_id, TODAY)


@pytest.fixture
def toolbox(reading_scope: Scope) -> Toolbox:
    return Toolbox(reading_scope, TOOLS)
