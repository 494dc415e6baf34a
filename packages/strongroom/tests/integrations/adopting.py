"""What the tutorial does with a database that exists already."""

from __future__ import annotations

import os
from pathlib import Path

from click.testing import CliRunner
from servers import Theirs

from strongroom.cli import strongroom


def adopted(theirs: Theirs, home: Path, database: str, environment: str) -> None:
    """Do in ``home`` what the tutorial says."""
    home.mkdir()
    before = Path.cwd()
    os.chdir(home)
    try:
        arguments = ["adopt", "--environment", environment, "--application", "shop"]
        result = CliRunner(env={"DATABASE_URL": theirs.url(database)}).invoke(
            strongroom, [*arguments, "--url-from", "DATABASE_URL"]
        )
        assert result.exit_code == 0, result.output
    finally:
        os.chdir(before)
