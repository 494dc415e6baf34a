"""Evidence of pairs: runs a week apart, spans of a calendar, plans, bests and what is predicted."""

from __future__ import annotations

from datetime import date

from strideiq.coach.checking.evidence import Direction, Evidence, Figure, Subject, Trend

TODAY = date(2026, 11, 28)
Row = tuple[Subject, dict[str, float]]
Change = tuple[Subject, str, Direction]


def _run(day: int, name: str, distance: float, duration: float, beats: float) -> Row:
    row = Subject("activity", f"run{day}", name, date(2026, 11, day))
    values = {"distance": distance, "duration": duration, "heart_rate": beats}
    return row, values | {"pace": duration / distance}


def _span(first: date, last: date, values: tuple[float, float, float, float], *aliases: str) -> Row:
    row = Subject("period", f"{first}..{last}", "", first, last, aliases)
    return row, dict(zip(("runs", "distance", "duration", "ascent"), values, strict=True))


def _best(label: str, day: date, name: str, distance: int, duration: float, *, now: bool) -> Row:
    aliases = (f"{label} best", f"best {label}", label) if now else ()
    row = Subject("best_effort", f"{name}{day}:{distance}m", name, day, aliases=aliases)
    return row, {"duration": duration, "distance": distance}


def _predicted(label: str, duration: float) -> Row:
    row = Subject("race_equivalent", label, "", TODAY, aliases=(f"predicted {label}",))
    return row, {"predicted_time": duration}


def _paced(label: str, pace_s: float) -> Row:
    row = Subject("training_pace", label, "", TODAY, aliases=(f"{label} pace",))
    return row, {"pace": pace_s / 1000}


def _planned(week: int, done: float, planned: float) -> Row:
    days = (date(2026, 11, week), date(2026, 11, week + 6))
    return Subject("plan_week", f"plan{week}", "", *days), {
        "distance": done, "planned_distance": planned,
    }  # fmt: skip


def _score(day: int, measure: str, score: float) -> Row:
    row = Subject(
        f"check_in_{measure}", f"2026-11-{day}:{measure}", "", date(2026, 11, day), None, (measure,)
    )
    return row, {"score": score}


