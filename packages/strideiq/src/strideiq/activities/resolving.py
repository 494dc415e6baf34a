"""Which source's word counts for each field. Pure: observations and choices in, values out.

The chosen source of a field counts, else the chosen source of the whole activity, else the first
that spoke. Where that one says nothing of the field, the first other source that does fills the
gap; a name that we made up gives way to one that a source says. A choice of one field is meant:
nothing fills that gap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from strideiq.activities.models import ActivityObservation

EVERYTHING = "*"
"""The field of a choice that counts for every field without one of its own."""

STREAMS = "streams"
"""The field of a choice that counts for streams and laps."""


@dataclass(frozen=True)
class Choice:
    """The source that counts for a field, and whether the athlete or a rule says so."""

    source: str
    by_athlete: bool


@dataclass(frozen=True)
class Sources:
    """What each source says at present, in the order in which they first spoke, and the choices."""

    newest: Mapping[str, ActivityObservation]
    choices: Mapping[str, Choice]
    merged: Sequence[UUID] = ()
    """The activities that were merged into this one, however deep."""
    deleted_upstream_at: datetime | None = None
    """When a service was found to have deleted it; None while it has it, or never had."""

    @property
    def main(self) -> str:
        """The source that counts where no other was chosen."""
        chosen = self.choices.get(EVERYTHING)
        if chosen is not None and chosen.source in self.newest:
            return chosen.source
        return next(iter(self.newest))

    def counts(self, field: str) -> str | None:
        """The source whose word is shown for a field; None when none says anything of it."""
        chosen = self.choices.get(field)
        if chosen is not None and chosen.source in self.newest:
            return chosen.source if field in self.newest[chosen.source].said else None
        ordered = sorted(self.newest, key=lambda source: source != self.main)
        saying = [source for source in ordered if field in self.newest[source].said]
        if field == "name":
            stated = (each for each in saying if "name" not in self.newest[each].computed)
            return next(stated, saying[0] if saying else None)
        return saying[0] if saying else None

    def said(self, field: str) -> str | None:
        """What is shown for a field, encoded; None when no source says anything of it."""
        source = self.counts(field)
        return None if source is None else self.newest[source].said[field]

    @property
    def streams(self) -> str | None:
        """The source whose streams and laps count; None when none has any."""
        chosen = self.choices.get(STREAMS)
        wanted = chosen.source if chosen is not None else self.main
        ordered = sorted(self.newest, key=lambda source: source != wanted)
        return next((each for each in ordered if self.newest[each].sample_count), None)


def newest_by_source(
    observations: Sequence[ActivityObservation],
) -> dict[str, ActivityObservation]:
    """What each source says at present, of observations in the order in which they were made.

    A deletion upstream leaves what was said; a source that was set apart says nothing any more
    of the activity that it was taken from. A source that speaks of two merged activities is two.
    """
    by_home: dict[tuple[UUID, str], ActivityObservation] = {}
    for each in observations:
        if each.withdrawn == "apart":
            by_home.pop((each.activity_id, each.source), None)
        elif each.withdrawn is None:
            by_home[each.activity_id, each.source] = each
    newest: dict[str, ActivityObservation] = {}
    for (home, source), each in by_home.items():
        newest[f"{source} of {home}" if source in newest else source] = each
    return newest


def deletion_upstream(observations: Sequence[ActivityObservation]) -> datetime | None:
    """When a service was found to have deleted what they are of; None where none has."""
    made = sorted(observations, key=lambda each: (each.observed_at, each.number))
    newest = {each.upstream_id: each for each in made if each.upstream_id is not None}
    deleted = (each.observed_at for each in newest.values() if each.withdrawn == "upstream")
    return max(deleted, default=None)
