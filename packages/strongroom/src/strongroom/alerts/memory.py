"""What was told to whom: a small file outside the database, whole or absent.

Damage makes it an empty memory: then everything is told again, rather than not at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from strongroom.alerts.notice import SEVERITIES, Message, Notice, Severity
from strongroom.config import Configuration
from strongroom.files import write_whole

FORMAT = 1
NAME = "alerts.json"


@dataclass(frozen=True)
class Telling:
    """When a channel was last told of a condition, and how grave that was."""

    at: datetime
    severity: Severity


@dataclass(frozen=True)
class Failing:
    """A channel that did not take its last message."""

    since: datetime
    message: str


@dataclass
class OpenAlert:
    """One condition that somebody has been told of."""

    notice: Notice
    told: dict[str, Telling] = field(default_factory=dict)
    """By the name of the channel."""


@dataclass
class Memory:
    """The alerts that are open, by fingerprint, and the channels that fail, by name."""

    alerts: dict[str, OpenAlert] = field(default_factory=dict)
    failing: dict[str, Failing] = field(default_factory=dict)

    def note_delivery(self, channel: str, message: Message, at: datetime) -> None:
        """Remember that a channel took a message."""
        self.failing.pop(channel, None)
        name = message.notice.fingerprint
        if message.event == "ended":
            if alert := self.alerts.get(name):
                alert.told.pop(channel, None)
            return
        alert = self.alerts.setdefault(name, OpenAlert(message.notice))
        alert.notice = message.notice
        alert.told[channel] = Telling(at, message.notice.severity)

    def note_failure(self, channel: str, words: str, at: datetime) -> None:
        """Remember that a channel fails, and since when."""
        before = self.failing.get(channel)
        self.failing[channel] = Failing(before.since if before else at, words)

    def forget_ended(self, held: Iterable[str], channels: Iterable[str]) -> None:
        """Drop what is over and was told to every channel, and channels that are no more."""
        kept, names = set(held), set(channels)
        for name, alert in list(self.alerts.items()):
            alert.told = {one: telling for one, telling in alert.told.items() if one in names}
            if name not in kept and not alert.told:
                del self.alerts[name]
        self.failing = {name: one for name, one in self.failing.items() if name in names}

    def save(self, path: Path) -> None:
        """Write the file in one step. Raises OSError."""
        document = {
            "format": FORMAT,
            "alerts": [_alert_as_dict(alert) for alert in self.alerts.values()],
            "failing": {
                name: {"since": one.since.isoformat(), "message": one.message}
                for name, one in self.failing.items()
            },
        }
        write_whole(path, json.dumps(document, indent=1).encode())


def memory_path(configuration: Configuration) -> Path:
    """Where the memory of one database's alerts lies."""
    return configuration.state_cache / NAME


def load(path: Path) -> Memory:
    """Read the memory; one that is missing, damaged or of another format is empty."""
    try:
        document = json.loads(path.read_bytes())
        if document["format"] != FORMAT:
            return Memory()
        alerts = [_alert(one) for one in document["alerts"]]
        return Memory(
            alerts={alert.notice.fingerprint: alert for alert in alerts},
            failing={
                str(name): Failing(_moment(one["since"]), str(one["message"]))
                for name, one in document["failing"].items()
            },
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Memory()


def _alert_as_dict(alert: OpenAlert) -> dict[str, Any]:
    told = {
        channel: {"at": one.at.isoformat(), "severity": one.severity}
        for channel, one in alert.told.items()
    }
    return {"notice": alert.notice.as_dict(), "told": told}


def _alert(document: dict[str, Any]) -> OpenAlert:
    notice = Notice(**{**document["notice"], "at": _moment(document["notice"]["at"])})
    _severity(notice.severity)
    told = {
        str(channel): Telling(_moment(one["at"]), _severity(one["severity"]))
        for channel, one in document["told"].items()
    }
    return OpenAlert(notice, told)


def _severity(written: object) -> Severity:
    return SEVERITIES[SEVERITIES.index(written)]


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without its zone")
    return moment
