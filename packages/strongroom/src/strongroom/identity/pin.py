"""The pins, ``strongroom.lock``: which databases an application expects. A pin never changes.

The file is meant to be committed, or mounted read-only. It holds no secret: for each database
its id and its environment's name, and the public keys that backups are encrypted to. A pin that
was changed by hand is told by its checksum, and what cannot be understood is never guessed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from strongroom.config import MAIN, Configuration
from strongroom.errors import NewerFormatError, PinError
from strongroom.identity.files import write_whole

FORMAT = 1
_FIELDS = {"format", "databases", "recipients"}
_OF_A_PIN = {"database_id", "environment", "checksum"}
_CONFLICT = re.compile(rb"^(<<<<<<<|=======|>>>>>>>)", re.MULTILINE)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Pin:
    """What is expected of a database, kept outside it."""

    database_id: str
    environment: str
    recipients: tuple[str, ...]
    """Public age keys; every backup can be opened with the private key of any of them."""


def pin_of(configuration: Configuration) -> Pin | None:
    """Read the pin of a configuration's database, as ``load_pin`` does."""
    return load_pin(configuration.lock_path, configuration.key)


def nothing_pinned(configuration: Configuration) -> str:
    """Say what is missing: the lock file, or in it the pin of this database."""
    path = configuration.lock_path
    if path.exists():
        return f"Nothing is pinned: {path} has no pin of database {configuration.key}."
    return f"Nothing is pinned: there is no {path}."


def load_pin(path: Path, key: str = MAIN) -> Pin | None:
    """Read the pin of one database; None when nothing is pinned for it.

    Raises:
        NewerFormatError: a newer strongroom wrote it.
        PinError: it is damaged, was changed by hand, is in conflict, or cannot be read.
    """
    return _load_pins(path).get(key)


def require_one_name(configuration: Configuration, database_id: str) -> None:
    """Refuse a second pin of a database that the lock file pins under another name.

    Raises:
        PinError: it does; two names of one database would each move its state.
    """
    for key, pin in _load_pins(configuration.lock_path).items():
        if key != configuration.key and pin.database_id == database_id:
            raise PinError(
                f"{configuration.lock_path} pins this very database already, as {key}: the "
                f"address of {configuration.key} leads to the same one.",
                next_step=f"correct the address of {configuration.key}, then the same again",
            )


def write_pin(path: Path, pin: Pin, key: str = MAIN) -> None:
    """Pin one database, beside those that are pinned already.

    Raises:
        PinError: another pin is there already, or the others have other recipients.
    """
    pins = _load_pins(path)
    existing = pins.get(key)
    if existing == pin:
        return
    if existing is not None:
        raise PinError(
            f"{path} pins another database ({existing.database_id}), and a pin never changes.",
            next_step="strongroom check",
        )
    if pins and any(other.recipients != pin.recipients for other in pins.values()):
        raise PinError(
            f"The databases of {path} have one list of recipients, and this one has another key.",
            next_step="use one keys.private_key for all databases of the configuration",
        )
    document = {
        "format": FORMAT,
        "databases": {name: _entry(name, one) for name, one in {**pins, key: pin}.items()},
        "recipients": list(pin.recipients),
    }
    write_whole(path, json.dumps(document, indent=2).encode() + b"\n", mode=0o644)


def write_recipients(path: Path, before: Sequence[str], after: Sequence[str]) -> None:
    """Write another list of public keys beside the same pins, in one step.

    Raises:
        PinError: the list is not the one that was read before, or the file cannot be written.
    """
    pins = _load_pins(path)
    if not pins or any(pin.recipients != tuple(before) for pin in pins.values()):
        raise PinError(
            f"The public keys in {path} are not those that were there a moment ago.",
            next_step="strongroom key list, then the same again",
        )
    document = {
        "format": FORMAT,
        "databases": {name: _entry(name, one) for name, one in pins.items()},
        "recipients": list(after),
    }
    try:
        write_whole(path, json.dumps(document, indent=2).encode() + b"\n", mode=0o644)
    except OSError as error:
        raise PinError(
            f"{path} cannot be written: {error.strerror}. Nothing was changed.",
            next_step=f"change {path} where it is kept, then strongroom check",
        ) from error


