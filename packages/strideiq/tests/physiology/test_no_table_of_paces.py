"""The product computes paces; it holds no table of them, in whatever language one is written.

A table of paces is known by its numbers, not by its syntax: several rows in which an index
between 30 and 85, or a race time, goes with a pace, a speed or another race time, so that each
row means the same fraction of the index (or the same index). Numbers that merely fall, that are
proportional to each other, or that mean a different effort in every row, are no such table.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from strideiq.physiology import public as physiology

from .paces_written import HARMLESS, INDEX_ROWS, TABLES, pace

Floats = NDArray[np.float64]


ROOT = Path(__file__).resolve().parents[4]


SKIPPED_FOLDERS = {"tests", "vendor", "node_modules", "__pycache__", "build", "dist"}


SKIPPED_FILES = {"uv.lock", "package-lock.json"}


MEASURED = Path("benchmarks", "results")
"""What was measured, in rows: times and weights there fall into any shape, by chance."""


OPAQUE = {".npy", ".npz", ".pkl", ".pickle", ".parquet", ".feather", ".xlsx", ".db", ".sqlite"}
"""Data in which numbers cannot be seen, and which the product has no need of."""


CLOCK_OR_NUMBER = re.compile(
    r"(?<![\w.])(?:(?:(\d{1,2}):)?(\d{1,3}):(\d\d(?:\.\d+)?)|(\d[\d_]*(?:\.\d+)?))(?!\w)"
)


BRACKET = re.compile(r"[\[({][^\[\](){}]*[\])}]")


LINE = re.compile(r".+")


WORDS = re.compile(
    r"pace|threshold|tempo|interval|easy|repetition|marathon|race|mile|\brpi|vo2|v.?dot|\d ?k",
    re.IGNORECASE,
)


WORDS_NEAR = 300
"""Where such words stand within so many characters, fewer and less exact rows are a table."""


NEAR_WORDS, WITHOUT_WORDS = (3, 0.05), (4, 0.02)
"""How many rows at least, and how exact."""


FIELDS_MAX = 24


INDICES = (30.0, 85.0)


LENGTHS_M = np.array([100, 200, 300, 400, 600, 800, 1000, 1200, 1600, physiology.MILE_M])


SECONDS_PER_UNIT = (1.0, 60.0, 0.001)


RACES_M = np.array([*physiology.RACE_DISTANCES_M.values(), 800.0, 2000.0, 2 * physiology.MILE_M])


SPEEDS_M_PER_MIN = np.array([1.0, 60.0, 1000 / 60, physiology.MILE_M / 60])


FRACTIONS = (0.55, 1.2)


EVEN = 0.004
"""Times whose ratio is that of two lengths, to this share, are one pace told for both."""


@dataclass(frozen=True)
class Numbers:
    """The numbers of a text in order, clock times in seconds, and where each stands."""

    values: Floats
    positions: list[int]

    @classmethod
    def of(cls, text: str, offset: int = 0) -> Numbers:
        values, positions = [], []
        for match in CLOCK_OR_NUMBER.finditer(text):
            hours, minutes, seconds, number = match.groups()
            clock = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + float(seconds or 0)
            values.append(clock if number is None else float(number.replace("_", "")))
            positions.append(offset + match.start())
        return cls(np.array(values, dtype=np.float64), positions)


def spread(figures: Floats) -> Floats:
    """By how much the greatest of the last axis exceeds the least; huge where one is no number."""
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = figures.max(axis=-1) / figures.min(axis=-1) - 1
    return np.where((figures.min(axis=-1) > 0) & np.isfinite(apart), apart, np.inf)


def indices_of(distances_m: Floats, times_s: Floats) -> Floats:
    """Indices of races, without the checks that refuse what no human runs."""
    minutes = times_s / 60
    return physiology.oxygen_cost(distances_m / minutes) / physiology.sustainable_fraction(minutes)


def means_one_effort(keys: Floats, values: Floats, tolerance: float) -> bool:
    """Whether each value is the same effort for the index beside it."""
    unit_s = np.array(SECONDS_PER_UNIT)[:, None, None]
    lengths_m = LENGTHS_M[:, None]
    paces_s = values * unit_s
    speeds = [
        (60 * lengths_m / paces_s).reshape(-1, len(values)),
        (60 * lengths_m / (paces_s + 6 * lengths_m / 400)).reshape(-1, len(values)),
        SPEEDS_M_PER_MIN[:, None] * values,
    ]
    fractions = physiology.oxygen_cost(np.concatenate(speeds)) / keys
    inside = (fractions.min(axis=1) > FRACTIONS[0]) & (fractions.max(axis=1) < FRACTIONS[1])
    if (inside & (spread(fractions) < tolerance)).any():
        return True
    raced_s = [
        paces_s,
        *(paces_s * physiology.MARATHON_M / m for m in (400, 1000, physiology.MILE_M)),
    ]
    raced_m = [RACES_M[:, None], *[np.array([[physiology.MARATHON_M]])] * 3]
    return any(
        bool((same & (np.abs(shares.mean(axis=-1) - 1) < 0.1)).any())
        for distance, times in zip(raced_m, raced_s, strict=True)
        for shares in [indices_of(distance, times) / keys]
        for same in [spread(shares) < tolerance]
    )


def is_one_pace(keys: Floats, values: Floats) -> bool:
    """Whether times are those of two lengths at one pace, in one row or from row to row."""
    lengths_m = np.concatenate([LENGTHS_M, RACES_M])
    ratios = (lengths_m[:, None] / lengths_m).ravel()
    pairs = ((keys, values), (keys[1:], values[:-1]), (keys[:-1], values[1:]))
    return any(
        bool(spread(one / other) < EVEN)
        and bool((np.abs((one / other).mean() / ratios - 1) < EVEN).any())
        for one, other in pairs
    )


def is_stepped(figures: Floats) -> bool:
    """Whether figures rise or fall by the same step, which no runner's times do."""
    return bool(np.ptp(np.diff(figures)) < 1e-6)


