"""Which of two rows came first, and how many days or weeks lie between them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from strideiq.coach.checking.grouping import grouped
from strideiq.coach.checking.mentions import Mention
from strideiq.coach.checking.plain import MASK
from strideiq.coach.checking.words import as_digits

_BETWEEN = re.compile(
    r"(?:(?P<hedge>exactly |just |only )?(?P<n>\d+)\s(?P<unit>days?|weeks?)\s|"
    r"(?P<verb>(?:came|was|is|were|happened|followed|took place|done|set|ran|run)(?: just| shortly|"
    r" well| some time)?)\s)(?P<word>before|after)\s(?:that\s|your\s|the\s)?"
    rf"(?=[\"\u201c]?{MASK})",
    re.IGNORECASE,
)
_DAYS = {"day": 1, "week": 7}


@dataclass(frozen=True)
class Between:
    """A claim of an order of days that holds: where it stands, and of which mentions."""

    begin: int
    end: int
    mentions: tuple[Mention, Mention]


def days_between(text: str, mentions: Sequence[Mention]) -> list[Between]:
    """Every such claim that holds between the two rows that a sentence names."""
    if len(grouped(mentions)) != 2:  # noqa: PLR2004  one before the other
        return []
    found: list[Between] = []
    for match in _BETWEEN.finditer(as_digits(text)):
        other = next((one for one in mentions if 0 <= one.begin - match.end() <= 1), None)
        told_of = [one for one in mentions if other and not one.exact & other.exact]
        if other is None or not told_of or not _holds(match, told_of[0], other):
            continue
        begin = match.start("hedge" if match["hedge"] else "n" if match["n"] else "word")
        found.append(Between(begin, match.end(), (told_of[0], other)))
    return found


def _holds(match: re.Match[str], one: Mention, other: Mention) -> bool:
    days = [{row.first_day for row in each.exact if not row.last_day} for each in (one, other)]
    if any(len(each) != 1 or None in each for each in days):
        return False
    (first,), (second,) = days
    if first is None or second is None:
        return False
    apart = (first - second).days * (1 if match["word"].lower() == "after" else -1)
    if match["n"]:
        return apart == int(match["n"]) * _DAYS[match["unit"].lower().rstrip("s")]
    return apart > 0
