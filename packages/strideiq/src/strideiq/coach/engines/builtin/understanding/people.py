"""Whether a text speaks of what somebody else ran: by a name where a runner stands."""

from __future__ import annotations

import re

from strideiq.coach.engines.builtin.understanding.days_said import MONTHS, WEEKDAYS

_NAME = r"(?P<name>[A-Z][a-z]{1,15})"
_DOES = re.compile(
    rf"\b(?:did|does|has|will|can|could|do|have|is|was|are) (?:my \w+ )?{_NAME} (?:\w+ly )?(?:run|"
    r"ran|do|done|manage|race|raced|get|been|log|logged|train|training|running|doing|faster|"
    r"slower|fitter|finish|sleep|going|at|up to)\b"
)
_WHOSE = re.compile(
    rf"\b{_NAME}(?:'s|\u2019s|s') (?:\w+ )?(?:best|pb|pr|pbs|prs|run|runs|time|times|pace|mileage|"
    r"training|weight|marathon|half|5k|10k|plan|fitness|sleep|heart|log|data|splits|last|week|"
    r"record|records|results?|load)\b"
)
_THAN = re.compile(
    rf"\b(?:than|against|versus|vs\.?|with|as) {_NAME}(?:[?.!,]|$| (?:is|does|did)\b)"
)
_NOBODY = frozenset(
    {
        *(one.capitalize() for one in (*MONTHS, *WEEKDAYS)),
        *[
            "I",
            "My",
            "Today",
            "Yesterday",
            "Tomorrow",
            "Strava",
            "Garmin",
            "Polar",
            "Coros",
            "Suunto",
            "Zwift",
            "The",
            "This",
            "That",
        ],
        *[
            "What",
            "How",
            "When",
            "Coach",
            "Hrv",
            "Tsb",
            "Ctl",
            "Atl",
            "It",
            "There",
            "You",
            "Christmas",
            "Easter",
            "Running",
            "Sleep",
        ],
        *[
            "Marathon",
            "Half",
            "Race",
            "Long",
            "Easy",
            "Threshold",
            "Tempo",
            "Intervals",
            "Training",
        ],
    }
)
"""Words with a capital that are nobody."""


def somebody_else(text: str) -> bool:
    """Whether somebody by a name did what is asked."""
    return any(
        match["name"] not in _NOBODY
        for pattern in (_DOES, _WHOSE, _THAN)
        for match in pattern.finditer(text)
    )
