"""What is stated of rows in a sentence of which nothing was resolved: "you skipped the session".

Where no figure, change, set or goal of a sentence stands on the evidence, each of its parts must
advise, ask, judge, say what is not known, or name rows and no more than that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from strideiq.coach.checking.claims import knows_not
from strideiq.coach.checking.evidence import Subject
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.mentions import Mention
from strideiq.coach.checking.plain import MASK
from strideiq.coach.checking.reported import lacks
from strideiq.coach.checking.statements import advises

_PARTS = re.compile(r"[,;:()]|\s[\u2013\u2014-]\s|\b(?:because|but|while|whereas)\b", re.IGNORECASE)
_NOUNS = (
    r"(?:runs?|running|jogs?|sessions?|workouts?|intervals?|repetitions?|laps?|splits?|"
    r"kilomet\w+|watch|sensor|battery|signal|gps|button|plan|race|weeks?|paces?|predictions?|"
    r"bests?|records?|knees?|calf|calves|ankles?|foot|feet|hips?|hamstrings?|shins?|achilles|"
    r"back|shoes?|trainers|flats|pairs?|bicycle|bike|load|form|fitness|fatigue|training|taper|"
    r"injur\w+|weight|sleep|mood|stress|soreness|proposals?|changes?|goal|phase|limit|climb\w*|"
    r"descent|course|route|weather)"
)
_OF_ROWS = re.compile(
    rf"\b(?:you|your|yours|you'\w+|you\u2019\w+|it|it's|they|yesterday|today|tomorrow)\b|{MASK}|"
    r"^\W*(?:this|that|these|those)\b|"
    rf"\b(?:the|no|all|both|neither|each|every|only|these|those|this|that|a|an)\s(?:\w+\s){{0,2}}?"
    rf"{_NOUNS}\b|^\W*{_NOUNS}\b",
    re.IGNORECASE,
)
_STATES = re.compile(
    r"\b(?:is|are|am|was|were|has|have|had|isn't|aren't|wasn't|weren't|hasn't|haven't|hadn't|"
    r"did|didn't|does|do|don't|doesn't|it's|that's|\w+'ve|\w+'re|\w+\u2019(?:ve|re|s)|ran|run|runs|"
    r"came|comes?|took|takes|went|got|gets|set|sets|made|kept|left|lost|felt|slept|sleeps?|ate|"
    r"eats?|drank|drinks?|swam|rode|wore|wears?|beat|broke|hurt|hurts|cut|hit|forgot|chose|gave|"
    r"began|won|fell|rose|grew|said|told|saw|put|makes?|needs?|uses?|lies?|stands?|remains?|"
    r"\w{3,}ed)\b",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"\b(?:may|might|could|would|can|should|will|shall|must|i'd|let's|if|unless|whenever|"
    r"helps?|how about)\b|\bwhen you (?:run|feel|rest|train|are|sleep|eat)\b|"
    r"^\W*(?:here|these|those) are\b|"
    r"\b(?:you asked|let me)\b|\bwatch (?:out|is)\b|\bthat is all\b|"
    r"^\W*your training (?:looks|seems)\b|^\W*(?:that|this|it) suggests\b|\bmakes? sense\b",
    re.IGNORECASE,
)
"""What may be, what depends, and what introduces a list."""
_MISSING = re.compile(r"\W*what (?:is|'s|you) (?:still )?(?:missing|need|lack)\b", re.IGNORECASE)
_ADVICE = re.compile(
    r"^\W*(?:(?:so|then|and|or|please|first|second|next|also|instead|just)\s)?(?:run|go|take|"
    r"start|stay|rest|eat|drink|sleep|do(?! )|add|make|leave|give|plan(?! )|tell|ask|see|talk|"
    r"build|hold|move|skip|warm|ease|increase|reduce|pick|finish|use|spread|mix|stick|listen|"
    r"focus|enjoy|walk|jog|limit|follow|keep|try|aim|consider|let|avoid|don't|expect|watch|swap|"
    r"stop|have(?! \w+ed)|treat|remember|note|look|be|get|bring|check)\b",
    re.IGNORECASE,
)
_LACKS = re.compile(
    r"\b(?:no|not|none|nothing|n't|\w+n't|\w+n\u2019t)\b.{0,40}\b(?:recorded|found|noted|known|told|"
    r"logged|cause|kept|proposed|planned|links?|relation)\b|^\W*i (?:can|cannot|can't|don't|do not|"
    r"am|found|have no|see|only)\b|^\W*i'm\b|\bnot (?:how|what|why|yet a)\b|\b(?:is|are) missing\b|"
    r"^\W*there (?:is|are|isn't|aren't|was|were|'s)\b|^\W*there['\u2019]s\b",
    re.IGNORECASE,
)
_CUT = re.compile(r"\b(?:on|tw|thre|fou|fiv|si|seve|eigh|nin|te)(?=\s{4,})", re.IGNORECASE)
"""What is left of a number where the rest of it was found to hold."""
_TOO_LITTLE = re.compile(r"\byou(?:r|'re)?\b[^.]*\btoo (?:few|little)\b", re.IGNORECASE)
_WORD = re.compile(r"[a-z][a-z'\u2019-]*", re.IGNORECASE)
_NEUTRAL_WORDS = (
    "you your yours you've you're it its it's that that's this these those they them the a an "
    "was is are were has have had been be ran run runs did do took set came come comes dates "
    "dated dating stems from in on at of and or with by to for as than ago place there then "
    "since s last latest most recent newest best bests pb pbs time session workout check-in "
    "which who so too also just about around almost nearly over under exactly one first next "
    "followed follows brought after before later earlier old back day days weeks week months "
    "month year more less now currently here still-standing standing doing well good great "
    "solid nice strong fine decent long short balanced encouraging impressive promising "
    "reasonable sensible looks look seems effort sign start result work job negative positive "
    "minus all done neither pair workouts sessions"
)
_NEUTRAL = frozenset(_NEUTRAL_WORDS.split())
"""Words that name rows and days, and judge them, and say no more."""
_OF_INJURIES = frozenset(
    {"bothered", "troubled", "lasted", "until", "between", "soreness", "sore", "problem", "injury"}
    | {"pain", "niggle", "hurt", "noted"}
)
_OF_RELATIONS = frozenset({"go", "goes", "together", "data", "linked", "related"})
_NO_RUNNING = frozenset({"stopped", "kept", "running"})
_NO_RUNNING_SCORE = 5
_MINOR_SCORE = 2


def bare(rest: str, mentions: Sequence[Mention], index: Index) -> str:
    """The first part of a text that states what nothing bears out, or nothing."""
    if rest.rstrip().endswith(("?", ":")) or _MISSING.match(rest):
        return ""
    known = _NEUTRAL | _words_of_injuries(mentions, index) | _words_of_relations(mentions, index)
    begin = 0
    for end in [*(match.start() for match in _PARTS.finditer(rest)), len(rest)]:
        part = rest[begin:end]
        if _states(part, known) and not advises(rest, _first_word(rest, begin)):
            return part.strip(" ,;:()-\u2013\u2014")
        begin = end
    return ""


def _states(part: str, known: frozenset[str]) -> bool:
    part = _CUT.sub(" ", _PARTS.sub(" ", part)).strip()
    if not _OF_ROWS.search(part) or not _STATES.search(part):
        return False
    if _OPEN.search(part) or _ADVICE.match(part):
        return False
    if _LACKS.search(part) or lacks(part) or (knows_not(part) and not _TOO_LITTLE.search(part)):
        return False
    return any(word.lower() not in known for word in _WORD.findall(part))


def _first_word(rest: str, begin: int) -> int:
    match = _WORD.search(rest, begin)
    return match.start() if match else begin


def _words_of_injuries(mentions: Sequence[Mention], index: Index) -> frozenset[str]:
    """What may be told of the injuries that are named: of a minor one, not that it stopped runs."""
    rows = [row for one in mentions for row in one.exact if row.kind == "injury"]
    if not rows:
        return frozenset()
    found = set(_OF_INJURIES)
    if all(_score(row, index) == _NO_RUNNING_SCORE for row in rows):
        found |= _NO_RUNNING
    if all(0 < _score(row, index) <= _MINOR_SCORE for row in rows):
        found |= {"minor", "mild"}
    return frozenset(found)


def _words_of_relations(mentions: Sequence[Mention], index: Index) -> frozenset[str]:
    """What may be told of the relations that are named, where all of them are seen."""
    rows = {row for one in mentions for row in one.exact if row.kind == "relation"}
    seen = {
        row
        for one in index.evidence.sets
        for word, so in one.marked
        if word == "seen"
        for row in so
    }
    return _OF_RELATIONS if rows and rows <= seen else frozenset()


def _score(row: Subject, index: Index) -> float:
    return max((one.value for one in index.of_row(row, "score")), default=0.0)
