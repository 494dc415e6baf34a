"""The fields of an activity that its athlete may annotate, with what each may hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from strideiq.activities.errors import NoSuchFieldError
from strideiq.activities.field_kinds import (
    Choice,
    FieldValue,
    Identifier,
    Kind,
    Moment,
    Number,
    SportName,
    Text,
    YesNo,
)
from strideiq.activities.zone_kind import ZoneName
from strideiq.platform.language import gettext as _
from strideiq.platform.language import marked

NAME_LENGTH_MAX = 200
NOTES_LENGTH_MAX = 20_000
WEATHER_LENGTH_MAX = 200
DISTANCE_MAX_M = 1e7
DURATION_MAX_S = 14 * 86_400.0
CLIMB_MAX_M = 50_000.0


@dataclass(frozen=True)
class Field:
    """A field that can be annotated; ``label`` is its name for people, in English."""

    name: str
    label: str
    kind: Kind

    def read(self, given: object) -> FieldValue:
        """The value that was given.

        Raises:
            FieldValueError: the field cannot have it; the message says why.
        """
        return self.kind.read(given, _(self.label))

    def encode(self, value: FieldValue) -> str:
        """The value as an annotation stores it."""
        return self.kind.encode(value)

    def decode(self, text: str) -> FieldValue:
        """The value of a stored annotation."""
        return self.kind.decode(text)


def _heart_rate(name: str, label: str) -> Field:
    return Field(name, label, Number(20, 250, "bpm"))


SURFACES = ("road", "trail", "track", "treadmill", "grass", "sand", "snow", "mixed")
FEELINGS = ("great", "good", "okay", "poor", "bad")

FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field("name", marked("The name"), Text(NAME_LENGTH_MAX)),
        Field("sport", marked("The sport"), SportName()),
        Field("started_at", marked("The start"), Moment()),
        Field("distance_m", marked("The distance"), Number(0, DISTANCE_MAX_M, "m")),
        Field("elapsed_s", marked("The time with pauses"), Number(1, DURATION_MAX_S, "s")),
        Field("moving_s", marked("The moving time"), Number(1, DURATION_MAX_S, "s")),
        Field("ascent_m", marked("The ascent"), Number(0, CLIMB_MAX_M, "m")),
        Field("descent_m", marked("The descent"), Number(0, CLIMB_MAX_M, "m")),
        _heart_rate("average_heart_rate_bpm", marked("The heart rate")),
        _heart_rate("max_heart_rate_bpm", marked("The highest heart rate")),
        Field("average_cadence_spm", marked("The cadence"), Number(0, 400, "spm")),
        Field("average_power_w", marked("The power"), Number(0, 5000, "W")),
        Field("energy_kcal", marked("The energy"), Number(0, 100_000, "kcal")),
        Field("notes", marked("The notes"), Text(NOTES_LENGTH_MAX, lines=True)),
        Field("effort", marked("The effort"), Number(1, 10, whole=True)),
        Field("feeling", marked("How it felt"), Choice(FEELINGS)),
        Field("race", marked("Whether it was a race"), YesNo()),
        Field("surface", marked("The surface"), Choice(SURFACES)),
        Field("gear_id", marked("The gear"), Identifier()),
        Field("weather", marked("The weather"), Text(WEATHER_LENGTH_MAX)),
        Field("temperature_c", marked("The temperature"), Number(-60, 60, "°C")),
        Field("humidity_percent", marked("The humidity"), Number(0, 100, "%")),
        Field("time_zone", marked("The time zone"), ZoneName()),
    )
}
"""Every field that can be annotated, by its name."""


def field_named(name: str) -> Field:
    """A field by its name.

    Raises:
        NoSuchFieldError: no field of this name can be annotated.
    """
    if name not in FIELDS:
        raise NoSuchFieldError(
            _("An activity has no field “%(name)s” that can be changed.") % {"name": name[:60]},
            next_step=_("Choose one of: %(names)s.") % {"names": ", ".join(FIELDS)},
        )
    return FIELDS[name]
