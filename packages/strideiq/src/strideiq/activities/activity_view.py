"""One activity as it is shown, field by field: its value, where that comes from, the original."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from strideiq.activities.field_kinds import FieldValue
from strideiq.activities.fields import FIELDS, field_named
from strideiq.activities.models import Activity

Origin = Literal["athlete", "source", "derived", "nobody"]
"""Who says what is shown: the athlete, a source, our own computation from streams, or nobody."""

DERIVED = frozenset(
    {
        "average_heart_rate_bpm",
        "max_heart_rate_bpm",
        "average_cadence_spm",
        "average_power_w",
    }
)
"""Fields that are computed from the streams, whatever a source says."""


@dataclass(frozen=True)
class ActivityView:
    """One activity as shown; metres, seconds, UTC.

    ``originals`` has what would be shown had the athlete said nothing, by field; ``annotated``
    names the fields whose shown value is the athlete's.
    """

    activity_id: UUID
    sport: str
    name: str
    started_at: datetime
    elapsed_s: float
    moving_s: float
    distance_m: float | None
    ascent_m: float | None
    descent_m: float | None
    average_heart_rate_bpm: float | None
    max_heart_rate_bpm: float | None
    average_cadence_spm: float | None
    average_power_w: float | None
    energy_kcal: float | None
    notes: str | None
    effort: int | None
    """How hard it was, from 1 to 10."""
    feeling: str | None
    race: bool | None
    surface: str | None
    gear_id: UUID | None
    weather: str | None
    temperature_c: float | None
    humidity_percent: float | None
    time_zone: str | None
    """The clock that the athlete says it was run by; see ``clocks.py`` for the others."""
    device: str | None
    device_serial: str | None
    sample_count: int
    source_file_id: UUID | None
    session_number: int
    deleted_at: datetime | None
    merged_into: UUID | None
    """The activity that stands for this one; None when it stands for itself."""
    formula_version: int | None
    """By which formulas its means were derived; None before there were versions."""
    originals: Mapping[str, FieldValue | None]
    annotated: frozenset[str]
    lender: str | None = None
    """The service that only lends what is known of it; None when it is the athlete's own."""
    lent_until: datetime | None = None
    """Until when something is lent of it; None when nothing is, or it is the athlete's own."""
    place_zone: str | None = None
    """The time zone of the place where it began; None where that is not known."""

    @property
    def clock_zone(self) -> str | None:
        """The time zone that it is told in; None for the athlete's own (see ``clocks.py``)."""
        return self.time_zone or self.place_zone

    def day(self, own_zone: str) -> date:
        """The day that it was where it began; ``own_zone`` is the athlete's."""
        return self.started_at.astimezone(ZoneInfo(self.clock_zone or own_zone)).date()

    @property
    def original_name(self) -> str:
        """What the source calls it."""
        return str(self.originals["name"])

    @property
    def name_changed(self) -> bool:
        """Whether the name is the athlete's, not the source's."""
        return self.changed("name")

    def value(self, field: str) -> FieldValue | None:
        """The shown value of a field."""
        value: FieldValue | None = getattr(self, field_named(field).name)
        return value

    def original(self, field: str) -> FieldValue | None:
        """What would be shown had the athlete said nothing of this field."""
        return self.originals[field_named(field).name]

    def changed(self, field: str) -> bool:
        """Whether what is shown is the athlete's word."""
        return field_named(field).name in self.annotated

    def origin(self, field: str) -> Origin:
        """Who says what is shown."""
        if self.changed(field):
            return "athlete"
        if self.value(field) is None:
            return "nobody"
        return "derived" if field in DERIVED else "source"


def view_of(
    row: Activity, said: Mapping[str, str] | None, place_zone: str | None = None
) -> ActivityView:
    """Lay what the athlete says (text by field, as stored) over what the sources say."""
    also = row.also_observed or {}
    originals = {
        name: field.decode(also[name]) if name in also else getattr(row, name, None)
        for name, field in FIELDS.items()
    }
    annotations = {
        name: FIELDS[name].decode(text) for name, text in (said or {}).items() if name in FIELDS
    }
    shown: dict[str, Any] = originals | annotations
    return ActivityView(
        activity_id=row.activity_id,
        device=row.device,
        device_serial=row.device_serial,
        sample_count=row.sample_count,
        source_file_id=row.source_file_id,
        session_number=row.session_number,
        deleted_at=row.deleted_at,
        merged_into=row.merged_into,
        formula_version=row.formula_version,
        originals=originals,
        annotated=frozenset(annotations),
        lender=row.lender,
        place_zone=place_zone,
        **shown,
    )
