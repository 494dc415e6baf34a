"""Distances and times over which bests are kept, and what no human has beaten on foot."""

from __future__ import annotations

from dataclasses import dataclass

from strideiq.platform.language import marked

TOP_SPEED_MPS = 12.5
"""A little above the fastest speed that a sprinter has been measured at."""


@dataclass(frozen=True)
class Distance:
    """A distance, and the fastest time that anybody has run it in, track or road."""

    name: str
    distance_m: float
    fastest_known_s: float

    @property
    def key(self) -> str:
        """How corrections and addresses name it, as ``5000 m``."""
        return f"{self.distance_m:.10g} m"

    @property
    def slug(self) -> str:
        """The end of its page's address, as ``5000m``."""
        return f"{self.distance_m:.0f}m"


DISTANCES = (
    Distance("400 m", 400.0, 43.03),
    Distance("800 m", 800.0, 100.91),
    Distance("1 km", 1000.0, 131.96),
    Distance(marked("1 mile"), 1609.344, 223.13),
    Distance("3 km", 3000.0, 437.55),
    Distance("5 km", 5000.0, 755.36),
    Distance("10 km", 10_000.0, 1571.0),
    Distance("15 km", 15_000.0, 2387.0),
    Distance(marked("Half marathon"), 21_097.5, 3402.0),
    Distance(marked("Marathon"), 42_195.0, 7235.0),
)
"""Shortest first; times from the lists of World Athletics and of its recognised races."""


@dataclass(frozen=True)
class Duration:
    """A length of time, for how far a runner comes in it."""

    name: str
    duration_s: float

    @property
    def key(self) -> str:
        """How corrections and addresses name it, as ``720 s``."""
        return f"{self.duration_s:.10g} s"


DURATIONS = (
    Duration("1 min", 60.0),
    Duration("5 min", 300.0),
    Duration("12 min", 720.0),
    Duration("30 min", 1800.0),
    Duration("1 h", 3600.0),
)
"""Shortest first; twelve minutes are K. H. Cooper's test (JAMA 203:201, 1968)."""
