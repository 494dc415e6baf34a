"""Whether a part of a sentence states, advises, or speaks of what is to come."""

from __future__ import annotations

import re
from functools import lru_cache

_ADVICE = re.compile(
    r"\b(?:should|could|can|may|might|would|will|try|aim|consider|keep|let|if|when|to|helps?|"
    r"allows?|needs?|want|until|unless|don't|avoid|expect|i'd|let's|how about)\b|"
    r"^[\s\"'(]*(?:then |next |so |and |or |but |please |first |second |also )?"
    r"(?:run|go|take|start|stay|rest|eat|drink|sleep|do|add|make|leave|give|plan|tell|ask|see|"
    r"talk|build|hold|cut|move|skip|warm|ease|book|increase|improve|reduce|raise|lower|drop|grow|"
    r"slow|speed|pick|finish|use|spread|mix|stick|listen|focus|enjoy|walk|jog|limit|follow|"
    r"repeat)\b",
    re.IGNORECASE,
)
_STATED = re.compile(
    r"\b(?:was|were|has|have|had|is|are|did|you've|you're|ran|it's|that's|took|came|went|got|made|"
    r"set|hit|averaged|covered|(?!relaxed|rested|tired)\w{3,}ed)\b",
    re.IGNORECASE,
)
_SUPPOSED = re.compile(r"\b(?:would|could|should|might|may)\b", re.IGNORECASE)
_TELLS_A_FACT = re.compile(
    r"\b(?:know|remember|note|notice|see|recall|think|believe|realise|realize|say|tell|mind|aware|"
    r"show|shows|forget|remind|look(?:ing)? at|accept|admit|thank|happy|glad|proud) (?:you )?"
    r"(?:that |how |why |when |what )?(?:you|your|it|this|all|each|every)\b",
    re.IGNORECASE,
)
_FUTURE = re.compile(
    r"\b(?:will|you'll|going to|gonna|tomorrow|next (?:run|race|session|workout|week|month)|"
    r"upcoming|coming up|scheduled for|about to|yet to|is due|are due)\b",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"\b(?:ran|did|done|completed|covered|finished|took|averaged|logged|managed|hit|clocked|"
    r"recorded|was|were|went)\b",
    re.IGNORECASE,
)
_PLANNED = re.compile(
    r"\b(?:plan(?:s|ned)?|schedul\w+|calls? for|called for|ask(?:s|ed)? for|due|prescribed|target|"
    r"supposed|meant|to do|for today|set for|workout)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def advises(text: str, place: int) -> bool:
    """Whether the clause at a place tells somebody what to do, or what might be.

    "You should know that your longest run was…" states a fact all the same.
    """
    begin = max(text.rfind(mark, 0, place) for mark in (",", ";", ":", "(")) + 1
    end = min(
        (found for mark in (",", ";", ":", ")") if (found := text.find(mark, place)) >= 0),
        default=len(text),
    )
    clause, before = text[begin:end], text[begin : place + _word_length(text, place)]
    advice = _ADVICE.search(before)
    if advice is None or _TELLS_A_FACT.search(text):
        return False
    stated = _STATED.search(before)
    if stated and stated.start() < advice.start():
        return False
    later = _STATED.search(clause, place - begin)
    return later is None or later.start() == place - begin or _is_condition(before)


def _word_length(text: str, place: int) -> int:
    match = re.match(r"\w+", text[place:])
    return match.end() if match else 0


def _is_condition(before: str) -> bool:
    return bool(re.search(r"\b(?:if|when|unless|until)\b", before, re.IGNORECASE))


def supposes(clause: str) -> bool:
    """Whether a clause tells what would or could be, and nothing that is."""
    return bool(_SUPPOSED.search(clause)) and not _STATED.search(clause)


def of_the_future(text: str) -> bool:
    """Whether a sentence tells what is to come."""
    return bool(_FUTURE.search(text))


def of_what_was_done(text: str) -> bool:
    """Whether a sentence tells that something was done, rather than planned."""
    return bool(_DONE.search(text)) and not _PLANNED.search(text)
