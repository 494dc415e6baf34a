"""The kinds of values that a field of an activity can hold.

Each kind reads what a form or a caller gives, says clearly what is wrong with it, and turns it
into the text of an annotation and back without loss.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

from strideiq.activities.errors import FieldValueError
from strideiq.platform.language import gettext as _

FieldValue = str | float | int | bool | datetime | UUID
"""What a field can hold."""

STARTED_MIN = datetime(1980, 1, 1, tzinfo=UTC)
CLOCK_AHEAD_MAX = timedelta(days=1)
"""A start may lie this far ahead of the server's clock, which may be wrong itself."""


class Kind(Protocol):
    """What values a field may have; ``value`` and ``decode`` are each other's opposite."""

    def read(self, given: object, label: str) -> FieldValue:
        """The value that was given, or FieldValueError with what is wrong with it."""

    def encode(self, value: FieldValue) -> str:
        """The value as it is stored."""

    def decode(self, text: str) -> FieldValue:
        """The value of what was stored."""


@dataclass(frozen=True)
class Text:
    """One line, or several, of at most ``length_max`` characters."""

    length_max: int
    lines: bool = False

    def read(self, given: object, label: str) -> FieldValue:
        """The text without blanks around it; no control characters but line ends."""
        text = str(given).replace("\r\n", "\n").strip()
        if not 0 < len(text) <= self.length_max:
            raise FieldValueError(
                _("%(label)s has between 1 and %(most)d characters; this one has %(count)d.")
                % {"label": label, "most": self.length_max, "count": len(text)},
                next_step=_("Give a shorter text, or show the original again."),
            )
        allowed = "\n\t" if self.lines else ""
        if any(not letter.isprintable() and letter not in allowed for letter in text):
            raise FieldValueError(
                _("%(label)s holds a character that cannot be shown.") % {"label": label},
                next_step=_("Write it without control characters."),
            )
        return text

    def encode(self, value: FieldValue) -> str:
        """The text itself."""
        return str(value)

    def decode(self, text: str) -> FieldValue:
        """The text itself."""
        return text


@dataclass(frozen=True)
class Number:
    """A number from ``lowest`` to ``highest`` in the field's unit."""

    lowest: float
    highest: float
    unit: str = ""
    whole: bool = False

    def read(self, given: object, label: str) -> FieldValue:
        """The number; true and false are none, and neither is infinity."""
        try:
            number = math.nan if isinstance(given, bool) else float(str(given).strip())
        except ValueError:
            number = math.nan
        fits = self.lowest <= number <= self.highest and (not self.whole or number.is_integer())
        if not fits:
            raise FieldValueError(
                _("%(label)s is a %(kind)s from %(least)s to %(most)s.")
                % {
                    "label": label,
                    "kind": _("whole number") if self.whole else _("number"),
                    "least": f"{self.lowest:,g}",
                    "most": f"{self.highest:,.0f} {self.unit}".strip(),
                },
                next_step=_("Give a number in that range, or show the original again."),
            )
        return int(number) if self.whole else number

    def encode(self, value: FieldValue) -> str:
        """The shortest text that gives the same number again."""
        return repr(value)

    def decode(self, text: str) -> FieldValue:
        """The number."""
        return int(text) if self.whole else float(text)


@dataclass(frozen=True)
class Moment:
    """An instant; without an offset it is meant in UTC."""

    def read(self, given: object, label: str) -> FieldValue:
        """An instant between 1980 and tomorrow, in UTC."""
        moment = given if isinstance(given, datetime) else _parsed_moment(str(given))
        if moment is not None:
            moment = moment.replace(tzinfo=moment.tzinfo or UTC)
            moment = moment.astimezone(UTC) if _convertible(moment) else None
        if moment is None or not STARTED_MIN <= moment <= datetime.now(UTC) + CLOCK_AHEAD_MAX:
            raise FieldValueError(
                _("%(label)s is a day and a time between 1980 and today.") % {"label": label},
                next_step=_("Give one such as 2026-05-03T06:30, or show the original again."),
            )
        return moment

    def encode(self, value: FieldValue) -> str:
        """The instant by ISO 8601, in UTC."""
        return value.isoformat() if isinstance(value, datetime) else str(value)

    def decode(self, text: str) -> FieldValue:
        """The instant, in UTC."""
        return datetime.fromisoformat(text).astimezone(UTC)


@dataclass(frozen=True)
class Choice:
    """One word of a few."""

    words: tuple[str, ...]

    def read(self, given: object, label: str) -> FieldValue:
        """The word, in small letters."""
        word = str(given).strip().casefold()
        if word not in self.words:
            raise FieldValueError(
                _("%(label)s is one of: %(words)s.")
                % {"label": label, "words": ", ".join(self.words)},
                next_step=_("Choose one of them, or show the original again."),
            )
        return word

    def encode(self, value: FieldValue) -> str:
        """The word itself."""
        return str(value)

    def decode(self, text: str) -> FieldValue:
        """The word itself."""
        return text


@dataclass(frozen=True)
class YesNo:
    """Yes or no."""

    def read(self, given: object, label: str) -> FieldValue:
        """True or false, also as a form says them."""
        word = str(given).strip().casefold()
        if word not in {"true", "false", "yes", "no"}:
            raise FieldValueError(
                _("%(label)s is yes or no.") % {"label": label},
                next_step=_("Say yes or no, or show the original again."),
            )
        return word in {"true", "yes"}

    def encode(self, value: FieldValue) -> str:
        """``true`` or ``false``."""
        return "true" if value else "false"

    def decode(self, text: str) -> FieldValue:
        """True or false."""
        return text == "true"


@dataclass(frozen=True)
class SportName:
    """A sport, in small letters with underscores; also one that we have never heard of."""

    def read(self, given: object, label: str) -> FieldValue:
        """The sport's name in our spelling."""
        name = "_".join(str(given).casefold().replace("_", " ").split())
        if not re.fullmatch(r"[^\W\d_][\w]{0,39}", name):
            raise FieldValueError(
                _("%(label)s is a name of at most 40 letters.") % {"label": label},
                next_step=_("Give one such as running, or show the original again."),
            )
        return name

    def encode(self, value: FieldValue) -> str:
        """The name itself."""
        return str(value)

    def decode(self, text: str) -> FieldValue:
        """The name itself."""
        return text


@dataclass(frozen=True)
class Identifier:
    """The id of something else of the athlete's, for example of a pair of shoes."""

    def read(self, given: object, label: str) -> FieldValue:
        """The id; whether there is such a thing is its own feature's to say."""
        try:
            return given if isinstance(given, UUID) else UUID(str(given).strip())
        except ValueError:
            raise FieldValueError(
                _("%(label)s is not known.") % {"label": label},
                next_step=_("Choose one from the list, or show the original again."),
            ) from None

    def encode(self, value: FieldValue) -> str:
        """The id in its usual spelling."""
        return str(value)

    def decode(self, text: str) -> FieldValue:
        """The id."""
        return UUID(text)


def _parsed_moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None


def _convertible(moment: datetime) -> bool:
    """Whether the instant can be told in UTC; the first and last hours of the calendar cannot."""
    return 1 < moment.year < 9999  # noqa: PLR2004  the calendar's own limits