WEEKS = [
    _span(date(2026, 11, 23), TODAY, (4, 30413, 9067, 137.4), "this week"),
    _span(date(2026, 11, 16), date(2026, 11, 21), (5, 42873, 12881, 161.7)),
    _span(date(2026, 11, 16), date(2026, 11, 22), (6, 56443, 17083, 284.5), "last week"),
]
MONTHS = [
    _span(date(2026, 11, 1), TODAY, (19, 176716, 54024, 1040.8), "this month"),
    _span(date(2026, 10, 1), date(2026, 10, 28), (18, 157845, 48206, 482.7)),
    _span(date(2026, 10, 1), date(2026, 10, 31), (20, 167745, 51283, 592.0), "last month"),
]
YEARS = [
    _span(date(2026, 1, 1), TODAY, (109, 1040679, 318787, 5630.7), "this year"),
    _span(date(2025, 1, 1), date(2025, 11, 28), (58, 573224, 189214, 3893.5)),
    _span(date(2025, 1, 1), date(2025, 12, 31), (65, 651304, 215656, 4309.8), "last year"),
]
STATUS = Subject("fitness", "now", "", TODAY, aliases=("today", "now", "currently"))
FOUR_WEEKS = Subject(
    "period", "four", "", date(2026, 11, 1), TODAY, aliases=("last 28 days", "past 28 days")
)
SO_FAR = Subject("comparison", WEEKS[0][0].row_id, aliases=("this week so far",))
ROWS: dict[str, list[Row]] = {
    "runs": [
        _run(27, "Recovery jog", 4350, 1451, 134.5),
        _run(26, "Threshold", 10113, 2880, 155.1),
        _run(25, "Easy run", 5950, 1880, 147.1),
        _run(24, "Intervals", 10000, 2856, 156.8),
        _run(22, "Sunday long run", 13570, 4202, 137.9),
        _run(21, "Saturday morning run", 7440, 2295, 144.3),
        _run(20, "Recovery jog", 6730, 2244, 136.9),
        _run(19, "Threshold", 10113, 2880, 156.3),
        _run(18, "Easy run", 8590, 2599, 148.3),
        _run(17, "Intervals", 10000, 2863, 154.1),
        _run(15, "Sunday long run", 20110, 6481, 140.0),
    ],
    "weeks": WEEKS,
    "months": MONTHS,
    "years": YEARS,
    "weeks and months": [*WEEKS, *MONTHS],
    "load": [
        (STATUS, {"fitness": 33.8, "fatigue": 37.3, "form": -3.5}),
        (Subject("week", "w16", "", date(2026, 11, 16), date(2026, 11, 22), ("last week",)),
         {"load": 334.5}),
        (Subject("week", "w9", "", date(2026, 11, 9), date(2026, 11, 15)), {"load": 259.0}),
        (Subject("week", "w2", "", date(2026, 11, 2), date(2026, 11, 8)), {"load": 276.8}),
    ],
    "bests": [
        _best("marathon", date(2026, 3, 21), "Lake marathon", 42195, 11818, now=True),
        _best("marathon", date(2025, 3, 15), "Lake marathon", 42195, 13003, now=False),
        _best("half marathon", date(2026, 8, 1), "Castle half", 21098, 5549, now=True),
        _best("half marathon", date(2025, 8, 2), "Castle half", 21098, 5879, now=False),
        _best("15 km", date(2025, 8, 2), "Castle half", 15000, 4179, now=False),
        _best("5 km", date(2026, 10, 24), "Town 5 km", 5000, 1184, now=True),
        _best("5 km", date(2024, 1, 20), "Town 5 km", 5000, 1465, now=False),
    ],
    "predictions": [
        _best("marathon", date(2026, 3, 21), "Lake marathon", 42195, 11818, now=True),
        _best("10 km", date(2026, 9, 5), "River 10 km", 10000, 2475, now=True),
        _best("3 km", date(2026, 11, 7), "3 km on the track", 3000, 682, now=True),
        _predicted("marathon", 11269.6), _predicted("10 km", 2442.2), _predicted("3 km", 682.0),
    ],
    "paces": [_paced("threshold", 251.5), _paced("interval", 231.5), _paced("repetition", 216.5)],
    "plans": [_planned(16, 49713, 44918), _planned(9, 46280, 60104)],
    "check-ins": [
        _score(27, "stress", 1), _score(23, "stress", 5), _score(24, "stress", 4),
        _score(27, "soreness", 2), _score(23, "soreness", 4),
    ],
}  # fmt: skip
CHANGES: dict[str, list[Change]] = {
    "weeks": [(WEEKS[0][0], one, "down") for one in ("distance", "duration", "ascent")]
    + [(SO_FAR, "pace", "flat")],
    "months": [(MONTHS[0][0], one, "up") for one in ("distance", "duration", "ascent")]
    + [(MONTHS[0][0], "pace", "flat")],
    "years": [(YEARS[0][0], one, "up") for one in ("distance", "duration", "ascent")]
    + [(YEARS[0][0], "pace", "down")],
    "load": [(FOUR_WEEKS, "fitness", "up"), (FOUR_WEEKS, "fatigue", "up"),
             (FOUR_WEEKS, "form", "down")],
}  # fmt: skip


def evidence(kind: str) -> Evidence:
    """What one turn found out."""
    figures = [
        Figure(f"{row.row_id}.{name}", row, name, value)
        for row, values in ROWS[kind]
        for name, value in values.items()
    ]
    changes = [
        Trend(f"{row.row_id}.{name}", row, name, way, 20)
        for row, name, way in CHANGES.get(kind, [])
    ]
    return Evidence(tuple(figures), tuple(changes))
