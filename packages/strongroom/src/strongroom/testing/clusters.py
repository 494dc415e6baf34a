"""New clusters without the work of initdb: it runs once for each version, the others are copies.

Most of what a test of a drill, a restore or a migration costs is a cluster that is made for it and
is the same each time. Each copy has a system identifier and a log of its own, as after initdb, so
that nothing which tells clusters apart is fooled. Programs that tests start as processes of their
own run the real initdb, unless they are forked.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from unittest.mock import patch

from strongroom.server import cluster
from strongroom.server.binaries import Binaries
from strongroom.server.cluster import DIRECTORY
from strongroom.server.complaints import error_from
from strongroom.server.directory import CONTROL_FILE
from strongroom.server.os_user import OsUser

IDENTIFIER_BYTES = 8
"""Of pg_control, at its start: the cluster's system identifier."""
QUICK = {"fsync": "off", "shared_buffers": "16MB"}
"""What a server starts sooner with; what is configured has the last word as ever."""
_IN_USE: dict[str, Path] = {}


@contextmanager
def copied_clusters(templates: Path) -> Iterator[Callable[..., None]]:
    """Within this block, ``initdb`` copies what it made before; templates lie below a directory.

    Yields:
        The real one.
    """
    real = cluster.initdb

    def initdb(directory: Path, binaries: Binaries, user: OsUser, *, durable: bool = True) -> None:
        del durable  # nothing of a test outlives the machine
        template = templates / binaries.version
        if not template.exists():
            _make_template(template, binaries, user)
        directory.mkdir(mode=0o700)
        user.own(directory)
        copy = [shutil.which("cp") or "cp", "-a", "--reflink=auto", f"{template}/.", str(directory)]
        subprocess.run(copy, check=True)
        _become_another(directory, binaries)

    def _make_template(template: Path, binaries: Binaries, user: OsUser) -> None:
        staging = template.with_name(f"{template.name}.{os.getpid()}")
        real(staging, binaries, user, durable=False)
        for segment in (staging / "pg_wal").iterdir():
            if segment.is_file():  # a copy begins a log of its own
                segment.unlink()
        _prefer(staging / "postgresql.conf", QUICK)
        with suppress(OSError):  # another process has made it meanwhile
            staging.rename(template)

    with patch.object(cluster, "initdb", initdb), patch.dict(_IN_USE, templates=templates):
        yield real


def templates() -> Path | None:
    """Where the templates lie from which this process copies, if it does."""
    return _IN_USE.get("templates")


def _prefer(file: Path, settings: Mapping[str, str]) -> None:
    """Set what is in force unless strongroom's own file says something else."""
    written, include, ours = file.read_text(encoding="utf-8").rpartition("include = ")
    chosen = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
    file.write_text(f"{written}{chosen}{include}{ours}", encoding="utf-8")


def _become_another(directory: Path, binaries: Binaries) -> None:
    """Give a copy its own system identifier, and a log that begins with it."""
    with (directory / CONTROL_FILE).open("r+b") as file:
        file.write(secrets.token_bytes(IDENTIFIER_BYTES - 1) + b"\x69")
    # The checksum of pg_control is wrong now, which "force" is for: it is written anew.
    arguments = ["--force", "--pgdata", DIRECTORY]
    answer = cluster.run_program(binaries, "pg_resetwal", arguments, directory)
    if answer.returncode != 0:
        raise error_from(answer.stderr, doing=f"copying a cluster into {directory}")
