"""The words by which two things are put side by side.

The patterns read a text whose figures stand as ``#`` and whose names and days as blocks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from strideiq.coach.checking.plain import MASK
from strideiq.coach.checking.portions import PORTION

Way = Literal["up", "down", "faster", "slower", "apart", "same"]

WAYS: tuple[tuple[Way, str], ...] = (
    (
        "up",
        (
            r"more often|more frequently|more|higher|greater|bigger|larger|longer|further|farther|"
            r"above|ahead of|ahead|extra|heavier|"
            r"additional|hillier|busier|beyond|in excess of"
        ),
    ),
    (
        "down",
        (
            r"quieter|less often|less frequently|less|fewer|lower|lighter|smaller|shorter|below|"
            r"short of|"
            r"short|shy of|shy|behind|beneath|under"
        ),
    ),
    ("faster", r"faster|quicker|swifter"),
    ("slower", r"slower"),
)
TURNS: tuple[tuple[Way, str], ...] = (
    (
        "up",
        (
            r"rose|risen|rise|increased?|grew|grown|growth|climbed|jumped|jump|gain(?:ed)?|up|"
            r"went up|gone up|added|addition"
        ),
    ),
    (
        "down",
        (
            r"fell|fallen|fall|decreased?|dropped|drop|declined?|dipped|dip|reduction|reduced|down|"
            r"went down|gone down|cut|lost|loss|shortfall|deficit"
        ),
    ),
    ("faster", r"improve(?:d|ment)?|sped up"),
    ("apart", r"difference|gap|margin|apart|spread|separated?|separates"),
)


def _words(ways: Sequence[tuple[Way, str]]) -> str:
    return "|".join(words for _, words in ways)


COMPARED, TURNED = _words(WAYS), _words(TURNS)
HEDGE = (
    r"(?:(?:about|around|roughly|approximately|almost|nearly|exactly|precisely|just|a little|a bit|"
    r"slightly|some|only|over|under|more than|less than|still|another|an?|as much as|close to|"
    r"a good|good|~|full)\s*){0,3}"
)
STOP = (
    r"(?:and|but|while|on|in|with|at|for|than|which|is|was|were|so|to|from|as|over|of|compared|"
    r"versus|against|this|last|that|then|up|down|or|by|after|before|within)\b"
)
PER = r"(?P<per>\s?(?:/|per |an? |each |every )\s?(?:km|kilomet(?:re|er)|k|mi|mile)\b)"
BETWEEN = rf"(?:\s(?!{STOP})[a-z]+){{0,2}}?"
FIGURE_FIRST = re.compile(
    rf"(?P<f>#+){PER}?{BETWEEN}\s(?P<c>{COMPARED}|apart)\b(?!\s(?:to|from|#)|"
    rf"\sthe\s#+[\s-]?(?:mark|barrier|threshold|line))"
    r"(?P<per2>\s?(?:/|per |an? |each )\s?(?:km|kilomet(?:re|er)|mi|mile)\b)?",
    re.IGNORECASE,
)
BY_A_FIGURE = re.compile(
    rf"\b(?:(?P<c>{COMPARED}|{TURNED})(?:\s\w+)?\sby\s+|(?P<c2>(?<!made )(?<!make )(?<!makes )"
    rf"(?<!making )up|down|rose|fell|dropped)\s+){HEDGE}(?P<f>#+)(?!\sof\b){PER}?",
    re.IGNORECASE,
)
TURN_OF = re.compile(
    rf"\b(?:an?|the|with|was|is)\s(?:\w+\s)?(?P<c>{TURNED})\s(?:of|is|"
    rf"was)\s+{HEDGE}(?P<f>#+){PER}?|"
    rf"(?P<f2>#+){PER.replace('per>', 'per3>')}?\s(?:\w+\s)?(?P<c2>{TURNED})\b(?!\s(?:to|from)\s#)",
    re.IGNORECASE,
)
PORTION_MORE = re.compile(rf"{PORTION}\s(?P<c>{COMPARED})\b(?!\sthan\s#)", re.IGNORECASE)
TIMES_AS = re.compile(
    rf"(?:{PORTION}|(?P<f>#+)\stimes)\s(?:as\s(?P<c>\w+)\b(?=.{{0,60}}\bas\b)|"
    rf"(?=(?:your\s|the\s)?{MASK}+(?:'s|\u2019s)\s\w)|"
    r"(?:of\s)?(?:the|your|that)\s(?P<noun>distance|length|time|duration|climbing|ascent|mileage|"
    r"volume)\b"
    r"(?=\s(?:of|on|in|you)))|"
    rf"\b(?P<double>double|twice|half|triple|treble)(?=\s(?:the\s|your\s)?{MASK})",
    re.IGNORECASE,
)
MULTIPLIED = re.compile(r"\b(?P<c>(?P<double>double|triple)d|(?P<half>halved))\b", re.IGNORECASE)
SHARE = re.compile(
    rf"(?:{PORTION}|(?P<f>#+))\sof\s(?!climbing|ascent|running|sleep|the way)",
    re.IGNORECASE,
)
SAME = re.compile(
    r"\b(?P<near>(?:pretty |very )?much |almost |nearly |about |roughly |practically |virtually |"
    r"essentially |more or less |right |just about |exactly )?"
    r"(?P<c>(?:the )?same|identical|equal|on (?:a )?par|level|in line|matched|similar)"
    r"(?:\s(?:distance|time|pace|length|heart rate|number of \w+|to))?\b(?!\s(?:day|week|time)\b)",
    re.IGNORECASE,
)
MAKES_UP = re.compile(
    r"\b(?:made up|makes? up|account(?:s|ed)? for|contribut\w+|represent\w*|came to|"
    r"came from)\b[^;]*$",
    re.IGNORECASE,
)
PART_OF = re.compile(
    r"(?P<f>#+)(?:\s(?!short|shy|ahead|out|instead)\w+)?\s+of\s+(?P<of>(?:your\s|the\s|"
    r"those\s)?(?:\u2588+(?:'s|"
    r"\u2019s?)?)?\s*(?P<f2>#+))",
    re.IGNORECASE,
)
WITHIN = re.compile(
    r"\b(?:(?:a |an |the )?(?:\w+ )?part of|counts? towards?|counted towards?|belong(?:s|ed)? to|"
    r"included in|one of)"
    rf"\s(?=(?:your\s|the\s|that\s)?(?:\w+\s)?(?:\w+\s)?{MASK}|(?:your |the )?#)",
    re.IGNORECASE,
)
FROM_TO = re.compile(
    rf"\b(?P<c>{TURNS[0][1]}|{TURNS[1][1]}|went|gone|changed|moved|improved|"
    rf"shifted)\b(?:\s\w+){{0,2}}?,?\sfrom\s"
    rf"(?P<from>[^;:#]{{0,25}}?(?P<f>#+)[^;:#]{{0,40}}?)\sto\s(?P<to>[^;:#]{{0,25}}?(?P<f2>#+))",
    re.IGNORECASE,
)
UP_FROM = re.compile(
    rf"\b(?P<c>up|down)\s(?:\w+\s)?(?=from\s(?:{MASK}|your\s|the\s|about\s|around\s|"
    rf"[\s(])*(?P<f>#+)"
    rf"(?![^;:,#]{{0,30}}\sto\s[^;:,]{{0,25}}?#))",
    re.IGNORECASE,
)
TWINS = re.compile(
    rf"(?P<f>#+)(?:,?\sor\s|\s?\(|\s?[\u2013\u2014-]\s?|,\s)(?:or\s|that is\s|"
    rf"that's\s)?{HEDGE}(?P<f2>#+)"
    rf"(?:\)|\s?[\u2013\u2014-]|,)?\s(?P<c>{COMPARED}|up|down)\b",
    re.IGNORECASE,
)
TWIN_BEHIND = re.compile(
    rf"(?P<between>[^;:#,()]{{0,40}}?)\s?[(,\u2013\u2014]\s?(?:or\s|that is\s|"
    rf"that's\s)?{HEDGE}(?P<f>#+)"
    r"(?:\)|(?=\s?[,.\u2013\u2014]|$))",
    re.IGNORECASE,
)
THAN_BY = re.compile(
    rf"(?<!#\s)\b(?P<c>{WAYS[0][1]}|{WAYS[1][1]}|faster|quicker|"
    rf"slower)\b(?P<other>(?:\s[a-z-]+){{0,3}}?(?:\sthan)?"
    rf"\s[^;:,#]{{0,20}}?{MASK}+),?\s(?:(?P<by>by)|[\u2013\u2014(-])\s*{HEDGE}(?P<f>#+)",
    re.IGNORECASE,
)
BETWEEN_TWO = re.compile(
    r"\b(?P<c>difference|gap|"
    r"margin)(?:\sin\s(?P<of>[\w\s]{2,30}?))?\sbetween\s(?P<from>[^;:,#]{2,60}?)\s(?:and)\s"
    rf"(?P<to>[^;:,#]{{2,60}}?)\s(?:is|was|of|comes to|came to|amounts to|"
    rf"being)\s{HEDGE}(?P<f>#+){PER}?",
    re.IGNORECASE,
)
TAKEN_OFF = re.compile(
    rf"\b(?:took|taken|knocked|shaved|cut|chopped)\s{HEDGE}(?P<f>#+)\soff\b", re.IGNORECASE
)
DIFFER = re.compile(
    rf"\b(?P<c>differ(?:s|ed)?|(?:is|are|was|were) apart)\sby\s{HEDGE}(?P<f>#+){PER}?|"
    rf"(?P<f2>#+)\s(?P<c2>separates?|separated)\b",
    re.IGNORECASE,
)
TO_MATCH = re.compile(
    rf"(?P<f>#+)(?:\smore)?(?:\s{MASK}+)?\s(?P<c>to (?:match|reach|equal|catch(?: up with)?|"
    r"get to|go to (?:match|reach)))\s(?=(?:your\s|the\s)?"
    rf"{MASK})",
    re.IGNORECASE,
)
TO_MATCH_FIRST = re.compile(
    r"\b(?:to (?:match|equal|reach|catch(?: up with)?|get (?:back )?to)\s(?P<other>(?:your\s|"
    r"the\s)?"
    rf"{MASK}+(?:'s|\u2019s)?(?:\s(?:total\s)?(?:of\s)?#+)?),?\s(?:you(?:'d|\u2019d| would|'ll| "
    rf"will)?|it(?:'d| would| "
    rf"will)?)\s(?:still\s)?(?:need|take|have to (?:run|add|do)|be)\s(?:to (?:run|add|"
    rf"do)\s)?{HEDGE}"
    r"(?P<f>#+)(?:\smore)?)",
    re.IGNORECASE,
)
WITH_ANOTHER = re.compile(
    rf"\bwith (?:another|a further)\s(?P<f>#+),?\s(?:you|it)(?:'d|\u2019d| would|'ll| "
    rf"will)\s(?:match|equal|"
    rf"reach|catch(?: up with)?|draw level with|be level with)(?P<other>\s(?:your\s|"
    rf"the\s)?{MASK}+)",
    re.IGNORECASE,
)
BEYOND = re.compile(
    r"\b(?P<c>exceed(?:s|ed)?|outweigh(?:s|ed)?|beats?|topped|tops|surpass(?:es|ed)|trail(?:s|ed)|"
    r"lags?(?: behind)?|"
    r"outdoes|outdid)\s"
    rf"(?=(?:your\s|the\s|that\s)?{MASK})(?P<other>[^;:,#]{{2,60}}?\sby\s{HEDGE}(?P<f>#+){PER}?)?",
    re.IGNORECASE,
)
BEATEN = re.compile(
    r"(?:(?P<not>\b(?:not|yet to|\w+n't|still to)\s(?:yet\s)?|n't\s)(?:beat(?:en)?|match(?:ed)?|"
    r"reach(?:ed)?|pass(?:ed)?|exceed(?:ed)?|top(?:ped)?|surpass(?:ed)?|equall?(?:ed)?)|"
    r"\b(?:beat|beats|beaten|topped|tops|exceeded|exceeds|surpassed|surpasses|overtaken|outdid))\s"
    rf"(?=(?:your\s|the\s|that\s)?{MASK}+(?:'s|\u2019s)?\s#)",
    re.IGNORECASE,
)
THAN_A_PART = re.compile(
    r"\b(?:(?:a bit|a little|slightly|just|well|far)\s)?(?:more|less|fewer)\sthan\s+$",
    re.IGNORECASE,
)
BARE = re.compile(
    rf"\b(?:(?P<c>{WAYS[0][1]}|{WAYS[1][1]}|faster|quicker|slower))\b"
    r"(?!\s(?:certain|reliable|confident|sure|precise|exact|accurate|likely)\b)"
    r"(?<!\bshort)(?<!\bshy)(?<!extra)(?<!additional)(?<!\bahead)"
    rf"(?!\s(?:than|of)\s+#|\s#|"
    rf"\sthe\s#+[\s-]?(?:mark|barrier|threshold|line)|"
    rf"\sthan\s+an?\s#|\s(?:than\s)?{PORTION.replace('<portion>', '<_>')}\sof)",
    re.IGNORECASE,
)
PLACES = re.compile(
    r"^(?:above|below|ahead of|behind|beneath|under|beyond|short of|shy of)$", re.IGNORECASE
)
NOT = re.compile(
    r"\b(?:not|no|never|hardly|barely|n't|\w+n't|neither|nor|without)\b", re.IGNORECASE
)
