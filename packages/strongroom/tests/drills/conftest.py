"""A home whose newest backups are a chain of two physical ones, made once for each process."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from strongroom.backups import take
from strongroom.config import CONFIGURATION_NAME, Configuration, load
from strongroom.identity import open_database
from strongroom.postgres.connections import connect


def copied(home: Path, target: Path) -> Configuration:
    """Copy a home that is at rest, with owners and rights."""
    subprocess.run(["cp", "-a", "--reflink=auto", home, target], check=True)
    return load(target / CONFIGURATION_NAME)


@pytest.fixture(scope="session")
def chained_template(sample_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("chained") / "home"
    configuration = copied(sample_template, home)
    with open_database(configuration) as database:
        take(configuration, database, method="physical")
        with connect(database.conninfo("application"), autocommit=True) as connection:
            connection.execute("INSERT INTO public.parent VALUES (77)")
        take(configuration, database, method="physical")
    return home


@pytest.fixture
def chained(chained_template: Path, tmp_path: Path) -> Configuration:
    """Its store has a logical backup, a full physical one and one that builds on it."""
    return copied(chained_template, tmp_path / "home")
