"""Tools of what the runner could run: the performance index, training paces, equivalent races."""

from __future__ import annotations

from pydantic import Field

from strideiq.coach.checking.evidence import Fact, Figure, Subject
from strideiq.coach.tools import reading
from strideiq.coach.tools.bests import SPELLED
from strideiq.coach.tools.making import FORMULA_VERSION, figures_of
from strideiq.coach.tools.tool import Arguments, Found, Scope, Tool
from strideiq.fitness import public as fitness
from strideiq.physiology.public import OutsideModelError, race_equivalents, training_paces

NO_INDEX = (
    "No race or hard effort of at least a mile is known yet, so there is no performance index."
)
CALLED = {
    "easy": ("easy pace", "easy running", "easy runs", "easy training", "easy run pace"),
    "marathon": ("marathon pace", "marathon effort"),
    "threshold": ("threshold pace", "threshold", "tempo pace", "threshold running"),
    "interval": ("interval pace", "interval training", "intervals"),
    "repetition": ("repetition pace", "repetitions", "rep pace"),
}
PREDICTED = ("predicted", "equivalent", "estimated", "potential", "projected")
FORECAST = ("prediction", "equivalent", "estimate", "potential", "time")


class Paces(Arguments):
    """Nothing is asked: the paces are those of today."""


def paces(scope: Scope, asked: Paces) -> Found:
    """The five training paces that today's performance index gives."""
    del asked  # there is nothing to choose
    known = reading.index(scope)
    if known is None:
        return Found(missing=NO_INDEX)
    try:
        found = training_paces(known.index.value, known.race)
    except OutsideModelError as error:
        return Found(missing=str(error))
    figures = index_figures(scope, known)
    rows: list[dict[str, object]] = []
    for pace in found:
        subject = Subject(
            "training_pace", pace.name, "", scope.today, None, CALLED[pace.name], "/paces"
        )
        ends = {"fastest": pace.fastest, "slowest": pace.slowest}
        for end, estimate in ends.items():
            figures += figures_of(subject, {"pace": estimate.value / 1000}, FORMULA_VERSION, end)
        for end, likely in (("fast end", pace.fastest.low), ("slow end", pace.slowest.high)):
            figures += figures_of(subject, {"likely_pace": likely / 1000}, FORMULA_VERSION, end)
        rows.append(
            {
                "training": pace.name,
                "fastest_s_per_km": round(pace.fastest.value, 3),
                "slowest_s_per_km": round(pace.slowest.value, 3),
                "likely_from_s_per_km": round(pace.fastest.low, 3),
                "likely_to_s_per_km": round(pace.slowest.high, 3),
            }
        )
    return Found(tuple(figures), rows=tuple(rows))


def index_figures(scope: Scope, known: fitness.CurrentIndex) -> list[Figure]:
    """The performance index, and the effort that shows it."""
    version = fitness.FORMULA_VERSION
    subject = Subject(
        "performance_index",
        known.day.isoformat(),
        "",
        scope.today,
        None,
        ("performance index", "running performance index", "rpi", "current", "currently"),
        "/fitness",
    )
    shown = reading.several(scope, [known.effort.activity_id])
    figures = figures_of(subject, {"rpi": known.index.value}, version)
    for one in shown:
        effort = Subject(
            "best_effort",
            f"{known.effort.activity_id}:{known.effort.distance_m:.0f}m",
            one.activity.name,
            one.day,
            None,
            (),
            f"/activities/{known.effort.activity_id}/efforts",
        )
        figures += figures_of(
            effort,
            {"distance": known.effort.distance_m, "duration": known.effort.time_s},
            version,
        )
    return figures


class Equivalents(Arguments):
    """Which distance; all of them without one."""

    distance: str | None = Field(None, max_length=40, description="Such as Marathon or 10 km.")


def equivalents(scope: Scope, asked: Equivalents) -> Found:
    """What today's performance index says of races over the usual distances."""
    known = reading.index(scope)
    if known is None:
        return Found(missing=NO_INDEX)
    try:
        found = race_equivalents(known.index.value, known.race)
    except OutsideModelError as error:
        return Found(missing=str(error))
    wanted = (asked.distance or "").strip().lower()
    kept = [one for one in found if not wanted or wanted in _names(one.name)]
    if not kept:
        names = ", ".join(one.name for one in found)
        return Found(missing=f"Races are estimated over these distances only: {names}.")
    figures = index_figures(scope, known)
    facts: list[Fact] = []
    rows: list[dict[str, object]] = []
    for one in kept:
        subject = _race(scope, one.name)
        figures += figures_of(
            subject,
            {
                "predicted_time": one.time.value,
                "target_pace": one.time.value / one.distance_m,
            },
            FORMULA_VERSION,
        )
        for end, seconds in (("fast end", one.time.low), ("slow end", one.time.high)):
            figures += figures_of(subject, {"likely_time": seconds}, FORMULA_VERSION, end)
        facts.append(Fact("outside of the model", one.extrapolated, subject))
        rows.append(
            {
                "race": one.name,
                "distance_m": one.distance_m,
                "predicted_time_s": round(one.time.value, 3),
                "likely_from_s": round(one.time.low, 3),
                "likely_to_s": round(one.time.high, 3),
                "outside_of_the_model": one.extrapolated,
            }
        )
    return Found(tuple(figures), rows=tuple(rows), facts=tuple(facts))


def _names(name: str) -> tuple[str, ...]:
    return (name.lower(), *SPELLED.get(name, ()))


def _race(scope: Scope, name: str) -> Subject:
    aliases = [
        alias
        for spelled in _names(name)
        for alias in (
            *(f"{word} {spelled}" for word in PREDICTED),
            *(f"{spelled} {word}" for word in FORECAST),
        )
    ]
    return Subject(
        "race_equivalent", name.lower(), "", scope.today, None, tuple(aliases), "/equivalents"
    )


TRAINING_PACES = Tool(
    "training_paces",
    "The paces for easy, marathon, threshold, interval and repetition training, and the index.",
    Paces,
    paces,
)
RACE_EQUIVALENTS = Tool(
    "race_equivalents",
    "What the runner could race over the usual distances, estimated from the performance index.",
    Equivalents,
    equivalents,
)
