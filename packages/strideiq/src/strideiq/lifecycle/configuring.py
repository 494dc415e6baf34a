"""What an older environment's ``strongroom.toml`` lacks of what this version expects."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from strideiq.lifecycle.initialise import TABLE_POLICY
from strideiq.platform.errors import HomeError

if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.items import Table


@dataclass(frozen=True)
class Lacking:
    """What a configuration lacks. What is there says something else on purpose, and stays."""

    path: Path
    before: str
    after: str
    names: tuple[str, ...]
    """The missing keys, as they are addressed; empty where nothing is missing."""

    @property
    def difference(self) -> list[str]:
        """The change, as ``diff -u`` would tell it."""
        lines = difflib.unified_diff(
            self.before.splitlines(), self.after.splitlines(), "now", "then", n=1, lineterm=""
        )
        return list(lines)


def lacking(path: Path) -> Lacking:
    """Compare a configuration with what this version expects; nothing is written.

    Raises:
        HomeError: it cannot be read as TOML.
    """
    import tomlkit  # noqa: PLC0415  of all verbs only two need it
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415

    before = path.read_text(encoding="utf-8")
    try:
        document = tomlkit.parse(before)
    except TOMLKitError as error:
        raise HomeError(
            f"{path} is no TOML: {error}.", next_step="strongroom check, which tells more"
        ) from error
    expected = tomlkit.parse(TABLE_POLICY)
    names = _add(document, expected, "permits", ()) + _add(document, expected, "tables", ("keep",))
    return Lacking(path, before, tomlkit.dumps(document), names)


def _add(
    document: TOMLDocument, expected: TOMLDocument, name: str, below: tuple[str, ...]
) -> tuple[str, ...]:
    """Add what a table lacks of the expected one; the names of what was added."""
    import tomlkit  # noqa: PLC0415

    theirs: TOMLDocument | Table = document
    ours: TOMLDocument | Table = expected
    for part in (name, *below):
        if part not in theirs:
            theirs[part] = tomlkit.table(is_super_table=part == name and bool(below))
        theirs, ours = theirs[part], ours[part]
    added = [key for key in ours if key not in theirs]
    for key in added:
        theirs.add(key, ours.item(key))
    return tuple(".".join((name, *below, key)) for key in added)


def complete(missing: Lacking) -> Path:
    """Write the configuration with what it lacked; the former one stays beside it.

    Returns:
        Where the former one lies.

    Raises:
        HomeError: it has changed since it was read.
    """
    path = missing.path
    kept = path.with_name(f"{path.name}.before-{datetime.now(tz=UTC):%Y%m%dT%H%M%SZ}")
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.new")
    unfinished.write_text(missing.after, encoding="utf-8")
    unfinished.chmod(path.stat().st_mode & 0o7777)
    if path.read_text(encoding="utf-8") != missing.before:
        unfinished.unlink()
        raise HomeError(f"{path} has just been changed.", next_step="strideiq configure --apply")
    os.link(path, kept)
    unfinished.replace(path)
    return kept
