from __future__ import annotations

from collections.abc import Iterator

import pytest

from strongroom.testing.http_sink import Sink, http_sink


@pytest.fixture
def sink() -> Iterator[Sink]:
    with http_sink() as running:
        yield running
