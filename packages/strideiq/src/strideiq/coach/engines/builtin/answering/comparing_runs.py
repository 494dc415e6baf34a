"""Two runs beside each other: the last two of a sort, of a distance, of a name, or of two days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from strideiq.coach.checking.evidence import Subject
from strideiq.coach.engines.builtin.answering.asking import Asking, subjects
from strideiq.coach.engines.builtin.answering.choosing import nothing_found, rows_of_sort
from strideiq.coach.engines.builtin.answering.runs import summary
from strideiq.coach.engines.builtin.understanding.intent import Period, RunAsked

LOOKED_AT = 40
NEAR = 0.02
"""By what share distances may differ and still be the same."""
TWO = 2


def runs(asking: Asking) -> Iterator[str]:
    """Each of the two, and which one was the faster."""
    rows = _chosen(asking)
    if len(rows) < TWO:
        yield nothing_found(asking) if not rows else "I find only a single run like that."
        return
    for one in rows:
        known = _known(asking, one)
        when = asking.say.on(one.first_day) if one.first_day else ""
        yield f"{_capital(asking.say.called(one))} {when}: {summary(asking.say, known)}."
        if "heart_rate" in known:
            yield f"It had an average heart rate of {known['heart_rate']:.0f} bpm."
    yield from _faster(asking, rows)


def _faster(asking: Asking, rows: list[Subject]) -> Iterator[str]:
    paces = [_known(asking, one).get("pace") for one in rows]
    if None in paces or paces[0] == paces[1]:
        return
    faster = min(zip(paces, rows, strict=True), key=lambda one: one[0] or 0.0)[1]
    when = f" {asking.say.on(faster.first_day)}" if faster.first_day else ""
    yield f"In front by its pace: {asking.say.called(faster)}{when}."


def _chosen(asking: Asking) -> list[Subject]:
    """The two that are meant, the newest first."""
    intent = asking.intent
    asked = intent.run or RunAsked()
    days = [one for one in (intent.period, intent.other) if one is not None and one.one_day]
    if len(days) == TWO:
        return [run for day in days for run in _of_day(asking, day)[:1]]
    if asked.name or intent.distance_m is not None:
        return _alike(asking, asked.name.lower())
    newest = _of_sort(asking, asked)
    if days:
        first = _of_day(asking, days[0])[:1]
        before = [one for one in newest if first and one.row_id != first[0].row_id]
        earlier = [one for one in before if (one.first_day or asking.today) <= days[0].last]
        return [*first, *earlier[:1]]
    return newest[:TWO]


def _of_day(asking: Asking, day: Period) -> list[Subject]:
    if day.first is None:
        return []
    return subjects(asking.call("one_run", day=day.first.isoformat()), "activity")


def _of_sort(asking: Asking, asked: RunAsked) -> list[Subject]:
    """The newest runs of a sort; of any where none is asked for."""
    found, rows = rows_of_sort(asking, asked.sort, LOOKED_AT)
    ids = [str(row["activity_id"]) for row in rows]
    known = {one.row_id: one for one in subjects(found, "activity")}
    return [known[one] for one in ids if one in known]


def _alike(asking: Asking, name: str) -> list[Subject]:
    """Races of a name or a distance, where there are two; else runs of that name."""
    races = asking.call("recent_runs", races_only=True, limit=LOOKED_AT)
    found = asking.call("recent_runs", name_contains=name or None, limit=LOOKED_AT)
    distance_m = asking.intent.distance_m
    fitting = [
        one
        for one in subjects(races, "activity")
        if (not name or any(word in one.name.lower() for word in name.split()))
        and (distance_m is None or _over(asking, one, distance_m))
    ]
    if len(fitting) >= TWO:
        return fitting[:TWO]
    rows = subjects(found, "activity")
    over = [one for one in rows if distance_m is None or _over(asking, one, distance_m)]
    return (over if len(over) >= TWO else rows)[:TWO]


def _over(asking: Asking, run: Subject, distance_m: float) -> bool:
    return abs(_known(asking, run).get("distance", 0.0) - distance_m) < NEAR * distance_m


def _known(asking: Asking, subject: Subject) -> Mapping[str, float]:
    known: dict[str, float] = {}
    for figure in asking.tools.evidence.figures:
        if figure.subject == subject:
            known.setdefault(figure.quantity, figure.value)
    return known


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
