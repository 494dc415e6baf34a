"""Which part of a text asks: reasons and asides stand before a question, and behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_STARTS = (
    r"what|whats|what's|wat|wot|wots|wats|wht|how|hows|how's|hwo|when|whens|when's|where|wheres|"
    r"where's|"
    r"which|who|whos|who's|why|is|isn't|are|aren't|am|was|were|do|does|did|didn't|don't|can|could|"
    r"cud|cld|"
    r"would|wud|should|shud|shall|will|have|has|had|haven't|any|tell me|show|list|give|gimme|"
    r"compare|"
    r"predict|estimate|remind|let me (?:know|see|have)|wondering|i wonder|"
    r"i was wondering|i'd like to know|"
    r"i want to know|i need to know|do you know|not sure|curious|just curious|i'm curious|"
    r"summarise|summarize|sum up|review|recap|brief|explain|pull up|find|look up|read out|"
    r"break down|run me through|walk me through|talk me through|move|shift|delete|remove|swap|"
    r"change|cancel|reschedule|add|push|postpone|rename|log|set|make|put|skip|calculate|work out"
)
_FILLERS = (
    r"hi|hiya|hey|hello|morning|good morning|evening|coach|please|pls|plz|ok|okay|so|and|but|well|"
    r"right|also|then|oh|hmm|um|erm|anyway|anyways|just|thanks|thx|cheers|basically|honestly|"
    r"btw|by the way|quick one|quick question|question|now|yo|sorry|again|or|lol|tbh|plus"
)
_ONLY_FILLERS = re.compile(rf"^\W*(?:(?:{_FILLERS})\b\W*)+$", re.IGNORECASE)
_ASKS = re.compile(rf"^(?:(?:{_FILLERS})\b[\s,:!.-]*)*(?:{_STARTS})\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?;\u2026])\s+|\n+|\.{2,}\s*")
_BREAK = re.compile(
    r"\s*[\n\u2014\u2013]\s*|\s+-+\s+|(?<!\d),\s*|,\s+|:\s+|"
    r"\s+(?=(?:so|but|and|because|cos|coz|cause|bc|since i|as i|anyway)\s)|"
    r"\s*\((?=[^)]*\))|\)\s*",
    re.IGNORECASE,
)
_REASON = re.compile(r"^(?:because|cos|coz|cause|bc|since i|as i)\b", re.IGNORECASE)
_REQUESTS = re.compile(r"^(?!.*\b(?:i|my|me|he|she|we)\b).*\b(?:please|pls|plz)\W*$", re.IGNORECASE)
_LEADS = re.compile(
    r"^(?:(?:and|so|ok|okay|hey|hi|please|coach|now|well) )*(?:in|on|for|over|during|at|of|out of|"
    r"from|since|with|within|across|between|compared (?:to|with)|this|last|next|suppose|if|say|"
    r"imagine|assuming|given|(?P<each>\w+) by "
    r"(?P=each))\b(?!.*\b(?:i am|i'm|im|i was|because|hurts?|but)\b)",
    re.IGNORECASE,
)
"""What a question may begin with before a comma: "In the last week, how far did I run?"."""
_ENDED = re.compile(r"[.?!]\s*$")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Parts:
    """A text with the part of it that asks, and what it says beside that."""

    asking: str
    aside: str
    asks: bool = True
    """Whether any part of it is worded as a question or a request."""


def parts_of(text: str) -> Parts:
    """The asking part of a text; all of it where none stands out."""
    pieces = [piece for sentence in _SENTENCE.split(text) for piece in _pieces(sentence)]
    asks = [one for _, one in pieces]
    if not any(asks):
        return Parts(text, "", asks=False)
    first = asks.index(True)
    kept, left = [pieces[first][0]], [piece for piece, _ in pieces[:first]]
    if left and _LEADS.match(left[-1]) and not _ENDED.search(left[-1]):
        kept.insert(0, left.pop())
    open_ = True
    for piece, asking in pieces[first + 1 :]:
        open_ = asking or (open_ and not _REASON.match(piece) and not _ENDED.search(kept[-1]))
        (kept if open_ else left).append(piece)
    return Parts(" ".join(kept), " ".join(left))


def _pieces(sentence: str) -> list[tuple[str, bool]]:
    """The parts of a sentence between its commas, each with whether it asks."""
    pieces = _with_fillers([one for one in _BREAK.split(sentence) if one and _WORD.search(one)])
    asks = [bool(_ASKS.match(piece.strip())) for piece in pieces]
    if not any(asks) and sentence.rstrip().endswith("?"):
        asks = [True] * len(pieces)
    asks = [one or bool(_REQUESTS.search(piece)) for one, piece in zip(asks, pieces, strict=True)]
    return list(zip(pieces, asks, strict=True))


def _with_fillers(pieces: list[str]) -> list[str]:
    """The pieces, each "please" and "coach" put to what stands before it."""
    kept: list[str] = []
    for piece in pieces:
        if kept and _ONLY_FILLERS.match(piece):
            kept[-1] = f"{kept[-1]} {piece}"
        else:
            kept.append(piece)
    return kept
