"""Who uses a supervised server, and whose turn it is to start or stop it.

Each process that uses the server keeps a file of its own locked. The kernel drops the lock
when the process ends, however it ends, so that a killed process never counts as a user.

A process that is forked from a user inherits its file and its lock, and not its part: whatever
the child's end unwinds, it may only let go of its own copy.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from strongroom.progress import SILENT, Progress


@dataclass(frozen=True)
class Holder:
    """One process that uses the server."""

    process_id: int
    program: str
    since: str

    def __str__(self) -> str:
        return f"{self.program} (process {self.process_id}, since {self.since})"


class Hold:
    """Our own registration; as long as it is open, the server is not stopped by others."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = directory / f"{uuid.uuid4().hex}.json"
        self.process_id = os.getpid()
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        told = {
            "process_id": self.process_id,
            "program": Path(sys.argv[0]).name,
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        try:
            os.write(self._file, json.dumps(told).encode())
        except OSError:
            self.release()  # a full disk: nobody must count as a user who never became one
            raise

    @property
    def is_inherited(self) -> bool:
        """Whether it is the registration of the process that this one was forked from."""
        return self.process_id != os.getpid()

    def release(self) -> None:
        """Stop using the server; of an inherited registration, only the copy is closed."""
        if not self.is_inherited:
            self.path.unlink(missing_ok=True)
        os.close(self._file)


def holders(directory: Path, *, besides: frozenset[Path] = frozenset()) -> list[Holder]:
    """The living processes that use the server; what dead ones left behind is removed."""
    files = sorted(set(directory.glob("*.json")) - besides)
    return [holder for path in files if (holder := _living(path))]


@contextmanager
def turn(path: Path, *, progress: Progress = SILENT, waiting: str) -> Iterator[None]:
    """Hold the lock file at ``path``; wait without limit for whoever holds it now."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.step(waiting)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def is_locked(path: Path) -> bool:
    """Whether a living process holds the lock file at ``path``."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _living(path: Path) -> Holder | None:
    if not is_locked(path):
        path.unlink(missing_ok=True)
        return None
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return Holder(told["process_id"], told["program"], told["since"])
    except (FileNotFoundError, ValueError):
        return None  # it is leaving, or has only just come, while we look
