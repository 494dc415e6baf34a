"""Claims that no row can bear out, by the words that make them: for all, for ever, not, per week.

Each is refused where it is stated; advice ("don't run on every day of the week") states nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from strideiq.coach.checking.plain import MASK
from strideiq.coach.checking.statements import advises

_COUNTED = (
    r"(?:runs?|km|kilomet\w+|miles?|times?|days?|weeks?|months?|years?|hours?|minutes?|seconds?|"
    r"sessions?|workouts?|races?|intervals?|repeats|repetitions|reps|beats|met(?:er|re)s|watts|"
    r"calories|kilos?|kilograms?|outings?|activities|check-ins?|nights?|mornings?|percent|"
    r"personal bests|pbs|records)"
)
_EVERY = re.compile(
    r"\b(?:all|each|none|most|both|neither|half|some|many|few|lots|plenty|two thirds|"
    r"\w+ly all)\s(?:of\s)?(?:your|the|these|those|my|its)\b(?! others)|"
    rf"\b(?:every|each)\s(?:single\s)?(?:{_COUNTED}|{MASK}|one\b|time\b)|"
    r"\b(?:none of|nothing (?:you|in|else)|"
    r"(?<=, )(?:all|both|each|none|most|half) of (?:them|which)|(?:are|were|been) all (?!right|"
    r"set)|"
    r"(?:ran|run|did|done|covered|logged|managed) nothing|no (?:run|runs|session|race|day|week|"
    r"check-in|workout)s?"
    r"(?! data)|everything you|always|constantly|invariably|without fail|"
    rf"{MASK}s\b)",
    re.IGNORECASE,
)
_ON_AVERAGE = re.compile(
    r"(?:each|every) (?:run|outing)(?:\s(?:of|in|over|during|from))?(?:\s(?:the|your))?"
    rf"(?:\s{MASK}+)?(?:\shas)?\saverag\w+|"
    r"everything you(?:'ve|\u2019ve| have)? (?:ran|run|did|done|covered)"
    rf"(?:\s(?:in|over|during))?(?:\s(?:the|your))?\s{MASK}",
    re.IGNORECASE,
)
"""What is told of all of them as one: their mean, or their sum."""
_OVER_ALL = re.compile(r"\b(?:across|over|for|counting|adding up)\s$", re.IGNORECASE)
_STREAK = re.compile(
    r"\b(?:streak|in a row|consecutive(?:ly)?|back[- ]to[- ]back|straight (?:days?|weeks?|runs?)|"
    r"unbroken|uninterrupted|non-?stop|running streak)\b",
    re.IGNORECASE,
)
_VAGUE_NUMBER = re.compile(
    r"\b(?:several|a? ?handful|(?:a |the )?(?:last |past )?few|couple|pair|trio|quartet|dozens|"
    r"scores?|hundreds|thousands|tens|umpteen|countless|numerous|myriad|multiple|"
    r"a number|a lot|loads|a single|an? only)\s"
    rf"(?:of\s)?(?:\w+\s)?{_COUNTED}\b|"
    r"\b(?:fourscore|threescore|two score|umpteen|a third|two[- ]thirds|three[- ]quarters|"
    r"a quarter|a fifth|a tenth|an? (?:sixth|seventh|eighth|ninth)|(?:two|three|four|five)[- ]"
    r"(?:fifths|tenths|eighths)|a fraction|a majority|a minority|"
    rf"(?<!first )(?<!second )(?<!{MASK} )half|"
    r"twofold|threefold|\w+fold|"
    r"thrice|(?:only|just) once|once (?:this|last|in|on|per)|both|"
    r"(?:\d+|\w+ty)-?something|the (?:low|mid|high|early|late) (?:\d+s|\w+ies|teens))\b"
    r"(?! marathon)",
    re.IGNORECASE,
)
_RATE_AFTER = re.compile(
    r"^\)?,?\s?(?!with\san?\s|in\sa\srun\sof\b)(?:\w+\s){0,2}?(?:(?P<per>per|a|an|each|every)\s|/\s?)"
    r"(?:(?P<run>run|outing|session)\b|(?P<week>week)\b|(?P<day>day)\b|(?P<km>km|kilomet(?:re|"
    r"er))\b|"
    r"day|night|week|month|year|run|session|outing|workout|race|hour|minute|lap|mile|mi\b|beat|"
    rf"{MASK})|^\s?(?:/|per\s)\s?\w+|"
    r"^\)?,?\s?(?:\w+\s){0,2}?(?:daily|nightly|monthly|yearly|annually|apiece|weekly)\b",
    re.IGNORECASE,
)
_EACH_AFTER = re.compile(r"\s(?:each|apiece)\b(?!\s(?!on\b)\w)", re.IGNORECASE)
_MEAN_BEFORE = re.compile(
    rf"\b(?P<run>(?:average|mean) (?:run|outing)|(?:run|outing)s (?:\w+ ){{0,4}}?averag\w+|"
    r"(?:average|mean) (?:distance|length|duration|time) (?:of (?:your|a|the) runs?|per run)|"
    rf"averag\w+ (?:\w+ ){{0,3}}?(?:per|a|each) run|"
    r"(?:each|your|the) runs? (?:\w+ ){0,4}on average|"
    rf"each run(?: (?:of|in|over|during|from))?(?: (?:the|your))?(?: {MASK}+)?(?: has)? "
    rf"averaged)\b[^,;#]{{0,30}}$|"
    rf"(?P<week>weekly (?:average|mean)|{MASK}+ (?:average|mean))\b[^,;#]{{0,20}}$",
    re.IGNORECASE,
)
_AVERAGE_BEFORE = re.compile(
    r"\b(?:averag\w+|mean|typical(?:ly)?|median|normal(?:ly)?|usual(?:ly)?)\b(?:\s\w+){0,3}\s*$",
    re.IGNORECASE,
)
_AVERAGE_AFTER = re.compile(r"^\)?,?\s?(?:\w+\s){0,2}?on average\b", re.IGNORECASE)
_JUDGES = (
    r"not (?:that |too |very |so |particularly |especially |overly |unusually )?(?:high|low|bad|"
    r"far "
    r"off|hard|easy|surprising|unusual|alarming|worrying|huge|big|ideal|much of a|an? (?:worry|"
    r"concern|problem|surprise|big deal|bad thing))\b(?! (?:as|enough|than))|"
    r"no (?:need|reason|cause|wonder|surprise|doubt|problem|rush|hurry|harm|shame)\b|"
    r"no (?:\w+ )?(?:change|trend|rise|increase|drop|decline|improvement)\b|"
    r"(?:wouldn't|won't|doesn't|would not|will not) (?:hurt|harm|matter)|"
    r"nothing (?:to worry|wrong|unusual|dramatic|alarming)"
)
"""Words of no that judge, advise or go on, and deny no row."""
_NEVER_ABOVE = r"never (?:\w+ ){0,2}?(?:above|over|past|beyond|exceed\w+|topp\w+)(?=\s|$)"
_NOT = re.compile(
    rf"\b(?:{_JUDGES}|{_NEVER_ABOVE})|"
    r"\b(?P<not>not|no|never|nor|neither|none|without|hardly|scarcely|barely|fail(?:ed|s|ing)?|"
    r"yet to|still to|unable to|struggled to|"
    r"instead|rather than|far from|unlike|except|excluding|apart from|skipp(?:ed|ing)|"
    r"miss(?:ed|ing)|cancel(?:led|ed|ling)|abandoned|did not finish|dnf|dropped out|"
    r"\w+n't|cannot|false|untrue|wrong|denied?|lied?)\b(?! only\b)",
    re.IGNORECASE,
)
_KNOWS_NOT = re.compile(
    r"\b(?:i (?:do not|don't|cannot|can't|could not|couldn't|did not|didn't) (?:have|see|find|know|"
    r"tell|judge|say)|i (?:have|found|find|see|can see) no|i can only|"
    r"(?:is|are|was|were|isn't|aren't|have|has) (?:no|not|n't)?\s?(?:enough |any )?"
    r"(?:\w+\s){0,3}(?:data|recorded|recording|record|values?|sensor|information)|"
    r"not enough|too (?:few|little))\b",
    re.IGNORECASE,
)
_AROUND_A_TIME = re.compile(
    r"\b(?:before|after|until|till|by|except(?: for)?|excluding|without|besides|beyond|following|"
    r"prior to|leading up to|ahead of|between|unlike|like|than|not|from|since|up to|through)\s"
    rf"(?:the\s|your\s|that\s)?(?=[\"\u201c]?{MASK})",
    re.IGNORECASE,
)
_WITNESS = re.compile(
    r"\b(?:going|judging|judged|to go) by\s(?:the\s|your\s|that\s)?$", re.IGNORECASE
)
_OTHER_ROW = re.compile(
    r"\b(?:the (?:former|latter|other one|other run|previous (?:one|run)|"
    r"one (?:before|after)|run (?:before|after)|next one)|noon|"
    r"(?:your|the) (?:last|most recent|previous) (?:hard|easy|quality|proper|real|tempo|interval|"
    r"recovery) (?:run|session|workout|effort|outing)|"
    r"your (?:lactate |aerobic |anaerobic )?threshold(?! (?:pace|run|runs|session|work|"
    r"training)\b)|"
    r"midday|midnight|dawn|"
    r"dusk|sunrise|sunset|respectively|vice versa|\d+ ?[ap]\.?m\b\.?)",
    re.IGNORECASE,
)
_RACE = re.compile(
    r"\b(?:ran|run|completed?|finished|raced|covered|did|done|won)\s(?:\w+\s){0,2}"
    r"(?:(?:half|full|ultra)[- ])?(?:marathon|ultra|triathlon|ironman)s?\b"
    r"(?! (?:pace|effort|plan))|"
    r"\b(?:was|is|were|be|became) (?:an?|your|the) (?:\w+ )?(?:marathon|ultra|triathlon|ironman)\b"
    r"(?! (?:pace|effort|plan))",
    re.IGNORECASE,
)
_UNIT_ALONE = re.compile(
    r"(?P<before>\b[^\W_]+)[\s-]{1,2}(?P<unit>km|kms|mi|miles?|kilomet\w+|met(?:re|er)s|bpm|kcal|"
    r"calories|kg|kilos|kilograms|minutes?|hours?|seconds?|percent|per cent|degrees|watts|beats|"
    r"runs)\b",
    re.IGNORECASE,
)
_BEFORE_UNITS = (
    "the a an per each every of in your these those this that weekly daily easy extra more fewer "
    "less any and or by which slow slower fast faster hard quality last first few long longer some "
    "for with on to recent good great steady gentle relaxed short shorter all no how many much "
    "early late later next previous as between hill tempo recovery interval total rest same into "
    "from are is were was have their my its such planned other enough training morning evening "
    "race only your harder easier single different both consistent regular progressive half "
    "my our trail road several couple handful pair numerous past few"
)
_MAY_STAND_BEFORE_UNITS = frozenset(_BEFORE_UNITS.split())
_CALLED = re.compile(
    r"\b(?:called|named|titled|entitled|dubbed|known as|labelled|labeled)\s(?![\"\u201c]?"
    rf"{MASK})\w",
    re.IGNORECASE,
)


_MISLABELLED = re.compile(
    r"\bfitness \((?!ctl\b)[a-z]{3}\)|\bfatigue \((?!atl\b)[a-z]{3}\)|"
    r"\bform \((?!tsb\b)[a-z]{3}\)",
    re.IGNORECASE,
)
"""Form by the short name of another measure."""


def mislabelled(words: str) -> str:
    """A measure that is told by the short name of another one, or nothing."""
    found = _MISLABELLED.search(words)
    return found.group() if found else ""


def unfounded(rest: str) -> str:
    """A claim of a text that nothing can bear out, or nothing; known names are blacked out."""
    for pattern in (_EVERY, _STREAK, _VAGUE_NUMBER, _OTHER_ROW, _RACE, _CALLED):
        for match in pattern.finditer(rest):
            if _tells_of_all_as_one(rest, match.start()):
                continue
            if not advises(rest, match.start()) and not _KNOWS_NOT.search(rest):
                return match.group().strip()
    return ""


def knows_not(rest: str) -> bool:
    """Whether a text says what is not known rather than what is."""
    return bool(_KNOWS_NOT.search(rest))


def _tells_of_all_as_one(rest: str, begin: int) -> bool:
    """Whether "each run" is told with an average, and "everything you ran" as a sum."""
    match = _ON_AVERAGE.match(rest, begin)
    if match is None:
        return False
    return not match.group().lower().startswith("everything") or bool(
        _OVER_ALL.search(rest, 0, begin)
    )


def unit_without_figure(rest: str, covered: frozenset[int]) -> str:
    """A unit behind a word that may be a number of another language, or nothing."""
    for match in _UNIT_ALONE.finditer(rest):
        word = match["before"].lower()
        known = word in _MAY_STAND_BEFORE_UNITS or covered & set(range(*match.span()))
        if not known:
            return match.group()
    return ""


def mean_of(rest: str, begin: int, end: int) -> str:
    """Of what the figure there is told as a mean, such as "58 km a week"; empty where of nothing.

    "?" where it is of something that no mean is made of.
    """
    if _EACH_AFTER.match(rest, end) and re.search(r"\bruns\b", rest[:begin], re.IGNORECASE):
        return "run"
    after = _RATE_AFTER.search(rest[end : end + 40])
    if after:
        known = next((name for name in ("run", "week", "day", "km") if after[name]), "?")
        return "?" if (after["per"] or "").lower() == "every" else known
    before = _MEAN_BEFORE.search(rest[max(0, begin - 70) : begin])
    return next((name for name in ("run", "week") if before and before[name]), "")


def averaged(rest: str, begin: int, end: int) -> bool:
    """Whether the figure at a place is told as an average."""
    return bool(
        _AVERAGE_BEFORE.search(rest[max(0, begin - 40) : begin])
        or _AVERAGE_AFTER.search(rest[end : end + 40])
    )


def denied(rest: str, begin: int, end: int) -> bool:
    """Whether a part of a text says that something is not so."""
    return any(
        match["not"] and not advises(rest, match.start())
        for match in _NOT.finditer(rest, begin, end)
    ) and not _KNOWS_NOT.search(rest, begin, end)


def around_a_time(rest: str, causes: Sequence[int]) -> str:
    """Words such as "before" or "since" in front of a row or a day, or nothing.

    ``causes``: places of rows that are no time: "since your fatigue is high" tells why.
    """
    for match in _AROUND_A_TIME.finditer(rest):
        if match.end() in causes or _WITNESS.search(rest, 0, match.end()):
            continue
        if not advises(rest, match.start()):
            return match.group().strip()
    return ""
