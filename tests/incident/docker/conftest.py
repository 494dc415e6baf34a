"""One engine with its images for each process of a run, and the pinned databases in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from engine import Engine, running_engine
from image import make_images
from world import World, Worlds

HERE = Path(__file__).parent
LONGEST_S = 900
"""The first of them may have to make the image."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give replays on an engine more time than tests have."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.timeout(LONGEST_S))


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


@pytest.fixture(scope="session")
def session_other_engine() -> Iterator[Engine]:
    """A second engine: another data root, another context."""
    with running_engine() as engine:
        make_images(engine)
        yield engine


@pytest.fixture
def other_engine(session_other_engine: Engine) -> Iterator[Engine]:
    """The second engine, empty before and after a test."""
    session_other_engine.clear()
    yield session_other_engine
    session_other_engine.clear()


@pytest.fixture(scope="session")
def worlds(session_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, World]:
    """The report's rows in a pinned production, and in a pinned staging."""
    return Worlds(session_engine, tmp_path_factory.mktemp("worlds"))
