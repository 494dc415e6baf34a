"""What no row can hold: how somebody felt, and what they said of it; and what rows do not lack."""

from __future__ import annotations

import re
from collections.abc import Sequence

from strideiq.coach.checking.index import Index
from strideiq.coach.checking.mentions import Mention
from strideiq.coach.checking.of_today import now
from strideiq.coach.checking.relating import spoken
from strideiq.coach.checking.statements import advises

_TOLD = re.compile(
    r"(?<!how )(?<!what )(?<!if )(?<!why )(?<!when )(?<!as )\b(?:you|which|and|also|who)(?:'ve|"
    r"\u2019ve| have| had)?(?: also)?\s(?:felt|mentioned|noted|reported|complained|wrote|"
    r"described|flagged|remarked|commented|admitted|told me|said)\b(?P<what>[^;.]*)",
    re.IGNORECASE,
)
_BODY = re.compile(
    r"\b(?:you|your|you've|you\u2019ve)\b[^;.?]{0,50}\b(?:had|have|has|were|are|was|is|with|felt|"
    r"from|some|a)\b"
    r"[^;.?]{0,30}?\b(?:sore|soreness|pain|pains|painful|aches?|aching|achy|stiff|stiffness|tight|"
    r"tightness|niggles?|injured|injury|injuries|sick|ill|illness|cramps?|blisters?|nausea|dizzy|"
    r"hurting|swollen|swelling)\b",
    re.IGNORECASE,
)
_SIGN = re.compile(
    r"\b(?:form|tsb|balance)\b[^.;,:]{0,40}?\b(?P<sign>positive|negative)\b|"
    r"\b(?P<sign2>positive|negative)\s(?:form|tsb|balance)\b",
    re.IGNORECASE,
)
_LACKS = re.compile(
    r"\b(?:i (?:have|found|find|see|can see) no|"
    r"i (?:do not|don't|cannot|can't|could not|couldn't|did not|didn't) (?:have|see|find)|"
    r"there(?:'s| is| was| are| were|\u2019s) (?:no|not any)|there (?:isn't|wasn't|aren't|weren't)|"
    r"(?:has|have|had) no|(?:is|are|was|were|isn't|aren't|wasn't|weren't) (?:not |no )?(?:\w+ )?"
    r"(?:recorded|logged|measured|known|available)|no \w+(?: \w+)? (?:is|are|was|were|has been) "
    r"(?:recorded|logged|measured|known|available|in)|without)\b",
    re.IGNORECASE,
)
_NO = re.compile(r"\b(?:no|not|\w+n't|\w+n\u2019t|cannot|without)\b", re.IGNORECASE)
_KINDS = {
    "run": "activity", "runs": "activity", "session": "activity", "check-in": "check_in",
    "activity": "activity", "workout": "activity",
}  # fmt: skip


def felt(rest: str, *, figures: bool) -> str:
    """What a text tells of a body or of words of the athlete that no row holds, or nothing."""
    for match in _TOLD.finditer(rest):
        of_rows = figures or spoken(match["what"]) or not match["what"].strip(" .")
        feeling = "felt" in match.group().lower()
        if not advises(rest, match.start()) and (feeling or not of_rows):
            return match.group().strip()
    found = _BODY.search(rest) or _TOLD_OF_BODY.search(rest)
    asks = rest.rstrip().endswith("?")
    if (
        found
        and not asks
        and not any(advises(rest, place) for place in (found.start(), found.end() - 1))
    ):
        return found.group().strip()
    return ""


_TOLD_OF_BODY = re.compile(
    r"\b(?:mentioned|reported|noted|complained|described|flagged)\b[^;.]{0,40}\b(?:sore|soreness|"
    r"pain\w*|aches?|"
    r"stiff\w*|tight\w*|niggles?|injur\w+|sick|ill|cramps?|blisters?)\b",
    re.IGNORECASE,
)


def wrong_sign(words: str, index: Index) -> str:
    """A form that is called positive and is not, or the reverse; or nothing."""
    rows = now(index, "form")
    values = [
        one.value
        for one in index.figures.get("plain", ())
        if one.quantity == "form" and (not rows or one.subject in rows)
    ]
    for match in _SIGN.finditer(words):
        positive = (match["sign"] or match["sign2"]).lower() == "positive"
        denied = bool(_NO.search(match.group()))
        if values and any((value > 0) != (positive != denied) for value in values):
            return match.group().strip()
    return ""


def lacks(rest: str) -> bool:
    """Whether a text says that something is not there."""
    return bool(_LACKS.search(rest) and _NO.search(rest))


def does_not_lack(words: str, rest: str, mentions: Sequence[Mention], index: Index) -> str:
    """What a text says is missing of a row that has it; or nothing."""
    match = _LACKS.search(rest)
    if match is None or not _NO.search(rest) or not mentions:
        return ""
    end = re.search(r"[,;:]|\b(?:but|so|because)\b", rest[match.end() :])
    missing = words[match.start() : match.end() + end.start() if end else len(words)]
    rows = frozenset.intersection(*(one.exact for one in mentions))
    for name in spoken(missing):
        if any(index.of_row(row, name) for row in rows):
            return name.replace("_", " ")
    return _there(missing, mentions)


def _there(missing: str, mentions: Sequence[Mention]) -> str:
    for word, kind in _KINDS.items():
        if re.search(rf"\bno (?:\w+ )?{word}\b", missing, re.IGNORECASE) and any(
            row.kind == kind for one in mentions for row in one.exact
        ):
            return word
    return ""
