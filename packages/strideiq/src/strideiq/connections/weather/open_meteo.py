"""Open-Meteo's archive: hours of any place since 1940, from reanalysed measurements.

As published at https://open-meteo.com/en/docs/historical-weather-api: one GET of ``/v1/archive``;
errors come as ``{"error": true, "reason": …}``, limits of a minute, an hour and a day as 429. The
last days are not there yet, and come as null. Its data may be used with a credit (CC BY 4.0).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from strideiq.activities.public import RoughPlace
from strideiq.connections.errors import GoneUpstreamError, RateLimitedError, ServiceTroubleError
from strideiq.connections.http import Answer, Door
from strideiq.connections.registry import Clock, utc_now
from strideiq.connections.weather.source import Hour

COLUMNS: Mapping[str, tuple[str, float, float]] = {
    "temperature_2m": ("temperature_c", -90, 60),
    "relative_humidity_2m": ("humidity_percent", 0, 100),
    "dew_point_2m": ("dew_point_c", -100, 40),
    "wind_speed_10m": ("wind_mps", 0, 120),
    "wind_direction_10m": ("wind_from_deg", 0, 360),
    "precipitation": ("precipitation_mm", 0, 500),
    "weather_code": ("code", 0, 99),
}
"""What is asked for: our name of each figure, and the least and the most that it can be."""

_WAITS = (("daily", timedelta(hours=24)), ("hourly", timedelta(hours=1)))
_A_MINUTE = timedelta(minutes=1)
OK, BAD_REQUEST, TOO_MANY = 200, 400, 429


@dataclass(frozen=True)
class OpenMeteo:
    """The archive behind a door; ``key`` is that of a paying customer."""

    door: Door
    key: str = ""
    clock: Clock = utc_now
    name: str = "open-meteo"

    def hours(self, place: RoughPlace, first: date, last: date) -> Sequence[Hour]:
        """Every hour of these days (UTC), in order."""
        params = {
            "latitude": f"{place.latitude_deg:.1f}",
            "longitude": f"{place.longitude_deg:.1f}",
            "start_date": first.isoformat(),
            "end_date": last.isoformat(),
            "hourly": ",".join(COLUMNS),
            "timeformat": "unixtime",
            "timezone": "GMT",
            "wind_speed_unit": "ms",
        }
        if self.key:
            params["apikey"] = self.key
        answer = self.door.ask("GET", "/v1/archive", params=params)
        if answer.status == TOO_MANY:
            raise RateLimitedError(self.clock() + _wait(answer))
        if answer.status == BAD_REQUEST:
            raise GoneUpstreamError
        if answer.status != OK:
            raise ServiceTroubleError
        return _hours(answer.json())


def _wait(answer: Answer) -> timedelta:
    """How long its limit asks for: the reason names the window that is used up."""
    said = answer.headers.get("retry-after", "")
    if said.isdecimal():
        return timedelta(seconds=min(int(said), 86_400))
    reason = answer.body[:500].decode(errors="replace").casefold()
    return next((wait for word, wait in _WAITS if word in reason), _A_MINUTE)


def _hours(document: Any) -> list[Hour]:  # noqa: ANN401  a stranger's JSON, checked here
    """The hours of an answer; anything that is not as published is trouble, never weather."""
    try:
        table = document["hourly"]
        times = [datetime.fromtimestamp(int(each), UTC) for each in table["time"]]
        columns = {
            ours: [_figure(each, least, most) for each in table[theirs]]
            for theirs, (ours, least, most) in COLUMNS.items()
        }
        if any(len(column) != len(times) for column in columns.values()):
            raise ServiceTroubleError
        codes = [None if each is None else int(each) for each in columns.pop("code")]
        rows = zip(*columns.values(), strict=True)
        return [
            Hour(at=at, code=code, **dict(zip(columns, row, strict=True)))
            for at, code, row in zip(times, codes, rows, strict=True)
        ]
    except (LookupError, TypeError, ValueError, OverflowError, OSError) as error:
        raise ServiceTroubleError from error


def _figure(value: object, least: float, most: float) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise ValueError
    return float(value)