def is_table(keys: Floats, values: Floats, tolerance: float) -> bool:
    """Whether two columns are indices or race times, and what a runner of each runs."""
    if min(keys.min(), values.min()) <= 0 or not (is_monotone(keys) and is_monotone(values)):
        return False
    if INDICES[0] <= keys.min() and keys.max() <= INDICES[1]:
        return means_one_effort(keys, values, tolerance)
    together = (keys[1] > keys[0]) == (values[1] > values[0])
    apart = abs((values / keys).mean() - 1) > 0.05
    stepped = is_stepped(keys) and is_stepped(values)
    if keys.min() < 100 or not together or not apart or stepped or is_one_pace(keys, values):
        return False
    raced = indices_of(RACES_M[:, None], keys)
    human = (raced.min(axis=1) > INDICES[0] - 10) & (raced.max(axis=1) < INDICES[1] + 5)
    return any(means_one_effort(each, values, tolerance) for each in raced[human])


def rows_of(numbers: Numbers) -> Iterator[tuple[Floats, Floats, int]]:
    """Pairs of columns of every run of rows with one number of fields, whatever stands between."""
    values = numbers.values
    possible = values >= INDICES[0]
    for fields in range(2, FIELDS_MAX + 1):
        three = possible[: -2 * fields] & possible[fields:-fields] & possible[2 * fields :]
        for first in np.unique(np.flatnonzero(three) % fields):  # in other columns no run begins
            column = values[first::fields]
            for begin, end in monotone_runs(column):
                at = first + fields * np.arange(begin, end)
                if has_rows_between(values[at[0] : at[-1] + 1], fields):
                    continue
                for other in range(1, fields):
                    row = at[at + other < len(values)]
                    if len(row) >= 3:
                        yield values[row], values[row + other], int(at[0])
                    row = at[at + other + 1 < len(values)]
                    minutes, seconds = values[row + other], values[row + other + 1]
                    if len(row) >= 3 and other + 1 < fields and (seconds < 60).all():
                        yield values[row], 60 * minutes + seconds, int(at[0])


