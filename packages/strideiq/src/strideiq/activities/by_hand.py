"""A run that no watch has recorded: what its athlete types in, as a source like any other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from pydantic import BaseModel
from sqlalchemy.orm import Session

from strideiq.activities import field_forms, service
from strideiq.activities.annotations import annotate
from strideiq.activities.errors import FieldValueError
from strideiq.activities.fields import FIELDS
from strideiq.activities.observed import ObservedActivity
from strideiq.platform.formats import Formats
from strideiq.platform.language import gettext as _

KIND = "by hand"
"""What the source is called where files are called by their format."""

ANSWERED = ("started_at", "moving_s", "sport")
"""What must be known of an activity; the distance of an hour of strength training is nothing."""


class HandForm(BaseModel):
    """What was typed, as it was typed, so that a page with an error shows it again."""

    sport: str = "running"
    started_at: str = ""
    distance_m: str = ""
    moving_s: str = ""
    name: str = ""
    average_heart_rate_bpm: str = ""
    notes: str = ""


def empty_form(time_zone: str) -> HandForm:
    """The form as it opens: an hour that has just ended."""
    now = datetime.now(ZoneInfo(time_zone)).replace(minute=0, second=0, microsecond=0)
    return HandForm(started_at=now.strftime("%Y-%m-%dT%H:%M"))


def add(session: Session, athlete_id: UUID, form: HandForm, formats: Formats) -> UUID:
    """Record what was typed; the caller commits.

    Raises:
        FieldValueError: a field cannot be what was typed, or one that is needed is empty.
    """
    values = {
        name: FIELDS[name].read(given)
        for name, text in form.model_dump().items()
        if (given := field_forms.from_text(name, text, formats)) is not None
    }
    for name in ANSWERED:
        if name not in values:
            raise FieldValueError(
                _("%(label)s is needed.") % {"label": _(FIELDS[name].label)},
                next_step=_("Fill it in; nothing was stored."),
            )
    notes = values.pop("notes", None)
    [activity_id] = service.record_many(session, athlete_id, [_observed(values)], kind=KIND)
    if notes is not None:
        annotate(session, athlete_id, activity_id, "notes", notes)
    return activity_id


def _observed(values: Mapping[str, object]) -> ObservedActivity:
    rest = {name: values[name] for name in ("average_heart_rate_bpm",) if name in values}
    distance_m = values.get("distance_m")
    name, started_at = values.get("name"), values["started_at"]
    assert isinstance(started_at, datetime)  # noqa: S101  as its field reads it
    moving_s = float(str(values["moving_s"]))
    return ObservedActivity(
        sport=str(values["sport"]),
        started_at=started_at,
        elapsed_s=moving_s,
        moving_s=moving_s,
        distance_m=None if distance_m is None else float(str(distance_m)),
        streams={"time_s": np.empty(0)},
        name=None if name is None else str(name),
        source=KIND,
        computed=frozenset({"elapsed_s"}),
        more=rest,
    )
