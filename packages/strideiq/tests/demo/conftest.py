"""The demo athlete in a database, made once for all tests that only read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from strideiq import features
from strideiq.demo import public as demo

TODAY = date(2026, 11, 22)


@dataclass(frozen=True)
class Populated:
    """A database with the demo athlete, and what was told while it was made."""

    engine: Engine
    made: demo.Demo
    reported: list[tuple[int, int]]


@pytest.fixture(scope="session")
def populated(
    server: dict[str, str | int], template: str, made_database: Any, engine_of: Any
) -> Iterator[Populated]:
    assert features.FEATURES  # what an application registers is registered
    reported: list[tuple[int, int]] = []
    with made_database(server, template) as database:
        engine = engine_of(database)
        with sessionmaker(engine).begin() as session:
            made = demo.populate(
                session,
                password="three plain words",
                today=TODAY,
                report=lambda count, total: reported.append((count, total)),
            )
        yield Populated(engine, made, reported)
        engine.dispose()


@pytest.fixture
def reading(populated: Populated) -> Iterator[Session]:
    """A session whose changes are undone afterwards."""
    with sessionmaker(populated.engine)() as session:
        yield session
        session.rollback()
