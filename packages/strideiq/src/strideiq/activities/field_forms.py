"""A field as its athlete types and reads it: their units, their clock, their words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from strideiq.activities import meanwhile
from strideiq.activities.activity_view import ActivityView, Origin
from strideiq.activities.errors import FieldValueError
from strideiq.activities.field_kinds import Choice, FieldValue, Number, Text, YesNo
from strideiq.activities.fields import FIELDS, field_named
from strideiq.platform.formats import Formats, duration_text, number
from strideiq.platform.language import gettext as _
from strideiq.platform.language import marked

WORDS = (
    *("notes", "effort", "feeling", "race", "surface"),
    *("weather", "temperature_c", "humidity_percent"),
)
"""What only the athlete can know, or knows better, in the order in which a page shows it."""

FIGURES = (
    "sport",
    "started_at",
    "time_zone",
    "distance_m",
    "moving_s",
    "elapsed_s",
    "ascent_m",
    "descent_m",
    "average_heart_rate_bpm",
    "max_heart_rate_bpm",
    "average_cadence_spm",
    "average_power_w",
    "energy_kcal",
)
"""What sources say and can be wrong about."""

LABELS: Mapping[str, str] = {
    "name": marked("Name"),
    "sport": marked("Sport"),
    "started_at": marked("Start"),
    "distance_m": marked("Distance"),
    "moving_s": marked("Moving time"),
    "elapsed_s": marked("With pauses"),
    "ascent_m": marked("Ascent"),
    "descent_m": marked("Descent"),
    "average_heart_rate_bpm": marked("Heart rate"),
    "max_heart_rate_bpm": marked("Highest heart rate"),
    "average_cadence_spm": marked("Cadence"),
    "average_power_w": marked("Power"),
    "energy_kcal": marked("Energy"),
    "notes": marked("Notes"),
    "effort": marked("Effort"),
    "feeling": marked("Feeling"),
    "race": marked("Race"),
    "surface": marked("Surface"),
    "gear_id": marked("Gear"),
    "weather": marked("Weather"),
    "temperature_c": marked("Temperature"),
    "humidity_percent": marked("Humidity"),
    "time_zone": marked("Time zone"),
}

SAID_IN_PAGES = (
    *(marked("By hand"), marked("Recorded")),
    *(marked("Running"), marked("Walking"), marked("Hiking"), marked("Cycling")),
    *(marked("Swimming"), marked("Trail running"), marked("Strength"), marked("Rowing")),
    *(marked("running"), marked("walking"), marked("hiking"), marked("cycling")),
    *(marked("swimming"), marked("trail running"), marked("strength"), marked("rowing")),
    *(marked("Great"), marked("Good"), marked("Okay"), marked("Poor"), marked("Bad")),
    *(marked("Road"), marked("Trail"), marked("Track"), marked("Treadmill")),
    *(marked("Grass"), marked("Sand"), marked("Snow"), marked("Mixed")),
)
"""Sports, feelings and surfaces as pages say them; the field has them in small letters."""

DISTANCES = frozenset({"distance_m"})
HEIGHTS = frozenset({"ascent_m", "descent_m"})
DURATIONS = frozenset({"moving_s", "elapsed_s"})


@dataclass(frozen=True)
class ShownField:
    """One field of an activity, ready for a page."""

    name: str
    label: str
    value: Markup | None
    """What is shown, None when nothing is."""
    original: Markup | None
    """What would be shown had the athlete said nothing."""
    origin: Origin
    text: str
    """The value as a form's field has it."""
    unit: str
    control: str
    """``text``, ``lines``, ``choice`` or ``datetime``."""
    words: tuple[tuple[str, str], ...]
    """What a choice offers: its value and what it is called."""

    @property
    def mark(self) -> str:
        """What a form keeps of what it opens with (see ``meanwhile.py``)."""
        return meanwhile.mark(self.text)

    @property
    def changed(self) -> bool:
        """Whether what is shown is the athlete's."""
        return self.origin == "athlete"

    @property
    def to_add(self) -> bool:
        """Whether only the athlete can know it and has not said it: it takes no row of a page."""
        return self.value is None and not self.changed and self.name in WORDS


def shown_field(activity: ActivityView, name: str, own: Formats) -> ShownField:
    """A field of an activity in the athlete's units and words, and on the activity's clock.

    Raises:
        NoSuchFieldError: there is no such field.
    """
    formats = own.in_zone(activity.clock_zone)
    kind = field_named(name).kind
    control = "text"
    if isinstance(kind, Choice | YesNo):
        control = "choice"
    elif isinstance(kind, Text) and kind.lines:
        control = "lines"
    elif name == "started_at":
        control = "datetime"
    return ShownField(
        name=name,
        label=_(LABELS[name]),
        value=as_shown(name, activity.value(name), formats),
        original=as_shown(name, activity.original(name), formats),
        origin=activity.origin(name),
        text=as_text(name, activity.value(name), formats),
        unit=_unit(name, formats),
        control=control,
        words=_words(name),
    )


