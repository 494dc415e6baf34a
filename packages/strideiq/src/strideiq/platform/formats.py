"""Figures and times in an athlete's units and time zone, as text and as HTML."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup

from strideiq.platform.dates import dated
from strideiq.platform.language import gettext as _

METRES_PER_KILOMETRE = 1000.0
METRES_PER_MILE = 1609.344
METRES_PER_FOOT = 0.3048
METRES_PER_100_YARDS = 91.44
PACED_SPORTS = frozenset({"running", "walking", "hiking"})
MISSING = Markup("\N{EN DASH}")


@dataclass(frozen=True)
class Formats:
    """How one athlete reads figures. Methods give HTML with a small unit behind the figure."""

    units: str = "metric"
    time_zone: str = "UTC"

    def in_zone(self, time_zone: str | None) -> Formats:
        """The same on another clock; on this one when none is given."""
        return replace(self, time_zone=time_zone) if time_zone else self

    @property
    def metric(self) -> bool:
        """Whether distances are in kilometres."""
        return self.units == "metric"

    @property
    def long_distance_m(self) -> float:
        """The athlete's kilometre or mile, in metres."""
        return METRES_PER_KILOMETRE if self.metric else METRES_PER_MILE

    @property
    def long_unit(self) -> str:
        """``km`` or ``mi``."""
        return "km" if self.metric else "mi"

    @property
    def short_unit(self) -> str:
        """``m`` or ``ft``, for heights."""
        return "m" if self.metric else "ft"

    @property
    def height_m(self) -> float:
        """One unit of height, in metres."""
        return 1.0 if self.metric else METRES_PER_FOOT

    @property
    def split_kind(self) -> str:
        """Which automatic splits the athlete reads: ``km`` or ``mile``."""
        return "km" if self.metric else "mile"

    def distance(self, distance_m: float | None, decimals: int = 2) -> Markup:
        """A distance in kilometres or miles."""
        if distance_m is None:
            return MISSING
        return figure(f"{distance_m / self.long_distance_m:,.{decimals}f}", self.long_unit)

    def height(self, height_m: float | None) -> Markup:
        """An ascent or an altitude."""
        if height_m is None:
            return MISSING
        return figure(f"{height_m / self.height_m:,.0f}", self.short_unit)

    def pace(self, distance_m: float | None, duration_s: float | None) -> Markup:
        """Time per kilometre or mile."""
        if not distance_m or not duration_s:
            return MISSING
        per_unit_s = duration_s * self.long_distance_m / distance_m
        return figure(duration_text(per_unit_s), f"/{self.long_unit}")

    def rate(self, sport: str, distance_m: float | None, duration_s: float | None) -> Markup:
        """How fast it went, as this sport says it: pace on foot, speed on wheels, /100 in water."""
        if not distance_m or not duration_s:
            return MISSING
        unit = self.rate_unit(sport)
        if unit.startswith("/"):
            per_unit_s = duration_s * self.rate_distance_m(sport) / distance_m
            return figure(duration_text(per_unit_s), unit)
        speed = distance_m / self.long_distance_m / (duration_s / 3600)
        return figure(f"{speed:.1f}", unit)

    def rate_unit(self, sport: str) -> str:
        """The unit of ``rate``; a pace's begins with a stroke."""
        if sport in PACED_SPORTS:
            return f"/{self.long_unit}"
        if sport == "swimming":
            return "/100 m" if self.metric else "/100 yd"
        return "km/h" if self.metric else "mph"

    def rate_distance_m(self, sport: str) -> float:
        """The distance that a pace of this sport is told for."""
        if sport == "swimming":
            return 100.0 if self.metric else METRES_PER_100_YARDS
        return self.long_distance_m

    def duration(self, duration_s: float | None) -> str:
        """A length of time, as ``48:12`` or ``1:02:03``."""
        return MISSING if duration_s is None else duration_text(duration_s)

    def local(self, instant: datetime) -> datetime:
        """An instant on the athlete's clock."""
        return instant.astimezone(ZoneInfo(self.time_zone))

    def date(self, instant: datetime) -> str:
        """A day, as ``Sun 22 Nov 2026``."""
        return dated(self.local(instant), "%a %-d %b %Y")

    def day(self, instant: datetime) -> str:
        """A day within a year that is clear from elsewhere, as ``Sun 22 Nov``."""
        return dated(self.local(instant), "%a %-d %b")

    def long_date(self, instant: datetime) -> str:
        """A day in full, as ``Sunday 22 November 2026``."""
        return dated(self.local(instant), "%A %-d %B %Y")

    def clock(self, instant: datetime) -> str:
        """A time of day, as ``07:12``."""
        return f"{self.local(instant):%H:%M}"

    def ago(self, instant: datetime, now: datetime | None = None) -> str:
        """How long ago something was, in its largest unit."""
        seconds = ((now or datetime.now(UTC)) - instant).total_seconds()
        if seconds >= 2 * 86_400:
            return _("%(count)d days ago") % {"count": seconds // 86_400}
        if seconds >= 3600:  # noqa: PLR2004  an hour
            return _("%(count)d h ago") % {"count": seconds // 3600}
        if seconds >= 60:  # noqa: PLR2004  a minute
            return _("%(count)d min ago") % {"count": seconds // 60}
        return _("just now")


def figure(number: str, unit: str) -> Markup:
    """A figure with its unit, small and grey."""
    return Markup('<span class="figure">{}<span class="unit"> {}</span></span>').format(
        number, unit
    )


def number(value: float | None, unit: str = "", decimals: int = 0) -> Markup:
    """A plain number with thousands marked, and its unit when it has one."""
    if value is None:
        return MISSING
    text = f"{value:,.{decimals}f}"
    return figure(text, unit) if unit else Markup(text)  # noqa: S704  digits only


def duration_text(duration_s: float) -> str:
    """A length of time to the nearest second, as ``48:12`` or ``1:02:03``."""
    minutes, seconds = divmod(round(duration_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def size_text(size_bytes: int) -> str:
    """A size, as ``12.3 MB``."""
    size = float(size_bytes)
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:  # noqa: PLR2004  the next unit of the SI begins there
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
