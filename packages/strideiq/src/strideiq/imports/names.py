"""What an activity is called when its source gives it no name."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from strideiq.activities.public import ObservedActivity, zone_of_observed

_NOUNS = {
    "running": "run",
    "cycling": "ride",
    "walking": "walk",
    "hiking": "hike",
    "swimming": "swim",
}
_HOURS = ((5, "Night"), (12, "Morning"), (17, "Afternoon"), (21, "Evening"), (24, "Night"))
"""The hour at which each part of the day ends."""


def default_name(observed: ObservedActivity, time_zone: ZoneInfo) -> str:
    """For example "Morning run", by the clock where it began, else by the athlete's."""
    noun = _NOUNS.get(observed.sport)
    if noun is None:
        return observed.sport.replace("_", " ").capitalize()
    place = zone_of_observed(observed)
    hour = observed.started_at.astimezone(ZoneInfo(place) if place else time_zone).hour
    return f"{next(part for end, part in _HOURS if hour < end)} {noun}"
