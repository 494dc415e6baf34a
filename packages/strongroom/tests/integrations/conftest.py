"""Applications, and the databases that they could be pointed at, on servers of others."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from strongroom.config import load
from strongroom.identity import open_database
from strongroom.testing.killing import SOAK

sys.path.insert(0, str(Path(__file__).parent))  # what these tests share

from adopting import adopted
from programs import Programs, programs
from servers import Theirs, their_server

EXAMPLES = Path(__file__).resolve().parents[4] / "examples"
WRONG = {
    "an empty database": ("nothing", "empty"),
    "a foreign database": ("foreign", "foreign"),
    "an older copy": ("older", "rolled_back"),
    "the database of another environment": ("staging", "wrong_environment"),
}
"""What an address may lead to by mistake: the database's name, and the verdict."""


@dataclass(frozen=True)
class Stage:
    """One server with the shop's database, which is pinned, and every wrong one beside it."""

    theirs: Theirs
    home: Path
    """The directory of the shop's ``strongroom.toml``."""
    programs: Programs

    def environment(self, database: str, *, driver: str = "") -> dict[str, str]:
        """The environment of a process that was given this database."""
        return {
            "DATABASE_URL": self.theirs.url(database, driver=driver),
            "STRONGROOM_CONFIG": str(self.home / "strongroom.toml"),
        }

    @property
    def wrong(self) -> dict[str, tuple[str, str]]:
        """What to try here: everything on one server, and on the other what a typo leads to."""
        if self.theirs.certificate is None:
            return WRONG
        return {"the database of another environment": ("staging", "wrong_environment")}

    def example(self, name: str, directory: Path) -> Path:
        """A copy of an example to run in."""
        shutil.copytree(EXAMPLES / name, directory / name)
        return directory / name


@pytest.fixture(scope="session")
def running_programs() -> Iterator[Programs]:
    with programs() as running:
        yield running


EVERY_SERVER = {"18-scram": 18, "15-tls": 15}
SERVERS = EVERY_SERVER if os.environ.get(SOAK) else {"18-scram": 18}
"""Version and way in of each server; older ones over TLS are tried whole in ``test_any_server``."""


@pytest.fixture(scope="session", params=SERVERS.values(), ids=SERVERS)
def stage(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    running_programs: Programs,
) -> Iterator[Stage]:
    """The shop's database, adopted as its tutorial says, and the wrong ones."""
    directory = tmp_path_factory.mktemp("stage")
    major = request.param
    with their_server(directory / "server", major=major, tls=major == 15) as theirs:
        for name in ("shop", "nothing", "foreign", "staging"):
            theirs.create(name)
        with theirs.administrator("foreign") as admin:
            admin.execute("SET ROLE shop")
            admin.execute("CREATE TABLE patient (name text)")
            admin.execute("INSERT INTO patient VALUES ('somebody')")
        adopted(theirs, directory / "home", "shop", "production")
        adopted(theirs, directory / "other", "staging", "staging")
        theirs.create("older", template="shop")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DATABASE_URL", theirs.url("shop"))
            with open_database(load(directory / "home" / "strongroom.toml")):
                pass  # the shop goes on after the copy: until then nobody could tell the two apart
        yield Stage(theirs, directory / "home", running_programs)
