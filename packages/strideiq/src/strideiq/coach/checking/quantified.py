"""How many rows of a set are so: "all ten were set in 2026", "two of the weeks had more than 300".

A claim is read only where every word of it is understood; then it is counted over the rows. What
holds is struck out whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from strideiq.coach.checking.index import Index
from strideiq.coach.checking.measures import Measure, figure_of, measures_in
from strideiq.coach.checking.numbers import Told
from strideiq.coach.checking.plain import MASK
from strideiq.coach.checking.quantities import QUANTITIES
from strideiq.coach.checking.row_sets import (
    NOUN,
    SET,
    Meant,
    Row,
    SetGround,
    days_of,
    meant,
    nouns_of,
    phrase_at,
    rank_tail,
    tail_at,
)

_MANY = re.compile(
    r"\b(?P<many>(?:all\s+(?=\d))?(?:none|neither|half|exactly half|most|each|every one|all|both|"
    r"(?:(?:only|just|exactly)\s+)?(?P<k>\d+|one)))\s+(?:out )?of\s+(?:all\s)?",
    re.IGNORECASE,
)
_ALL = re.compile(r"\b(?P<many>all|both)\s+(?=(?:your|the|these|those|\d)\b)", re.IGNORECASE)
_N_ROWS = re.compile(
    rf"(?P<n>\d+)\s+(?:(?:full|whole|standing|listed)\s)?(?P<noun>{NOUN})\b", re.IGNORECASE
)
_HEDGED = re.compile(
    r"\b(?:more than|less than|fewer than|over|under|at least|at most|almost|nearly|about|around|"
    r"up to|not|roughly|some|another|other|well over|no more than)\s+$",
    re.IGNORECASE,
)
_SOME = re.compile(
    rf"(?:^|[,;]\s)(?:(?:only|just|exactly)\s+)?(?P<k>\d+)\s+(?P<noun>{NOUN})\b", re.IGNORECASE
)
_NO = re.compile(
    rf"\b(?P<many>no|not one|not a single|each|every)\s(?:other\s|single\s)?(?P<noun>{NOUN})\b",
    re.IGNORECASE,
)
_LEAST = r"reached|reaching|hit|at least|no less than|made it to"
_MORE = (
    r"(?:was|were|is|are)?\s?(?:longer|further|farther|more|higher|slower|bigger|"
    r"heavier|later) than|"
    r"over|above|beyond|exceed(?:ed|ing|s)|topped|past|upwards of"
)
_LESS = r"(?:shorter|less|fewer|lower|faster|quicker|smaller|lighter) than|under|below|inside"
_MOST = r"at most|up to|no more than"
_BOUNDS = tuple(
    (re.compile(rf"\b(?:{words})\s+(?:the\s|an?\s)?$", re.IGNORECASE), bound)
    for words, bound in ((_LEAST, ">="), (_MOST, "<="), (_MORE, ">"), (_LESS, "<"))
)
_OR_MORE = re.compile(
    r"\s?or (?:(?P<more>more|longer|further|above|higher|over|slower)|"
    r"less|shorter|fewer|below|lower|under|faster)\b",
    re.IGNORECASE,
)
_ALLOWED = re.compile(
    r"[\s,]*(?:(?:had|has|have|having|with|a|an|of|the|at|was|were|is|are|been|came|come|went|ran|"
    r"reached|hit|took|lasted|covered|saw|brought|got|to|in|for|you|your|longer|further|farther|"
    r"shorter|higher|lower|slower|faster|quicker|bigger|smaller|heavier|lighter|more|less|fewer|"
    r"than|over|above|under|below|beyond|at|least|most|up|exceeded|topped|past|average|averaged|"
    r"mean|heart|rate|training|load|climbing|climb|ascent|elevation|gain|distance|time|moving|"
    r"pace|sleep|slept|hrv|resting|mood|stress|soreness|quality|hours|efficiency|decoupling|"
    r"calories|energy|protein|carbohydrate|carbs|fat|long|far|or|made|it|stayed|no|inside|"
    r"running|runs|weight|score|value|kilometres|mileage)\b[\s,]*)*",
    re.IGNORECASE,
)
_SET_IN = re.compile(
    rf"\s(?:(?:were|was|are|is|have been|has been|all)\s){{0,3}}(?:set|run|done|from|"
    r"achieved|recorded|came|come|"
    r"date|dates|fell|fall|happened|in|on)?\s?(?:back\s)?"
    r"(?P<way>in|on|from|since|before|during|within|this)?\s?(?:the\s)?"
    rf"(?P<days>{MASK}+)(?!['\u2019])",
    re.IGNORECASE,
)
_MARKS = {
    "race": re.compile(r"\s(?:was|were|is|are)\s(?:an?\s)?races?\b", re.IGNORECASE),
    "seen": re.compile(
        r"\s(?:(?:do\s)?(?:show(?:s|ed)?(?: up)?|appear(?:s|ed)?)|"
        r"(?:is|are|was|were) (?:seen|visible))"
        r"(?:\s(?:in your (?:data|record|numbers)|clearly))?",
        re.IGNORECASE,
    ),
}
_END = re.compile(
    r"[;:(\u2014]|,?\s(?:and|but|while|whereas|though|although|so)\s|$|\.$", re.IGNORECASE
)
_PLANNED = re.compile(
    r"\b(?P<k>\d+)\s+(?:out\s)?of\s+(?:(?:the|your|all)\s)*(?P<n>\d+)\b"
    r"(?:\s+(?P<planned>(?:planned\s)?(?:workouts|sessions)(?:\s(?:that were\s)?planned)?))?",
    re.IGNORECASE,
)
_DID = re.compile(
    r"\b(?:completed|did|done|managed|finished|got through|ticked off|ran)\b", re.IGNORECASE
)
_LIST = re.compile(r"\s?(?::|\u2014|,(?=\s(?:the one|namely|on)))\s?")
_ROWS = re.compile(
    rf"(?:(?:the|ones?|weeks?|months?|runs?|from|of|and|in|on|those)\b[\s,]*|{MASK}+[\s,]*)+\.?$",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:not|n't|never|nor|without|barely|hardly)\b", re.IGNORECASE)
_MORE_THAN_PLANNED = re.compile(r"\s(?:more|further) than (?:was )?planned", re.IGNORECASE)


TWO = 2
A_KILOMETRE_M = 1000
"""Below it a length may be one of climbing."""


@dataclass
class Counts:
    """What was found: places that hold, ids, or what is false."""

    struck: list[tuple[int, int]] = field(default_factory=list)
    cited: list[tuple[int, str]] = field(default_factory=list)
    wrong: str = ""


@dataclass(frozen=True)
class _Claim:
    begin: int
    end: int
    many: str
    number: int | None
    meant: Meant


@dataclass(frozen=True)
class _Found:
    """Which rows are so, with the place where that is said and the figures that say it."""

    end: int
    rows: tuple[Row, ...]
    cited: tuple[str, ...] = ()


def counts(ground: SetGround, told: Sequence[Told], index: Index) -> Counts:
    """Judge every number of rows whose set and whose condition are understood."""
    found = Counts()
    for begin, end, holds, cited in _of_planned(ground, index):
        if not holds:
            found.wrong = ground.text[begin:end]
            return found
        found.struck.append((begin, end))
        found.cited += [(begin, figure_id) for figure_id in cited]
    last: Meant | None = None
    for claim in _claims(ground):
        one = claim if claim.meant.readings or last is None else replace(claim, meant=last)
        verdicts = [
            verdict
            for rows in one.meant.readings
            if (verdict := _judged(one, rows, ground, told, index)) is not None
        ]
        if not verdicts:
            continue
        last = one.meant
        if not all(holds for holds, _ in verdicts):
            found.wrong = ground.text[one.begin : one.end].strip()
            return found
        ends = {each.end for _, each in verdicts}
        if len(ends) > 1:
            continue
        found.struck.append((one.begin, _end_of_list(ground.text, ends.pop())))
        found.cited += [(one.begin, figure_id) for figure_id in verdicts[0][1].cited]
    return found


def _end_of_list(text: str, end: int) -> int:
    """Where the rows end that are listed behind a claim, and nothing else with them."""
    listed = _LIST.match(text, end)
    rows = _ROWS.match(text, listed.end()) if listed else None
    return rows.end() if rows else end


def _claims(ground: SetGround) -> Iterator[_Claim]:
    text = ground.text
    taken: list[tuple[int, int]] = []
    for many in (*_MANY.finditer(text), *_ALL.finditer(text)):
        if _HEDGED.search(text, 0, many.start()):
            continue
        phrase = SET.match(text, many.end())
        bare = _N_ROWS.match(text, many.end())
        if phrase:
            asked, end = phrase_at(ground, phrase), phrase.end()
        elif bare:
            tail = tail_at(text, bare.end())
            asked, end = rank_tail(ground, tail, nouns_of(bare["noun"]), own=False), tail.end()
            asked = replace(asked, count=int(bare["n"])) if asked else None
        else:
            continue
        if asked is None or any(b < end and many.start() < e for b, e in taken):
            continue
        taken.append((many.start(), end))
        number = many.groupdict().get("k")
        yield _Claim(
            many.start(), end, many["many"].lower(), _number(number),
            meant(ground, asked, many.start(), end),
        )  # fmt: skip
    for one in _SOME.finditer(text):
        tail = tail_at(text, one.end())
        asked = rank_tail(ground, tail, nouns_of(one["noun"]), own=False)
        if asked and asked.days and not any(b <= one.start() < e for b, e in taken):
            taken.append((one.start(), tail.end()))
            yield _Claim(
                one.start(), tail.end(), "k", int(one["k"]),
                meant(ground, asked, one.start(), tail.end()),
            )  # fmt: skip
    for one in _NO.finditer(text):
        tail = tail_at(text, one.end())
        asked = rank_tail(ground, tail, nouns_of(one["noun"]), own=False)
        if asked is None or any(b < tail.end() and one.start() < e for b, e in taken):
            continue
        word = "each" if one["many"].lower() in {"each", "every"} else "none"
        yield _Claim(
            one.start(), tail.end(), word, None, meant(ground, asked, one.start(), tail.end())
        )


def _number(word: str | None) -> int | None:
    return None if word is None else 1 if word.lower() == "one" else int(word)


def _judged(
    one: _Claim, rows: tuple[Row, ...], ground: SetGround, told: Sequence[Told], index: Index
) -> tuple[bool, _Found] | None:
    found = (
        _marked(one, rows, ground, index)
        or _in_time(one, rows, ground)
        or _by_figure(one, rows, ground, told, index)
    )
    if found is None:
        return None
    holds = _as_many(one, len(found.rows), len(rows))
    return holds and _lists_them(found, rows, ground), found


def _as_many(one: _Claim, so: int, every: int) -> bool:
    if one.number is not None:
        return so == one.number and (so == every or not one.many.startswith("all"))
    return {
        "all": so == every, "each": so == every, "every one": so == every,
        "both": so == every == TWO, "none": so == 0, "neither": so == 0 and every == TWO,
        "half": 2 * so == every, "exactly half": 2 * so == every, "most": 2 * so > every,
    }.get(one.many, False)  # fmt: skip


def _lists_them(found: _Found, rows: Sequence[Row], ground: SetGround) -> bool:
    """Whether the rows that are named behind a colon are those, and all of them."""
    listed = _LIST.match(ground.text, found.end)
    if listed is None:
        return True
    named = [ground.named(one, rows) for one in ground.mentions if one.begin >= listed.end()]
    named = [one for one in named if one]
    if not named:
        return True
    right = all(any(one <= row for row in found.rows) for one in named)
    return right and len(set(named)) == len(found.rows)


def _of_planned(
    ground: SetGround, index: Index
) -> Iterator[tuple[int, int, bool, tuple[str, ...]]]:
    """What was done of what was planned: "15 of 18 planned workouts"."""
    for match in _PLANNED.finditer(ground.text):
        if not _DID.search(ground.text) or _DENIED.search(ground.text):
            continue
        named = [one for each in ground.mentions for one in each.exact]
        rows = [one for one in named if index.of_row(one, "workouts")]
        if len(set(rows)) != 1 or not (match["planned"] or "workout" in ground.text.lower()):
            continue
        done, planned = (
            [one for one in index.of_row(rows[0], "workouts") if one.figure_id.endswith(part)]
            for part in ("/done", "/planned")
        )
        if len(done) == len(planned) == 1:
            holds = (done[0].value, planned[0].value) == (int(match["k"]), int(match["n"]))
            yield match.start(), match.end(), holds, (done[0].figure_id, planned[0].figure_id)


def _marked(one: _Claim, rows: Sequence[Row], ground: SetGround, index: Index) -> _Found | None:
    for mark, pattern in _MARKS.items():
        match = pattern.match(ground.text, one.end)
        known = [dict(each.marked) for each in one.meant.sets]
        if match and known and all(mark in each for each in known):
            marked = frozenset[object]().union(*(each[mark] for each in known))
            first = index.first_figure
            cited = tuple(first[s] for row in rows for s in row if s in first)
            return _Found(match.end(), tuple(row for row in rows if row & marked), cited)
    return None


def _in_time(one: _Claim, rows: Sequence[Row], ground: SetGround) -> _Found | None:
    match = _SET_IN.match(ground.text, one.end)
    if match is None or not _END.match(ground.text, match.end()):
        return None
    days = ground.days_at(match.start("days"))
    if len(days) != 1:
        return None
    first, last = days[0]
    way = (match["way"] or "").lower()
    so = []
    for row in rows:
        begins, ends = days_of(row)
        if begins is None or ends is None:
            return None
        inside = first <= begins and (ends <= last or way == "since")
        so += [row] if (ends < first if way == "before" else inside) else []
    return _Found(match.end(), tuple(so), ())


def _by_figure(
    one: _Claim, rows: Sequence[Row], ground: SetGround, told: Sequence[Told], index: Index
) -> _Found | None:
    end = next(_END.finditer(ground.text, one.end))
    here = [each for each in told if one.end <= each.begin < end.start()]
    if len(here) != 1:
        return None
    (figure,) = here
    before, after = ground.words[one.end : figure.begin], ground.words[figure.end : end.start()]
    if _DENIED.search(before) or not (_ALLOWED.fullmatch(before) and _ALLOWED.fullmatch(after)):
        return None
    bound = _bound(before, after, figure)
    of_nights = " sleep" if "night" in ground.text[one.begin : one.end].lower() else ""
    measure = _measure(figure, f"{before} {after}{of_nights}", index, rows)
    if bound is None or measure is None:
        return None
    values = [figure_of(index, row, measure) for row in rows]
    if any(each is None for each in values):
        return None
    so = tuple(
        row
        for row, each in zip(rows, values, strict=True)
        if each is not None and _is_so(each.value, bound, figure)
    )
    cited = tuple(each.figure_id for each in values if each is not None)
    return _Found(end.start(), so, cited)


def _bound(before: str, after: str, figure: Told) -> str | None:
    for pattern, bound in _BOUNDS:
        if pattern.search(before):
            return bound
    behind = _OR_MORE.match(after)
    if behind:
        return ">=" if behind["more"] else "<="
    return None if figure.bound != "near" else "="


def _is_so(value: float, bound: str, figure: Told) -> bool:
    than = figure.value
    if bound == "=":
        return abs(value - than) <= figure.slack
    return {">": value > than, ">=": value >= than, "<": value < than, "<=": value <= than}[bound]


def _measure(figure: Told, text: str, index: Index, rows: Sequence[Row]) -> Measure | None:
    """What the figure is of: by the words beside it, and by its unit."""
    kinds = {*figure.dimensions}
    if figure.counted and figure.bare and re.match(r"runs?\b", figure.counted):
        return Measure("runs")
    named = [one for one in measures_in(text) if QUANTITIES[one.quantity].dimension in kinds]
    if len(named) == 1:
        return named[0]
    if named or figure.bare:
        return None
    usual = {"length": "distance", "time": "duration", "pace": "pace", "rate": "heart_rate",
             "energy": "energy"}.get(figure.dimension)  # fmt: skip
    if (
        figure.dimension == "length"
        and figure.value < A_KILOMETRE_M
        and _has(index, rows, "ascent")
    ):
        return None
    return Measure(usual) if usual else None


def _has(index: Index, rows: Sequence[Row], quantity: str) -> bool:
    return all(figure_of(index, row, Measure(quantity)) for row in rows)
