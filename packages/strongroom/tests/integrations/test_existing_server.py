"""The page about existing servers does what it says, on PostgreSQL 15 and a real S3 server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from servers import Theirs, their_server

from strongroom.backups.physical.rights import HOLD_STILL

S3 = Any
"""``conftest.S3``; pytest loads that file under a name of its own."""

PAGE = Path(__file__).resolve().parents[4] / "docs/how-to/back-up-an-existing-server.md"
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
PASSWORD = "choose one"


@pytest.fixture
def theirs(tmp_path: Path) -> Iterator[Theirs]:
    """A shop that has been there for long, on a server that takes passwords over TLS only."""
    settings = {"wal_level": "replica", "max_wal_senders": "4", "shared_buffers": "16MB"}
    with their_server(tmp_path / "server", major=15, tls=True, settings=settings) as server:
        server.create("shop")
        with server.administrator("shop") as admin:
            admin.execute("SET ROLE shop")
            admin.execute("CREATE TABLE item AS SELECT n AS id FROM generate_series(1, 500) n")
        yield server


def test_from_nothing_to_a_scheduled_encrypted_proven_backup_elsewhere(
    theirs: Theirs, s3: S3, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    environment = {
        **{name: value for name, value in os.environ.items() if name != "STRONGROOM_CONFIG"},
        "DATABASE_URL": theirs.url("shop"),
        "BACKUP_URL": theirs.url("shop", with_password=False).replace(
            "//shop@", f"//keeper:{PASSWORD.replace(' ', '%20')}@"
        ),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }

    def run(block: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["bash", "-euc", block.replace("/media/usb", str(tmp_path))],
            check=False,
            capture_output=True,
            text=True,
            cwd=home,
            env=environment,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        return done

    def add(snippet: str) -> None:
        """Put each line of the snippet below the table that it stands in there."""
        path = home / "strongroom.toml"
        text = path.read_text()
        for table, lines in re.findall(
            r"^(\[\w+\])\n(.+?)\n*(?=^\[|\Z)", snippet, re.MULTILINE | re.DOTALL
        ):
            text = text.replace(table, f"{table}\n{lines}", 1)
        path.write_text(text.replace("s3://example-backups/shop?region=eu-central-1", s3.url()))

    for language, block in BLOCKS:
        if language == "sql":
            with theirs.administrator("shop") as admin:
                admin.execute(block.encode())
        elif language == "sh":
            last = run(block)
        elif language == "toml":
            add(block)
        else:
            theirs.let_in(block.strip().replace("192.0.2.7", "127.0.0.1"))
    assert "verdict" not in last.stdout
    status = json.loads(run("strongroom status --json").stdout)
    assert status["verdict"] == "match"
    method = status["method"]
    assert (method["configured"], method["newest"]) == ("auto", "physical"), method["reason"]
    assert status["proof"]["at"] is not None
    assert status["three_two_one"]["copies"] >= 2
    assert list((home / "units").iterdir())
    assert (tmp_path / "shop-key.txt").exists()
    copied = json.loads(run(f"strongroom drill --json --store '{s3.url()}'").stdout)
    assert copied["verdict"] == "proven"


def test_the_function_of_the_page_is_the_one_that_is_asked_for() -> None:
    (shown,) = [block for language, block in BLOCKS if language == "sql" and "hold_still" in block]
    assert " ".join(shown.split()).rstrip(";") == " ".join(HOLD_STILL.format(role="keeper").split())
