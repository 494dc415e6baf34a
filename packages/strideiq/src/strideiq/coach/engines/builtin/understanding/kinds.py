"""Which kind of question it is, by the concepts that it touches: the strongest rule wins."""

from __future__ import annotations

from dataclasses import dataclass

from strideiq.coach.engines.builtin.understanding.intent import Kind


@dataclass(frozen=True)
class Rule:
    """Concepts that make a kind of question, and how strongly they speak for it."""

    kind: Kind
    weight: float
    every: frozenset[str]
    """All of these must be touched."""
    some: frozenset[str] = frozenset()
    """At least one of these, where there are any; each more adds a little."""
    none: frozenset[str] = frozenset()

    def score(self, touched: frozenset[str]) -> float:
        """How strongly it speaks; 0 where it does not fit."""
        if not self.every <= touched or self.none & touched:
            return 0.0
        if not self.some:
            return self.weight
        met = len(self.some & touched)
        return self.weight + 0.1 * (met - 1) if met else 0.0


def _rule(kind: Kind, weight: float, every: str, some: str = "", none: str = "") -> Rule:
    return Rule(
        kind, weight, frozenset(every.split()), frozenset(some.split()), frozenset(none.split())
    )


_MEASURED = (
    "decoupling plan sleep hrv resting heart mood soreness weight nutrition load fitness form "
    "efficiency fatigue zones splits monotony gear stress"
)
"""Concepts of what is followed day by day: compared with before, it is still what is asked."""

_OF_ONE_DISTANCE = (
    "best history predict slot:future slot:period count_of bound splits longest record races_many "
    "how_many_runs compare ready intervals paces since_when biggest_span plan"
)
"""Concepts beside a distance that is not that of one run."""
_OF_ONE_RACE = "best history predict slot:future count_of compare plan longest how_many_runs"
_OF_ALL_RUNS = (
    "list compare relation plan slot:future slot:run slot:day slot:counted should predict splits "
    "zones decoupling efficiency resting races sleep hrv nutrition load gear rest"
)
"""Concepts of one run, of what lies ahead, or of another matter than sums and means of runs."""

