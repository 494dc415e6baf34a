"""The documented format is the real one, and its commands bring data back."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

import pytest

from strongroom.backups import Manifest, StoredObject, TableRecord, listed, take
from strongroom.backups.manifest import PhysicalRecord
from strongroom.backups.wal import LogRecord
from strongroom.config import Configuration
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.server.binaries import binaries_for_server
from strongroom.server.os_user import server_user
from strongroom.server.supervisor import RunningServer

PAUSED = "SELECT pg_get_wal_replay_pause_state()"
DOCUMENT = Path(__file__).parents[4] / "docs/reference/backup-format.md"

AGE = """\
import sys, pyrage
key = [line for line in open(sys.argv[3]).read().split() if line.startswith("AGE-")][0]
identity = pyrage.x25519.Identity.from_str(key)
sys.stdout.buffer.write(pyrage.decrypt(open(sys.argv[4], "rb").read(), [identity]))
"""
ZSTD = """\
import sys, zstandard
sys.stdout.buffer.write(zstandard.ZstdDecompressor().stream_reader(sys.stdin.buffer).read())
"""


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """Stand-ins for age and zstd where this machine has none: same formats, same options."""
    directory = tmp_path / "tools"
    directory.mkdir()
    for name, code in (("age", AGE), ("zstd", ZSTD)):
        if shutil.which(name) is None:
            program = directory / name
            program.write_text(f"#!{sys.executable}\n{code}", encoding="utf-8")
            program.chmod(0o755)
    return directory


def documented_commands() -> list[str]:
    """For a logical backup, for a physical one, and for a point in time."""
    return re.findall(r"```sh\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


def test_the_documented_commands_restore_a_backup(
    sample: Configuration, server: RunningServer, tools: Path
) -> None:
    manifest = listed(sample)[0]
    directory = Path(sample.store_url) / "backups" / manifest.backup_id
    shutil.copy(sample.private_key, directory / "backup-key.txt")
    commands = documented_commands()[0]
    where = server.administrator()
    environment = {
        "PATH": f"{tools}:{server.binaries.directory}:{os.environ['PATH']}",
        "PGHOST": str(where["host"]),
        "PGPORT": str(where["port"]),
        "PGUSER": str(where["user"]),
    }
    done = subprocess.run(
        ["/bin/sh", "-e", "-c", commands],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        assert done.returncode == 0, done.stderr
        hashes = re.findall(r"^[0-9a-f]{64}", done.stdout, re.MULTILINE)
        assert hashes == [manifest.sha256, manifest.objects[0].sha256]
        with connect(server.administrator("restored")) as connection:
            count = connection.execute("SELECT count(*) FROM public.athlete").fetchone()
        assert count == (3,)
    finally:
        with connect(where, autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS restored")


def test_the_documented_commands_restore_a_physical_backup(
    sample: Configuration, tools: Path
) -> None:
    manifest = take(sample, method="physical")
    assert manifest.physical is not None
    user, programs = server_user(), binaries_for_server().directory
    unpacking, start = documented_commands()[1].strip().rsplit("\n", 1)
    assert start == "pg_ctl --pgdata data --wait --log server.log start"
    with tempfile.TemporaryDirectory(prefix="by-hand-") as directory:
        place = Path(directory)
        stored = Path(sample.store_url) / "backups" / manifest.backup_id
        shutil.copytree(stored, place, dirs_exist_ok=True)
        shutil.copy(sample.private_key, place / "backup-key.txt")
        environment = {
            "PATH": f"{tools}:{programs}:{os.environ['PATH']}",
            "PROOF": manifest.physical.proof,
        }
        subprocess.run(["/bin/sh", "-e", "-c", unpacking], cwd=place, env=environment, check=True)
        # From here on as the server's user, who in ordinary life has done the first part too.
        subprocess.run(["chown", "-R", f"{user.uid}:{user.gid}", place], check=True)
        as_user: Any = {"cwd": place, "stdout": DEVNULL, **user.spawn_options()}
        control = [programs / "pg_ctl", "--pgdata", "data", "--wait"]
        options = ["--log", "server.log", "--options", f"-k {place}"]
        subprocess.run([*control, *options, "start"], check=True, **as_user)
        try:
            where = {"host": directory, "user": "strongroom_admin", "dbname": "runs"}
            with connect(where, autocommit=True) as connection:
                while connection.execute(PAUSED).fetchone() != ("paused",):
                    pass
                count = connection.execute("SELECT count(*) FROM public.athlete").fetchone()
        finally:
            subprocess.run([*control, "--mode", "immediate", "stop"], check=True, **as_user)
    assert count == (3,)


def test_every_field_of_a_manifest_is_documented() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    fields = {
        field.name
        for kind in (Manifest, StoredObject, TableRecord, PhysicalRecord, LogRecord)
        for field in dataclasses.fields(kind)
    }
    assert not {name for name in fields if f"`{name}`" not in text}