def _load_pins(path: Path) -> dict[str, Pin]:
    try:
        written = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _damaged(path, f"cannot be read: {error.strerror}") from error
    if _CONFLICT.search(written):
        raise PinError(
            f"The pin {path} is in conflict after a merge: its two sides do not agree, and which "
            "of them is right is never guessed.",
            next_step=f"keep the one side of {path} that belongs to this database, whole, then "
            "strongroom check",
        )
    return _pins(path, _document(path, written))


def _document(path: Path, written: bytes) -> dict[str, Any]:
    try:
        document = json.loads(written, object_pairs_hook=_without_repetition)
    except _RepeatedError as error:
        raise _damaged(path, f"names {error} twice, perhaps after a merge") from error
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "is damaged" if written.strip() else "is empty") from error
    written_format = document.get("format") if isinstance(document, dict) else None
    if type(written_format) is not int or written_format < 1:  # true is a number, too
        raise _damaged(path, "is damaged: it does not say its format")
    if written_format > FORMAT:
        raise NewerFormatError(
            f"{path} has format {written_format}; this strongroom reads {FORMAT}.",
            next_step="upgrade strongroom",
        )
    _require_known(path, document, _FIELDS)
    result: dict[str, Any] = document
    return result


def _pins(path: Path, document: Mapping[str, Any]) -> dict[str, Pin]:
    recipients, databases = document.get("recipients"), document.get("databases")
    if not isinstance(recipients, list) or not isinstance(databases, dict):
        raise _damaged(path, "is damaged")
    shared = Pin("", "", tuple(map(str, recipients)))
    return {key: _pin(path, key, entry, shared) for key, entry in databases.items()}


def _pin(path: Path, key: str, entry: object, shared: Pin) -> Pin:
    if not isinstance(entry, dict):
        raise _damaged(path, "is damaged")
    _require_known(path, entry, _OF_A_PIN)
    database_id, environment = entry.get("database_id"), entry.get("environment")
    if not isinstance(environment, str) or not _UUID.fullmatch(str(database_id)):
        raise _damaged(path, "is damaged")
    pin = replace(shared, database_id=str(database_id), environment=environment)
    # Pins that were written before there was a checksum have none.
    if entry.get("checksum", _checksum(key, pin)) != _checksum(key, pin):
        raise PinError(
            f"The pin of database {key} in {path} was changed by hand: its id, environment or "
            "name is not what strongroom wrote. A pin never changes.",
            next_step=f"bring {path} back from version control or a copy",
        )
    return pin


def _entry(key: str, pin: Pin) -> dict[str, str]:
    return {
        "database_id": pin.database_id,
        "environment": pin.environment,
        "checksum": _checksum(key, pin),
    }


def _checksum(key: str, pin: Pin) -> str:
    """Against mistakes, not against malice. The recipients may be changed by hand."""
    told = json.dumps([key, pin.database_id, pin.environment])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


class _RepeatedError(ValueError):
    """One name stands twice in an object, where JSON would silently take the last."""


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for name, value in pairs:
        if name in document:
            raise _RepeatedError(name)
        document[name] = value
    return document


def _require_known(path: Path, document: Mapping[str, Any], known: set[str]) -> None:
    if unknown := sorted(document.keys() - known):
        raise PinError(
            f"The pin {path} has a field that this strongroom does not know: {unknown[0]}. It "
            "may mean something, so the rest is not believed without it.",
            next_step=f"upgrade strongroom, or bring {path} back from version control",
        )


def _damaged(path: Path, what: str) -> PinError:
    return PinError(
        f"The pin {path} {what}.", next_step=f"bring {path} back from version control or a copy"
    )
