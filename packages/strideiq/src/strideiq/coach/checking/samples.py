"""From how many values a change was computed: "improving, based on 18 runs"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from strideiq.coach.checking.evidence import Trend
from strideiq.coach.checking.numbers import Told

_BASED_ON = re.compile(
    r"\b(?:based|built|drawn|calculated|computed|worked out|judging|going)\s(?:on|from|"
    r"by)\s(?:(?:just|"
    r"only|the|your|a total of|about|some|all|these)\s)*\s*$",
    re.IGNORECASE,
)
_ANY = r"values|data points|points|samples|observations|readings|measurements|entries"
_OF_A_DAY = frozenset(
    {"resting_heart_rate", "hrv", "sleep", "weight", "score", "fitness", "fatigue"}
)


def samples(text: str, told: Sequence[Told]) -> Iterator[Told]:
    """The figures that are told as the size of a sample."""
    for one in told:
        if one.bare and one.bound == "near" and _BASED_ON.search(text, 0, one.begin):
            yield one


def is_sample_of(told: Told, trend: Trend) -> bool:
    """Whether a trend was computed from as many, of what it is computed from."""
    if trend.subject.kind == "week":
        counted = f"weeks|{_ANY}"
    elif trend.quantity in _OF_A_DAY:
        counted = f"days|mornings|nights|check-ins|{_ANY}"
    else:
        counted = f"runs|activities|{_ANY}"
    named = re.match(rf"(?:\w+ )?(?:{counted})\b(?!\sof\b)", told.counted, re.IGNORECASE)
    return bool(named) and told.value == trend.sample_size
