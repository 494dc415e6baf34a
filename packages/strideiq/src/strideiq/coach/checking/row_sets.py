"""Which rows a phrase such as "your last five runs" or "the weeks listed" means, and whether all.

The text that is read has its names and days as blocks and its number words as digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from strideiq.coach.checking.evidence import RowSet, Subject
from strideiq.coach.checking.mentions import Mention
from strideiq.coach.checking.plain import MASK

Row = frozenset[Subject]
Days = tuple[date, date]

NOUNS: Mapping[str, tuple[str, ...]] = {
    r"runs?|outings?": ("run",),
    r"sessions?": ("run", "activity"),
    r"activit(?:y|ies)": ("activity",),
    r"races?": ("race",),
    r"weeks?": ("week",),
    r"months?": ("month",),
    r"days?": ("day",),
    r"nights?": ("night",),
    r"mornings?": ("morning",),
    r"check-?ins?": ("check-in",),
    r"(?:personal )?(?:bests?|records?)|pbs?": ("best",),
    r"kilomet(?:re|er)s?": ("kilometre",),
    r"miles?": ("mile",),
    r"laps?": ("lap",),
    r"splits?": ("split",),
    r"relations?": ("relation",),
    r"values?": ("value",),
}
"""What a row is called in a sentence, and what the sets are that it can be of."""
NOUN = "|".join(NOUNS)
_ADJECTIVE = r"(?:(?:standing|current|listed|shown|recent|full|whole|logged|recorded)\s+){0,2}"
_LISTED = (
    r"(?:\s(?:that\s|which\s)?(?:i\s|you(?:'ve|\u2019ve|\shave)?\s|are\s)?"
    r"(?:listed|shown|looked at|logged|noted|recorded|asked about)|\shere|\sabove|"
    r"\s(?:in|on) (?:the|this|that) (?:list|table))"
)
_RECORD = r"\s(?:on record|ever|of all time|in (?:your|the) (?:whole )?(?:record|log|history))"
_OF_TIME = (
    r"\s(?:(?P<way{0}>of|in|from|over|during|for|within|since|before)\s)?(?:the\s|your\s)?"
    rf"(?P<days{{0}}>{MASK}+)(?!['\u2019])"
)
_THE_WEEK = r"\s(?:of|in)\s(?P<week>the week)(?![\w ]{0,3}(?:of|from|before|after))"
TAIL = (
    rf"(?P<listed>{_LISTED})?(?P<record>{_RECORD})?(?P<so_far>\sso far)?"
    rf"(?:{_OF_TIME.format('')}|{_THE_WEEK})?"
)
SET = re.compile(
    r"(?:(?:(?P<det>your|the|these|those|my)\s+)?(?:last|past|latest|most recent|newest)\s+"
    rf"(?P<last>\d+)\s+(?P<noun1>{NOUN})\b|"
    rf"(?P<det2>your|the|these|those)\s+(?:(?P<n>\d+)\s+)?{_ADJECTIVE}(?P<noun2>{NOUN})\b|"
    r"(?P<list>(?:the|this|that) (?:list|table))\b|"
    r"the\s+(?P<n2>\d+)\b(?!\s(?!was\b|is\b|has\b)\w+s\b)|"
    r"(?P<them>them|(?:these|those|all)\b(?!\s(?!had|have|has|was|were|is|are|came|took|reached)\w))"
    r"\b)" + TAIL,
    re.IGNORECASE,
)
RANK_TAIL = re.compile(
    rf"(?P<listed>{_LISTED})?(?P<record>{_RECORD})?(?P<so_far>\sso far)?"
    rf"(?:{_OF_TIME.format('')}|{_THE_WEEK})?",
    re.IGNORECASE,
)
_MONTHS = [date(2000, month, 1).strftime("%B") for month in range(1, 13)]
_OF = re.compile(r"(?:of|over|among|in|across|out of)\s(?:all\s(?:of\s)?)?", re.IGNORECASE)
_LEADS = re.compile(
    r"^(?:in|over|during|of|among|within|across|since|before)\s(?:the\s|your\s)?(?:"
    rf"(?P<days>{MASK}+)|(?P<month>{'|'.join(_MONTHS)}))(?!['\u2019]),?\s",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"\b(?:ones?|weeks?)\s(?:from|of|beginning|starting)\s(?:on\s)?(?:the\s)?$", re.IGNORECASE
)
ROWS_MIN = 2
_A_DAY = timedelta(days=1)
SPANS_MAX = 3


@dataclass(frozen=True)
class Meant:
    """What a phrase can mean: the rows of each set that it fits. What is said must hold of all."""

    begin: int
    end: int
    readings: tuple[tuple[Row, ...], ...]
    sets: tuple[RowSet, ...]


@dataclass(frozen=True)
class SetGround:
    """What a sentence is read against."""

    text: str
    words: str
    """The same with trusted names left in, such as "mood"."""
    said: str
    """As it is shown."""
    sets: Sequence[RowSet]
    mentions: Sequence[Mention]
    spans: Mapping[int, tuple[Days, ...]]
    """The days of the times that it names, by their places."""
    today: date

    def named(self, mention: Mention, rows: Iterable[Row]) -> Row:
        """The rows of a set that a mention names, also a week by the day on which it begins."""
        rows = list(rows)
        found = frozenset(one for row in rows for one in row) & mention.exact
        if found or not _FROM.search(self.text, 0, mention.begin):
            return found
        days = self.days_at(mention.begin)
        begun = [row for row in rows for day, _ in days if days_of(row)[0] == day]
        return begun[0] if len(begun) == 1 else frozenset()

    def one_row(self, mention: Mention, rows: Iterable[Row]) -> bool:
        """Whether a mention names one row of a set, and not all of them, such as "mood"."""
        rows = list(dict.fromkeys(rows))
        named = self.named(mention, rows)
        return sum(bool(named & row) for row in rows) == 1

    def days_at(self, begin: int) -> tuple[Days, ...]:
        """The days of what is named at a place; none where it names none."""
        if begin in self.spans:
            return _until(self.spans[begin], self.today)
        for one in self.mentions:
            if one.begin == begin:
                return tuple(
                    {
                        (row.first_day, row.last_day)
                        for row in one.exact
                        if row.first_day and row.last_day
                    }
                )
        return ()


@dataclass(frozen=True)
class Asked:
    """What a phrase says of the set that it means."""

    nouns: tuple[str, ...] = ()
    """Empty where it names none."""
    count: int | None = None
    last: int | None = None
    days: tuple[Days, ...] = ()
    ever: bool = False
    """Whether it is of all that there ever were, and not of those that were listed."""
    of_one: bool = True
    """Whether the parts of one row will do where it says nothing else."""


def nouns_of(word: str) -> tuple[str, ...]:
    """The names of the sets that a word can be of."""
    return next(
        (names for known, names in NOUNS.items() if re.fullmatch(known, word, re.IGNORECASE)), ()
    )


def meant(ground: SetGround, asked: Asked, begin: int, end: int) -> Meant:
    """The rows of each set that a phrase fits; none where no set is held whole."""
    found = [
        (rows, one)
        for one in ground.sets
        if not asked.nouns or set(asked.nouns) & {*one.nouns}
        for rows in _rows(one, asked, ground.today)
        if len(rows) >= ROWS_MIN
    ]
    return Meant(begin, end, tuple(rows for rows, _ in found), tuple(one for _, one in found))


def phrase_at(ground: SetGround, match: re.Match[str]) -> Asked | None:
    """What a match of ``SET`` asks for; None where its days are not known."""
    word = match["noun1"] or match["noun2"] or ""
    days = _days(ground, match)
    if days is None:
        return None
    number = match["n"] or match["n2"]
    possessive = (match["det2"] or "").lower() == "your" and not match["n"]
    return Asked(
        nouns_of(word),
        int(number) if number else None,
        int(match["last"]) if match["last"] else None,
        days,
        ever=bool(match["record"]) or (possessive and not (days or match["listed"])),
        of_one=not match["record"],
    )


def rank_tail(
    ground: SetGround, match: re.Match[str], nouns: tuple[str, ...], *, own: bool
) -> Asked | None:
    """What stands behind "your longest run": on record, of this year, in the list."""
    days = _days(ground, match)
    if days is None:
        return None
    says = bool(days or match["listed"])
    return Asked(
        nouns,
        days=days,
        ever=bool(match["record"]) or (own and not says),
        of_one=not match["record"],
    )


def lead_set(ground: SetGround) -> Asked | None:
    """What "Of your last five runs, …" asks for at the beginning of a sentence."""
    of = _OF.match(ground.text)
    phrase = SET.match(ground.text, of.end()) if of else None
    if phrase is None or not re.match(r",?\s", ground.text[phrase.end() :]):
        return None
    return phrase_at(ground, phrase)


def tail_at(text: str, place: int) -> re.Match[str]:
    """What stands behind a rank or a number of rows at a place; it may be nothing."""
    return next(RANK_TAIL.finditer(text, place))


def leading(ground: SetGround) -> tuple[Days, ...]:
    """The days of "In 2026, …" at the beginning of a sentence."""
    match = _LEADS.match(ground.text)
    if match is None:
        return ()
    way = match.group().split(" ", 1)[0].lower()
    if match["month"]:
        number = _MONTHS.index(match["month"].capitalize()) + 1
        year = ground.today.year - (number > ground.today.month)
        first = date(year, number, 1)
        return _turned(way, ((first, (first + timedelta(days=31)).replace(day=1) - _A_DAY),))
    return _turned(way, ground.days_at(match.start("days")))


def _days(ground: SetGround, match: re.Match[str]) -> tuple[Days, ...] | None:
    if match["week"]:
        monday = ground.today - timedelta(days=ground.today.weekday())
        return ((monday, ground.today), (ground.today - timedelta(days=6), ground.today))
    if not match["days"]:
        return leading(ground)
    days = _turned((match["way"] or "").lower(), ground.days_at(match.start("days")))
    lead = leading(ground)
    if lead:
        days = tuple((max(a, c), min(b, d)) for a, b in days for c, d in lead)
    return days if days and len(days) <= SPANS_MAX else None


def _until(spans: Iterable[Days], today: date) -> tuple[Days, ...]:
    """Of days without a year those that were last, up to today."""
    past = sorted({(first, min(last, today)) for first, last in spans if first <= today})
    newest = {(first.month, first.day): (first, last) for first, last in past}
    return tuple(newest.values())


def _turned(way: str, days: tuple[Days, ...]) -> tuple[Days, ...]:
    if way == "since":
        return tuple((first, date.max) for first, _ in days)
    if way == "before":
        return tuple((date.min, first - timedelta(days=1)) for first, _ in days)
    return days


def _rows(one: RowSet, asked: Asked, today: date) -> Iterator[tuple[Row, ...]]:
    rows = one.rows
    if asked.last is not None:
        if not one.newest_first or asked.last > len(rows):
            return
        rows = rows[: asked.last]
    if asked.ever and not (one.ever or (one.of_one and asked.of_one)):
        return
    choices = [rows] if not asked.days else [_inside(one, rows, days, today) for days in asked.days]
    if any(choice is None for choice in choices):
        return
    for choice in choices:
        if choice is not None and asked.count in {None, len(choice)}:
            yield choice


def _inside(one: RowSet, rows: Iterable[Row], days: Days, today: date) -> tuple[Row, ...] | None:
    """The rows of some days; None where there may be others, or one lies half in them."""
    first, last = days
    covered = one.ever or (one.since is not None and one.since <= first)
    if not covered or (one.until is not None and one.until < min(last, today)):
        return None
    found = []
    for row in rows:
        begins, ends = days_of(row)
        if begins is None or ends is None:
            return None
        inside = first <= begins and min(ends, today) <= last
        if not inside and begins <= last and first <= ends:
            return None
        found += [row] if inside else []
    return tuple(found)


def days_of(row: Row) -> tuple[date | None, date | None]:
    """The first and the last day of a row."""
    firsts = [one.first_day for one in row if one.first_day]
    lasts = [one.last_day or one.first_day for one in row if one.first_day]
    return min(firsts, default=None), max((day for day in lasts if day), default=None)
