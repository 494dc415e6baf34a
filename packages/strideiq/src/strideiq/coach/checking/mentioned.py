"""The rows that a sentence mentions, found one way after the other, and the text that is left."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from strideiq.coach.checking.ages import ages
from strideiq.coach.checking.apart import told_from_others
from strideiq.coach.checking.at_times import at_times
from strideiq.coach.checking.attribution import Subjects
from strideiq.coach.checking.compared import blank
from strideiq.coach.checking.dates import Span, as_far, moments
from strideiq.coach.checking.days_between import Between, days_between
from strideiq.coach.checking.distances import distances
from strideiq.coach.checking.evidence import Subject
from strideiq.coach.checking.grouping import that_week
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.mentions import (
    WORDED_BY_ATHLETES,
    Mention,
    mask,
    mentions_of_days,
)
from strideiq.coach.checking.numbered import numbered
from strideiq.coach.checking.of_today import of_today
from strideiq.coach.checking.own_best import own_bests
from strideiq.coach.checking.plain import refuse_foreign_characters
from strideiq.coach.checking.quantities import NAMED_MEASURES
from strideiq.coach.checking.reported import lacks
from strideiq.coach.checking.rewordings import reworded
from strideiq.coach.checking.same_point import same_points, same_spans
from strideiq.coach.checking.steps_in_time import steps_in_time
from strideiq.coach.checking.words import as_digits

_LATER = re.compile(
    r"\b(?:on |in )?(?:the )?(?:next (?:day|morning|night)|(?:day|morning|night) after(?: it)?|"
    r"following (?:day|morning|night))\b",
    re.IGNORECASE,
)
"""When the second of two things that go together comes; no day of the calendar."""


@dataclass(frozen=True)
class Mentioned:
    """A text with the rows that it mentions."""

    text: str
    rest: str
    """With names and days blacked out, and numbers as digits."""
    words: str
    """The same with trusted names left in."""
    mentions: list[Mention]
    days: list[Mention]
    """Those by a day, a week, a month or a year."""
    between: list[Between]
    """Claims of an order of days, which hold and are struck out."""
    lacks: bool
    """Whether it says that something is not there."""
    from_others: frozenset[int]
    """Where the days begin that are told from another one."""
    spans: Mapping[int, tuple[Span, ...]]
    """The days that the times mean, by their places."""


def mentioned(text: str, index: Index, today: date, focus: Subjects | None) -> Mentioned:
    """Every row that a text mentions.

    Raises:
        UnreadableError: it holds characters that are no English.
    """
    so_far = same_points(text, today, index, focus)
    until_now = [
        one
        for one in as_far(text, today)
        if all(one.end <= each.begin or each.end <= one.begin for each in so_far)
    ]
    so_far += mentions_of_days(until_now, index.subjects)
    by_name = index.names.mentions(mask(text, so_far))
    between = days_between(mask(text, by_name), by_name)
    by_name += so_far
    for begin, end in [
        *((one.begin, one.end) for one in between),
        *ages(mask(text, by_name), by_name, today),
    ]:
        text = blank(text, begin, end)
    rest = NAMED_MEASURES.sub(lambda match: "x" * len(match.group()), mask(text, by_name))
    refuse_foreign_characters(rest)
    by_name += numbered(rest, by_name, focus, index.subjects)
    by_name += own_bests(mask(rest, by_name), by_name, index)
    by_name += distances(mask(rest, by_name), index)
    rest = mask(rest, by_name)
    by_name += of_today(rest, by_name, index, today)
    rest = mask(rest, by_name)
    days = steps_in_time(rest, by_name, focus, index.subjects, today)
    rest = mask(rest, days)
    if any(row.kind == "relation" for one in by_name for row in one.exact) or any(
        row.kind == "relation" for row in focus or ()
    ):
        rest = _LATER.sub(lambda match: " " * len(match.group()), rest)
        text = _LATER.sub(lambda match: " " * len(match.group()), text)
    times = moments(rest, today)
    told = list(zip(times, mentions_of_days(times, index.subjects), strict=True))
    others = told_from_others(rest, [*by_name, *days], told, focus, index.subjects)
    from_others = frozenset(
        one.begin for one in [*so_far, *days, *others] if all(one != each for _, each in told)
    )
    by_name, days = at_times(by_name, [*days, *others], index.subjects)
    rest = as_digits(mask(rest, days))
    missing = lacks(rest)
    days += that_week(rest, [*by_name, *days], focus, index.subjects)
    rest = mask(rest, days)
    days += same_spans(rest, [*by_name, *days], focus, index)
    rest = mask(rest, days)
    by_name, rest, text = _without_so_far(by_name, days, rest, text, today)
    by_name = _of_their_own(by_name, days, focus)
    words = as_digits(mask(text, [one for one in by_name if not _trusted(one)] + days))
    return Mentioned(
        text, reworded(rest), reworded(words),
        sorted([*by_name, *days], key=lambda one: one.begin), [*so_far, *days], between, missing,
        from_others,
        {one.begin: one.spans for one in (*until_now, *times)},
    )  # fmt: skip


_SO_FAR = frozenset({"so far", "up to now", "until now", "to date"})


def _without_so_far(
    by_name: list[Mention], days: list[Mention], rest: str, text: str, today: date
) -> tuple[list[Mention], str, str]:
    """Names without "so far" where a span that goes on is named: it says of that nothing new."""
    free = [one for one in by_name if text[one.begin : one.end].lower() in _SO_FAR]
    others = [one for one in (*by_name, *days) if one not in free]
    if not any(_goes_on(row, today) for one in others for row in one.exact):
        return by_name, rest, text
    for one in free:
        rest, text = blank(rest, one.begin, one.end), blank(text, one.begin, one.end)
    return [one for one in by_name if one not in free], rest, text


def _goes_on(row: Subject, today: date) -> bool:
    return bool(row.first_day and row.last_day and row.first_day <= today <= row.last_day)


def _of_their_own(
    by_name: list[Mention], days: list[Mention], focus: Subjects | None
) -> list[Mention]:
    """Names with what belongs to them: "your plan for this week" is the week of the plan.

    A limit is that of the shoes that were named.
    """
    rows = frozenset(row for one in [*by_name, *days] for row in one.exact) | (focus or frozenset())
    owners = {row.row_id for row in rows if row.kind == "gear"}
    weeks = any(
        row.kind in {"plan_week", "workout"}
        for one in [*by_name, *days]
        for row in one.exact or one.possible
    )
    found: list[Mention] = []
    for one in by_name:
        kinds = {row.kind for row in one.exact}
        if kinds == {"plan"} and weeks:
            continue
        if kinds == {"gear_limit"}:
            own = frozenset(row for row in one.exact if row.row_id in owners) or one.exact
            one = Mention(one.begin, one.end, own, own)  # noqa: PLW2901
        found.append(one)
    return found


def _trusted(mention: Mention) -> bool:
    """Whether a name says of what it is: "your fitness", not a run called "Max Effort"."""
    return not any(one.kind in WORDED_BY_ATHLETES for one in mention.exact)