RULES: tuple[Rule, ...] = (
    # What the body says comes first, and what is nobody's business.
    _rule("thanks", 11.0, "slot:thanks"),
    _rule("injuries", 10.3, "injury", "list slot:past how_much history countdown", none="should"),
    _rule("injuries", 10.4, "pain body slot:did countdown", none="should advice"),
    _rule("injuries", 10.2, "pain body", "history", none="should advice"),
    _rule("medical", 10.0, "pain body", none="gear"),
    _rule("medical", 9.6, "soreness body", none="trend list"),
    _rule("medical", 9.0, "pain", none="injury gear relation soreness"),
    _rule("medical", 9.3, "ill"),
    _rule("medical", 8.2, "injury", "advice should"),
    _rule("others", 9.5, "others"),
    _rule("others", 9.6, "slot:person"),
    _rule("off_topic", 9.4, "off"),
    _rule("forecast", 9.15, "temperature will", none="slot:past run"),
    _rule("forecast", 9.2, "temperature slot:future"),
    _rule("off_topic", 9.1, "temperature", none="run relation slot:past slot:day plan"),
    _rule("change", 8.8, "slot:imperative", none="compare"),
    _rule("briefing", 8.7, "briefing"),
    _rule("review", 8.7, "review"),
    # Two things held against each other.
    _rule("relation", 8.6, "relation slot:pair"),
    _rule(
        "compare_runs", 8.6, "slot:two_days", "compare pace run", none=f"{_MEASURED} slot:future"
    ),
    _rule(
        "compare_periods",
        8.4,
        "slot:two_periods",
        none=f"{_MEASURED} slot:future longest slot:two_days",
    ),
    _rule("runs", 8.3, "slot:two_days", none=f"{_MEASURED} slot:future compare pace should"),
    _rule("compare_runs", 7.35, "outdo slot:distance", none="predict slot:future should"),
    _rule("compare_runs", 7.25, "compare slot:distance slot:did", none="predict best slot:future"),
    _rule("compare_runs", 7.1, "compare slot:distance list", none="predict best slot:future"),
    _rule("compare_runs", 7.05, "compares slot:distance", none="predict best slot:future"),
    _rule(
        "compare_periods", 8.0, "compare slot:period", none=f"{_MEASURED} slot:run best slot:future"
    ),
    _rule("compare_runs", 8.3, "slot:two_runs", "compare pace trend"),
    _rule("compare_runs", 8.3, "compare slot:run_of_distance", none=_MEASURED),
    _rule("compare_runs", 8.1, "compare slot:run", none=f"slot:two_periods best {_MEASURED}"),
    _rule(
        "compare_runs", 7.2, "compare run", none=f"slot:period best how_much {_MEASURED} predict"
    ),
    # Sums and means of some of the runs.
    _rule(
        "tally",
        8.45,
        "slot:narrowed",
        "how_much how_many_runs average measure slot:mean_field pace slot:period",
        none=f"{_OF_ALL_RUNS} trend longest fastest hilliest slowest shortest paces",
    ),
    _rule(
        "tally",
        7.75,
        "slot:mean_field",
        "average slot:period",
        none=f"{_OF_ALL_RUNS} trend longest slot:distance",
    ),
    _rule("tally", 7.7, "burn", "slot:period average", none="slot:day slot:run fatigue"),
    _rule("tally", 7.15, "average pace", none=f"{_OF_ALL_RUNS} trend slot:period slot:distance"),
    _rule("biggest", 8.55, "biggest_span", none="plan slot:future should predict sleep weight"),
    _rule("habit", 9.45, "habit", none="plan slot:future should sleep"),
    _rule("habit", 8.4, "slot:part", "trend compare fastest", none=f"plan slot:future {_MEASURED}"),
    _rule(
        "since",
        8.75,
        "since_when",
        "slot:run slot:sort slot:distance races slot:run_of_distance bound",
        none="pain injury best",
    ),
    _rule("tally", 7.65, "slot:max_field", none=f"{_OF_ALL_RUNS} trend slot:distance"),
    _rule("tally", 7.9, "slot:mean_field trend", none=f"{_OF_ALL_RUNS} heart slot:distance"),
    _rule("first", 8.6, "first_run", none="slot:future best"),
    _rule("forecast", 9.1, "weather_rank run"),
    _rule("run", 7.06, "slot:did slot:distance slot:field", none=f"{_OF_ONE_DISTANCE} splits"),
    _rule("run", 6.9, "slot:name slot:distance slot:field", none=f"{_OF_ONE_RACE} should"),
    _rule("run", 6.95, "went races", none="races_many slot:future countdown next list slot:period"),
    # One thing of the body, morning by morning.
    _rule("hrv", 7.6, "hrv"),
    _rule("hrv", 8.4, "hrv compare"),
    _rule("resting_heart_rate", 7.5, "resting heart"),
    _rule("resting_heart_rate", 7.4, "resting trend"),
    _rule("sleep", 7.3, "sleep"),
    _rule("sleep", 7.7, "sleep slot:day", none="plan"),
    _rule("mood", 7.2, "mood"),
    _rule("soreness", 7.2, "soreness"),
    _rule("nutrition", 7.25, "nutrition", none="weight"),
    _rule("nutrition", 7.0, "nutrition", "slot:period how_much"),
    _rule("weight", 7.1, "weight", none="gear"),
    _rule("stress", 6.6, "stress", none="load"),
    _rule("check_ins", 6.5, "check_in", none="form slot:run"),
    _rule("injuries", 7.4, "injury", none="should"),
    # Training as planned.
    _rule("plan_done", 7.8, "plan done", none="slot:future"),
    _rule("plan_done", 7.9, "kept_to", none="slot:future slot:run"),
    _rule("plan_done", 7.85, "plan slot:past", "compare", none="slot:future"),
    _rule("plan_done", 7.5, "plan how_much slot:past", none="slot:future"),
    _rule("plan_done", 7.0, "done slot:period plan"),
    _rule("planned", 7.4, "plan", none="done countdown"),
    _rule("planned", 7.35, "plan slot:day", none="done"),
    _rule("planned", 8.1, "rest", "next plan slot:future", none="slot:did slot:past should"),
    _rule(
        "planned",
        7.2,
        "slot:future",
        "run plan look_like sessions how_much slot:sort",
        none="countdown predict",
    ),
    _rule("planned", 7.3, "next run", none="predict races"),
    _rule("planned", 6.9, "look_like", none="slot:did slot:past check_in state sleep mood load"),
    _rule("planned", 7.2, "look_like slot:period", none="slot:did slot:past check_in sleep mood"),
    _rule("planned", 6.5, "slot:future predict", none="slot:distance goal slot:time"),
    _rule("planned", 6.4, "slot:future", none="countdown predict"),
    _rule("planned", 7.1, "slot:sort next"),
    _rule("race_goal", 7.9, "countdown goal", none="last predict slot:did best longest fastest"),
    _rule(
        "race_goal",
        7.3,
        "countdown slot:distance",
        none="best last predict slot:did slot:past slot:time longest fastest history run paces",
    ),
    _rule("race_goal", 8.0, "countdown goal next", none="predict slot:did"),
    _rule("ready", 8.2, "ready slot:distance", none="slot:time"),
    _rule("ready", 8.1, "ready goal"),
    _rule("race_goal", 7.6, "to_go", none="slot:run slot:future gear run slot:did"),
    _rule("plan_done", 6.6, "consistent"),
    _rule("heart_rate_trend", 5.5, "why heart"),
    _rule("race_goal", 7.4, "training_for", none="predict ready paces"),
    _rule("race_goal", 7.5, "next goal", none="predict slot:did"),
    _rule("race_goal", 7.0, "goal plan", none="predict done"),
    _rule("rest_needed", 8.3, "rest_needed", none="slot:future body"),
    _rule("improve", 8.3, "improve"),
    _rule("today", 7.7, "advice", none="slot:future slot:distance plan paces sessions"),
    _rule("today", 7.75, "advice slot:today", none="paces"),
    _rule("today", 7.45, "slot:today look_like", none="slot:did plan"),
    _rule("today", 7.4, "slot:today should", none="plan"),
    _rule("planned", 7.6, "slot:today plan"),
    _rule("predict", 7.6, "predict slot:distance", none="plan"),
    _rule("predict", 7.3, "slot:distance slot:time fitness", none="best"),
    _rule("predict", 7.7, "predict slot:two_distances"),
    _rule("predict", 6.9, "paces slot:distance", none="intensity_word slot:did slot:run best"),
    _rule("predict", 6.4, "predict goal"),
    _rule("predict", 6.2, "predict", "races run pace record"),
    # Bests.
    _rule("best_history", 7.5, "history slot:distance", none="predict"),
    _rule("best_history", 7.4, "history record", none="predict slot:run"),
    _rule("best", 7.2, "best slot:distance"),
    _rule("best", 7.7, "best slot:distance ever"),
    _rule("best", 7.15, "ever slot:distance", none="predict races history how_many_runs"),
    _rule("best", 6.1, "slot:distance slot:time", none="slot:run slot:period slot:run_of_distance"),
    _rule("all_bests", 6.6, "record all"),
    _rule("all_bests", 6.0, "record", "personal bests", none="slot:distance"),
    _rule("hilliest", 7.45, "hilliest"),
    _rule("longest", 7.1, "longest", none="plan slot:future next"),
    _rule("fastest", 7.0, "fastest", none="slot:distance"),
    _rule("slowest", 7.0, "slowest run", none="slot:distance splits plan slot:future"),
    _rule("shortest", 7.05, "shortest run", none="bests plan slot:future"),
    # Inside one run.
    _rule("splits", 7.4, "splits", none="paces slot:future fastest longest"),
    _rule(
        "splits",
        7.6,
        "split_rank",
        "slot:run slot:sort slot:day races goal",
        none="slot:future ever record",
    ),
    _rule("intervals", 7.1, "intervals", none="should paces plan slot:future relation"),
    _rule("intervals", 7.15, "intervals slot:past", none="should plan slot:future relation"),
    _rule("intervals", 7.0, "sessions", "last slot:run", none="should paces plan slot:future"),
    _rule("decoupling", 8.7, "decoupling", none="slot:what_is resting weight hrv"),
    _rule("decoupling", 7.8, "decoupling", none="resting weight hrv"),
    _rule("efficiency", 7.6, "efficiency"),
    _rule("heart_rate_trend", 7.7, "heart same_pace", "trend compare last", none="resting"),
    _rule("heart_rate_trend", 7.3, "heart same_pace", none="resting slot:run slot:day"),
    _rule("heart_rate_trend", 7.0, "heart trend", none="resting slot:run"),
    _rule("zones", 7.3, "zones", none="paces"),
    _rule("zones", 7.2, "zones heart"),
    # Pace, load and form.
    _rule(
        "paces",
        8.7,
        "paces intensity_word should",
        none="slot:run slot:past slot:future sleep hrv mood stress",
    ),
    _rule("paces", 7.2, "paces intensity_word", none="slot:run slot:past countdown"),
    _rule("paces", 7.1, "pace should", "run intensity_word", none="slot:run"),
    _rule("paces", 6.8, "pace intensity_word", none="slot:run slot:past trend best"),
    _rule("paces", 6.3, "paces", none="slot:run slot:past best"),
    _rule("load", 7.2, "load", none="relation"),
    _rule("monotony", 7.5, "monotony"),
    _rule("fitness_trend", 7.3, "fitness trend"),
    _rule("fitness", 7.0, "fitness"),
    _rule("fitness", 6.9, "form", none="slot:run"),
    _rule("fitness", 6.8, "fatigue", none="slot:run"),
    _rule("gear", 7.5, "gear"),
    _rule("rest_days", 7.4, "rest", none="should"),
    _rule(
        "rest_days",
        8.0,
        "rest",
        "last slot:past countdown how_much slot:period",
        none="should next",
    ),
    # What was run.
    _rule(
        "races", 6.9, "races", "last list slot:period how_many_runs", none="countdown next predict"
    ),
    _rule("races", 7.06, "races_many last", none="compare next predict slot:two_runs"),
    _rule("races", 6.0, "races", none="countdown next predict"),
    _rule("average", 7.2, "per_week", "measure how_many_runs", none="slot:run"),
    _rule("average", 7.0, "average per_week", none="slot:run plan nutrition sleep"),
    _rule("average", 6.95, "per_week", "run", none="slot:run plan paces slot:day"),
    _rule("average", 6.95, "average measure", "slot:period run", none="slot:run slot:day"),
    _rule(
        "total", 7.3, "breakdown", "how_much measure run", none=f"{_MEASURED} slot:future slot:run"
    ),
    _rule(
        "total",
        8.7,
        "bound run",
        "how_many_runs list",
        none="best relation plan paces longest fastest",
    ),
    _rule("total", 8.6, "count_of slot:distance", none="plan slot:future predict"),
    _rule("total", 6.9, "how_many_runs", none="slot:run"),
    _rule("total", 6.6, "slot:period measure", none="slot:run slot:day"),
    _rule("total", 6.3, "slot:period how_much", none="slot:run slot:day"),
    _rule("total", 6.35, "slot:period pace", none="slot:run slot:day should best slot:distance"),
    _rule("total", 5.4, "how_much run", none="slot:run slot:day"),
    _rule("total", 5.2, "climb", none="slot:run"),
    _rule("runs", 6.4, "list runs slot:period", none="how_much"),
    _rule("runs", 6.2, "runs slot:counted"),
    _rule("runs", 6.0, "list run slot:period", none="how_much slot:day"),
    _rule("runs", 5.0, "runs", none="how_much slot:run"),
    _rule("runs", 4.6, "run slot:period", none="slot:run slot:day"),
    _rule("run", 7.05, "slot:run", none="slot:future"),
    _rule(
        "run",
        7.3,
        "slot:run slot:field slot:sort",
        none="slot:future splits zones decoupling rep_words compare should",
    ),
    _rule(
        "run", 6.35, "slot:distance slot:body_field", none="slot:period best predict paces trend"
    ),
    _rule("run", 7.05, "slot:run_of_distance", none="slot:future"),
    _rule("run", 6.3, "races slot:name slot:distance", none="slot:future slot:period countdown"),
    _rule(
        "run",
        6.4,
        "slot:name slot:distance slot:past",
        none="best history predict slot:future slot:period",
    ),
    _rule(
        "run",
        6.4,
        "slot:name slot:distance slot:field",
        none="best history predict slot:future slot:period should",
    ),
    _rule("run", 7.6, "nutrition burn", "slot:run slot:day", none="slot:future fatigue"),
    _rule(
        "run",
        6.3,
        "slot:distance slot:body_field slot:period slot:past",
        none="best predict paces trend slot:day per_week",
    ),
    _rule("run", 6.2, "slot:day run", none="slot:future"),
    _rule("run", 5.1, "slot:day", none="slot:future"),
    _rule("run", 4.4, "slot:name", "slot:about run races", none="slot:future"),
    _rule("run", 4.2, "slot:sort", none="slot:future"),
    # What is left: the whole, and talk.
    _rule("state", 6.4, "went slot:period", none="slot:day slot:run run body feel plan"),
    _rule("state", 6.5, "state", none="sleep best"),
    _rule("help", 6.3, "help", none="relation"),
    _rule("total", 4.5, "measure", "run personal"),
    _rule("fitness_trend", 5.6, "trend", "run pace personal", none="slot:run slot:distance heart"),
    _rule("greeting", 4.5, "greeting"),
    _rule("thanks", 4.6, "thanks"),
    _rule("fitness", 4.3, "slot:what_is"),
)


def strongest(touched: frozenset[str]) -> tuple[Kind, float]:
    """The kind of the strongest rule with its score; ``unknown`` and 0 where none fits."""
    best: tuple[Kind, float] = ("unknown", 0.0)
    for rule in RULES:
        score = rule.score(touched)
        if score > best[1]:
            best = (rule.kind, score)
    return best
