"""pgBackRest, and a server for it to read.

It wants to read the directory that a server names as its own, and ours names none that another
process could open. So it gets a server of its own, by ``pg_ctl``, on a copy of the same files.

Its settings are the nearest to ours: zstd at the same level, encryption, a repository in a local
directory, two processes, an immediate checkpoint, the log archived by its own program.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rivals.measuring import shell
from strongroom.server.os_user import server_user

MAJOR_MAX = 15
"""Of the version that Debian 12 has, 2.45; later servers are refused by it."""

CONFIGURATION = """
[global]
repo1-path={place}/repository
repo1-cipher-type=aes-256-cbc
repo1-cipher-pass=of-a-benchmark
repo1-retention-full=1
compress-type=zst
compress-level=1
process-max=2
start-fast=y
log-level-file=off
log-level-console=warn
lock-path={place}/lock
spool-path={place}/spool

[b]
pg1-path={place}/data
pg1-socket-path={place}
pg1-user={user}
"""
SERVER = """
listen_addresses = ''
unix_socket_directories = '{place}'
max_wal_size = '4GB'
checkpoint_timeout = '30min'
archive_mode = on
archive_command = '{command} archive-push %p'
"""


def usable(major: int) -> bool:
    """Say whether it is installed and knows this version of PostgreSQL."""
    return shutil.which("pgbackrest") is not None and major <= MAJOR_MAX


@dataclass(frozen=True)
class Twin:
    """Another server on a copy of the files, and the repository of its backups beside it."""

    place: Path
    programs: Path
    """The directory of PostgreSQL's own."""
    administrator: dict[str, str]

    @property
    def repository(self) -> Path:
        """Where the backups lie, and the log."""
        return self.place / "repository"

    def run(self, *arguments: str) -> None:
        """Call pgBackRest."""
        _as_server([*_command(self.place).split(), *arguments])


@contextmanager
def twin(data: Path, place: Path, programs: Path, administrator: str) -> Iterator[Twin]:
    """Copy a resting data directory into ``place``, run a server on it, and make its repository."""
    copy = place / "data"
    shell(["cp", "--archive", "--reflink=auto", str(data), str(copy)])
    settings = SERVER.format(place=place, command=_command(place))
    (copy / "postgresql.conf").write_text(settings, encoding="utf-8")
    (copy / "postgresql.auto.conf").write_text("", encoding="utf-8")
    (copy / "pg_hba.conf").write_text("local all all trust\n", encoding="utf-8")  # 0700 above it
    configuration = CONFIGURATION.format(place=place, user=administrator)
    (place / "pgbackrest.conf").write_text(configuration, encoding="utf-8")
    control = [str(programs / "pg_ctl"), "-D", str(copy), "-w", "-s"]
    _as_server([*control, "-l", str(place / "log"), "start"])
    try:
        made = Twin(place, programs, {"host": str(place), "user": administrator, "dbname": "b"})
        made.run("stanza-create")
        yield made
    finally:
        _as_server([*control, "-m", "fast", "stop"])


def _command(place: Path) -> str:
    return f"pgbackrest --config={place / 'pgbackrest.conf'} --stanza=b"


def _as_server(command: list[str]) -> None:
    shell(command, cwd="/", **server_user().spawn_options())
