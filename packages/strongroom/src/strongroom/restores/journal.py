"""The journal of a swap: what is about to change places, written before anything moves.

A pending journal means that a swap is under way, or was when its process died; which of the
two directories then lies in place tells whether the swap is to be finished or taken back, so
nothing needs to be written between the moves. Completed, the journal is renamed: it then tells
``undo`` what to take back.

A directory is recognised by its mark: a cluster's system identifier, or the inode of anything
else. Both survive a rename, and nothing has to be written into a directory that must stay
untouched.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from strongroom.errors import NewerFormatError, RestoreError
from strongroom.server.directory import inspect_directory
from strongroom.server.exchange import sync_directory

PENDING_NAME = "swap-pending.json"
LAST_NAME = "swap-last.json"
FORMAT = 1

Kind = Literal["swap", "undo"]
Resolution = Literal["finish", "reverse"]


@dataclass(frozen=True)
class Swap:
    """One exchange of a data directory. Paths are relative to the configuration's directory.

    ``incoming`` is where the directory lies that shall take the place, None if the place shall
    be left as bare as it once was. ``kept`` is where the one in place goes, None if there is
    none. One of the two is always something.
    """

    swap_id: str
    kind: Kind
    started_at: str
    incoming: str | None
    incoming_mark: str | None
    kept: str | None
    outgoing_mark: str | None
    backup_id: str | None
    """The backup that the incoming (swap) or outgoing (undo) directory was made from."""
    incarnation_in: str | None
    """None when what comes in is not a life of this database that the state knows."""
    incarnation_out: str | None
    reached: str | None = None
    """The position that the incoming directory was recovered to, where that is not its backup's."""


def resolution(swap: Swap, mark_in_place: str | None) -> Resolution:
    """Decide what to do about a swap whose process died, by what lies in place now.

    Raises:
        RestoreError: something else lies there than either of the two.
    """
    if mark_in_place == swap.incoming_mark:
        return "finish"
    if mark_in_place == swap.outgoing_mark:
        return "reverse"
    raise RestoreError(
        f"The {swap.kind} {swap.swap_id} was interrupted, and the data directory has been "
        "replaced by something else since. Nothing was moved.",
        next_step=f"move what lies there aside, put back {swap.incoming or swap.kept}, and repeat",
    )


def mark_of(path: Path) -> str | None:
    """Recognise what lies at a path, wherever it is moved; None if nothing lies there."""
    facts = inspect_directory(path)
    if facts.kind == "cluster":
        return f"cluster {facts.system_identifier}"
    try:
        return f"inode {path.lstat().st_ino}"
    except FileNotFoundError:
        return None


def pending_swap(directory: Path) -> Swap | None:
    """Read the swap that is under way or was interrupted; None if there is none.

    Raises:
        NewerFormatError: a newer strongroom wrote the journal.
        RestoreError: the journal cannot be read.
    """
    return _read(directory / PENDING_NAME)


def last_swap(directory: Path) -> Swap | None:
    """Read the last completed swap, which ``undo`` takes back; None if there was never one."""
    return _read(directory / LAST_NAME)


def begin(directory: Path, swap: Swap) -> None:
    """Write the pending journal; a kill leaves all of it or nothing."""
    directory.mkdir(parents=True, exist_ok=True)
    temporary = directory / f".{PENDING_NAME}"
    with temporary.open("w", encoding="utf-8") as file:
        json.dump({"format": FORMAT, **asdict(swap)}, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(directory / PENDING_NAME)
    sync_directory(directory)


def complete(directory: Path) -> None:
    """Turn the pending journal into the last one."""
    (directory / PENDING_NAME).replace(directory / LAST_NAME)
    sync_directory(directory)


def forget(directory: Path) -> None:
    """Remove the pending journal of a swap that was taken back; the last one stays."""
    (directory / PENDING_NAME).unlink()
    sync_directory(directory)


def _read(path: Path) -> Swap | None:
    try:
        document: dict[str, Any] = json.loads(path.read_bytes())
        written = document.pop("format")
        if written > FORMAT:
            raise NewerFormatError(
                f"{path} has format {written}; this strongroom reads up to {FORMAT}.",
                next_step="upgrade strongroom",
            )
        return Swap(**document)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise RestoreError(
            f"The journal {path} is damaged: {error}.",
            next_step=f"strongroom ledger show tells of the last swap; then move {path} aside",
        ) from error
