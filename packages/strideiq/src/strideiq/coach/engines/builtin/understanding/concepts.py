"""What a tidied question touches: each concept is a set of words that mean it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from strideiq.coach.engines.builtin.understanding.vocabulary import lines_of

_NAME = re.compile(r"(?P<name>\w+) = ")


def _concepts() -> Mapping[str, str]:
    """The words of each concept as one regular expression: the file has one concept a paragraph."""
    known: dict[str, str] = {}
    name = ""
    for line in lines_of("concepts"):
        begins = _NAME.match(line)
        name = begins["name"] if begins else name
        text = (line[begins.end() :] if begins else line).strip()
        known[name] = f"{known[name]} {text}" if name in known else text
    return {one: re.sub(r" \| |\| ", "|", words) for one, words in known.items()}


CONCEPTS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(rf"(?<![\w-])(?:{words})(?![\w-])") for name, words in _concepts().items()
}


def concepts(text: str) -> frozenset[str]:
    """The concepts that a tidied text touches."""
    return frozenset(name for name, pattern in CONCEPTS.items() if pattern.search(text))


_FIELDS: tuple[tuple[str, str], ...] = (
    (
        "max_heart_rate",
        (
            r"(?:max\w*|highest|peak|top) (?:\w+ )?heart(?: rate)?|heart(?: rate)? (?:\w+ ){0,6}"
            r"(?:max\w*|peak\w*|highest)|how high (?:did |was )?(?:my )?heart|"
            r"(?:max\w*|peak\w*) (?:\w+ ){1,3}heart|(?:max\w*|peak) bpm"
        ),
    ),
    ("resting_heart_rate", r"resting heart rate|resting"),
    ("heart_rate", r"heart rate|heart|beats (?:per|a|1) min(?:ute)?"),
    (
        "cadence",
        (
            r"cadence|spm|step rate|stride rate|steps (?:per|a|1|each) min(?:ute)?|steps did i|"
            r"turnover|leg speed"
        ),
    ),
    (
        "ascent",
        r"climb\w*|ascent|ascend\w*|elevation|uphill|vert\w*|hills|hilly|metres up|height gain",
    ),
    ("power", r"power|watts?"),
    ("energy", r"calories|energy|kcal"),
    (
        "temperature",
        (
            r"temperature|weather|how (?:hot|cold|warm)|degrees|"
            r"(?:was|is) it (?:too |very |so )?(?:hot|cold|warm|freezing|windy|raining|wet)"
        ),
    ),
    ("pace", r"pace|how (?:fast|quick\w*)|speed|quick"),
    (
        "runs",
        (
            r"how many (?:\w+ )?(?:runs|times|activities|sessions|workouts|outings)|how often|"
            r"number of (?:runs|activities|sessions)|runs (?:a|per) week|many runs|how many times|"
            r"times (?:a|per) week|runs did i"
        ),
    ),
    (
        "duration",
        (
            r"how long (?:did|was|were|have|has|in time)|hours|minutes|duration|"
            r"time on (?:my )?feet|time spent|how much time|finish time|what time did|total time|"
            r"how long i"
        ),
    ),
    ("distance", r"how far|distance|km|miles|mileage|volume|kilometerage|how long"),
)
_FIELD_PATTERNS = tuple(
    (name, re.compile(rf"(?<![\w-])(?:{words})(?![\w-])")) for name, words in _FIELDS
)


def field_of(text: str) -> str:
    """The one figure that a tidied text asks for; empty where it asks for none in particular."""
    return next((name for name, pattern in _FIELD_PATTERNS if pattern.search(text)), "")