def has_rows_between(run: Floats, fields: int) -> bool:
    """Whether the run is every second or third row of a table that has fewer fields."""
    return any(
        fields % fewer == 0 and is_monotone(run[::fewer]) for fewer in range(1, fields // 2 + 1)
    )


def is_monotone(figures: Floats) -> bool:
    """Whether figures only rise, or only fall."""
    steps = np.diff(figures)
    return bool((steps > 0).all() or (steps < 0).all())


def monotone_runs(column: Floats) -> Iterator[tuple[int, int]]:
    """Where at least three numbers, each a possible index or race time, rise or fall together."""
    steps = np.sign(np.diff(column)) * ((column[1:] >= INDICES[0]) & (column[:-1] >= INDICES[0]))
    as_index = column <= INDICES[1]
    breaks = np.flatnonzero((np.diff(steps) != 0) | (as_index[1:-1] != as_index[2:])) + 1
    for begin, end in zip([0, *breaks], [*breaks, len(steps)], strict=True):
        if end - begin >= 2 and steps[begin] != 0:
            yield int(begin), int(end) + 1


def columns_of(text: str) -> Iterator[tuple[Floats, Floats, int]]:
    """Pairs of brackets or lines of one length; and brackets whose indices are left unsaid."""
    matches = [*BRACKET.finditer(text), *LINE.finditer(text)]
    groups = [Numbers.of(match[0], match.start()) for match in matches]
    groups = [group for group in groups if len(group.values) >= 3]
    for key, value in permutations(groups, 2):
        if len(key.values) == len(value.values):
            yield key.values, value.values, -key.positions[0]
    for group in groups:
        if len(group.values) >= 6 and spread(np.abs(np.diff(group.values))) > EVEN:
            for step in (1, 2, 5):
                last = int(INDICES[1] - step * (len(group.values) - 1))
                for start in range(int(INDICES[0]), last + 1):
                    keys = np.arange(start, start + step * len(group.values), step)
                    yield keys.astype(np.float64), group.values, -group.positions[0]


def table_of_paces(text: str, name: str = "") -> str | None:
    """Where a table of paces stands in a text, as a line of it; None when there is none."""
    numbers = Numbers.of(text)
    for keys, values, where in (*rows_of(numbers), *columns_of(text)):
        if not looks_like_table(keys, values, *NEAR_WORDS):
            continue
        at = numbers.positions[where] if where >= 0 else -where
        spoken = WORDS.search(name + text[max(0, at - WORDS_NEAR) : at + WORDS_NEAR]) is not None
        if spoken or looks_like_table(keys, values, *WITHOUT_WORDS):
            return f"line {text.count(chr(10), 0, at) + 1}: {keys[:5]} with {values[:5]}"
    return None


def looks_like_table(keys: Floats, values: Floats, rows_min: int, tolerance: float) -> bool:
    """Whether the rows are a table; a number before or after one may look like one more row."""
    if not (is_monotone(values[1:-1]) and is_monotone(keys[1:-1])):  # then no more of them is
        return False
    return any(
        len(keys[inner]) >= rows_min and is_table(keys[inner], values[inner], tolerance)
        for inner in (slice(None), slice(1, None), slice(-1), slice(1, -1))
    )


def files_of(root: Path) -> Iterator[Path]:
    """Every file that is ours, in order; what is skipped is not even walked through."""
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        folders[:] = sorted(
            name
            for name in folders
            if name not in SKIPPED_FOLDERS
            and not name.startswith(".")
            and here / name != root / MEASURED
        )
        yield from (path for name in sorted(names) if (path := here / name).is_file())


def findings(root: Path) -> list[str]:
    """Every file under a folder that holds a table of paces, or numbers that cannot be seen."""
    found = []
    for path in files_of(root):
        if path.name in SKIPPED_FILES:
            continue
        if path.suffix == ".po":  # sentences that stand in code and pages, with numbers of lines
            continue
        if path.suffix in OPAQUE:
            found.append(f"{path.relative_to(root)}: numbers that cannot be seen")
            continue
        try:
            table = table_of_paces(path.read_text("utf-8"), path.name)
        except UnicodeDecodeError:
            continue
        if table:
            found.append(f"{path.relative_to(root)}: {table}")
    return found


@pytest.mark.parametrize("name", TABLES)
def test_a_planted_table_of_paces_is_found(name: str, tmp_path: Path) -> None:
    (tmp_path / "deep" / "down").mkdir(parents=True)
    (tmp_path / "deep" / "down" / name).write_text(TABLES[name], "utf-8")
    (found,) = findings(tmp_path)
    assert found.startswith(f"deep/down/{name}: line ")


@pytest.mark.parametrize("name", HARMLESS)
def test_numbers_that_only_look_like_paces_are_let_pass(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("threshold pace, race\n" + HARMLESS[name], "utf-8")
    assert findings(tmp_path) == []


def test_numbers_in_a_form_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "paces.npy", np.array([pace(i) for i in INDEX_ROWS]))
    assert findings(tmp_path) == ["paces.npy: numbers that cannot be seen"]


def test_the_product_holds_no_table_of_paces() -> None:
    assert findings(ROOT) == [], "Paces are computed from the equations of strideiq.physiology."


def test_the_product_never_uses_the_name_that_belongs_to_others() -> None:
    name = "v" + "dot"
    for path in sorted((ROOT / "packages").rglob("*")):
        if path.suffix in {".py", ".html", ".md", ".js", ".css", ".toml", ".json"}:
            if SKIPPED_FOLDERS & set(path.parts[len(ROOT.parts) :]) or path.name in SKIPPED_FILES:
                continue
            assert name not in path.read_text("utf-8").lower(), path
