from __future__ import annotations

from collections.abc import Iterator

import pytest
from fault_home import Home

from strongroom.testing.faulty_store import install


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """One home for each test process; every test begins by putting it into a state."""
    install(lambda url: "copies" if url.endswith("copies") else "store")
    made = Home(tmp_path_factory.mktemp("f"))
    try:
        yield made
    finally:
        made.end()
