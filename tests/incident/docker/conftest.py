"""One engine with its images for each process of a run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from engine import Engine, running_engine
from image import make_images


@pytest.fixture(scope="session")
def session_engine() -> Iterator[Engine]:
    """An engine of our own with the images that replays use."""
    with running_engine() as engine:
        make_images(engine)
        yield engine


@pytest.fixture
def engine(session_engine: Engine) -> Iterator[Engine]:
    """The engine without a container or a volume, before and after a test."""
    session_engine.clear()
    yield session_engine
    session_engine.clear()
