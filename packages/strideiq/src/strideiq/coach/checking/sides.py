"""Which rows a relation is between: the one that is told of, and the one it is compared with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from strideiq.coach.checking.attribution import Subjects, rows_of
from strideiq.coach.checking.conceding import conceded_row
from strideiq.coach.checking.evidence import Subject
from strideiq.coach.checking.ground import Ground, Sides
from strideiq.coach.checking.grouping import grouped, overlapping
from strideiq.coach.checking.mentions import Mention
from strideiq.coach.checking.plain import MASK
from strideiq.coach.checking.relating import AS_PLANNED
from strideiq.coach.checking.relations import Relation, names_its_place

_THAN = re.compile(
    r"[^;:.(),]{0,60}?\b(?:than|compared (?:to|with)|versus|vs\.?|against|relative to)\s",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"[^;:.(),]{0,30}?\b(?:on|from|versus|vs\.?|compared (?:to|with)|against|over|relative to|"
    r"since)"
    rf"\s(?=(?:your\s|the\s)?(?:{MASK}|#))|\s(?={MASK}+\s#)",
    re.IGNORECASE,
)
_AS = re.compile(r"[^;:.()]{0,60}?\b(?:as|of|on|in|from|to|with)\s", re.IGNORECASE)
_OF = re.compile(
    rf"(?=[^;:.(),]{{0,40}}?(?:{MASK}|#|\bit\b|\b(?:the|its|your|that) average\b))", re.IGNORECASE
)
_ENDS = re.compile(
    rf"[,;:()\u2014]|\s(?:and|but|so|while|whereas|though|yet|which)\b(?!\s(?:your\s)?{MASK})|"
    rf"\.(?=\s|$)",
    re.IGNORECASE,
)
_ENDS_OF_A_WHOLE = re.compile(
    rf"{_ENDS.pattern}|\s(?:has|have|had|came|comes|was|were|is|are|happened|fell|took)\b",
    re.IGNORECASE,
)
_OF_ITSELF = re.compile(
    r"^\s*(?:its|your|the|that run's|the run's|that session's|his|her)\s(?:own\s)?(?:\w+\s)?"
    r"(?:average|mean|max|maximum|peak|fitness|"
    r"fatigue)\b(?!\s(?:for|of|in|over|on|from|across|during)\s"
    r"(?!(?:that|this|the) (?:run|session)\b))",
    re.IGNORECASE,
)
_AT_THE_BEGINNING = re.compile(
    r"^(?:(?:when |if )?compared (?:to|with)|versus|relative to|against|next to|beside|"
    r"unlike)\s[^,]*,",
    re.IGNORECASE,
)
AT_ITS_HIGHEST = re.compile(
    r"at (?:its|the|your) (?:highest|peak|maximum|max)(?: point)?,\s?", re.IGNORECASE
)
_USUAL = re.compile(r"^\s*(?:usual|normal|average|(?:your|that|the) (?:usual |own )?average)\s*$")
TWO_WEEKS_DAYS = 13
_SEGMENT = re.compile(
    r"[,;:()\u2014]|\s(?:and|but|so|while|whereas|though|although)\s", re.IGNORECASE
)
_GOT = re.compile(
    r"\b(?:got|gotten|getting|become|became|grew|grown|gone)\s(?:\w+\s)?$", re.IGNORECASE
)
_GOING = re.compile(
    rf"\bfrom\s(?:your\s|the\s)?{MASK}+(?=\sto\s(?:your\s|the\s)?{MASK})", re.IGNORECASE
)
_FIRST_IS_TOLD_OF = re.compile(
    r"#[^;:.]*?\b(?:versus|vs\.?|against|compared (?:to|with)|up from|down from)\s", re.IGNORECASE
)


def reference(ground: Ground, one: Relation) -> tuple[int, int] | None:
    """The places of what a relation is compared with, where the sentence says it."""
    text = ground.text
    if one.reference:
        return one.reference
    found: re.Match[str] | None
    if names_its_place(one) or one.beaten:
        found = _OF.match(text, one.end)
    elif one.measure in {"ratio", "same"} and not one.turn:
        found = _AS.match(text, one.end) if one.word else _OF.match(text, one.end)
    elif one.measure in {"share", "part", "within"}:
        found = _OF.match(text, one.end)
    else:
        found = _THAN.match(text, one.end) or (_FROM.match(text, one.end) if one.turn else None)
    if found:
        ends = _ENDS_OF_A_WHOLE if one.measure in {"share", "part"} else _ENDS
        end = ends.search(text, found.end())
        return found.end(), end.start() if end else len(text)
    at_beginning = _AT_THE_BEGINNING.search(text)
    if at_beginning and at_beginning.end() <= one.begin:
        return 0, at_beginning.end()
    return None


def sides(ground: Ground, one: Relation, before: Sequence[Sides]) -> list[Sides]:
    """Every reading of who is compared with whom; none where the sentence does not say it.

    ``before``: those of the relation in front of this one, which it shares where it names none.
    """
    if one.between:
        return _of_both(ground, one)
    place = reference(ground, one)
    if place is None:
        if one.measure in {"share", "within", "part"}:
            return []
        return _without_reference(ground, one, before)
    inside = [m for m in ground.mentions if place[0] <= m.begin < place[1]]
    others = [m for m in ground.mentions if m not in inside]
    texts, other_text = _texts(ground, one, place), ground.words[place[0] : place[1]]
    if not inside and (_OF_ITSELF.search(other_text) or AS_PLANNED.search(other_text)):
        told_of = _told_of(ground, one, others, place, frozenset())
        return [Sides(rows, rows, texts, other_text) for rows in told_of]
    if not inside and (one.word == "up from" or _USUAL.search(other_text)):
        known = _up_from if one.word == "up from" else _usual
        return known(ground, one, others, place, texts)
    return [
        Sides(rows, other_rows, texts, other_text)
        for other_rows in _compared_with(ground, inside, other_text, before)
        for rows in _told_of(ground, one, others, place, other_rows)
    ]


def _up_from(
    ground: Ground,
    one: Relation,
    others: Sequence[Mention],
    place: tuple[int, int],
    texts: tuple[str, ...],
) -> list[Sides]:
    """What this week is "up from" where nothing is named is last week."""
    told_of = _told_of(ground, one, others, place, frozenset())
    return [Sides(ground.now, ground.before, texts, "")] if told_of == [ground.now] else []


def _usual(
    ground: Ground,
    one: Relation,
    others: Sequence[Mention],
    place: tuple[int, int],
    texts: tuple[str, ...],
) -> list[Sides]:
    """Compared with the average of several weeks that the sentence tells before."""
    known = [m for m in others if m.end <= one.begin and all(map(_of_weeks, m.exact)) and m.exact]
    told_of = _told_of(ground, one, [m for m in others if m not in known], place, frozenset())
    averaged = re.search(r"\baverag", ground.text[: one.begin], re.IGNORECASE)
    if len(known) != 1 or not averaged:
        return []
    return [Sides(rows, rows_of(known), texts, "") for rows in told_of]


def _of_weeks(row: Subject) -> bool:
    return bool(
        row.first_day and row.last_day and (row.last_day - row.first_day).days >= TWO_WEEKS_DAYS
    )


def _compared_with(
    ground: Ground, inside: Sequence[Mention], text: str, before: Sequence[Sides]
) -> list[Subjects]:
    """The rows of what something is compared with; each of several, where they are not one."""
    if inside:
        rows = rows_of(inside)
        return [rows] if rows else [rows_of([each]) for each in inside]
    if re.fullmatch(r"\s*last\s*", text) and any(m.exact & ground.now for m in ground.mentions):
        return [ground.before]
    if before and re.fullmatch(r"\s*(?:it|that|this)\s*", text):
        return [before[0].other_rows]
    if ground.focus and re.match(r"\s*(?:it|that|its)\b", text):
        return [ground.focus]
    return []


def _of_both(ground: Ground, one: Relation) -> list[Sides]:
    """Of one that is told with both sides around it."""
    first, second = one.between or (0, 0)
    end = _ENDS.search(ground.text, max(first, second))
    last = end.start() if end else len(ground.text)
    spans = (
        ((first, last), (second, first)) if first > second else ((first, second), (second, last))
    )
    found = [
        [each for each in ground.mentions if begin <= each.begin < stop] for begin, stop in spans
    ]
    texts = (ground.words[spans[0][0] : spans[0][1]], ground.words)
    other_text = ground.words[spans[1][0] : spans[1][1]]
    if found[0] and found[1]:
        return [Sides(rows_of(found[0]), rows_of(found[1]), texts, other_text)]
    groups = grouped(ground.mentions)
    if not (found[0] or found[1]) and one.turn:
        if len(groups) == 2:  # noqa: PLR2004  one before the other
            return [Sides(*each, texts, other_text) for each in _by_time(groups[0], groups[1])]
        if not groups or groups == [ground.now]:
            return [Sides(ground.now, ground.before, texts, other_text)]
    return []


def _words_of(ground: Ground, one: Relation, place: tuple[int, int] | None) -> str:
    """The part of the sentence that holds the relation, without what it is compared with."""
    begin = max((match.end() for match in _SEGMENT.finditer(ground.text, 0, one.begin)), default=0)
    if place and place[0] == 0:
        begin = max(begin, place[1])
    elif AT_ITS_HIGHEST.fullmatch(ground.text, 0, begin):
        begin = 0
    end = (
        place[0]
        if place and place[0] >= one.end
        else place[0]
        if one.reference and place
        else _end(ground.text, one.end)
    )
    words = ground.words[begin:end]
    if one.turn:  # "a drop" is no descent
        first = max(one.begin - begin, 0)
        words = words[:first] + " " * (one.end - begin - first) + words[one.end - begin :]
    return words


def _texts(ground: Ground, one: Relation, place: tuple[int, int] | None) -> tuple[str, ...]:
    """Its part of the sentence, then those in front, then those behind."""
    own = max((match.end() for match in _SEGMENT.finditer(ground.text, 0, one.begin)), default=0)
    starts = [0, *(match.end() for match in _SEGMENT.finditer(ground.text, 0, own))]
    front = [
        ground.words[begin:end]
        for begin, end in pairwise([*starts, own])
        if not (place and begin < place[1] and place[0] < end)
    ]
    behind = ground.words[max(place[1] if place else 0, _end(ground.text, one.end)) :]
    return (_words_of(ground, one, place), *reversed(front), behind)


def _end(text: str, begin: int) -> int:
    found = _ENDS.search(text, begin)
    return found.start() if found else len(text)


def _told_of(
    ground: Ground,
    one: Relation,
    others: Sequence[Mention],
    place: tuple[int, int],
    other_rows: Subjects,
) -> list[Subjects]:
    """What is told of, where what it is compared with is known."""
    between = [m for m in others if one.end <= m.begin < place[0]]
    if between:
        return [rows_of(between)]
    front = [m for m in others if m.begin < one.begin]
    segments = [match.end() for match in _SEGMENT.finditer(ground.text, 0, one.begin)]
    for begin in [*reversed(segments), 0]:
        here = [m for m in front if m.begin >= begin]
        if here:
            rows = rows_of(here)
            return [rows] if rows else [rows_of([m]) for m in here]
    behind = [m for m in others if m.begin >= place[1]]
    if behind:
        return [rows_of(behind[:1])]
    later = frozenset(
        row for one in other_rows for row in ground.goes_on.get(one, ()) if len(other_rows) == 1
    )
    own = ground.text[max(segments, default=0) : one.begin]
    told_again = ground.focus and re.search(r"\b(?:it|that|this)\b", own, re.IGNORECASE)
    if later and not (told_again and not _same_days(ground.focus or later, other_rows)):
        return [later]
    if ground.focus:
        apart = frozenset(
            row
            for row in ground.focus
            if not any(overlapping(row, other) or row == other for other in other_rows)
        )
        return [apart or ground.focus]
    weeks = {row for row in other_rows if row.last_day}
    return [ground.now] if weeks and not ground.now & other_rows else []


def _same_days(one: Subjects, other: Subjects) -> bool:
    """Whether rows are nothing but what they would be compared with, or a part of it."""
    return all(overlapping(row, each) for row in one for each in other)


def _without_reference(ground: Ground, one: Relation, before: Sequence[Sides]) -> list[Sides]:
    """Of two rows that a sentence names, one is compared with the other one."""
    texts = _texts(ground, one, None)
    groups = grouped(ground.mentions)
    here = _in_segment(ground, one)
    if before and not here:
        return [Sides(each.rows, each.other_rows, texts, "") for each in before]
    if ground.pair and not groups:
        pairs = _by_time(*ground.pair) if one.turn else [ground.pair]
        return [Sides(*each, texts, "") for each in pairs or [ground.pair]]
    if len(groups) == 1:
        return [Sides(*each, texts, "") for each in _of_one(ground, one, groups[0])]
    if len(groups) != 2:  # noqa: PLR2004  two are compared
        return []
    return [Sides(*each, texts, "") for each in _of_two(ground, one, groups[0], groups[1], here)]


def _of_one(ground: Ground, one: Relation, rows: Subjects) -> list[tuple[Subjects, Subjects]]:
    """What the only row that a sentence names is compared with."""
    if ground.focus and not ground.focus & rows:
        return (_by_time(rows, ground.focus) if one.turn else []) or [(rows, ground.focus)]
    if one.way == "apart":
        return [(rows, rows)]
    if one.turn and ground.current and not ground.current & rows:
        return [(ground.current, rows)]
    weeks = any(row.last_day for row in rows)
    known = one.told and weeks and ground.now and not ground.now & rows
    return [(ground.now, rows)] if known else []


def _of_two(
    ground: Ground, one: Relation, first: Subjects, second: Subjects, here: Sequence[Mention]
) -> list[tuple[Subjects, Subjects]]:
    """Which of two rows is told of: the one that stands beside the relation, or by the time."""
    if one.way == "apart" or (one.measure == "same" and len(here) != 1):
        return [(first, second)]
    conceded = conceded_row(ground, one)
    if here or conceded in (first, second):
        rows = conceded if conceded in (first, second) else rows_of(here)
        if rows not in (first, second):
            return []
        return [(rows, second if rows == first else first)]
    going = _GOING.search(ground.text)
    if one.turn and going:
        starts = [m for m in ground.mentions if going.start() <= m.begin < going.end()]
        return [(second, first) if starts and rows_of(starts) == first else (first, second)]
    if one.turn or _GOT.search(ground.text[: one.begin]):
        return _by_time(first, second)
    return [(first, second) if _FIRST_IS_TOLD_OF.search(ground.text) else (second, first)]


def _by_time(first: Subjects, second: Subjects) -> list[tuple[Subjects, Subjects]]:
    """What turned did so from what was earlier to what was later."""
    days = [
        min((row.first_day for row in rows if row.first_day), default=None)
        for rows in (first, second)
    ]
    if days[0] is None or days[1] is None or days[0] == days[1]:
        return []
    return [(first, second) if days[0] > days[1] else (second, first)]


def _in_segment(ground: Ground, one: Relation) -> list[Mention]:
    begin = max((match.end() for match in _SEGMENT.finditer(ground.text, 0, one.begin)), default=0)
    end = _end(ground.text, one.end)
    return [m for m in ground.mentions if begin <= m.begin < end]
