"""The evidence that the sentences of these tests are judged by: one athlete, one Friday."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from strideiq.coach.checking.evidence import Direction, Evidence, Figure, Subject, Trend

TODAY = date(2026, 11, 27)
BESIDE_THIS = Path(__file__).parent
_ESCAPED = re.compile(
    r"\\(?:u(?=[0-9a-f]{4})|U(?=[0-9a-f]{8}))(?P<code>(?<=u)[0-9a-f]{4}|(?<=U)[0-9a-f]{8})"
)

SUNDAY = Subject(
    "activity", "a1", "Sunday Long", date(2026, 11, 22),
    aliases=("last run", "latest run", "long run"),
)  # fmt: skip
HILLS = Subject("activity", "a2", "Hill Repeats", date(2026, 11, 24))
PARK = Subject("activity", "a3", "Park Loop", date(2026, 3, 3))
WEEK = Subject("week", "w1", "", date(2026, 11, 23), TODAY, aliases=("this week", "weekly"))
LAST_WEEK = Subject(
    "week", "w0", "", date(2026, 11, 16), date(2026, 11, 22), aliases=("last week",)
)
BEST_5_KM = Subject(
    "best_effort", "b1", "5 km best", date(2026, 6, 14),
    aliases=("5 km personal best", "5 km pb", "best 5 km", "fastest 5 km", "pb over 5 km"),
)  # fmt: skip
BEST_HALF = Subject(
    "best_effort", "b2", "half marathon best", date(2026, 10, 4),
    aliases=("half marathon", "half-marathon best", "best half marathon"),
)  # fmt: skip
STATUS = Subject("status", "s1", "", TODAY, aliases=("fitness", "fatigue", "form"))
FOUR_WEEKS = Subject(
    "period", "p1", "", TODAY - timedelta(days=27), TODAY,
    aliases=(
        "last 28 days", "last four weeks", "past four weeks", "past 28 days", "last 4 weeks",
    ),
)  # fmt: skip
CHECK_IN = Subject("check_in", "c1", "check-in", date(2026, 11, 26), aliases=("check-in",))

VALUES: dict[Subject, dict[str, float]] = {
    SUNDAY: {
        "distance": 24312, "duration": 7691, "pace": 7691 / 24312, "heart_rate": 148,
        "max_heart_rate": 171, "ascent": 312,
    },
    HILLS: {
        "distance": 8040, "duration": 2550, "pace": 2550 / 8040, "heart_rate": 159,
        "max_heart_rate": 184,
    },
    PARK: {"distance": 10050, "duration": 3120},
    WEEK: {"distance": 58200, "runs": 4, "duration": 18320},
    LAST_WEEK: {"distance": 64000, "runs": 5},
    BEST_5_KM: {"duration": 1197, "distance": 5000},
    BEST_HALF: {"duration": 5495, "distance": 21097.5},
    STATUS: {"fitness": 52.3, "fatigue": 61.2, "form": -8.9},
    FOUR_WEEKS: {"distance": 231000, "runs": 18},
    CHECK_IN: {"sleep": 7.5 * 3600, "resting_heart_rate": 48, "score": 4},
}  # fmt: skip
TRENDS: list[tuple[Subject, str, Direction, int]] = [
    (FOUR_WEEKS, "efficiency", "up", 18),
    (WEEK, "distance", "down", 2),
    (FOUR_WEEKS, "resting_heart_rate", "flat", 25),
    (FOUR_WEEKS, "pace", "down", 18),
]


def table() -> Evidence:
    """All of it, as the tools of one turn would give it."""
    figures = [
        Figure(f"{subject.row_id}.{quantity}", subject, quantity, value)
        for subject, values in VALUES.items()
        for quantity, value in values.items()
    ]
    trends = [Trend(f"t{number}", *one) for number, one in enumerate(TRENDS, start=1)]
    return Evidence(tuple(figures), tuple(trends))


@dataclass(frozen=True)
class Line:
    """An answer of a data file: its last sentence is the one to be judged."""

    kind: str
    sentences: tuple[str, ...]

    def __str__(self) -> str:
        return " || ".join(self.sentences)


def lines(name: str) -> Iterator[Line]:
    """The answers of a data file. A line ``# -- kind`` says what those below it are."""
    kind = ""
    for line in (BESIDE_THIS / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("# -- "):
            kind = line.removeprefix("# -- ")
        elif line and not line.startswith("#"):
            text = _ESCAPED.sub(lambda match: chr(int(match["code"], 16)), line)
            yield Line(kind, tuple(part.strip() for part in text.split("||")))
