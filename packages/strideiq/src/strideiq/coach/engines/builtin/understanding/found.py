"""Everything that is found in a text: its days, distances, run, and the concepts it touches."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from strideiq.coach.engines.builtin.understanding import distances as lengths
from strideiq.coach.engines.builtin.understanding import periods as times
from strideiq.coach.engines.builtin.understanding.concepts import concepts, field_of
from strideiq.coach.engines.builtin.understanding.intent import Narrowed, Period, RunAsked
from strideiq.coach.engines.builtin.understanding.narrowed import narrowed_in
from strideiq.coach.engines.builtin.understanding.pairs import pair_of
from strideiq.coach.engines.builtin.understanding.people import somebody_else
from strideiq.coach.engines.builtin.understanding.reading import tidy
from strideiq.coach.engines.builtin.understanding.runs_asked import (
    counted,
    possible_name,
    quoted_name,
    run_asked,
    run_of_distance,
    sort_of,
    two_runs,
)

_ORDERS = (
    r"move|shift|delete|remove|reschedule|swap|change|edit|rename|add|create|log|cancel|update|"
    r"book|set|make|build me|put|postpone|push|bring|replace|adjust|adapt|skip|drop|mark|write me "
    r"a (?:training )?plan|enter|switch|bump|save|undo|rearrange|clear|import|upload|connect|sync|"
    r"record|export|give me a (?:new )?(?:training )?plan|note (?:that|down)|reorganise|pencil"
)
_IMPERATIVE = re.compile(
    r"^(?:please |just |go ahead and |now |hey |hi |coach |ok |so |and |then |right |also )*"
    rf"(?:{_ORDERS})\b(?! (?:off|out|up|down)\b)|"
    r"\b(?:can|could|would|will|please|may) (?:you|we|i) (?:please |just |possibly |maybe )*"
    rf"(?:{_ORDERS})\b|"
    r"\b(?:i (?:want|need|have|would like|like) to|want you|need you|like you|possible|how do i|"
    r"how can i|is there a way|lets|let us|help me|able) (?:to )?(?:please |just )*"
    rf"(?:{_ORDERS})\b|\bplease (?:{_ORDERS})\b"
)
_WRITTEN_OUT = re.compile(
    r"\b(?:put|make|write|set|create|build|draw|add|record)\b(?: \w+){0,10} (?:table|lists?|"
    r"overview|summary|together|side by side|in order|next to each other)\b|"
    r"\b(?:write|set|put) (?:\w+ ){0,4}out\b(?! of)|\badd (?:\w+ )?up\b"
)
"""What is to be shown in one place: a wish to see, and not to change."""
_TO_BE_CHANGED = re.compile(r"\b(?:plan|calendar|workouts?|schedule|sessions?|tomorrow|rest day)\b")
_PAST = re.compile(r"\b(?:did|was|were|ran|went|had|done|have i|yesterday)\b")
_DID = re.compile(r"\b(?:did (?:i|the|my|that|it|this)|was|were|i ran|ran|went|yesterday|ago)\b")
_SUPPOSED = re.compile(
    r"\b(?:could|would|can|will|if i|predict\w*|estimat\w*|forecast\w*|potential\w*|capable|aim\w*|"
    r"equivalent\w*|equate\w*|translate\w*|convert\w*|correspond\w*|goal|expect\w*|possible|"
    r"realistic\w*|target|project\w*|likely|guess|worth|reckon|good for|in shape|doable|be able|"
    r"ballpark|should|need)\b"
)
"""Words of what might be: without any, a question of what was asks for no estimate."""
_BODY_FIELDS = frozenset({"heart_rate", "max_heart_rate", "cadence", "ascent", "power"})
_MEAN_FIELDS = frozenset({"heart_rate", "cadence", "power"})
POINTS_BACK = re.compile(r"\b(?:it|that|this|them|those|these|one|there|so)\b")
_TIME = re.compile(r"\b(?:time|times|how fast|how quick|quickest|what did i run)\b")
_COMING = re.compile(
    r"\b(?:next|coming(?! (?:down|along|on|off|back|out))|will|going to|planned|upcoming|supposed|"
    r"should|shall|plan|schedule|"
    r"meant to|due|got (?:on|planned|coming)|have i got|do i have|lined up|am i (?:doing|running|"
    r"down|meant|supposed)|for me to|is on|is the|gonna)\b"
)
_STILL = re.compile(
    r"\b(?:am i (?:doing|running|meant|supposed|down)|do i (?:still )?have|have i got|still|left|"
    r"remaining|to go|will i|going to|gonna|supposed)\b"
)
"""What is asked of days that are not over, and not of those that are gone."""
_AGAINST = re.compile(r"\b(?:than|versus|compared|against|on track)\b")
_EARLIER = re.compile(
    r"\b(?:than|versus|with|to|and|against) (?:\w+ ){0,3}(?P<n>a|1|\d+|the) (?P<u>week|day)s? "
    r"(?:earlier|before)\b"
)
_THANKS = re.compile(
    r"\b(?:thanks|thank you|appreciate\w*|legend|nice (?:one|1)|helpful|ta|much obliged|lifesaver|"
    r"you rock|good stuff|great stuff|good to know|great job|well done)\b"
)
_ABOUT = re.compile(r"\b(?:how was|how did|tell me about|show me|details? of|look at|show)\b")
_WHAT_IS = re.compile(
    r"^(?:so |and |but |ok |hey |hi |coach |sorry |please |can you |could you |remind me )*"
    r"(?:what (?:is|are|does|do) (?:an? |the |this |that )?(?!my\b)(?:\w+ ){0,4}?(?:mean|stand for)"
    r"|what (?:is|are) (?:an? )?(?:training )?(?:ctl|atl|tsb|monotony|decoupling|rpi|hrv|tss|trimp|"
    r"acwr|efficiency|aerobic decoupling|form|fitness|fatigue|training load|load|threshold pace|"
    r"cardiac drift|zone 2)$|explain (?:what )?|how (?:is|do you) (?:\w+ ){0,4}(?:calculated|"
    r"worked out|computed|measured|calculate|work out|measure)\b|define |meaning of )"
)


@dataclass(frozen=True)
class Found:
    """A text with everything that was found in it."""

    text: str
    rest: str
    """The text without its periods."""
    periods: tuple[Period, ...]
    distances: tuple[float, ...]
    run: RunAsked | None
    pair: tuple[str, str]
    touched: frozenset[str]

    @property
    def bare(self) -> str:
        """The text without its periods and distances."""
        return lengths.without(self.rest, lengths.distances(self.rest))


def found_in(text: str, today: date, *, asks: bool = True) -> Found:
    """Find all of it; ``asks`` says whether the text asks, or only tells."""
    tidied = tidy(text).rstrip(" ?")
    places = times.periods(tidied, today)
    rest = times.without(tidied, places)
    spans = _related(rest, _without_everything(tuple(one.period for one in places)))
    lengths_found = tuple(one.distance_m for one in lengths.distances(rest))
    day = next((span for span in spans if span.one_day), None)
    read = Found(
        tidied,
        rest,
        spans,
        lengths_found,
        run_asked(rest, day, quoted_name(text)),
        pair_of(rest),
        frozenset(),
    )
    return replace(read, touched=touched(read, today, text, asks=asks))


def _without_everything(spans: tuple[Period, ...]) -> tuple[Period, ...]:
    """Periods without "in total" and "ever", where others say which days are meant."""
    return tuple(one for one in spans if one.first is not None) or spans[:1]


def _related(text: str, spans: tuple[Period, ...]) -> tuple[Period, ...]:
    """Spans without the days that only spell one out, and with a day told by another one."""
    days = [one for one in spans if one.one_day]
    for whole in spans:
        if not whole.one_day and whole.first is not None and len(days) > 1:
            within = [one for one in days if whole.first <= one.last <= whole.last]
            if within == days:
                return tuple(one for one in spans if not one.one_day)
    earlier = _EARLIER.search(text)
    if earlier and len(spans) == len(days) == 1:
        count = int(earlier["n"]) if (earlier["n"] or "").isdigit() else 1
        step = timedelta(days=count * (7 if earlier["u"] == "week" else 1))
        before = days[0].last - step
        return (days[0], Period(before, before, one_day=True))
    return spans


def lent(asking: Found, aside: Found, today: date, text: str) -> Found:
    """What asks, with the days, distance and run that only its aside names."""
    run = asking.run
    lending = aside.run
    if run is None and lending is not None and not run_of_distance(asking.rest):
        run = lending
    elif run is not None and run == RunAsked(day=run.day) and lending is not None and lending.sort:
        run = replace(run, sort=lending.sort)
    whole = replace(
        asking,
        periods=asking.periods or aside.periods,
        distances=asking.distances or aside.distances,
        run=run,
        pair=asking.pair,
    )
    every = touched(whole, today, text)
    if whole.run is lending and lending is not None and POINTS_BACK.search(asking.rest):
        every |= {"slot:run"}
    return replace(whole, touched=every)


def touched(read: Found, today: date, text: str, *, asks: bool = True) -> frozenset[str]:
    """The concepts of a text, with what was found beside its words."""
    known = concepts(read.text)
    if _DID.search(read.text) and not _SUPPOSED.search(read.text):
        known -= {"predict"}
    return known | slots(read, today, text, asks=asks)


def slots(read: Found, today: date, text: str, *, asks: bool = True) -> frozenset[str]:
    """What was found beside words, as concepts of their own."""
    return frozenset(
        f"slot:{name}"
        for name, true in {
            **_of_days(read, today),
            **_of_words(read, text),
            "thanks": not asks and bool(_THANKS.search(read.text)),
        }.items()
        if true
    )


def _of_days(read: Found, today: date) -> dict[str, bool]:
    spans = read.periods
    run = read.run
    return {
        "period": bool(spans),
        "two_periods": len({(one.first, one.last) for one in spans}) > 1,
        "two_days": len({one.first for one in spans if one.one_day}) > 1,
        "day": any(one.one_day for one in spans),
        "today": any(one.first == one.last == today for one in spans),
        "future": any(_lies_ahead(one, read.text, today) for one in spans),
        "run": run is not None and (run.day is None or bool(run.name)),
        "distance": bool(read.distances),
        "two_distances": len(set(read.distances)) > 1,
    }


def _of_words(read: Found, text: str) -> dict[str, bool]:
    matches: dict[str, Callable[[str], object]] = {
        "past": _PAST.search,
        "did": _DID.search,
        "time": _TIME.search,
        "what_is": _WHAT_IS.search,
        "about": _ABOUT.search,
    }
    return {
        **{name: bool(matching(read.text)) for name, matching in matches.items()},
        "imperative": _wants_change(read.text),
        "two_runs": two_runs(read.rest),
        "run_of_distance": run_of_distance(read.rest),
        "counted": counted(read.rest) is not None,
        "sort": bool(sort_of(read.rest)),
        "field": bool(field_of(read.text)),
        "body_field": field_of(read.text) in _BODY_FIELDS,
        "mean_field": field_of(read.text) in _MEAN_FIELDS,
        "max_field": field_of(read.text) == "max_heart_rate",
        "part": bool(narrowed_in(read.text).part),
        "narrowed": narrowed_in(read.text) != Narrowed(),
        "pair": bool(read.pair[0]),
        "name": bool(possible_name(read.bare)),
        "person": somebody_else(text),
    }


def _wants_change(text: str) -> bool:
    if _WRITTEN_OUT.search(text) and not _TO_BE_CHANGED.search(text):
        return False
    return bool(_IMPERATIVE.search(text))


def _lies_ahead(period: Period, text: str, today: date) -> bool:
    if period.first is not None and period.first > today:
        return True
    if period.last > today and period.first != period.last and _STILL.search(text):
        return not _PAST.search(text) and not _AGAINST.search(text)
    if _COMING.search(text):
        return period.coming is not None and not _PAST.search(text)
    return False
