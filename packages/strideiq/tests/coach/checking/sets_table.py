"""Evidence with whole sets: twelve runs, weeks of load, months of a record, five mornings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from strideiq.coach.checking.evidence import Evidence, Figure, RowSet, Subject

TODAY = date(2026, 11, 27)


def _figures(row: Subject, values: Mapping[str, float]) -> list[Figure]:
    return [Figure(f"{row.row_id}.{name}", row, name, value) for name, value in values.items()]


def runs() -> Evidence:
    """The last five runs, newest first; there were others before."""
    known = (
        (26, "Recovery jog", 4350, 1451, 16, 135),
        (25, "Threshold", 10113, 2880, 22, 155),
        (24, "Easy run", 5950, 1880, 97, 147),
        (23, "Intervals", 10000, 2856, 2, 157),
        (22, "Sunday long run", 13570, 4202, 123, 138),
    )
    rows, figures = [], []
    for day, name, distance, duration, ascent, heart in known:
        row = Subject("activity", f"a{day}", name, date(2026, 11, day))
        rows.append(frozenset({row}))
        values = {"distance": distance, "duration": duration, "ascent": ascent,
                  "heart_rate": heart, "pace": duration / distance}  # fmt: skip
        figures += _figures(row, values)
    last = RowSet(
        ("run",), tuple(rows), since=date(2026, 11, 23), until=TODAY, newest_first=True,
        marked=(("race", rows[4]),),
    )  # fmt: skip
    return Evidence(tuple(figures), sets=(last,))


def _spans(kind: str, quantity: str, spans: Sequence[tuple[date, date, float]]) -> list[Figure]:
    return [
        Figure(f"{kind}{first}", Subject(kind, f"{kind}{first}", "", first, last,
            ("last week",) if kind == "week" and first == date(2026, 11, 16) else ()),
            quantity, value)
        for first, last, value in spans
    ]  # fmt: skip


def weeks() -> Evidence:
    """The load of five weeks, this one first."""
    loads = (193.5, 334.5, 259.0, 302.8, 124.2)
    mondays = [date(2026, 11, 23) - timedelta(weeks=number) for number in range(len(loads))]
    figures = _spans(
        "week", "load",
        [(day, day + timedelta(days=6), load) for day, load in zip(mondays, loads, strict=True)],
    )  # fmt: skip
    rows = tuple(frozenset({one.subject}) for one in figures)
    return Evidence(tuple(figures), sets=(RowSet(("week",), rows, since=mondays[-1], until=TODAY),))


def months() -> Evidence:
    """All months that there are: since November of the year before."""
    km = (66.1, 58.8, 54.8, 48.1, 75.8, 61.9, 66.6, 39.5, 53.0, 126.0, 170.4, 167.7, 176.7)
    firsts = [date(2025, 11, 1), date(2025, 12, 1)]
    firsts += [date(2026, number, 1) for number in range(1, 12)]
    ends = [(day + timedelta(days=31)).replace(day=1) - timedelta(days=1) for day in firsts]
    spans = [(a, b, 1000 * far) for a, b, far in zip(firsts, ends, km, strict=True)]
    figures = _spans("month", "distance", spans)
    rows = tuple(frozenset({one.subject}) for one in reversed(figures))
    return Evidence(tuple(figures), sets=(RowSet(("month",), rows, ever=True, until=TODAY),))


def mornings() -> Evidence:
    """Five check-ins of one week, each of several subjects."""
    known = ((26, 7.5, 60, 5), (25, 7.25, 54, 4), (24, 7.5, 55, 4), (23, 5.75, 65, 2),
             (22, 7.0, 73, 3))  # fmt: skip
    figures, rows = [], []
    for day, sleep, hrv, mood in known:
        slept = Subject("check_in", f"c{day}", "", date(2026, 11, day))
        felt = Subject("check_in_mood", f"m{day}", "", date(2026, 11, day), None, ("mood",))
        figures += _figures(slept, {"sleep": 3600 * sleep, "hrv": hrv / 1000})
        figures += _figures(felt, {"score": mood})
        rows.append(frozenset({slept, felt}))
    days = RowSet(
        ("check-in", "day", "night"), tuple(rows), since=date(2026, 11, 21), until=TODAY,
        newest_first=True,
    )  # fmt: skip
    return Evidence(tuple(figures), sets=(days,))


EVIDENCE = {"runs": runs(), "weeks": weeks(), "months": months(), "mornings": mornings()}
