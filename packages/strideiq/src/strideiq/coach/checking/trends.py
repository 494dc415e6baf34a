"""Words that claim a change or a rank: "faster", "improving", "your longest", "twice"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Claim = Literal["up", "down", "flat", "better", "worse", "faster", "slower", "any"]

_CHANGES: dict[Claim, str] = {
    "up": (
        r"increas(?:ed|es|ing)|r(?:ose|isen|ises|ising)|gr(?:ew|own|ows|owing)|climbing|went up|"
        r"going up|gone up|trend(?:ed|s|ing) up(?:wards?)?|(?:is|are|was|were) up|up (?:from|by|on)|higher|more|longer|bigger|"
        r"larger|heavier|upward|building|built up|gained|doubled|tripled|jumped|surged|soared|picked up"
    ),
    "down": (
        r"decreas(?:ed|es|ing)|f(?:ell|allen|alls|alling)|dropp(?:ed|ing)|drops|declin(?:ed|es|ing)|"
        r"went down|going down|gone down|trend(?:ed|s|ing) down(?:wards?)?|(?:is|are|was|were) down|down (?:from|by|on)|lower|less|"
        r"fewer|shorter|smaller|lighter|downward|halved|shrank|shrinking|shrunk|reduced|eased off|lost|dipped|tapered off"
    ),
    "flat": (
        r"stead(?:y|ily)|stable|unchanged|flat|constant|plateau(?:ed|ing)?|the same as|no change|"
        r"held (?:steady|its|your)|consistent(?:ly)?|stayed (?:about |roughly )?the same|level(?:led|ed)? off|not changed"
    ),
    "better": (
        r"improv(?:ed|es|ing|ement|ements)|better|fitter|stronger|progress(?:ed|ing)|on the rise|on the up|recovered"
    ),
    "worse": r"wors(?:e|ened|ening)|weaker|deteriorat(?:ed|es|ing)|regress(?:ed|ing)|slipp(?:ed|ing)|suffer(?:ed|ing)",
    "faster": r"faster|quicker|sped up|speeding up|got quick(?:er)?",
    "slower": r"slow(?:er|ed|ing)",
}
_RANKS = re.compile(
    r"\b(?:(?:your|the|its|a) )?(?:\w+[- ](?:fastest|longest|best)|fastest|quickest|slowest|longest|shortest|"
    r"best|worst|(?:highest|lowest)(?! heart| hr)|biggest|hardest|easiest|hilliest|most|least|record|personal best|pb|"
    r"(?:first|second|third|fourth|fifth)[- ](?:fastest|longest|best|time|run|race)|never|always|every time|"
    r"on average|usually|typically|mostly|majority|twice|double|triple|half of|third of|thrice)\b",
    re.IGNORECASE,
)
_CHANGE = re.compile(
    r"\b(?:" + "|".join(f"(?P<{claim}>{words})" for claim, words in _CHANGES.items()) + r")\b",
    re.IGNORECASE,
)
_ALWAYS_A_CLAIM = re.compile(
    r"(?:ed|ing|ose|ew|ell|own|en|es|ank|unk|ement|ements|up|off)$|^lost|^no change|^the same|^went|^not changed|from$|by$|on$",
    re.IGNORECASE,
)
_ADVICE = re.compile(
    r"\b(?:should|could|can|may|might|would|will|try|aim|consider|keep|let|if|when|to|helps?|allows?|"
    r"needs?|want|until|unless|don't|avoid|expect)\b|"
    r"^[\s\"'(]*(?:then |next |so |and |or |but |please )?(?:run|go|take|start|stay|rest|eat|drink|sleep|do|add|"
    r"make|leave|give|plan|tell|ask|see|talk|build|hold|cut|move|skip|warm|ease|book)\b",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:not|no|n't|never|without|hardly|isn't|hasn't|didn't|wasn't|haven't|weren't|aren't|any)\b[^.,;]{0,18}$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class TrendTold:
    """A claim of a change or a rank."""

    begin: int
    end: int
    claim: Claim
    negated: bool = False
    rank: bool = False


def trends(text: str) -> list[TrendTold]:
    """Every claim of a change or a rank, in the order of the text.

    A comparative in advice ("run a little slower tomorrow") claims nothing; a form of the past or
    of what is going on ("improved", "is falling") always does.
    """
    found = [
        TrendTold(*match.span(), _claim(match), negated=bool(_NOT.search(text[: match.start()])))
        for match in _CHANGE.finditer(text)
        if _ALWAYS_A_CLAIM.search(match.group()) or not advises(text, match.start())
    ]
    found += [
        TrendTold(*match.span(), "any", rank=True)
        for match in _RANKS.finditer(text)
        if not advises(text, match.start())
        and not any(match.start() < one.end and one.begin < match.end() for one in found)
    ]
    return sorted(found, key=lambda one: one.begin)


def _claim(match: re.Match[str]) -> Claim:
    return next(claim for claim in _CHANGES if match[claim])


def advises(text: str, place: int) -> bool:
    """Whether the clause up to here tells somebody what to do, or what might be."""
    begin = max(text.rfind(mark, 0, place) for mark in (",", ";", ":", "(")) + 1
    clause = text[begin:place]
    stated = re.search(
        r"\b(?:was|were|has|have|had|is|are|did|you(?:'ve|r)|ran)\b", clause, re.IGNORECASE
    )
    advice = _ADVICE.search(clause)
    return bool(advice) and not (stated and stated.start() < advice.start())
