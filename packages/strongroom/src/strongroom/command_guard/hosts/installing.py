"""Put the guard's hooks into a host's settings, and take exactly them out again.

What was put where is recorded beside the guard's own settings, outside every working tree. The
record holds our own pieces of text only, never the host's settings, which may hold secrets.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any

from strongroom.command_guard.hosts.jsonc import NotJsonError, inserted, parse, without
from strongroom.command_guard.hosts.settings import HOST_SETTINGS, home, is_ours, places
from strongroom.errors import GuardError
from strongroom.files import write_whole

RECORD = ".config/strongroom/guard-hooks.json"


@dataclass(frozen=True)
class Installed:
    """What was put into one file: its pieces in order, and what was made for it.

    ``base`` is the text of a file that was made; it goes with the last piece.
    """

    host: str
    path: str
    pieces: tuple[str, ...]
    base: str | None = None
    directories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """A change of one file that a person can look at before it is made; None is no file."""

    path: Path
    before: str | None
    after: str | None
    installed: Installed
    undo: bool = False

    def diff(self) -> str:
        """The change as a unified diff."""
        lines = unified_diff(
            (self.before or "").splitlines(keepends=True),
            (self.after or "").splitlines(keepends=True),
            str(self.path) if self.before is not None else "/dev/null",
            str(self.path) if self.after is not None else "/dev/null",
        )
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def record_path() -> Path:
    """Where it is recorded what was put where."""
    return home() / RECORD


def installations() -> list[Installed]:
    """Everything that was put into settings and not taken out.

    Raises:
        GuardError: the record cannot be read.
    """
    try:
        document: list[dict[str, Any]] = json.loads(record_path().read_text(encoding="utf-8"))
        return [
            Installed(
                one["host"],
                one["path"],
                tuple(one["pieces"]),
                one["base"],
                tuple(one["directories"]),
            )
            for one in document
        ]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GuardError(
            f"The record of installed hooks in {record_path()} cannot be read: {error}.",
            next_step=f"move {record_path()} away, and take old hooks out of the hosts' settings",
        ) from error


def planned(host: str, path: Path, line: str) -> Change:
    """The change that puts the guard's hooks into a host's settings file.

    Raises:
        GuardError: they are there already, or the file is no settings file of this host.
    """
    path = path.resolve()
    present = _read(path)
    if present is not None and is_ours(present):
        raise GuardError(
            f"{path} has a hook of strongroom's already.",
            next_step=f"strongroom guard uninstall {host}, then install again",
        )
    base = HOST_SETTINGS[host].base
    made = present is None or not present.strip()
    text = base if made else str(present)
    pieces: list[str] = []
    try:
        for place in places(host, line):
            text, piece = inserted(text, place.path, place.entry)
            pieces.append(piece)
        parse(text)
    except NotJsonError as error:
        raise GuardError(
            f"{path} cannot be changed: {error}.",
            next_step=f"mend {path}; nothing was changed",
        ) from error
    if present is not None:
        base = present
    installed = Installed(host, str(path), tuple(pieces), base if made else None, _missing(path))
    return Change(path, present, text, installed)


def planned_undo(installed: Installed) -> Change:
    """The change that takes out what was put in, and nothing else.

    Raises:
        GuardError: the file was changed in that place since.
    """
    path = Path(installed.path)
    present = _read(path)
    text = present or ""
    for piece in reversed(installed.pieces):
        left = without(text, piece)
        if left is None:
            raise GuardError(
                f"{path} was changed since, in what strongroom had put there.",
                next_step=f"edit {path}: take out the entries with strongroom.command_guard, "
                f"then run strongroom guard uninstall {installed.host} --forget",
            )
        text = left
    after: str | None = text
    base = installed.base
    if base is not None and text == HOST_SETTINGS[installed.host].base:
        # The file was made for us: it goes, or becomes the blank that it was.
        after = None if base.strip() else base
    return Change(path, present, after, installed, undo=True)


def carry_out(change: Change) -> None:
    """Make a change, whole or not at all, and record it.

    Raises:
        GuardError: the file is no longer as it was shown.
    """
    if _read(change.path) != change.before:
        raise GuardError(
            f"{change.path} was changed while you looked at it; nothing was written.",
            next_step="run the same command again",
        )
    known = [one for one in installations() if one.path != change.installed.path]
    if not change.undo:
        # Recorded first: a record without a hook is told by doctor, a hook without one is not.
        _record([*known, change.installed])
    if change.after is None:
        change.path.unlink()
        _remove_empty(change.installed.directories)
    else:
        mode = stat.S_IMODE(change.path.stat().st_mode) if change.before is not None else 0o600
        write_whole(change.path, change.after.encode(), mode=mode)
        change.path.chmod(mode)
    if change.undo:
        _record(known)


def forget(path: str) -> None:
    """Record that nothing of ours is in a file, after its owner took it out by hand.

    Raises:
        GuardError: there is.
    """
    if is_ours(_read(Path(path)) or ""):
        raise GuardError(
            f"{path} still has a hook of strongroom's.", next_step=f"edit {path}, then forget it"
        )
    _record([one for one in installations() if one.path != path])


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError as error:
        raise GuardError(
            f"{path} is no text in UTF-8.", next_step=f"mend {path}; nothing was changed"
        ) from error


def _missing(path: Path) -> tuple[str, ...]:
    return tuple(str(one) for one in path.parents if not one.exists())


def _remove_empty(directories: Sequence[str]) -> None:
    for one in directories:
        try:
            Path(one).rmdir()
        except OSError:  # somebody else uses it by now
            return


def _record(known: Sequence[Installed]) -> None:
    if not known:
        record_path().unlink(missing_ok=True)
        return
    document = [asdict(one) for one in known]
    write_whole(record_path(), json.dumps(document, indent=1).encode())
