"""What every parser answers, and how it says that a file cannot be read."""

from __future__ import annotations

from dataclasses import dataclass

from strideiq.activities.observed import ObservedActivity

PARSER_VERSION = 3
"""Counts up when a parser learns to read something that it could not read before."""


@dataclass(frozen=True)
class ParsedFile:
    """The activities of one file.

    ``records`` counts the samples as the file has them, before any that share an instant are
    merged. ``damage`` says why not everything could be read; None when everything was.
    """

    format: str
    activities: tuple[ObservedActivity, ...]
    records: int
    damage: str | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What had to be left out or guessed in the activities, each said once."""
        return tuple(dict.fromkeys(note for each in self.activities for note in each.notes))


class UnreadableFileError(Exception):
    """A file holds no activity that can be read; the text is the reason, for people.

    ``format`` is what the file is or claims to be, None when it is no sports file at all.
    """

    def __init__(self, reason: str, format: str | None = None) -> None:  # noqa: A002  the column's name
        super().__init__(reason, format)
        self.reason = reason
        self.format = format
