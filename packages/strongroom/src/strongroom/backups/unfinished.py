"""Backups that are being taken, so that what a dead process left can be told and removed."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from strongroom.backups.manifest import PREFIX
from strongroom.config import Configuration
from strongroom.errors import ObjectLockedError
from strongroom.ledger import ledger_of
from strongroom.storage import ObjectStore

ABANDONED = "backup_abandoned"
"""The ledger's kind of entry about a backup that it tells of and that died before it was whole."""


def unfinished_marks(configuration: Configuration) -> Path:
    """Where the marks of backups lie that are being taken."""
    return configuration.state_cache / "unfinished-backups"


@contextmanager
def marked(directory: Path, backup_id: str) -> Iterator[None]:
    """Mark a backup as being taken, by a file that is locked for as long as we live."""
    directory.mkdir(parents=True, exist_ok=True)
    descriptor = _create_locked(directory / backup_id)
    try:
        yield
        (directory / backup_id).unlink()
    finally:
        os.close(descriptor)


def marks_in(directory: Path) -> tuple[set[str], set[str]]:
    """The backups that are being taken right now, and those whose process has died."""
    alive: set[str] = set()
    dead: set[str] = set()
    for path in directory.glob("*"):
        with suppress(FileNotFoundError), path.open("rb") as mark:
            try:
                fcntl.flock(mark, fcntl.LOCK_SH | fcntl.LOCK_NB)
                dead.add(path.name)
            except BlockingIOError:
                alive.add(path.name)
    return alive, dead


def sweep(directory: Path, store: ObjectStore) -> list[str]:
    """Remove what was left by backups that failed or whose process died; return their names.

    A backup that has its manifest is whole, whatever happened to its process afterwards. What
    the store has locked stays, and is tried again the next time.
    """
    store.sweep()
    swept: list[str] = []
    for path in sorted(directory.glob("*")):
        # Another process may take its own mark away while we look.
        with suppress(FileNotFoundError, ObjectLockedError), path.open("rb") as mark:
            try:
                fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue  # it is being taken right now
            if not any(store.list(f"{PREFIX}{path.name}/manifest-")):
                for stored in list(store.list(f"{PREFIX}{path.name}/")):
                    store.delete(stored.key)
                swept.append(path.name)
            path.unlink(missing_ok=True)
    return swept


def sweep_abandoned(configuration: Configuration, store: ObjectStore) -> list[str]:
    """Sweep, and tell the ledger of those that it had recorded in their last moment."""
    swept = sweep(unfinished_marks(configuration), store)
    ledger = ledger_of(configuration)
    for backup_id in swept:
        if ledger.contains("backup", backup_id=backup_id):
            ledger.record(ABANDONED, backup_id=backup_id)
    return swept


def _create_locked(path: Path) -> int:
    while True:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return descriptor
        os.close(descriptor)  # a sweep came between creation and lock
