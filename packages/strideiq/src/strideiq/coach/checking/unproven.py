"""What is left of a sentence that no row was found to bear out, though it claims something of rows.

A rank that was not computed, a bound for all days that only their mean is told of, a side of the
body that no injury is of, zones of the other measure, and what is planned as done.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from strideiq.coach.checking.claims import knows_not
from strideiq.coach.checking.grouping import within
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.mentions import Mention
from strideiq.coach.checking.plain import MASK
from strideiq.coach.checking.statements import advises

_RANK = re.compile(
    r"(?<!at )(?<!at the )\b(?:highest|lowest|longest|shortest|fastest|slowest|quickest|"
    r"hardest|easiest|biggest|largest|smallest|steepest|flattest|hilliest|heaviest|lightest|toughest|strongest|"
    r"weakest|worst|busiest|quietest|most (?!likely|recent(?:ly)?\b)|least)\b",
    re.IGNORECASE,
)
_OF_ONE = re.compile(
    r"\b(?:highest|lowest|maximum) (?:average )?heart rate\s(?:of|in|during|on|for)\s(?:the |your "
    rf")?{MASK}+\s(?:was|is|came to|reached)\s\d",
    re.IGNORECASE,
)
"""The peak within a run, which is a figure of that run."""
_NEVER = re.compile(
    r"\b(?:never|not once|at no (?:time|point))\b(?:\s\w+){0,3}?\s(?P<way>above|over|past|beyond|"
    r"exceed\w*|topp\w+|higher than|more than|below|under|less than|lower than|fewer than)\b",
    re.IGNORECASE,
)
_LOW = ("below", "under", "less", "lower", "fewer")
_SIDE = re.compile(
    r"\b(?:left|right)(?:[- ]hand)?\s(?:\w+\s)?(?:knee|calf|ankle|foot|hip|hamstring|shin|achilles|"
    r"thigh|heel|toe|quad\w*|groin|leg|arch|glute|side)\b",
    re.IGNORECASE,
)
_BY_PACE = re.compile(
    r"\b(?:by|in|of|for) pace\b|\bpace[- ]zones?\b|\bzones? of pace\b", re.IGNORECASE
)
_BY_HEART = re.compile(
    r"\bby (?:heart rate|hr|pulse)\b|\b(?:heart[- ]rate|hr)[- ]zones?\b", re.IGNORECASE
)
_DONE = re.compile(
    r"\b(?:is|are|were|was|been|got|have|has|'ve) (?:all |now |already )?(?:done|completed?|"
    r"finished|behind you|ticked off)\b|\byou(?:'ve|\u2019ve| have)? (?:already )?(?:did|done|"
    r"completed|finished)\b",
    re.IGNORECASE,
)
_ALL_OF_IT = re.compile(
    r"\b(?:ran|run|did|done|covered|completed|finished|managed) (?:the |your )?"
    r"(?:full|whole|entire|complete|all)\b(?=[^;]*\bplan(?:ned)?\b)",
    re.IGNORECASE,
)
_DAY_OFF = re.compile(
    r"\b(?:is|was|be|as|for|has|have|had) (?:a |your |the )?(?:complete |full |planned )?"
    r"(?:rest day|day off|day of rest)\b",
    re.IGNORECASE,
)
_WEIGHT = re.compile(
    r"\b(?:(?P<down>los(?:e|es|ing|t) (?:some )?weight|(?:got|getting|become|became|are) lighter|"
    r"slimm\w+)|gain(?:s|ed|ing)? (?:some )?weight|put(?:ting)? on weight|"
    r"(?:got|getting|become|became|are) heavier)\b",
    re.IGNORECASE,
)
_THAN_PLANNED = re.compile(r"\bthan (?:was |you |had )?(?:planned|the plan)\b", re.IGNORECASE)


def unproven(
    rest: str, words: str, mentions: Sequence[Mention], cited: Sequence[str], index: Index
) -> str:
    """The first such claim of a text, or nothing; what was found to hold is blank in it."""
    if rest.rstrip().endswith("?") or knows_not(rest):
        return ""
    for pattern in (_RANK, _SIDE):
        for match in pattern.finditer(rest):
            within_one = any(
                each.start() <= match.start() < each.end() for each in _OF_ONE.finditer(rest)
            )
            if not within_one and not advises(rest, match.start()):
                return match.group()
    return (
        _other_zones(words, mentions)
        or _bound_of_a_mean(rest, cited, index)
        or _planned_as_done(rest, cited, index)
        or _than_another_plan(rest, cited)
        or _of_weight(rest, index)
        or _alone(rest, mentions)
    )


def _of_weight(rest: str, index: Index) -> str:
    """Weight that was lost or gained, where no trend of it says so."""
    match = _WEIGHT.search(rest)
    if match is None or advises(rest, match.start()):
        return ""
    way = "down" if match["down"] else "up"
    trends = [one.direction for one in index.evidence.trends if one.quantity == "weight"]
    return "" if trends and all(one == way for one in trends) else match.group()


def _alone(rest: str, mentions: Sequence[Mention]) -> str:
    """A day of rest where no row is of one, and the whole of what was planned."""
    rests = any(row.kind == "rest" for one in mentions for row in one.exact)
    for match in () if rests else _DAY_OFF.finditer(rest):
        if not advises(rest, match.start()):
            return match.group()
    whole = _ALL_OF_IT.search(rest)
    return whole.group() if whole and not advises(rest, whole.start()) else ""


def _other_zones(words: str, mentions: Sequence[Mention]) -> str:
    """Zones of heart rate that are told as those of pace, or the reverse."""
    zones = {
        row.row_id.rpartition(":")[2].partition(" zone")[0]
        for one in mentions
        for row in one.exact
        if row.kind == "split" and " zone " in row.row_id
    }
    for pattern, other in ((_BY_PACE, "pace"), (_BY_HEART, "heart rate")):
        match = pattern.search(words)
        if match and zones and other not in zones:
            return match.group()
    return ""


def _bound_of_a_mean(rest: str, cited: Sequence[str], index: Index) -> str:
    """A bound for every day, where it is the mean's and not that of each day."""
    match = _NEVER.search(rest)
    number = re.compile(r"\d+(?:[.,]\d+)?").search(rest, match.end()) if match else None
    if match is None or number is None or advises(rest, match.start()):
        return ""
    figures = [one for one in index.evidence.figures if one.figure_id in cited]
    for figure in figures:
        if not figure.subject.last_day or figure.quantity.startswith("max"):
            continue
        days = [
            one.value
            for one in index.evidence.figures
            if one.quantity == figure.quantity
            and not one.subject.last_day
            and within(one.subject, figure.subject)
        ]
        bound = float(number.group().replace(",", ""))
        low = match["way"].lower().startswith(_LOW)
        if not days or any(one < bound if low else one > bound for one in days):
            return match.group()
    return ""


def _than_another_plan(rest: str, cited: Sequence[str]) -> str:
    """More or less than was planned, where the two figures are not of one workout."""
    match = _THAN_PLANNED.search(rest)
    rows = {one.rpartition("/")[0] for one in cited if one.startswith("workout/")}
    return match.group() if match and len(rows) > 1 else ""


def _planned_as_done(rest: str, cited: Sequence[str], index: Index) -> str:
    """A number of workouts of a plan that is told as that of those which are done."""
    match = _DONE.search(rest)
    if match and not advises(rest, match.start()):
        for one in index.evidence.figures:
            if one.figure_id not in cited or one.quantity != "workouts":
                continue
            if one.subject.kind not in {"plan_week", "plan"} or one.figure_id.endswith("/done"):
                continue
            done = [each.value for each in index.of_row(one.subject, "workouts")]
            if min(done) < one.value and not any(
                each.endswith("/done") and each.startswith(one.figure_id.rpartition("/")[0])
                for each in cited
            ):
                return match.group()
    return ""
