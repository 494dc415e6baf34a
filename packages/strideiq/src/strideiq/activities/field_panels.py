"""The parts that fields and sources have on an activity's page."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from strideiq.activities import field_forms, views
from strideiq.activities.activity_view import ActivityView
from strideiq.activities.field_forms import FIGURES, WORDS, ShownField
from strideiq.activities.panels import Panel
from strideiq.activities.source_views import neighbours, source_views
from strideiq.activities.sources import sources_of
from strideiq.platform.formats import Formats
from strideiq.platform.language import gettext as _


def fields_panel(session: Session, athlete_id: UUID, activity: ActivityView) -> Panel | None:
    """What the athlete says, and what they may correct; nothing of what is part of another."""
    del session, athlete_id
    if activity.merged_into is not None:
        return None
    return Panel(
        "activities/_fields.html",
        {
            "words": partial(fields_of, activity, WORDS),
            "figures": partial(fields_of, activity, FIGURES),
        },
    )


def sources_panel(session: Session, athlete_id: UUID, activity: ActivityView) -> Panel | None:
    """What each source says, and what may be the same activity."""
    sources = sources_of(session, athlete_id, activity.activity_id)
    return Panel(
        "activities/_sources.html",
        {
            "activity": activity,
            "deleted_upstream_at": sources.deleted_upstream_at,
            "sources": partial(source_views, sources, activity.activity_id),
            "merged": [views.activity(session, athlete_id, each) for each in sources.merged],
            "neighbours": neighbours(session, athlete_id, activity),
            "labels": {name: _(label) for name, label in field_forms.LABELS.items()},
        },
    )


def fields_of(activity: ActivityView, names: tuple[str, ...], formats: Formats) -> list[ShownField]:
    """Some fields of an activity, ready for a page."""
    return [field_forms.shown_field(activity, name, formats) for name in names]
