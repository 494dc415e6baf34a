"""What a watcher says while it works: one event, one line."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

Line = Callable[[str], None]


@dataclass(frozen=True)
class Event:
    """Something that happened, to which database, and with what figures."""

    at: datetime
    name: str
    """Such as ``backup.done``."""
    subject: str
    details: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> str:
        """One line of JSON."""
        document = {
            "at": self.at.isoformat(timespec="milliseconds"),
            "event": self.name,
            "subject": self.subject,
            **self.details,
        }
        return json.dumps(document, ensure_ascii=False, default=str)

    def as_line(self) -> str:
        """One line for a log: time, event, subject, then names and values."""
        told = " ".join(f"{name}={_quoted(value)}" for name, value in self.details.items())
        return f"{self.at:%Y-%m-%dT%H:%M:%SZ} {self.name} {self.subject} {told}".rstrip()


class Events:
    """Gives each event to those who listen, and keeps them."""

    def __init__(self, *sinks: Callable[[Event], None]) -> None:
        self._sinks = sinks

    def tell(self, event: Event) -> None:
        """Tell one event."""
        for sink in self._sinks:
            sink(event)


def _quoted(value: object) -> str:
    text = str(value)
    return text if text and not set(text) & set(' "=\n') else json.dumps(text, ensure_ascii=False)
