"""One name for each sport, whatever a source calls it."""

from __future__ import annotations

ON_FOOT = frozenset({"running", "walking", "hiking"})
"""Sports whose devices count the steps of one leg."""

_NAMES = {
    "run": "running",
    "trail running": "running",
    "trail run": "running",
    "treadmill running": "running",
    "virtual run": "running",
    "street running": "running",
    "ride": "cycling",
    "biking": "cycling",
    "bike": "cycling",
    "virtual ride": "cycling",
    "mountain biking": "cycling",
    "road biking": "cycling",
    "walk": "walking",
    "hike": "hiking",
    "swim": "swimming",
    "open water swimming": "swimming",
    "lap swimming": "swimming",
    "generic": "other",
    # Strava writes numbers into the GPX files that it exports.
    "1": "cycling",
    "4": "hiking",
    "9": "running",
    "10": "walking",
    "16": "swimming",
}

KNOWN = frozenset(_NAMES.values()) | {"transition", "rowing", "other"}


def canonical(name: str) -> str:
    """The name that we use: lower case with underscores; unknown sports keep their own."""
    words = " ".join(name.casefold().replace("_", " ").split())
    return _NAMES.get(words, words.replace(" ", "_")) or "other"