def as_shown(name: str, value: FieldValue | None, formats: Formats) -> Markup | None:
    """A value as people read it."""
    match value:
        case None | "":
            return None
        case datetime():
            shown: object = f"{formats.date(value)}, {formats.clock(value)}"
        case bool():
            shown = _("Yes") if value else _("No")
        case int() | float():
            shown = _number_shown(name, value, formats)
        case str() if name in {"sport", "feeling", "surface"}:
            shown = _(value.replace("_", " ").capitalize())
        case other:
            shown = other
    return escape(shown)


def _number_shown(name: str, value: float, formats: Formats) -> Markup | str:
    if name in DISTANCES:
        return formats.distance(value)
    if name in HEIGHTS:
        return formats.height(value)
    if name in DURATIONS:
        return formats.duration(value)
    unit = "/ 10" if name == "effort" else _unit(name, formats)
    return number(value, unit, 1 if name == "temperature_c" else 0)


def as_text(name: str, value: FieldValue | None, formats: Formats) -> str:
    """A value as the field of a form has it; empty for none."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return formats.local(value).strftime("%Y-%m-%dT%H:%M:%S")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        if name in DURATIONS:
            return duration_text(value)
        scaled = value / _scale(name, formats)
        return f"{scaled:.3f}".rstrip("0").rstrip(".") if name in DISTANCES else f"{scaled:.4g}"
    return str(value)


def from_text(name: str, text: str, formats: Formats) -> object:
    """What a form's field means, ready to be annotated; None for an empty one.

    Raises:
        FieldValueError: it is no time or no number where one is needed.
    """
    text = text.strip()
    if not text:
        return None
    if name == "started_at":
        return _local_moment(text, formats)
    if name in DURATIONS:
        return _seconds(text)
    if isinstance(FIELDS[name].kind, Number):
        return _number(name, text) * _scale(name, formats)
    return text


def said(activity: ActivityView, name: str, text: str, own: Formats) -> tuple[bool, object]:
    """Whether a form changes a field, and what it then says.

    What is shown already is no change, however it was rounded; what the sources say takes the
    athlete's word back.
    """
    field_named(name)
    formats = own.in_zone(activity.clock_zone)
    text = text.replace("\r\n", "\n").strip()
    if text == as_text(name, activity.value(name), formats):
        return False, None
    if text == as_text(name, activity.original(name), formats):
        return True, None
    return True, from_text(name, text, formats)


def _unit(name: str, formats: Formats) -> str:
    if name in DISTANCES:
        return formats.long_unit
    if name in HEIGHTS:
        return formats.short_unit
    if name in DURATIONS:
        return "h:mm:ss"
    kind = FIELDS[name].kind
    return kind.unit if isinstance(kind, Number) else ""


def _scale(name: str, formats: Formats) -> float:
    if name in DISTANCES:
        return formats.long_distance_m
    return formats.height_m if name in HEIGHTS else 1.0


def _words(name: str) -> tuple[tuple[str, str], ...]:
    kind = FIELDS[name].kind
    if isinstance(kind, YesNo):
        return (("yes", _("Yes")), ("no", _("No")))
    if isinstance(kind, Choice):
        return tuple((word, _(word.capitalize())) for word in kind.words)
    return ()


def _number(name: str, text: str) -> float:
    try:
        return float(text.replace(",", ".").replace("\N{MINUS SIGN}", "-"))
    except ValueError:
        raise FieldValueError(
            _("%(label)s is a number; “%(text)s” is none.")
            % {"label": _(FIELDS[name].label), "text": text[:40]},
            next_step=_("Write it with digits, for example 10.5."),
        ) from None


def _seconds(text: str) -> float:
    try:
        parts = [float(part) for part in text.replace(",", ".").split(":")]
    except ValueError:
        parts = []
    if not 0 < len(parts) <= 3 or any(part < 0 for part in parts):  # noqa: PLR2004  h, min and s
        raise FieldValueError(
            _("“%(text)s” is no length of time.") % {"text": text[:40]},
            next_step=_("Write it as 48:12 or 1:02:03."),
        )
    seconds = 0.0
    for part in parts:
        seconds = seconds * 60 + part
    return seconds


def _local_moment(text: str, formats: Formats) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(formats.time_zone))
    except ValueError:
        raise FieldValueError(
            _("“%(text)s” is no day with a time.") % {"text": text[:40]},
            next_step=_("Write it as 2026-05-03T06:30."),
        ) from None
