"""What the audit answers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

# danger: data can be lost, hidden or written to the wrong place by it.
# caution: it makes a loss likelier, or worse; somebody should have thought about it.
# note: worth knowing; nothing is lost by it alone.
Severity = Literal["danger", "caution", "note"]

SEVERITIES: tuple[Severity, ...] = ("note", "caution", "danger")
"""From the mildest to the worst."""


@dataclass(frozen=True)
class Edit:
    """A mechanical mend: in one line, ``old``, which stands there once, becomes ``new``."""

    file: Path
    line: int
    old: str
    new: str


@dataclass(frozen=True)
class Finding:
    """What a rule found at one place, why it matters, and how it is mended.

    ``what`` never holds a secret. ``subject`` names what it is about where lines move: a
    service, a variable, a command; a baseline knows a finding by it.
    """

    rule: str
    severity: Severity
    file: Path
    line: int
    what: str
    why: str
    fix: str
    docs: str
    subject: str = ""
    edit: Edit | None = None

    def as_dict(self) -> dict[str, object]:
        """The finding as documented for ``--json``."""
        return {
            "rule": self.rule,
            "severity": self.severity,
            "file": str(self.file),
            "line": self.line,
            "what": self.what,
            "why": self.why,
            "fix": self.fix,
            "docs": self.docs,
            "fixable": self.edit is not None,
        }

    def fingerprint(self, root: Path) -> str:
        """What stays the same while lines move: rule, file below ``root``, and subject."""
        file = self.file.relative_to(root) if self.file.is_relative_to(root) else self.file
        text = "\0".join((self.rule, file.as_posix(), self.subject or self.what))
        return hashlib.sha256(text.encode()).hexdigest()[:20]


def at_least(severity: Severity, threshold: Severity) -> bool:
    """Whether a severity is as bad as another, or worse."""
    return SEVERITIES.index(severity) >= SEVERITIES.index(threshold)
