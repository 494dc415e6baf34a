"""The lists of a Garmin export: what activities are called, by when they started."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from strideiq.imports.archives.listed import Listed, told
from strideiq.imports.parsers import sports

LIST_ENDING = "_summarizedactivities.json"
SOURCE = "garmin export"
SAME_START_S = 2
"""The list has milliseconds, the file whole seconds."""


class GarminLists:
    """What the export says of each activity, found by when it started."""

    def __init__(self) -> None:
        self._by_second: dict[int, Listed] = {}

    def add(self, content: bytes) -> None:
        """Take in one list; what cannot be read of it is passed over."""
        for entry in _entries(content):
            start_ms = entry.get("startTimeGmt") or entry.get("beginTimestamp")
            listed = _listed(entry)
            if isinstance(start_ms, int | float) and 0 < start_ms < 1e14 and listed:  # noqa: PLR2004  year 5138
                self._by_second.setdefault(round(start_ms / 1000), listed)

    def of(self, started_at: datetime) -> Listed | None:
        """What is said of the activity that started then."""
        second = round(started_at.astimezone(UTC).timestamp())
        near = sorted(range(-SAME_START_S, SAME_START_S + 1), key=abs)
        found = (self._by_second.get(second + offset) for offset in near)
        return next((each for each in found if each), None)


def is_list(name: str) -> bool:
    """Whether a file of an export is one of its lists."""
    return name.casefold().endswith(LIST_ENDING)


def _entries(content: bytes) -> Iterator[Mapping[str, object]]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return
    for part in document if isinstance(document, list) else [document]:
        inner = part.get("summarizedActivitiesExport", [part]) if isinstance(part, dict) else []
        some: Iterable[object] = inner if isinstance(inner, list) else []
        yield from (entry for entry in some if isinstance(entry, dict))


def _listed(entry: Mapping[str, object]) -> Listed | None:
    name, kind = told(entry.get("name")), told(entry.get("activityType"))
    description = told(entry.get("description"), lines=True)
    if not (name or description):
        return None
    return Listed(SOURCE, name, description, sport=sports.canonical(kind) if kind else None)
