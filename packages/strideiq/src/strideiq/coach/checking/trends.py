"""Words that claim a change or a rank: "faster", "improving", "your longest", "twice"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from strideiq.coach.checking.statements import advises

Claim = Literal["up", "down", "flat", "changed", "better", "worse", "faster", "slower", "any"]

_NOUN = r"(?:an?|the|some|any|clear|slight|small|big|steady|marked|further|no) (?:\w+ )?"
_IS = (
    r"(?:is|are|was|were|been|be|being|stay(?:ed|s|ing)?|held|holding|holds|remain(?:s|ed|ing)?|"
    r"look(?:s|ed)?|kept|keeps?|running|stand(?:s|ing)?) "
)
_STEADY = (
    _IS + r"(?:(?!not\b)\w+ )?(?:steady|stable|flat|constant|level)"
    r"(?! (?:work|run|runs|running|effort|state|jog|day|miles|training))"
)
_GOES_UP = (
    "".join(
        rf"(?<!{verb}[ -])"
        for verb in (
            *("warm", "warmed", "add", "adds", "added", "build", "woke", "wake", "sum", "sums"),
            *("follow", "pick", "look", "set", "end", "ended", "catch", "keep", "made", "makes"),
            *("make", "back", "it"),
        )
    )
    + r"up(?!\s(?:to|for|with)\b)(?![\w-])"
)
"""What goes up, and not what one warms, adds or picks up."""
_GOES_DOWN = (
    "".join(
        rf"(?<!{verb} )"
        for verb in (
            *("cool", "cooled", "slow", "calm", "break", "broken", "write", "lie", "wind", "sit"),
            *("cut", "slowed", "slowing"),
        )
    )
    + r"down(?!\sto\b)(?![\w-])"
)
_OF_CERTAINTY = r" (?:certain|reliable|confident|sure|precise|exact|accurate)\b"
"""What is more or less certain is what is said, not what was run."""
_CHANGES: dict[Claim, tuple[str, ...]] = {
    "up": (
        r"increas(?:ed|es|ing|e)", r"r(?:ose|isen|ises|ising)", r"gr(?:ew|own|ows|owing|ow)",
        r"(?:is|are|been|keeps?|kept|was|were) (?:slowly |steadily )?climbing", "went up",
        "gone up",
        _NOUN + r"(?:rise|gain|growth|jump|spike|surge|uptick|upturn|climb up)",
        "higher", rf"more(?!{_OF_CERTAINTY})", "longer", "bigger", "larger", "heavier",
        "upwards?", "building",
        "built up", r"gained(?!\s+[\d\u2588])", "doubled", "tripled", "quadrupled",
        "jumped", "surged", "soared", "spiked", "rocketed", "ballooned", "expanded",
        r"climbed(?! \d)",
        _GOES_UP,
    ),
    "down": (
        r"decreas(?:ed|es|ing|e)", r"f(?:ell|allen|alls|alling)", r"dropp(?:ed|ing)", "drops?",
        r"declin(?:ed|es|ing|e)", "went down", "gone down",
        _NOUN + r"(?:dip|fall|reduction|slump|downturn|loss)",
        "lower", rf"less(?!{_OF_CERTAINTY})", "fewer", "shorter", "smaller", "lighter",
        "downwards?", "halved", "shrank",
        "shrinking", "shrunk", "reduced", "eased off", "lost",
        r"dipped(?!\s(?:\w+\s)?(?:under|below|inside)\b)", "tapered off", "tumbled",
        "plunged", "sank", "sunk", "waned", "dwindled", "crumbled", "collapsed", "faded",
        _GOES_DOWN,
    ),
    "flat": (
        _STEADY, "unchanged",
        r"plateau(?:ed|ing)?", "the same as", r"held (?:steady|its|your)", "steadily",
        r"stayed (?:about |roughly )?the same", r"level(?:led|ed)? off",
        "stagnated", "stagnating", "flatlined", "steady over", "stable over", "steady for",
        "no change",
    ),
    "changed": ("changed", "budged", "shifted", "varied", "fluctuated"),
    "better": (
        r"improv(?:ed|es|ing|ement|ements|e)", "better", "fitter", "stronger",
        r"progress(?:ed|ing)", "on the rise", "recovered", "sharper", "progress has",
    ),
    "worse": (
        r"wors(?:e|ened|ening|en)", "weaker", r"deteriorat(?:ed|es|ing)", r"regress(?:ed|ing)",
        r"slipp(?:ed|ing)", r"suffer(?:ed|ing)",
    ),
    "faster": ("faster", "quicker", "sped up", "quickened", "speeding up", r"got quick(?:er)?"),
    "slower": (r"slow(?:er|ed|ing)(?: down)?",),
}  # fmt: skip
_ORDINAL = (
    r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|\d+(?:st|nd|rd|th))"
)
_RANKS = re.compile(
    r"\b(?:(?:your|the|its|a|an) )?(?:new )?(?:"
    r"(?P<own>fastest|quickest|best|pb|pr|personal best|personal record|"
    r"(?!oldest|newest|first|latest|worst|only)\w+[- ](?:fastest|best))|"
    r"(?!the|your)[a-z]+[- ](?:longest|hardest|slowest|biggest|highest(?! heart| hr))|slowest|"
    r"longest|shortest|worst|"
    r"(?:highest|lowest)(?! heart| hr| of)|biggest|largest|smallest|hardest|easiest|hilliest|"
    r"flattest|heaviest|lightest|"
    r"busiest|quietest|fewest|furthest|farthest|steepest|"
    r"toughest|strongest|(?<!at )most(?! likely)|(?<!at )least|greatest|earliest|latest|"
    r"oldest|(?:new|course|all-time|world|national|club|season'?s?) record|a record|"
    r"record[- ](?:breaking|high|low|time|pace)|"
    rf"{_ORDINAL}[- ](?:fastest|longest|best|slowest|hardest|time|run|race|place|session|"
    r"week)|top (?:\w+|\d+)|ranks?|ranked|tops|topped the|"
    r"(?<!\d )(?<!per )(?<!/)beats?(?!\s(?:per|a)\b)|"
    r"beaten|unmatched|unbeaten|unrivalled|unsurpassed|outdid|outran|surpass(?:es|ed)|smashed|"
    r"broke (?:your|the)|won|wins|podium|medal|"
    r"milestone|came first|first ever|ever|never(?! (?:\w+ ){0,2}(?:above|over|past|beyond|"
    r"exceed\w*|topp\w*)\s)|always|every time|usually|typically|"
    r"mostly|majority|rarely|seldom|often|regularly|twice|double|triple|half of|third of|thrice|"
    r"(?P<compared>harder|easier|tougher|further|farther|hillier|steeper|hotter|colder|cooler|"
    r"warmer|as (?!high as|low as)\w+ (?:\S+ ){0,3}as|(?:more|less) \w+ than|\w+er than)|"
    r"equall?ed|matched|same (?:distance|time|pace) as|negative[- ]split\w*|positive splits?|"
    r"overtook|outpaced)\b",
    re.IGNORECASE,
)
_CHANGE = re.compile(
    r"\b(?:"
    + "|".join(f"(?P<{claim}>{'|'.join(words)})" for claim, words in _CHANGES.items())
    + r")\b",
    re.IGNORECASE,
)
_ALWAYS_A_CLAIM = re.compile(
    r"(?:ed|ing|ose|ew|ell|own|en|es|ank|unk|ements?|off|from|by|on)$|"
    r"^(?:lost|no change|the same|went|not changed)",
    re.IGNORECASE,
)
_BASE_FORM = frozenset({"increase", "grow", "decrease", "decline", "drop", "improve", "worsen"})
_NOT = re.compile(
    r"\b(?:not|no|never|without|hardly|isn't|hasn't|didn't|wasn't|haven't|weren't|aren't|any|"
    r"doesn't|don't|neither|nor|nothing|fail(?:ed|s)? to|stopped|far from)\b[^.,:;]{0,18}$",
    re.IGNORECASE,
)
_OF_YOU = re.compile(
    r"\b(?:you|your|its?|this|that|these|those|my|was|were)\b|[\d\u2588]", re.IGNORECASE
)
"""Without any of these, a comparison is of running in general: "rest matters as much as work"."""
_WHEN_YOU = re.compile(
    r"\b(?:when|if|while|once|whenever) you (?:\w+)\b|\bthat (?=gets?|makes?|feels?)", re.IGNORECASE
)
_OF_MYSELF = re.compile(r"\bi (?:can|could|find|found|have)\b", re.IGNORECASE)
_YOUR = re.compile(r"\byour?\b", re.IGNORECASE)
_A_BOUND = re.compile(
    r"(?:more|less|fewer|higher|lower|longer|shorter) than\s+(?:\d|a\s)", re.IGNORECASE
)


@dataclass(frozen=True)
class TrendTold:
    """A claim of a change or a rank."""

    begin: int
    end: int
    claim: Claim
    negated: bool = False
    rank: bool = False


def trends(text: str, *, of_bests: bool = False) -> list[TrendTold]:
    """Every claim of a change or a rank, in the order of the text, whose numbers are digits.

    A comparative in advice ("run a little slower tomorrow") claims nothing; a form of the past or
    of what is going on ("improved", "is falling") always does. ``of_bests``: whether the text
    speaks of best efforts, which may be called what they are.
    """
    found = [
        TrendTold(*match.span(), _claim(match), negated=bool(_NOT.search(text[: match.start()])))
        for match in _CHANGE.finditer(text)
        if _claims(text, match)
    ]
    found += [
        TrendTold(*match.span(), "any", rank=True)
        for match in _RANKS.finditer(text)
        if not advises(text, match.start())
        and not (of_bests and match["own"])
        and not (match["compared"] and not _OF_YOU.search(text))
        and not _A_BOUND.match(text, match.start())
        and not any(match.start() < one.end and one.begin < match.end() for one in found)
    ]
    return sorted(found, key=lambda one: one.begin)


def _claims(text: str, match: re.Match[str]) -> bool:
    words = match.group().lower()
    if _A_BOUND.match(text, match.start()):
        return False
    general = words in _BASE_FORM or words.startswith(("a ", "an ", "the ", "any ", "some "))
    if general and not _OF_YOU.search(text):
        return False
    if _OF_MYSELF.search(text) and not _YOUR.search(text):
        return False  # of what the coach can tell
    if not _OF_YOU.search(_WHEN_YOU.sub(" ", text)):
        return False  # what is true of running in general
    return (words not in _BASE_FORM and bool(_ALWAYS_A_CLAIM.search(words))) or not advises(
        text, match.start()
    )


def _claim(match: re.Match[str]) -> Claim:
    return next(claim for claim in _CHANGES if match[claim])
