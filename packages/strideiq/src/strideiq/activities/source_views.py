"""What sources say of an activity, side by side, ready for a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from markupsafe import Markup
from sqlalchemy.orm import Session

from strideiq.activities import field_forms, merging, views
from strideiq.activities.activity_view import ActivityView
from strideiq.activities.fields import FIELDS
from strideiq.activities.resolving import Sources
from strideiq.activities.sources import sources_of
from strideiq.platform.formats import Formats

COMPARED = ("name", "started_at", "distance_m", "moving_s", "ascent_m")
"""The fields by which people tell recordings apart."""


@dataclass(frozen=True)
class SourceView:
    """One source, and what it says."""

    source: str
    kind: str
    source_file_id: UUID | None
    device: str | None
    observed_at: datetime
    sample_count: int
    main: bool
    """Whether it counts where no other was chosen."""
    has_streams: bool
    """Whether its streams are the ones that are shown."""
    separable: bool
    """Whether it can be made an activity of its own."""
    values: dict[str, Markup | None]


@dataclass(frozen=True)
class SaidBySource:
    """What one source says of one field."""

    source: str
    kind: str
    device: str | None
    value: Markup | None
    counts: bool


def source_views(sources: Sources, activity_id: UUID, formats: Formats) -> list[SourceView]:
    """The recordings of an activity, in the order in which they first spoke.

    A source that only adds something, such as the weather, is none and is left out.
    """
    if not sources.newest:
        return []
    mine = [each for each in sources.newest.values() if each.activity_id == activity_id]
    told_apart = {
        name
        for name, each in sources.newest.items()
        if each.sample_count or any(field in each.said for field in COMPARED)
    }
    return [
        SourceView(
            source=name,
            kind=each.kind,
            source_file_id=each.source_file_id,
            device=each.device,
            observed_at=each.observed_at,
            sample_count=each.sample_count,
            main=name == sources.main,
            has_streams=name == sources.streams,
            separable=each.activity_id == activity_id
            and len(mine) > 1
            and each.started_at is not None,
            values={field: _value(sources, name, field, formats) for field in COMPARED},
        )
        for name, each in sources.newest.items()
        if name in told_apart
    ]


def said_by_sources(
    session: Session, athlete_id: UUID, activity: ActivityView, field: str, formats: Formats
) -> list[SaidBySource]:
    """What each source says of one field; sources that say nothing of it are left out."""
    sources = sources_of(session, athlete_id, activity.activity_id)
    return [
        SaidBySource(
            name,
            each.kind,
            each.device,
            _value(sources, name, field, formats),
            name == sources.counts(field),
        )
        for name, each in sources.newest.items()
        if field in each.said
    ]


def neighbours(session: Session, athlete_id: UUID, activity: ActivityView) -> list[ActivityView]:
    """Other activities at the same time of which nothing was decided yet."""
    near = views.overlapping(session, athlete_id, activity.started_at, activity.elapsed_s)
    others = [
        other
        for other in near
        if other.activity_id != activity.activity_id and other.deleted_at is None
    ]
    decided = merging.decisions(session, athlete_id) if others else {}
    return [
        other
        for other in others
        if decided.get(frozenset((activity.activity_id, other.activity_id))) != "apart"
    ]


def _value(sources: Sources, source: str, field: str, formats: Formats) -> Markup | None:
    text = sources.newest[source].said.get(field)
    if text is None:
        return None
    return field_forms.as_shown(field, FIELDS[field].decode(text), formats)
