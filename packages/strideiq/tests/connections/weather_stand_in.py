"""A stand-in for Open-Meteo's archive: every hour of every place, as warm as the test wants it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from loopback import HTML, Asked, Said

UNITS = {"temperature_2m": "°C", "relative_humidity_2m": "%", "precipitation": "mm"}


@dataclass
class WeatherStandIn:
    """The archive: the last ``late`` days are not there yet."""

    now: datetime
    late: timedelta = timedelta(days=5)
    next_fault: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)

    def answer(self, asked: Asked) -> Said:
        """Answer as https://open-meteo.com/en/docs/historical-weather-api says."""
        self.asked.append(dict(asked.query))
        fault = self.next_fault.pop(0) if self.next_fault else None
        match fault:
            case "minutely" | "hourly" | "daily":
                reason = f"{fault.capitalize()} API request limit exceeded. Please try again later."
                return _json(429, {"error": True, "reason": reason})
            case "400":
                return _json(400, {"error": True, "reason": "Parameter 'start_date' out of range"})
            case "500":
                return Said(500, HTML)
            case "html":
                return Said(200, HTML, {"Content-Type": "text/html"})
        document = self._archive(asked)
        if fault == "fewer":
            document["hourly"]["temperature_2m"].pop()
        if fault == "absurd":
            document["hourly"]["temperature_2m"][0] = 451
        said = _json(200, document)
        return Said(200, said.body, said.headers, fault if fault in {"cut", "slow"} else None)

    def _archive(self, asked: Asked) -> dict[str, dict[str, list[float | None]]]:
        assert asked.path == "/v1/archive"
        assert (asked.query["timeformat"], asked.query["timezone"]) == ("unixtime", "GMT")
        assert asked.query["wind_speed_unit"] == "ms"
        first, last = (date.fromisoformat(asked.query[f"{each}_date"]) for each in ("start", "end"))
        begin = datetime.combine(first, time(), UTC)
        hours = [begin + timedelta(hours=n) for n in range(24 * ((last - first).days + 1))]
        table: dict[str, list[float | None]] = {"time": [each.timestamp() for each in hours]}
        for name in asked.query["hourly"].split(","):
            table[name] = [self._figure(name, each) for each in hours]
        return {"hourly": table}

    def _figure(self, name: str, at: datetime) -> float | None:
        """Warmer by a degree each hour of the day; half wet; a light wind from the west."""
        if at > self.now - self.late:
            return None
        return {
            "temperature_2m": 15.0 + at.hour,
            "relative_humidity_2m": 60.0,
            "dew_point_2m": 12.0,
            "wind_speed_10m": 4.0,
            "wind_direction_10m": 268.0,
            "precipitation": 0.6,
            "weather_code": 61.0,
        }[name]


def _json(status: int, document: object) -> Said:
    return Said(status, json.dumps(document).encode(), {"Content-Type": "application/json"})
