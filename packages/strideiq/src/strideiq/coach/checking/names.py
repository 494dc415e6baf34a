"""Names that a sentence uses and no row has: by the capitals that English gives to names."""

from __future__ import annotations

import re

from strideiq.coach.checking.plain import MASK

_CAPITAL = re.compile(rf"(?<![\w'\u2019{MASK}])[A-Z\u00c0-\u00d6\u00d8-\u00de][\w'\u2019.&-]*")
_ROMAN = re.compile(
    r"(?<!\w)(?:[IVXLCDM]{2,}|V|X)(?!\w)|"
    r"(?<!\w)[ivxlcdm]+(?=[\s-](?:km|mi|miles?|kilomet|met|bpm|runs?|hours?|minutes?|times?)\b)"
)
_SHOUTED = re.compile(r"[A-Z]{3,}[.']?")
_START = re.compile(r"(?:^|[.:!?]\s|[\"\u201c(]|\s[-\u2013\u2014\u00b7]\s)\W*$")
_WAS = re.compile(
    r"\s(?:was|is|went|took|had|has|came|felt|looked|averaged|saw|brought|gave|marked|ran|said|"
    r"says|thinks|beat|won)\b"
)
_KNOWN_WORDS = (
    "i i'm i'd i've i'll pb pbs pr prs hr hrv rhr rpi rpe ctl atl tsb gps fit gpx km mi bpm w "
    "kg c f ok strava garmin strideiq monday tuesday wednesday thursday friday saturday sunday "
    "mondays tuesdays wednesdays thursdays fridays saturdays sundays january february march "
    "april may june july august september october november december riegel daniels minetti "
    "english gap avg max min a vo nb"
)
_KNOWN = frozenset(_KNOWN_WORDS.split())
_LABELS_WORDS = (
    "distance time duration pace heart rate average avg max maximum ascent elevation gain climb "
    "run runs week weeks weekly month total fitness fatigue form load sleep score resting best "
    "efficiency cadence power weight speed long easy hard recovery rest training plan workout "
    "session sessions this last next your the a an of and in on for over to note summary "
    "overview tip tips hills effort trend trends personal days day month's recent suggestion "
    "tomorrow today recommendation hydration nutrition energy decoupling monotony first second "
    "third finally also however so but five ten half marathon workouts progress consistency "
    "volume mileage race races split splits moving elapsed peak mean"
)
_LABELS = frozenset(_LABELS_WORDS.split())
_STARTERS_WORDS = (
    "it this that these those there here what which who how everything nothing something "
    "training running recovery rest sleep fitness fatigue form distance pace mileage volume "
    "consistency today tomorrow yesterday your yours you he she they we i hydration nutrition "
    "effort efficiency cadence load weight progress patience variety strength stress mood "
    "soreness warming cooling walking cycling stretching pain one everyone nobody hope climbing "
    "elevation ascent speed power energy heart monotony decoupling drift balance time duration "
    "work easy hard life food water part all neither none each overall altogether together "
    "that's it's you've you'd you'll you're we've then next first second"
)
_STARTERS = frozenset(_STARTERS_WORDS.split())


def invented_name(rest: str) -> str:
    """A name that no row has, or nothing, in a text whose known names are blacked out."""
    roman = _ROMAN.search(rest)
    if roman and roman.group() not in {"mild", "mid"}:
        return roman.group()
    found = list(_CAPITAL.finditer(rest))
    for match, after in zip(found, [*found[1:], None], strict=False):
        word = _bare(match.group())
        begins = bool(_START.search(rest[: match.start()]))
        neighbour = after is not None and rest[match.end() : after.start()] == " "
        label = word in _LABELS and _is_label(rest, match.start())
        if word in _KNOWN or label:
            continue
        if not begins or _SHOUTED.fullmatch(match.group()):
            return match.group()
        if neighbour and after is not None and _bare(after.group()) not in _KNOWN:
            return rest[match.start() : after.end()]
        if _WAS.match(rest, match.end()) and word not in _STARTERS:
            return match.group()
    return ""


def _bare(word: str) -> str:
    lower = word.lower().replace("\u2019", "'").rstrip(".'-")
    return lower.removesuffix("'s") if lower not in _KNOWN else lower


def _is_label(rest: str, begin: int) -> bool:
    """Whether a capital stands in a heading or a label: "Average Pace: 5:16 /km"."""
    return bool(
        re.match(
            r"(?:[\w'-]+ ){0,4}[\w'-]+ ?(?:\([^)]*\) ?)?[:|,]|(?:[\w'-]+ ?){1,5}$", rest[begin:]
        )
    )
