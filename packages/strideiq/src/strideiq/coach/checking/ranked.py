"""Ranks over a set of rows: "the longest of your last twelve runs was …", computed over the rows.

A rank that holds is struck out; where the sentence names no row, it names the one that it is of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from strideiq.coach.checking.attribution import Subjects
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.measures import (
    WORDS,
    Measure,
    figures_of,
    measures_in,
    more_is_better,
)
from strideiq.coach.checking.mentions import Mention
from strideiq.coach.checking.numbers import Told
from strideiq.coach.checking.plain import MASK
from strideiq.coach.checking.row_sets import (
    NOUN,
    SET,
    Asked,
    Meant,
    Row,
    SetGround,
    days_of,
    lead_set,
    meant,
    nouns_of,
    phrase_at,
    rank_tail,
    tail_at,
)

_LENGTH = (Measure("distance"), Measure("duration"))
_ORDERS: dict[str, tuple[tuple[tuple[Measure, ...], ...], bool]] = {
    "longest": ((_LENGTH, (Measure("sleep"),)), True),
    "shortest": ((_LENGTH, (Measure("sleep"),)), False),
    "furthest": (((Measure("distance"),),), True),
    "farthest": (((Measure("distance"),),), True),
    "fastest": (((Measure("pace"),),), False),
    "quickest": (((Measure("pace"),),), False),
    "slowest": (((Measure("pace"),),), True),
    "hilliest": (((Measure("ascent"),),), True),
    "flattest": (((Measure("ascent"),),), False),
    "biggest": (((Measure("distance"),), (Measure("load"),)), True),
    "largest": (((Measure("distance"),), (Measure("load"),)), True),
    "smallest": (((Measure("distance"),), (Measure("load"),)), False),
    "heaviest": (((Measure("load"),), (Measure("weight"),)), True),
    "lightest": (((Measure("load"),), (Measure("weight"),)), False),
    "busiest": (((Measure("runs"), Measure("distance")),), True),
    "quietest": (((Measure("runs"), Measure("distance")),), False),
}
"""By the word, what it is of (the first group of which anything is known), and whether most."""
_OLDEST = {"oldest": False, "earliest": False, "newest": True, "latest": True, "most recent": True}
_MOST = {"highest": True, "most": True, "greatest": True, "lowest": False, "least": False,
         "fewest": False, "best": None, "worst": None}  # fmt: skip
_NTH = {"second": 2, "third": 3, "fourth": 4, "fifth": 5}
RANK = re.compile(
    rf"\b(?:(?P<det>your|the|its|by far the|with the|had the)\s)(?:(?P<nth>{'|'.join(_NTH)})[- ])?"
    rf"(?P<word>{'|'.join([*_ORDERS, *_MOST, *_OLDEST])})\b"
    rf"(?:[\s-](?P<of>{WORDS})(?![\w-]))?"
    rf"(?:\s(?:full|whole|single|recent|complete))?(?:\s(?:one|(?P<noun>{NOUN}))\b)?"
    r"(?:\sthat (?:still )?stands)?(?P<by>\s(?:for|by)\s(?:distance|time))?",
    re.IGNORECASE,
)
_OF = re.compile(r",?\s(?:of|in|from|on|among|out of|over)\s(?:all\s(?:of\s)?)?", re.IGNORECASE)
_GOES_ON = re.compile(
    r"\s(?:of|in|over|since|for|from|among|out of|before|until|by)\b"
    rf"(?!\s+(?:\d|{MASK}))|"
    r"\s(?:ever|yet|to date)\b",
    re.IGNORECASE,
)
"""What goes on behind a rank in words that are not understood, such as "of your life"."""
_SUBJECT = re.compile(
    r"\W*(?:(?:and|so|also|still|in fact)\s)?(?:(?:the|your)\s)?|"
    r".*\b(?:you had|with|you ran|was at)\s"
    r"(?:the|your)\s",
    re.IGNORECASE,
)
"""What may stand in front of a rank that names a row, rather than tells of one."""
_PARTS = re.compile(
    r"[,;:()\u2014]|\s(?:and|but|while|whereas|though|although|so|yet)\s", re.IGNORECASE
)
_DENIED = re.compile(r"\b(?:not|n't|never|no longer|nor|neither|isn't|wasn't)\b", re.IGNORECASE)
_ONE_OF = re.compile(
    r"\b(?:one of|among|almost|nearly|close to|probably|perhaps)\s$", re.IGNORECASE
)


_SAID_ALONE = frozenset({"load", "weight", "sleep", "efficiency", "carbohydrate"})


@dataclass
class Ranks:
    """What was found: places that hold, mentions of rows, ids, or what is false."""

    struck: list[tuple[int, int]] = field(default_factory=list)
    of: list[tuple[int, int, str]] = field(default_factory=list)
    """Places of ranks with what they are of, where their word alone says it: "the lightest"."""
    named: list[Mention] = field(default_factory=list)
    cited: list[tuple[int, str]] = field(default_factory=list)
    wrong: str = ""


@dataclass(frozen=True)
class _Rank:
    begin: int
    end: int
    word: str
    nth: int
    measure: str
    """The words of what it is of, or nothing."""
    meant: Meant


def ranks(ground: SetGround, told: Sequence[Told], index: Index, focus: Subjects | None) -> Ranks:
    """Judge every rank of a sentence whose set is known; others are left as they are."""
    found = Ranks()
    for one in _ranks(ground):
        leaders = {
            leader
            for rows in one.meant.readings
            if (leader := _leader(one, rows, ground, index)) is not None
        }
        if not leaders:
            continue
        place = ground.text[one.begin : one.end].strip()
        before = ground.text[max(0, one.begin - 30) : one.begin]
        if len(leaders) > 1 or _ONE_OF.search(before) or _DENIED.search(before):
            found.wrong = place
            return found
        (leader,) = leaders
        row, figures, of = leader
        bound = _bound(one, ground, focus, row, told)
        if bound is False:
            found.wrong = place
            return found
        if bound is None:
            continue
        found.struck.append((one.begin, one.end))
        found.of += (
            [(one.begin, one.end, of)]
            if of in _SAID_ALONE and len(of) <= one.end - one.begin
            else []
        )
        found.cited += [(one.begin, figure_id) for figure_id in figures]
        if bound == "names":
            found.named.append(Mention(one.begin, one.end, row, row))
    return found


def _ranks(ground: SetGround) -> Iterator[_Rank]:
    text = ground.text
    for match in RANK.finditer(text):
        nouns = nouns_of(match["noun"] or "")
        own = match["det"].lower() == "your"
        asked, end = _set_behind(ground, match, nouns, own=own)
        if asked is None:
            continue
        yield _Rank(
            match.start("nth") if match["nth"] else match.start("word"),
            end,
            match["word"].lower(),
            _NTH.get((match["nth"] or "").lower(), 1),
            (match["of"] or "") + (match["by"] or ""),
            meant(ground, asked, match.start(), end),
        )


def _set_behind(
    ground: SetGround, match: re.Match[str], nouns: tuple[str, ...], *, own: bool
) -> tuple[Asked | None, int]:
    """The set that stands behind a rank, or what stands in front of all."""
    tail = tail_at(ground.text, match.end())
    of = (
        None
        if any(tail.group("listed", "record", "days", "week"))
        else _OF.match(ground.text, match.end())
    )
    phrase = SET.match(ground.text, of.end()) if of else None
    if phrase:
        asked = phrase_at(ground, phrase)
        if asked and nouns and asked.nouns and not {*nouns} & {*asked.nouns}:
            return None, 0  # the longest run of your last five weeks
        if asked and not asked.nouns:
            asked = replace(asked, nouns=nouns)
        return asked, phrase.end()
    if _GOES_ON.match(ground.text, tail.end()):
        return None, 0
    lead = lead_set(ground)
    if lead and not any(tail.group("listed", "record", "days", "week")):
        return replace(lead, nouns=nouns or lead.nouns), tail.end()
    return rank_tail(ground, tail, nouns, own=own), tail.end()


def _leader(
    one: _Rank, rows: Sequence[Row], ground: SetGround, index: Index
) -> tuple[Row, tuple[str, ...], str] | None:
    """The row at a rank; None where nothing tells, or where it is shared."""
    if one.word in _OLDEST:
        return _by_day(one, rows)
    groups, most = _orders(one, ground)
    for group in groups:
        orders = [
            (figures, most if most is not None else more_is_better(measure))
            for measure in group
            if (figures := figures_of(index, rows, measure)) is not None
        ]
        if not orders or any(way is None for _, way in orders):
            continue
        places = set()
        ids: tuple[str, ...] = ()
        for figures, way in orders:
            values = [figure.value for figure in figures]
            sorted_values = sorted(values, reverse=bool(way))
            if one.nth > len(values) or values.count(sorted_values[one.nth - 1]) > 1:
                return None
            place = values.index(sorted_values[one.nth - 1])
            places.add(place)
            ids = ids or (figures[place].figure_id,)
        return (rows[places.pop()], ids, group[0].quantity) if len(places) == 1 else None
    return None


def _by_day(one: _Rank, rows: Sequence[Row]) -> tuple[Row, tuple[str, ...], str] | None:
    days = [days_of(row)[0] for row in rows]
    known = [day for day in days if day is not None]
    if len(known) != len(rows):
        return None
    day = sorted(known, reverse=_OLDEST[one.word])[one.nth - 1]
    return (rows[known.index(day)], (), "") if known.count(day) == 1 else None


def _orders(one: _Rank, ground: SetGround) -> tuple[tuple[tuple[Measure, ...], ...], bool | None]:
    named = measures_in(one.measure)
    if one.word in _MOST:
        if not named and one.word in {"best", "worst", "highest", "lowest"}:
            named = _night(one, ground) or measures_in(_part_of(ground.words, one.begin))
        return ((tuple(named),) if len(named) == 1 else ()), _MOST[one.word]
    groups, most = _ORDERS[one.word]
    return ((tuple(named),) if named else groups), most


def _night(one: _Rank, ground: SetGround) -> list[Measure]:
    text = ground.text[one.begin : one.end].lower()
    return [Measure("sleep")] if "night" in text else []


def _part_of(text: str, place: int) -> str:
    ends = [match.start() for match in _PARTS.finditer(text) if match.start() >= place]
    begins = [match.end() for match in _PARTS.finditer(text) if match.end() <= place]
    return text[max(begins, default=0) : min(ends, default=len(text))]


def _bound(
    one: _Rank,
    ground: SetGround,
    focus: Subjects | None,
    row: Row,
    told: Sequence[Told],
) -> bool | str | None:
    """Whether the sentence tells the rank of the row that has it.

    True or False where it names a row, "names" where a figure of the row stands for it, None
    where it says nothing of any.
    """
    every = [each for reading in one.meant.readings for each in reading]
    rows = frozenset(subject for each in every for subject in each)
    own = [each for each in ground.mentions if each.end <= one.begin or each.begin >= one.end]
    text = ground.text
    begin = max((m.end() for m in _PARTS.finditer(text) if m.end() <= one.begin), default=0)
    end = min((m.start() for m in _PARTS.finditer(text) if m.start() >= one.end), default=len(text))
    front = [each for each in own if begin <= each.begin < one.begin]
    behind = [each for each in own if one.end <= each.begin < end]
    earlier = [each for each in own if each.begin < begin]
    for some in (front[::-1], behind, earlier[::-1]):
        named = [each for each in some if ground.one_row(each, every)]
        if named:
            told_of = named if some is behind else named[:1]
            return all(_is(ground.named(each, every), row) for each in told_of)
        if some and some is not earlier and not any(map(_is_a_span, some)):
            return False  # of a day of which there is no row
    if re.match(r"\s*(?:it|that|this)\b", text[begin : one.begin], re.IGNORECASE) and focus:
        return bool(focus & row) and focus & rows <= row
    here = [each for each in told if begin <= each.begin < len(text)]
    return "names" if here and _SUBJECT.fullmatch(text, begin, one.begin) else None


def _is(named: Row, row: Row) -> bool:
    return bool(named) and named <= row


def _is_a_span(mention: Mention) -> bool:
    return all(row.last_day for row in mention.exact)
