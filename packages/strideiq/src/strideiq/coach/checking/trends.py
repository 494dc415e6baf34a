"""Words that claim a change or a rank: "faster", "improving", "your longest", "twice"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Claim = Literal["up", "down", "flat", "better", "worse", "faster", "slower", "any"]

_CHANGES: dict[Claim, tuple[str, ...]] = {
    "up": (
        r"increas(?:ed|es|ing)", r"r(?:ose|isen|ises|ising)", r"gr(?:ew|own|ows|owing)", "climbing",
        "went up", "going up", "gone up", r"trend(?:ed|s|ing) up(?:wards?)?",
        r"(?:is|are|was|were) up", r"up (?:from|by|on)", "higher", "more", "longer", "bigger",
        "larger", "heavier", "upward", "building", "built up", "gained", "doubled", "tripled",
        "jumped", "surged", "soared", "picked up",
    ),
    "down": (
        r"decreas(?:ed|es|ing)", r"f(?:ell|allen|alls|alling)", r"dropp(?:ed|ing)", "drops",
        r"declin(?:ed|es|ing)", "went down", "going down", "gone down",
        r"trend(?:ed|s|ing) down(?:wards?)?", r"(?:is|are|was|were) down", r"down (?:from|by|on)",
        "lower", "less", "fewer", "shorter", "smaller", "lighter", "downward", "halved", "shrank",
        "shrinking", "shrunk", "reduced", "eased off", "lost", "dipped", "tapered off",
    ),
    "flat": (
        r"stead(?:y|ily)", "stable", "unchanged", "flat", "constant", r"plateau(?:ed|ing)?",
        "the same as", "no change", r"held (?:steady|its|your)", r"consistent(?:ly)?",
        r"stayed (?:about |roughly )?the same", r"level(?:led|ed)? off", "not changed",
    ),
    "better": (
        r"improv(?:ed|es|ing|ement|ements)", "better", "fitter", "stronger",
        r"progress(?:ed|ing)", "on the rise", "on the up", "recovered",
    ),
    "worse": (
        r"wors(?:e|ened|ening)", "weaker", r"deteriorat(?:ed|es|ing)", r"regress(?:ed|ing)",
        r"slipp(?:ed|ing)", r"suffer(?:ed|ing)",
    ),
    "faster": ("faster", "quicker", "sped up", "speeding up", r"got quick(?:er)?"),
    "slower": (r"slow(?:er|ed|ing)",),
}  # fmt: skip
_RANKS = re.compile(
    r"\b(?:(?:your|the|its|a) )?(?:"
    r"\w+[- ](?:fastest|longest|best)|fastest|quickest|slowest|longest|shortest|best|worst|"
    r"(?:highest|lowest)(?! heart| hr)|biggest|hardest|easiest|hilliest|most|least|record|"
    r"personal best|pb|"
    r"(?:first|second|third|fourth|fifth)[- ](?:fastest|longest|best|time|run|race)|"
    r"never|always|every time|on average|usually|typically|mostly|majority|"
    r"twice|double|triple|half of|third of|thrice)\b",
    re.IGNORECASE,
)
_CHANGE = re.compile(
    r"\b(?:"
    + "|".join(f"(?P<{claim}>{'|'.join(words)})" for claim, words in _CHANGES.items())
    + r")\b",
    re.IGNORECASE,
)
_ALWAYS_A_CLAIM = re.compile(
    r"(?:ed|ing|ose|ew|ell|own|en|es|ank|unk|ements?|up|off|from|by|on)$|"
    r"^(?:lost|no change|the same|went|not changed)",
    re.IGNORECASE,
)
_ADVICE = re.compile(
    r"\b(?:should|could|can|may|might|would|will|try|aim|consider|keep|let|if|when|to|helps?|"
    r"allows?|needs?|want|until|unless|don't|avoid|expect)\b|"
    r"^[\s\"'(]*(?:then |next |so |and |or |but |please )?"
    r"(?:run|go|take|start|stay|rest|eat|drink|sleep|do|add|make|leave|give|plan|tell|ask|see|"
    r"talk|build|hold|cut|move|skip|warm|ease|book)\b",
    re.IGNORECASE,
)
_STATED = re.compile(r"\b(?:was|were|has|have|had|is|are|did|you(?:'ve|r)|ran)\b", re.IGNORECASE)
_NOT = re.compile(
    r"\b(?:not|no|never|without|hardly|isn't|hasn't|didn't|wasn't|haven't|weren't|aren't|any)\b"
    r"[^.,;]{0,18}$",
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
    stated, advice = _STATED.search(clause), _ADVICE.search(clause)
    if advice is None:
        return False
    return stated is None or stated.start() >= advice.start()
