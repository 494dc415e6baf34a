"""What the list of activities is narrowed to: read from an address, and written into one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from strideiq.platform.errors import InvalidInputError
from strideiq.platform.formats import Formats
from strideiq.platform.language import gettext as _

SORTS = ("date", "distance", "time", "pace", "heart", "ascent")
"""What the list is ordered by; the newest, longest, fastest or highest first."""

DISTANCE_MAX = 100_000.0
TEXT_MAX = 200
FLAGS = ("race", "heart", "track", "changed")


@dataclass(frozen=True)
class Filters:
    """What is left in the list; distances in metres, days of the athlete's calendar."""

    query: str = ""
    sport: str = ""
    since: date | None = None
    until: date | None = None
    """The last day that is left in."""
    shortest_m: float | None = None
    longest_m: float | None = None
    gear: UUID | None = None
    race: bool = False
    heart: bool = False
    """Only with a heart rate."""
    track: bool = False
    """Only with positions."""
    changed: bool = False
    """Only with something that the athlete has said."""
    sort: str = "date"
    upwards: bool = False

    def params(self, shown: Formats) -> dict[str, str]:
        """The parameters of an address that says the same; what is not set is left out."""
        unit_m = shown.long_distance_m
        said: dict[str, str | None] = {
            "q": self.query,
            "sport": self.sport,
            "from": self.since.isoformat() if self.since else "",
            "to": self.until.isoformat() if self.until else "",
            "min": "" if self.shortest_m is None else f"{self.shortest_m / unit_m:g}",
            "max": "" if self.longest_m is None else f"{self.longest_m / unit_m:g}",
            "gear": str(self.gear) if self.gear else "",
            **{flag: "true" if getattr(self, flag) else "" for flag in FLAGS},
            "sort": "" if self.sort == "date" else self.sort,
            "up": "true" if self.upwards else "",
        }
        return {name: value for name, value in said.items() if value}

    def address(self, shown: Formats, path: str = "/activities", **more: str) -> str:
        """An address that shows this list; ``more`` adds parameters to it."""
        params = self.params(shown) | {name: value for name, value in more.items() if value}
        return f"{path}?{urlencode(params)}" if params else path


@dataclass(frozen=True)
class Chip:
    """A filter in force, in words, with the address of the list without it."""

    words: str
    without: str


def read_filters(params: Mapping[str, str], shown: Formats) -> Filters:
    """The filters that an address says, in the athlete's units.

    Raises:
        InvalidInputError: a day, a distance, an id or an order cannot be read.
    """
    sort = params.get("sort", "") or "date"
    if sort not in SORTS:
        raise InvalidInputError(
            _("The list has no such order."),
            next_step=_("choose one of: %(names)s") % {"names": ", ".join(SORTS)},
        )
    return Filters(
        query=params.get("q", "").strip()[:TEXT_MAX],
        sport=params.get("sport", "").strip()[:50],
        since=_day(params.get("from", "")),
        until=_day(params.get("to", "")),
        shortest_m=_distance_m(params.get("min", ""), shown),
        longest_m=_distance_m(params.get("max", ""), shown),
        gear=_id(params.get("gear", "")),
        sort=sort,
        upwards=params.get("up") == "true",
        **{flag: params.get(flag) == "true" for flag in FLAGS},
    )


def chips(filters: Filters, shown: Formats, gear_names: Mapping[UUID, str]) -> list[Chip]:
    """Each filter in force, in words; the order and the sport have places of their own."""

    def chip(words: str, **unset: Any) -> Chip:  # noqa: ANN401  what the filters hold
        return Chip(words, replace(filters, **unset).address(shown))

    found: list[Chip] = []
    if filters.query:
        found.append(chip(f"“{filters.query}”", query=""))
    if filters.since or filters.until:
        days = f"{filters.since or '…'} \N{EN DASH} {filters.until or '…'}"
        found.append(chip(days, since=None, until=None))
    if filters.shortest_m is not None or filters.longest_m is not None:
        found.append(chip(_length(filters, shown), shortest_m=None, longest_m=None))
    if filters.gear:
        found.append(chip(gear_names.get(filters.gear, _("gear")), gear=None))
    words = {
        "race": _("races"),
        "heart": _("with heart rate"),
        "track": _("with track"),
        "changed": _("changed by you"),
    }
    found += [chip(words[flag], **{flag: False}) for flag in FLAGS if getattr(filters, flag)]
    if filters.sort != "date" or filters.upwards:
        found.append(chip(_order(filters), sort="date", upwards=False))
    return found


def _length(filters: Filters, shown: Formats) -> str:
    low, high = (
        None if length is None else f"{length / shown.long_distance_m:g}"
        for length in (filters.shortest_m, filters.longest_m)
    )
    if high is None:
        return f"\N{GREATER-THAN OR EQUAL TO} {low} {shown.long_unit}"
    if low is None:
        return f"\N{LESS-THAN OR EQUAL TO} {high} {shown.long_unit}"
    return f"{low} \N{EN DASH} {high} {shown.long_unit}"


def _order(filters: Filters) -> str:
    words = {
        "date": (_("newest first"), _("oldest first")),
        "distance": (_("longest first"), _("shortest first")),
        "time": (_("longest time first"), _("shortest time first")),
        "pace": (_("fastest first"), _("slowest first")),
        "heart": (_("highest heart rate first"), _("lowest heart rate first")),
        "ascent": (_("most ascent first"), _("least ascent first")),
    }
    return words[filters.sort][filters.upwards]


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        day = date.min
    if not 1900 <= day.year <= 2200:  # noqa: PLR2004  a runner's calendar
        raise InvalidInputError(
            _("This is no day."), next_step=_("write it as year, month and day: 2026-05-03")
        )
    return day


def _distance_m(text: str, shown: Formats) -> float | None:
    if not text.strip():
        return None
    try:
        length = float(text.strip().replace(",", "."))
    except ValueError:
        length = -1.0
    if not 0 <= length <= DISTANCE_MAX:
        raise InvalidInputError(
            _("This is no distance."), next_step=_("write it with digits, such as 10")
        )
    return length * shown.long_distance_m


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if text.strip() else None
    except ValueError:
        raise InvalidInputError(
            _("There is no such gear."), next_step=_("choose one from the list of gear")
        ) from None
