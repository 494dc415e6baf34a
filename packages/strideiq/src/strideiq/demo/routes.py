"""Places to run: closed loops with a shape and hills of their own, made from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HOME_LATITUDE_DEG, HOME_LONGITUDE_DEG, HOME_ALTITUDE_M = 46.9480, 7.4474, 540.0
METRES_PER_DEGREE = 111_195.0
TABLE_POINTS = 2000


@dataclass(frozen=True)
class Route:
    """A loop from home. ``hills_m`` is the height between its lowest and its highest point."""

    name: str
    length_m: float
    hills_m: float
    seed: int
    track: bool = False
    """Two straights and two bends, as in a stadium."""

    def position(self, distance_m: Floats) -> tuple[Floats, Floats]:
        """Latitude and longitude in degrees after distances along the loop, lap after lap."""
        along, east_m, north_m = self._line
        at = np.mod(distance_m, self.length_m)
        latitude = HOME_LATITUDE_DEG + np.interp(at, along, north_m) / METRES_PER_DEGREE
        narrower = METRES_PER_DEGREE * np.cos(np.radians(HOME_LATITUDE_DEG))
        return latitude, HOME_LONGITUDE_DEG + np.interp(at, along, east_m) / narrower

    def altitude_m(self, distance_m: Floats) -> Floats:
        """Height above the sea after distances along the loop."""
        turns = 2 * np.pi * distance_m / self.length_m
        altitude = np.full(len(distance_m), HOME_ALTITUDE_M)
        for count, size_m, phase in self._hills:
            altitude += size_m * (np.cos(count * turns + phase) - np.cos(phase))
        return altitude

    @cached_property
    def _hills(self) -> list[tuple[int, float, float]]:
        rng = np.random.default_rng(self.seed)
        sizes = rng.dirichlet([3.0, 2.0, 1.0, 1.0]) * self.hills_m / 2
        phases = rng.uniform(0, 2 * np.pi, len(sizes))
        return list(zip((1, 2, 3, 5), sizes.tolist(), phases.tolist(), strict=True))

    @cached_property
    def _line(self) -> tuple[Floats, Floats, Floats]:
        """Distance along the loop, and metres east and north of home, point by point."""
        turn = np.linspace(0, 2 * np.pi, TABLE_POINTS)
        radius = np.ones(TABLE_POINTS)
        if self.track:
            # A superellipse: nearly straight along its sides, round at its ends.
            radius = (np.abs(np.cos(turn) / 2) ** 3 + np.abs(np.sin(turn)) ** 3) ** (-1 / 3)
        else:
            rng = np.random.default_rng(self.seed + 1)
            for count in range(2, 9):
                size = rng.uniform(-0.35, 0.35) / count
                radius += size * np.cos(count * turn + rng.uniform(0, 2 * np.pi))
        east, north = radius * np.cos(turn), radius * np.sin(turn)
        east, north = east - east[0], north - north[0]
        along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(east), np.diff(north)))])
        scale = self.length_m / along[-1]
        return along * scale, east * scale, north * scale


ROUTES = {
    "park": Route("Park", 4_800, 12, seed=11),
    "river": Route("River", 8_400, 24, seed=12),
    "town": Route("Town", 6_500, 40, seed=13),
    "forest": Route("Forest", 11_500, 140, seed=14),
    "lake": Route("Lake", 21_000, 70, seed=15),
    "ridge": Route("Ridge", 16_000, 260, seed=16),
    "track": Route("Track", 400, 0, seed=17, track=True),
}
