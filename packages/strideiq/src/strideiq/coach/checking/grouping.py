"""The rows that a sentence names, each once, and how their days lie to each other."""

from __future__ import annotations

import re
from collections.abc import Sequence

from strideiq.coach.checking.attribution import Subjects, rows_of
from strideiq.coach.checking.evidence import Subject
from strideiq.coach.checking.mentions import Mention

_THAT_WEEK = re.compile(
    r"\b(?:that (?:same |whole |entire )?|the same )week(?=['\u2019\s.,;])(?! (?:of|in|last)\b)",
    re.IGNORECASE,
)

_WEEKS = frozenset({"week", "plan_week"})


def grouped(mentions: Sequence[Mention]) -> list[Subjects]:
    """The rows that a sentence names, each once, in its order."""
    groups: list[Subjects] = []
    for mention in mentions:
        rows = rows_of([mention])
        for place, group in enumerate(groups):
            if group & rows:
                groups[place] = group & rows
                break
            if _one_day(group, rows):
                break
        else:
            groups.append(rows)
    return groups


def _one_day(one: Subjects, other: Subjects) -> bool:
    days: list[set[object]] = [
        {row.first_day for row in rows if row.first_day and not row.last_day}
        for rows in (one, other)
    ]
    return bool(days[0] & days[1])


def overlapping(one: Subject, other: Subject) -> bool:
    """Whether two rows share a day."""
    if one.first_day is None or other.first_day is None:
        return False
    return one.first_day <= (other.last_day or other.first_day) and other.first_day <= (
        one.last_day or one.first_day
    )


def within(part: Subject, whole: Subject) -> bool:
    """Whether a row lies in the days of another one."""
    if part.first_day is None or whole.first_day is None:
        return False
    return whole.first_day <= part.first_day and (part.last_day or part.first_day) <= (
        whole.last_day or whole.first_day
    )


def that_week(
    text: str, mentions: Sequence[Mention], focus: Subjects | None, subjects: Sequence[Subject]
) -> list[Mention]:
    """Mentions of "that week": the one that holds the day that was named before."""
    found: list[Mention] = []
    for match in _THAT_WEEK.finditer(text):
        front = [one for one in mentions if one.end <= match.start()]
        last = max(front, key=lambda one: one.end, default=None)
        rows = last.exact if last else focus
        weeks = frozenset(
            week
            for week in subjects
            if week.kind in {"week", "plan_week"}
            and rows
            and all(within(row, week) for row in rows)
        )
        if len(weeks) == 1:
            inside = frozenset(
                row
                for row in subjects
                for week in weeks
                if row.kind == "workout" and within(row, week)
            )
            found.append(Mention(*match.span(), weeks, weeks | inside))
    return found


def in_time(rows: Subjects, others: Subjects | None) -> tuple[Subjects, Subjects] | None:
    """Two sets of rows, the later one first; None where they are not of one day or span each."""
    known = [{(row.first_day, row.last_day) for row in each} for each in (rows, others or ())]
    if any(len(days) != 1 for days in known) or rows & (others or frozenset()):
        return None
    ((first, _),), ((other, _),) = known
    if first is None or other is None or first == other or others is None:
        return None
    return (rows, others) if first > other else (others, rows)
