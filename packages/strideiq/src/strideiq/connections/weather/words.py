"""The weather in a few words, in the language and the units of who reads them."""

from __future__ import annotations

from strideiq.connections.weather.source import Weather
from strideiq.platform.formats import Formats
from strideiq.platform.language import gettext as _
from strideiq.platform.language import marked

MPS_PER_KMH = 1 / 3.6
MPS_PER_MPH = 0.44704
CALM_MPS = 0.5
WET_MM = 0.1

SEEN = (
    (0, marked("Clear")),
    (1, marked("Mostly clear")),
    (2, marked("Partly cloudy")),
    (3, marked("Overcast")),
    (48, marked("Fog")),
    (57, marked("Drizzle")),
    (61, marked("Light rain")),
    (63, marked("Rain")),
    (65, marked("Heavy rain")),
    (67, marked("Freezing rain")),
    (71, marked("Light snow")),
    (77, marked("Snow")),
    (80, marked("Light showers")),
    (82, marked("Showers")),
    (86, marked("Snow showers")),
    (99, marked("Thunderstorm")),
)
"""What is seen up to each code of the WMO's table 4677, of those that forecasts use."""

FROM = (
    *(marked("wind from the north"), marked("wind from the north-east")),
    *(marked("wind from the east"), marked("wind from the south-east")),
    *(marked("wind from the south"), marked("wind from the south-west")),
    *(marked("wind from the west"), marked("wind from the north-west")),
)


def in_words(weather: Weather, formats: Formats) -> str:
    """For example ``Light rain, wind from the west 14 km/h, 1.2 mm fell``."""
    parts = []
    if weather.code is not None:
        parts.append(_(next(words for most, words in SEEN if weather.code <= most)))
    if weather.wind_mps is not None:
        parts.append(_wind(weather.wind_mps, weather.wind_from_deg, formats))
    if weather.precipitation_mm is not None and weather.precipitation_mm >= WET_MM:
        parts.append(_("%(depth)s mm fell") % {"depth": f"{weather.precipitation_mm:.1f}"})
    said = ", ".join(parts)
    return said[:1].upper() + said[1:]


def _wind(wind_mps: float, from_deg: float | None, formats: Formats) -> str:
    if wind_mps < CALM_MPS:
        return _("no wind")
    words = _("wind") if from_deg is None else _(FROM[round(from_deg / 45) % len(FROM)])
    unit, size = ("km/h", MPS_PER_KMH) if formats.metric else ("mph", MPS_PER_MPH)
    return f"{words} {wind_mps / size:.0f} {unit}"
