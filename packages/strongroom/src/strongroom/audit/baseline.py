"""Known findings, written down so that only new ones are told.

A baseline is a file of JSON: for each fingerprint of a finding the rule, the file and what was
said. A line that moves stays known; a finding that is gone is reported as such.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from strongroom.audit.finding import Finding
from strongroom.errors import AuditError
from strongroom.files import write_whole

FORMAT = 1


@dataclass(frozen=True)
class Compared:
    """Findings that are new, those that are known, and how many known ones are gone."""

    new: tuple[Finding, ...]
    known: tuple[Finding, ...]
    gone: int


def write_baseline(path: Path, findings: Sequence[Finding]) -> None:
    """Write the findings of today as known, in the place of an earlier baseline at most.

    Raises:
        AuditError: another file is there, or it cannot be written.
    """
    if path.exists():
        _known_in(path)
    root = path.absolute().parent
    known = {
        one.fingerprint(root): {
            "rule": one.rule,
            "file": _shown(one.file, root),
            "what": one.what,
        }
        for one in findings
    }
    text = json.dumps({"format": FORMAT, "known": known}, indent=2, sort_keys=True) + "\n"
    write_whole(path, text.encode(), mode=0o644)


def compare(path: Path, findings: Sequence[Finding]) -> Compared:
    """Tell new findings from known ones.

    Raises:
        AuditError: the file cannot be read, or is no baseline.
    """
    known = _known_in(path)
    root = path.absolute().parent
    marks = {one.fingerprint(root): one for one in findings}
    new = tuple(one for one in findings if one.fingerprint(root) not in known)
    old = tuple(one for one in findings if one.fingerprint(root) in known)
    return Compared(new, old, sum(mark not in marks for mark in known))


def _known_in(path: Path) -> dict[str, object]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        known = document["known"] if document["format"] == FORMAT else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        known = None
    if not isinstance(known, dict):
        raise AuditError(
            f"{path} is no baseline that can be read.",
            next_step="strongroom audit --write-baseline FILE, with a name that is not taken",
        )
    return known


def _shown(file: Path, root: Path) -> str:
    return (file.relative_to(root) if file.is_relative_to(root) else file).as_posix()
