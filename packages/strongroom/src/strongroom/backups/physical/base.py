"""Stream a base backup into an object of the store, and learn its list of files on the way."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from strongroom.backups.beside import Readable, read_ahead, widen_pipe
from strongroom.backups.physical.tar import TarWatcher
from strongroom.backups.stream import StoredObject, encrypt
from strongroom.backups.stream_ends import PIECE_BYTES, Report
from strongroom.errors import BackupError
from strongroom.postgres.connections import ConnectionInfo
from strongroom.postgres.replication import position_of
from strongroom.postgres.tools import running_tool
from strongroom.server.binaries import Binaries
from strongroom.storage import ObjectWriter

FILE_LIST = "backup_manifest"
LABEL = "backup_label"
"""The first member; it says from where on the log is needed."""
START = re.compile(r"^START WAL LOCATION: ([0-9A-F]+/[0-9A-F]+) ", re.MULTILINE)
# How pg_basebackup and the server say that changes since another backup cannot be told.
NOT_INCREMENTAL = re.compile(r"summar|incremental|manifest|timeline", re.IGNORECASE)
ARGUMENTS = (
    "--pgdata=-",
    "--format=tar",
    "--wal-method=none",  # the log is taken beside it, and for longer
    "--checkpoint=fast",
    "--no-password",
)


class NotIncrementalError(BackupError):
    """The server cannot tell what has changed since the backup that this one would build on."""


@dataclass(frozen=True)
class Heard:
    """Who is told what while a base passes."""

    report: Report
    """How many plain bytes have passed."""
    on_start: Callable[[int], None] = lambda _: None
    """From which position its log is needed; before the first file."""


def stream_base(
    binaries: Binaries,
    conninfo: ConnectionInfo,
    destination: ObjectWriter,
    *,
    key: str,
    recipients: Sequence[str],
    parent_files: Path | None,
    heard: Heard,
) -> tuple[StoredObject, bytes]:
    """Stream a base backup through compression and encryption into ``destination``.

    Args:
        binaries: of the server's own version.
        conninfo: of a role that may replicate.
        destination: takes what is stored.
        key: where it lies in the store.
        recipients: who can open it.
        parent_files: the list of files of the backup that an incremental one builds on.
        heard: who is told what, on the way.

    Returns:
        What was stored, and the server's own list of files and checksums.

    Raises:
        NotIncrementalError: it cannot tell the changes since the parent; a full one may do.
        BackupError: the server did not give one; what was written so far is worth nothing.
    """
    incremental = [f"--incremental={parent_files}"] if parent_files else []
    with running_tool(
        binaries.tool("pg_basebackup"),
        [*ARGUMENTS, *incremental],
        conninfo,
        stdout=subprocess.PIPE,
    ) as tool:
        if tool.process.stdout is None:
            raise AssertionError("a piped process has its stream")
        widen_pipe(tool.process.stdout.fileno())
        watched = _Watched(tool.process.stdout, heard.on_start)
        with read_ahead(watched, PIECE_BYTES) as ahead:
            stored = encrypt(
                ahead, destination, key=key, recipients=recipients, report=heard.report
            )
        finished = tool.finish()
    files = watched.watcher.content
    if finished.exit_code != 0 or files is None:
        said = finished.messages or "its archive has no list of files"
        kind = NotIncrementalError if parent_files and NOT_INCREMENTAL.search(said) else BackupError
        raise kind(
            f"pg_basebackup failed with status {finished.exit_code}: {said}",
            next_step="strongroom backup --method logical, or mend what it says",
        )
    return stored, files


class _Watched:
    """A stream whose bytes a watcher sees as they pass."""

    def __init__(self, source: Readable, on_start: Callable[[int], None]) -> None:
        self._source, self._on_start = source, on_start
        self.watcher = TarWatcher(FILE_LIST)
        self._label: TarWatcher | None = TarWatcher(LABEL)

    def read(self, size: int, /) -> bytes:
        data = self._source.read(size)
        self.watcher.feed(data)
        if self._label is not None:
            self._label.feed(data)
            if self._label.content is not None:
                self._on_start(start_of(self._label.content))
                self._label = None
        return data


def start_of(label: bytes) -> int:
    """The position of the log that recovery from a base begins at, from its ``backup_label``.

    Raises:
        BackupError: it does not say.
    """
    found = START.search(label.decode(errors="replace"))
    if found is None:
        raise BackupError(
            "The base backup does not say where its log begins.",
            next_step="strongroom backup --method logical",
        )
    return position_of(found[1])
