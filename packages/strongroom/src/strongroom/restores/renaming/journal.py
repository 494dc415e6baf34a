"""The journal of an exchange by renaming: which two databases, known by their numbers.

Both renames are one transaction of the server, so that a process that dies leaves either none
or both of them. Which one was left is told by the number of the database that has the name.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from strongroom.errors import NewerFormatError, RestoreError
from strongroom.identity.files import write_whole
from strongroom.server.exchange import sync_directory

PENDING_NAME = "renaming-pending.json"
LAST_NAME = "renaming-last.json"
LOADING_NAME = "renaming-loading.json"
FORMAT = 1

Resolution = Literal["finish", "reverse"]


@dataclass(frozen=True)
class Renaming:
    """One exchange of two databases of one server."""

    swap_id: str
    kind: Literal["swap", "undo"]
    started_at: str
    name: str
    """What both are called in turn."""
    incoming: str
    """What the one that takes the place was called before."""
    incoming_oid: int
    kept: str | None
    """What the one in place is called afterwards; None if there was none."""
    outgoing_oid: int | None
    backup_id: str | None
    incarnation_in: str | None
    incarnation_out: str | None
    finishing: tuple[str, ...]
    """The statements that finish it, for people."""
    reversing: tuple[str, ...]
    """Those that take it back."""


def resolution(renaming: Renaming, oid_in_place: int | None) -> Resolution:
    """Decide what to do about an exchange whose process died, by which database has the name.

    Raises:
        RestoreError: another one than either of the two has it.
    """
    if oid_in_place == renaming.incoming_oid:
        return "finish"
    if oid_in_place == renaming.outgoing_oid:
        return "reverse"
    raise RestoreError(
        f"The {renaming.kind} {renaming.swap_id} was interrupted, and the database "
        f"{renaming.name} has been replaced by another one since. Nothing was renamed.",
        next_step=f"rename that one, then {'; '.join(renaming.finishing)}; and repeat",
    )


def pending(directory: Path) -> Renaming | None:
    """Read the exchange that is under way or was interrupted; None if there is none."""
    return _read(directory / PENDING_NAME)


def last(directory: Path) -> Renaming | None:
    """Read the last exchange that was completed; None if there was never one."""
    return _read(directory / LAST_NAME)


def begin(directory: Path, renaming: Renaming) -> None:
    """Write what is about to be done; a kill leaves all of it or nothing."""
    _write(directory / PENDING_NAME, {"format": FORMAT, **asdict(renaming)})


def complete(directory: Path) -> None:
    """What was pending is the last one now."""
    (directory / PENDING_NAME).replace(directory / LAST_NAME)
    sync_directory(directory)


def forget(directory: Path) -> None:
    """What was pending has never happened."""
    (directory / PENDING_NAME).unlink()
    sync_directory(directory)


def note_loading(directory: Path, name: str) -> None:
    """Note the name of a database before it is made, so that what a kill leaves is known."""
    _write(directory / LOADING_NAME, {"format": FORMAT, "database": name})


def loading(directory: Path) -> str | None:
    """The database that was being filled when a process died; None if there is none."""
    document = _document(directory / LOADING_NAME)
    return None if document is None else str(document["database"])


def loading_ended(directory: Path) -> None:
    """The database is gone, or has its lasting name."""
    (directory / LOADING_NAME).unlink(missing_ok=True)
    sync_directory(directory)


def _write(path: Path, document: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(document, indent=2).encode())


def _read(path: Path) -> Renaming | None:
    document = _document(path)
    if document is None:
        return None
    try:
        for statements in ("finishing", "reversing"):
            document[statements] = tuple(document[statements])
        return Renaming(**document)
    except (TypeError, KeyError) as error:
        raise _damaged(path) from error


def _document(path: Path) -> dict[str, Any] | None:
    try:
        document: dict[str, Any] = json.loads(path.read_bytes())
        written = document.pop("format")
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, AttributeError, OSError) as error:
        raise _damaged(path) from error
    if written != FORMAT:
        raise NewerFormatError(
            f"{path} has format {written}; this strongroom reads {FORMAT}.",
            next_step="upgrade strongroom",
        )
    return document


def _damaged(path: Path) -> RestoreError:
    return RestoreError(
        f"The journal {path} is damaged.",
        next_step=f"strongroom ledger show tells of the last swap; then move {path} aside",
    )
