"""What people are told: a condition that holds, and what has happened to it."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

Severity = Literal["warning", "critical"]
SEVERITIES: tuple[Severity, ...] = ("warning", "critical")
"""From mild to grave."""

Event = Literal["new", "worse", "still", "ended"]
"""What has happened to the condition that a message is about."""


@dataclass(frozen=True)
class Notice:
    """A condition that holds and needs somebody. It never contains a secret."""

    kind: str
    """Which condition: ``backup_old``, for example."""
    severity: Severity
    subject: str
    """Whose: the application and its environment, and what of it."""
    message: str
    next_step: str
    """The one command or act that helps."""
    at: datetime
    fingerprint: str
    """The same for the same condition, however its words change; see ``fingerprint_of``."""

    def as_dict(self) -> dict[str, Any]:
        """The notice as shown by ``--json``."""
        return {**asdict(self), "at": self.at.isoformat()}


@dataclass(frozen=True)
class Message:
    """One notice on its way to a channel, with what has happened to it."""

    event: Event
    notice: Notice

    @property
    def title(self) -> str:
        """One line: what it is about, and whether it is over."""
        kind = self.notice.kind.replace("_", " ")
        ended = {"new": "", "worse": " (worse)", "still": " (still)", "ended": " (over)"}
        return f"{self.notice.subject}: {kind}{ended[self.event]}"

    @property
    def body(self) -> str:
        """What happened and what to do, as plain text."""
        if self.event == "ended":
            return f"This is over: {self.notice.message}"
        return f"{self.notice.message}\nnext: {self.notice.next_step}"


def fingerprint_of(kind: str, *of: str) -> str:
    """The name of a condition by its kind and what it is about, in 16 hexadecimal digits."""
    return hashlib.sha256("\0".join((kind, *of)).encode()).hexdigest()[:16]


def is_graver(severity: Severity, than: Severity) -> bool:
    """Whether a severity is above another."""
    return SEVERITIES.index(severity) > SEVERITIES.index(than)
