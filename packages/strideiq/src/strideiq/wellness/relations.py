"""Whether two daily series go together, with honest uncertainty; pure statistics.

Both series lose what changes slowly (a running median over six weeks), for two things that merely
drift in the same years would seem to belong together. What is left is ranked, so that no single
odd day decides, and correlated. Days next to each other are alike; so the interval comes from a
bootstrap of whole blocks of days, and the chance of seeing as much without any relation from
permutations of whole blocks (Künsch 1989; Politis & Romano 1994). Of several questions that are
asked at once, some seem answered by chance: their p-values are adjusted together (Holm 1979).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PAIRS_MIN = 40
"""Fewer pairs of days say nothing that is worth a sentence."""

TREND_DAYS = 42
TREND_DAYS_MIN = 10
"""Over how many days the slow change is a median, and how many of them must be known."""

ODD = 4.0
"""Beyond how many standard deviations (by their median) a day counts as just so odd."""

BLOCK = 7
"""How many pairs in a row stay together when days are drawn anew or exchanged."""

RESAMPLES, PERMUTATIONS = 600, 1200
INTERVAL = (2.5, 97.5)
LEVEL = 0.05
DISTINCT_MIN = 3


@dataclass(frozen=True)
class Relation:
    """How one series goes with another, a number of days later.

    ``slope`` is by how much the second changes with one unit of the first; ``low`` and ``high``
    are the ends of 95 % intervals.
    """

    pairs: int
    correlation: float
    correlation_low: float
    correlation_high: float
    slope: float
    slope_low: float
    slope_high: float
    p_value: float


@dataclass(frozen=True)
class TooLittle:
    """There are too few pairs of days to say anything, and how many there are."""

    first_days: int
    second_days: int
    pairs: int
    varies: bool = True
    """False where one of the two hardly ever changes."""


def relate(first: Floats, second: Floats, lag_days: int = 0, seed: int = 0) -> Relation | TooLittle:
    """How ``second`` of a day goes with ``first`` of ``lag_days`` before.

    Both have one value for each consecutive day, NaN where none is known. The same seed gives
    the same answer.
    """
    return _remembered(_Series((first, second)), lag_days, seed)


@dataclass(frozen=True)
class _Series:
    """Two series, the same as others when their values are."""

    both: tuple[Floats, Floats]

    @cached_property
    def digest(self) -> bytes:
        """What they are known by."""
        return hashlib.sha256(b"".join(each.tobytes() for each in self.both)).digest()

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Series) and self.digest == other.digest


@lru_cache(maxsize=128)
def _remembered(series: _Series, lag_days: int, seed: int) -> Relation | TooLittle:
    """To draw thousands of samples takes long, and the days before today do not change."""
    first, second = series.both
    x, y = detrended(first), detrended(second)
    if lag_days:
        x = np.concatenate([np.full(lag_days, np.nan), x[:-lag_days]])
    known = np.isfinite(x) & np.isfinite(y)
    pairs = int(known.sum())
    varies = all(
        len(np.unique(each[np.isfinite(each)])) >= DISTINCT_MIN for each in (first, second)
    )
    if pairs < PAIRS_MIN or not varies:
        days = (int(np.isfinite(first).sum()), int(np.isfinite(second).sum()))
        return TooLittle(*days, pairs, varies=varies)
    return _related(x[known], y[known], np.random.default_rng(seed))


def detrended(values: Floats) -> Floats:
    """The values less their running median; NaN where too few days around are known."""
    half = TREND_DAYS // 2
    padded = np.pad(values, half, constant_values=np.nan)
    around = np.sort(sliding_window_view(padded, 2 * half + 1), axis=1)  # NaN goes to the end
    count = np.isfinite(around).sum(axis=1)
    row, middle = np.arange(len(values)), np.maximum(count - 1, 0)
    median = (around[row, middle // 2] + around[row, (middle + 1) // 2]) / 2
    return np.where(np.isfinite(values) & (count >= TREND_DAYS_MIN), values - median, np.nan)


def without(values: Floats, other: Floats) -> Floats:
    """The values less what follows from another series on a straight line.

    NaN where either is unknown; the values themselves where they cannot be fitted.
    """
    known = np.isfinite(values) & np.isfinite(other)
    left = np.where(known, values, np.nan)
    if known.sum() < PAIRS_MIN or np.ptp(other[known]) == 0:
        return left
    slope, middle = np.polyfit(other[known], values[known], 1)
    left[known] = values[known] - (slope * other[known] + middle)
    return left


def adjusted(p_values: Sequence[float]) -> list[float]:
    """The p-values as if only one question had been asked, by Holm's method."""
    order = np.argsort(p_values)
    result, largest = [0.0] * len(p_values), 0.0
    for place, index in enumerate(order.tolist()):
        largest = max(largest, min(1.0, (len(p_values) - place) * p_values[index]))
        result[index] = largest
    return result


