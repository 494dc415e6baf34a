"""What no row holds of how something came: its causes, the weather where none is kept, company."""

from __future__ import annotations

import re

from strideiq.coach.checking.claims import knows_not
from strideiq.coach.checking.evidence import Subject
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.statements import advises

_CAUSE = re.compile(
    r"\b(?:because|thanks to|due to|owing to|on account of|as a (?:result|consequence) of|"
    r"(?:caused|explained|helped|boosted|driven) by|attributable to|courtesy of|"
    r"(?:stems?|stemmed|resulted) from|the (?:reason|cause) (?:is|was|being))\b",
    re.IGNORECASE,
)
_RECOMMENDS = re.compile(
    r"\b(?:should|could|would|might|may|i'd|let's|suggest|recommend|worth|better)\b|"
    r"^\W*(?:so |then |please )?(?:take|keep|run|rest|try|aim|go|stay|make|give|start|hold|ease|"
    r"avoid|don't|skip|move|plan|do|be)\b",
    re.IGNORECASE,
)
_SKY = (
    r"(?:cool|cold|chilly|freezing|frosty|icy|mild|warm|hot|scorching|humid|muggy|windy|breezy|"
    r"blustery|rainy|wet|damp|dry|snowy|sunny|cloudy|foggy|misty|stormy|muddy|slippery|perfect|"
    r"ideal|tough|difficult)"
)
_WEATHER = re.compile(
    rf"\b(?:in|under|despite|with|through)\s(?:\w+\s){{0,2}}?{_SKY}(?:,? (?:and )?{_SKY})*\s"
    r"(?:weather|conditions|temperatures?|air|winds?)\b|"
    rf"\bon an? (?:\w+\s)?{_SKY} (?:day|morning|afternoon|evening|night)\b|"
    r"\b(?:in|into|against|despite|through|with) (?:\w+\s){0,2}?(?:rain|drizzle|heat|cold|wind|"
    r"headwind|tailwind|snow|sleet|hail|fog|sunshine|sun|storm|mud)\b",
    re.IGNORECASE,
)
_WEATHER_ACTS = re.compile(
    r"\b(?:the|an?|your|that|some) (?:\w+ )?(?:headwinds?|tailwinds?|wind|rain|heat|cold|snow|"
    r"humidity|weather|sun|storm)\b",
    re.IGNORECASE,
)
_EVENT = re.compile(
    r"\b(?:in|at|during) (?:an?|the|your|that|this) (?:\w+ )?(?:parkrun|race|relay|time trial|"
    r"competition|championships?|fun run|league|event|training camp)\b",
    re.IGNORECASE,
)
_COMPANY = re.compile(
    r"\bwith (?:an? |your |some |the |two |three )?(?:friends?|mates?|buddy|buddies|partner|club|"
    r"group|dog|coach|team|company|colleagues?)\b",
    re.IGNORECASE,
)
_COURSE = re.compile(
    r"\b(?:on|over|along) (?:an? |the |some )?(?:\w+ )?(?:hilly|flat|rolling|fast|twisty|technical|"
    r"muddy|undulating|mountainous|steep|soft|rough|uneven)\s(?:\w+ )?(?:course|route|terrain|"
    r"trails?|roads?|ground|paths?|circuit|surface)\b",
    re.IGNORECASE,
)
_WAS_A_RACE = re.compile(
    r"\b(?:was|is) (?:an?|your|the) (?:\w+ )?(?:race|parkrun|time trial)\b(?! (?:pace|effort|"
    r"session|day|week))",
    re.IGNORECASE,
)
_HAS_PARTS = re.compile(
    r"\b(?:has|have|had|contains?|shows?|with) (?:\w+ )?(?P<part>laps?|lap splits|splits|intervals|"
    r"repetitions)\b",
    re.IGNORECASE,
)
_WEATHER_KEPT = "temperature"


def invented(rest: str, index: Index, *, claims: bool) -> str:
    """A cause, weather or company that a text tells of what happened, or nothing.

    ``claims``: whether the text tells a figure, a row or a change, so that these would be of it.
    """
    if not claims or rest.rstrip().endswith("?") or knows_not(rest):
        return ""
    patterns = [_COMPANY, _EVENT, _COURSE]
    if not any(row.kind == "split" for row in index.subjects):
        patterns.append(_HAS_PARTS)
    if not (_races_are_marked(index) or any(_is_a_race(row) for row in index.subjects)):
        patterns.append(_WAS_A_RACE)
    if _WEATHER_KEPT not in index.quantities:
        patterns += [_WEATHER, _WEATHER_ACTS]
    for pattern in patterns:
        for match in pattern.finditer(rest):
            if not advises(rest, match.start()):
                return match.group().strip()
    cause = _CAUSE.search(rest)  # "take it easy, because ..." advises
    return cause.group() if cause and not _RECOMMENDS.search(rest, 0, cause.start()) else ""


def _races_are_marked(index: Index) -> bool:
    """Whether some rows are known to be races: then it is judged which (``quantified.py``)."""
    return any(rows for one in index.evidence.sets for mark, rows in one.marked if mark == "race")


def _is_a_race(row: Subject) -> bool:
    """Whether a row is known to be a race, or of one."""
    return row.kind in {"plan", "best_effort", "race"} or any("race" in one for one in row.aliases)
