from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from strongroom.config import Configuration
from strongroom.drills import TableContent, survey_tables
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.server.supervisor import Supervisor

sys.path.insert(0, str(Path(__file__).parent))  # what these tests share


class Look:
    """What tests see of homes, with nothing of the gate in between."""

    def contents(self, configuration: Configuration) -> dict[str, TableContent]:
        """Count and digest of every table of the application that is in place now."""
        assert configuration.server is not None
        with (
            Supervisor(configuration.server).running() as server,
            connect(server.administrator(configuration.database)) as connection,
        ):
            tables = survey_tables(connection)
        return {name: table for name, table in tables.items() if "strongroom." not in name}

    def execute(self, configuration: Configuration, statement: str) -> None:
        """Do something as a superuser, past every guard."""
        assert configuration.server is not None
        with (
            Supervisor(configuration.server).running() as server,
            connect(server.administrator(configuration.database), autocommit=True) as connection,
        ):
            connection.execute(statement.encode())

    def tree(self, directory: Path) -> dict[str, str] | None:
        """Every file below a directory by the hash of its bytes; None if there is nothing."""
        if not directory.exists():
            return None
        return {
            str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in directory.rglob("*")
            if path.is_file()
        }


@pytest.fixture(scope="session")
def look() -> Look:
    return Look()
