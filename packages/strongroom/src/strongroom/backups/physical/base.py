"""Stream a base backup into an object of the store, and learn its list of files on the way."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from strongroom.backups.physical.tar import TarWatcher
from strongroom.backups.stream import Readable, Report, StoredObject, encrypt
from strongroom.errors import BackupError
from strongroom.postgres.connections import ConnectionInfo
from strongroom.postgres.tools import running_tool
from strongroom.server.binaries import Binaries
from strongroom.storage import ObjectWriter

FILE_LIST = "backup_manifest"
ARGUMENTS = (
    "--pgdata=-",
    "--format=tar",
    "--wal-method=none",  # the log is taken beside it, and for longer
    "--checkpoint=fast",
    "--no-password",
)


def stream_base(
    binaries: Binaries,
    conninfo: ConnectionInfo,
    destination: ObjectWriter,
    *,
    key: str,
    recipients: Sequence[str],
    parent_files: Path | None,
    report: Report,
) -> tuple[StoredObject, bytes]:
    """Stream a base backup through compression and encryption into ``destination``.

    Args:
        binaries: of the server's own version.
        conninfo: of a role that may replicate.
        destination: takes what is stored.
        key: where it lies in the store.
        recipients: who can open it.
        parent_files: the list of files of the backup that an incremental one builds on.
        report: told how many plain bytes have passed.

    Returns:
        What was stored, and the server's own list of files and checksums.

    Raises:
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
        watched = _Watched(tool.process.stdout)
        stored = encrypt(watched, destination, key=key, recipients=recipients, report=report)
        finished = tool.finish()
    files = watched.watcher.content
    if finished.exit_code != 0 or files is None:
        said = finished.messages or "its archive has no list of files"
        raise BackupError(
            f"pg_basebackup failed with status {finished.exit_code}: {said}",
            next_step="strongroom backup --method logical, or mend what it says",
        )
    return stored, files


class _Watched:
    """A stream whose bytes a watcher sees as they pass."""

    def __init__(self, source: Readable) -> None:
        self._source = source
        self.watcher = TarWatcher(FILE_LIST)

    def read(self, size: int, /) -> bytes:
        data = self._source.read(size)
        self.watcher.feed(data)
        return data
