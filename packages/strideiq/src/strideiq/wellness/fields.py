"""What a check-in may say of a day: each field's name, words, and the values that are possible."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Literal

from strideiq.platform.errors import InvalidInputError
from strideiq.platform.language import gettext as _
from strideiq.platform.language import inside, marked

NOTES_LENGTH_MAX = 2_000

Kind = Literal["steps", "number", "words"]


class CheckInError(InvalidInputError):
    """A value that no day can have; nothing was kept of it."""

    code = "check_in"


@dataclass(frozen=True)
class Field:
    """One thing that is asked of a day."""

    name: str
    title: str
    kind: Kind
    unit: str = ""
    low: float = 1
    high: float = 5
    decimals: int = 0
    ends: tuple[str, str] = ("", "")
    """What the first and the last step mean."""
    choices: tuple[float, ...] = ()
    """The values that one tap gives."""
    labels: tuple[str, ...] = ()
    """What the taps say, where it is not their values."""

    def said(self, value: float | None) -> str:
        """A value as text, without its unit; empty for none."""
        if value is None:
            return ""
        text = f"{value:.{self.decimals}f}"
        return text.rstrip("0").rstrip(".") if self.decimals else text


FIVE = (1.0, 2.0, 3.0, 4.0, 5.0)
SLEEP_CHOICES = tuple(half_hours / 2 for half_hours in (10, *range(12, 19)))

FIELDS: dict[str, Field] = {
    field.name: field
    for field in (
        Field("sleep_h", marked("Sleep"), "number", "h", 0, 24, 2, choices=SLEEP_CHOICES),
        Field(
            "sleep_quality",
            marked("Sleep quality"),
            "steps",
            ends=(marked("poor"), marked("deep")),
            choices=FIVE,
        ),
        Field(
            "soreness",
            marked("Soreness"),
            "steps",
            ends=(marked("none"), marked("a lot")),
            choices=FIVE,
        ),
        Field("mood", marked("Mood"), "steps", ends=(marked("low"), marked("good")), choices=FIVE),
        Field(
            "stress",
            marked("Stress"),
            "steps",
            ends=(marked("calm"), marked("tense")),
            choices=FIVE,
        ),
        Field(
            "illness",
            marked("Illness"),
            "steps",
            low=0,
            high=2,
            choices=(0.0, 1.0, 2.0),
            labels=(marked("none"), marked("a little"), marked("ill")),
        ),
        Field("resting_heart_rate_bpm", marked("Resting heart rate"), "number", "bpm", 25, 130, 1),
        Field("hrv_ms", marked("HRV"), "number", "ms", 3, 300, 1),
        Field("weight_kg", marked("Weight"), "number", "kg", 25, 300, 1),
        Field("notes", marked("Notes"), "words"),
    )
}
"""Every field of a check-in, in the order in which a day asks for them."""

NUMBERS = tuple(name for name, field in FIELDS.items() if field.kind != "words")

KG_PER_POUND = 0.45359237


def field_of(name: str) -> Field:
    """The field of this name.

    Raises:
        CheckInError: there is none.
    """
    if name not in FIELDS:
        raise CheckInError(
            _("A check-in has no such field."), next_step=_("choose one that the page shows")
        )
    return FIELDS[name]


def read(name: str, typed: str, *, pounds: bool = False) -> float | str | None:
    """What somebody typed, as a value that may be kept; None takes the field back.

    ``pounds`` says that a weight was typed in them.

    Raises:
        CheckInError: no day can have this value.
    """
    field, typed = field_of(name), typed.strip()
    if not typed:
        return None
    if field.kind == "words":
        if len(typed) > NOTES_LENGTH_MAX or "\x00" in typed:
            raise CheckInError(
                _("Notes have at most %(count)s characters.") % {"count": NOTES_LENGTH_MAX},
                next_step=_("write less"),
            )
        return typed
    try:
        value = hours(typed) if field.name == "sleep_h" else float(typed.replace(",", "."))
    except ValueError:
        value = float("nan")
    if pounds and field.name == "weight_kg":
        value *= KG_PER_POUND
    possible = isfinite(value) and field.low <= value <= field.high
    if not possible or (field.kind == "steps" and value not in field.choices):
        raise _impossible(field, typed, pounds=pounds)
    return round(value, max(field.decimals, 2))


def hours(typed: str) -> float:
    """A length of sleep, typed as ``7.5`` or ``7:30``, in hours.

    Raises:
        ValueError: it is neither.
    """
    if ":" not in typed:
        return float(typed.replace(",", "."))
    whole, minutes = typed.split(":")
    if not (whole.isdecimal() and minutes.isdecimal() and int(minutes) < 60):  # noqa: PLR2004
        raise ValueError(typed)
    return int(whole) + int(minutes) / 60


def _impossible(field: Field, typed: str, *, pounds: bool) -> CheckInError:
    low, high, unit = field.low, field.high, field.unit
    if pounds and field.name == "weight_kg":
        low, high, unit = round(low / KG_PER_POUND), round(high / KG_PER_POUND), "lb"
    return CheckInError(
        _("“%(typed)s” is no %(what)s that a day can have; nothing was changed.")
        % {"typed": typed[:20], "what": inside(_(field.title))},
        next_step=_("give a figure between %(low)s and %(high)s %(unit)s")
        % {"low": f"{low:g}", "high": f"{high:g}", "unit": unit},
    )