def _varies(values: Floats) -> bool:
    return len(np.unique(values[np.isfinite(values)])) >= DISTINCT_MIN


def _related(x: Floats, y: Floats, rng: np.random.Generator) -> Relation:
    x, y = _tamed(x), _tamed(y)
    x_ranks, y_ranks = _ranks(x), _ranks(y)
    seen = float(_slopes_and_correlations(x_ranks[None], y_ranks[None])[1][0])
    drawn = _blocks_drawn(len(x), rng)
    _, correlations = _slopes_and_correlations(x_ranks[drawn], y_ranks[drawn])
    slopes, _ = _slopes_and_correlations(x[drawn], y[drawn])
    low, high = np.percentile(correlations, INTERVAL)
    slope_low, slope_high = np.percentile(slopes, INTERVAL)
    return Relation(
        pairs=len(x),
        correlation=seen,
        correlation_low=float(low),
        correlation_high=float(high),
        slope=float(_slopes_and_correlations(x[None], y[None])[0][0]),
        slope_low=float(slope_low),
        slope_high=float(slope_high),
        p_value=_chance(x_ranks, y_ranks, rng),
    )


def _chance(x: Floats, y: Floats, rng: np.random.Generator) -> float:
    """How often days in another order go together as much as these do, or more."""
    x, y = x - x.mean(), y - y.mean()
    by_chance = np.abs(y[_blocks_exchanged(len(x), rng)] @ x)
    as_much = int((by_chance >= abs(float(x @ y)) * (1 - 1e-12)).sum())
    return (as_much + 1) / (PERMUTATIONS + 1)


def _tamed(values: Floats) -> Floats:
    """The values, odd ones drawn in to where the rest ends."""
    spread = 1.4826 * float(np.median(np.abs(values - np.median(values))))
    if not spread:
        return values
    middle = float(np.median(values))
    return np.asarray(np.clip(values, middle - ODD * spread, middle + ODD * spread))


def _ranks(values: Floats) -> Floats:
    """Ranks from 1, equal values with the mean of their places."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - (count - 1) / 2)[place], dtype=np.float64)


def _slopes_and_correlations(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Row by row, by least squares; 0 where one of the two does not vary."""
    x = x - x.mean(axis=1, keepdims=True)
    y = y - y.mean(axis=1, keepdims=True)
    both, x_size = np.einsum("ij,ij->i", x, y), np.einsum("ij,ij->i", x, x)
    size = np.sqrt(x_size * np.einsum("ij,ij->i", y, y))
    nothing = np.zeros(len(x))
    slopes = np.divide(both, x_size, out=nothing.copy(), where=x_size > 0)
    return slopes, np.divide(both, size, out=nothing, where=size > 0)


def _blocks_drawn(count: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Places of a circular block bootstrap, one row for each resample."""
    begins = rng.integers(0, count, size=(RESAMPLES, -(-count // BLOCK)))
    places = (begins[:, :, None] + np.arange(BLOCK)) % count
    return np.asarray(places.reshape(RESAMPLES, -1)[:, :count], dtype=np.intp)


def _blocks_exchanged(count: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Places after blocks were put in another order, from a chance beginning."""
    blocks = -(-count // BLOCK)
    order = np.argsort(rng.random((PERMUTATIONS, blocks)), axis=1)
    places = (order[:, :, None] * BLOCK + np.arange(BLOCK)).reshape(PERMUTATIONS, -1)
    kept = places[places < count].reshape(PERMUTATIONS, count)
    shift = rng.integers(0, count, size=(PERMUTATIONS, 1))
    return np.asarray((kept + shift) % count, dtype=np.intp)
