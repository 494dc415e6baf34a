"""How long ago the day of a row is: "five days since Sunday Long", "over five months old"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from strideiq.coach.checking.ago import days_ago
from strideiq.coach.checking.mentions import Mention
from strideiq.coach.checking.plain import MASK
from strideiq.coach.checking.words import as_digits

_HEDGE = (
    r"(?:(?P<hedge>(?:just |a little |a bit |slightly |well )?(?:over|under|more than|less than)|"
    r"about|around|roughly|almost|nearly|not quite|exactly)\s+)?"
)
_SINCE = re.compile(
    r"(?:(?:^|\band\s|[,;:\u2013\u2014]\s?)(?:and |so |now )?\s*|\b(?:it(?:'s|\u2019s| has| is) "
    r")?(?:now "
    r")?been\s+)"
    rf"{_HEDGE}(?P<n>\d+)\s+(?P<u>day|week|month|year)s?(?:\s(?:have|has) (?:now )?(?:passed|"
    rf"gone by))?"
    rf"\s(?:since|on from|after)\s(?:your\s|the\s|that\s)?(?={MASK})",
    re.IGNORECASE,
)
_OLD = re.compile(
    rf"(?<={MASK})\s(?:is|dates back|goes back)\s(?:now\s|already\s)?{_HEDGE}(?P<n>\d+)\s+"
    r"(?P<u>day|week|month|year)s?(?:\s(?:old|back)|(?<=back\s\d\s\w{4})|(?<=s))\b(?!\s(?:ago|"
    r"long))",
    re.IGNORECASE,
)


def ages(text: str, mentions: Sequence[Mention], today: date) -> list[tuple[int, int]]:
    """The places of every such claim that holds; names are blacked out in the text."""
    found: list[tuple[int, int]] = []
    written = as_digits(text)
    for match in _SINCE.finditer(written):
        behind = next((one for one in mentions if one.begin == match.end()), None)
        if behind and _holds(match, behind, today):
            found.append(match.span())
    for match in _OLD.finditer(written):
        before = next((one for one in mentions if one.end == match.start()), None)
        if before and _holds(match, before, today):
            begin = match.start("hedge") if match["hedge"] else match.start("n")
            found.append((begin, match.end()))
    return found


def _holds(match: re.Match[str], one: Mention, today: date) -> bool:
    days = {None if row.last_day else row.first_day for row in one.exact}
    if len(days) != 1:
        return False
    day = days.pop()
    known = days_ago(int(match["n"]), match["u"].lower(), match["hedge"] or "", today)
    return day is not None and day in known
