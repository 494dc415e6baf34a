"""What is true of mornings, weight, food, injuries, and what goes together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from truth_record import ZONE, Find, Record, Spec, span
from truth_told import TODAY, Number, Truth

from strideiq.demo import mornings

_MORNING = {
    "sleep": ("sleep_h", "time", 3600.0),
    "resting_heart_rate": ("resting_heart_rate_bpm", "rate", 1.0),
    "hrv": ("hrv_ms", "time", 0.001),
    "mood": ("mood", "plain", 1.0),
    "soreness": ("soreness", "plain", 1.0),
    "stress": ("stress", "plain", 1.0),
    "weight": ("weight_kg", "mass", 1.0),
}


def _mean_or_last(kind: str) -> Find:
    """The newest value, or the mean of the days that were asked for or of a usual span."""
    name, dimension, factor = _MORNING[kind]

    def truth(record: Record, spec: Spec) -> Truth:
        spans = (
            [spec["period"]] if "period" in spec else ["days:7", "days:14", "days:28", "days:30"]
        )
        spans += ["this_week"] if spec.get("period") == "days:7" else []
        values = [record.morning(name, *span(one)) for one in spans]
        choices = [sum(each) / len(each) for each in values if each]
        if "period" not in spec:
            choices.append(record.morning(name, *span("days:28"))[0])
        return Truth(one_of=tuple(Number(one * factor, dimension) for one in choices))

    return truth


def _check_ins(record: Record, spec: Spec) -> Truth:
    return Truth(one_of=_mean_or_last("sleep")(record, spec).one_of)


def _nutrition(record: Record, spec: Spec) -> Truth:
    """The mean day of those that have entries; of today and of one day, its sum."""
    names = [span(spec["period"])] if "period" in spec else [(TODAY - timedelta(days=1),) * 2]
    if spec.get("period") == "days:7":
        names.append(span("this_week"))
    choices: list[Number] = []
    for first, last in names:
        sums = record.rows(
            f"SELECT sum(energy_kcal) AS energy, sum(carbohydrate_g) AS carbohydrate,"
            f" sum(protein_g) AS protein, (eaten_at AT TIME ZONE '{ZONE}')::date AS day"
            " FROM nutrition_entry WHERE athlete_id = :me AND deleted_at IS NULL"
            f" AND (eaten_at AT TIME ZONE '{ZONE}')::date BETWEEN :first AND :last GROUP BY 4",
            first=first,
            last=last,
        )
        for column, dimension, factor in (
            ("energy", "energy", 1.0),
            ("carbohydrate", "mass", 0.001),
            ("protein", "mass", 0.001),
        ):
            mean = sum(one[column] or 0.0 for one in sums) / len(sums)
            choices.append(Number(mean * factor, dimension))
    return Truth(one_of=tuple(choices))


def _relation(record: Record, spec: Spec) -> Truth:
    """What was planted among the mornings, and what was not."""
    del record
    names = {"sleep": "sleep_h", "hrv": "hrv_ms", "resting_heart_rate": "resting_heart_rate_bpm"}
    first, second = (names.get(one, one) for one in spec["pair"].split(","))
    if (first, second) in mornings.SEEN:
        return Truth(patterns=(r"\byes\b",))
    assert (first, second) in mornings.ABSENT
    return Truth(patterns=(r"\bchance\b",))


def _injuries(record: Record, spec: Spec) -> Truth:
    del record, spec
    return Truth(patterns=("knee",))


def _medical(record: Record, spec: Spec) -> Truth:
    del record, spec
    return Truth(patterns=(r"doctor|physiotherapist", r"cannot (?:examine|tell|judge|say)|diagnos"))


TRUTHS: Mapping[str, Find] = {
    **{kind: _mean_or_last(kind) for kind in _MORNING},
    "check_ins": _check_ins,
    "nutrition": _nutrition,
    "relation": _relation,
    "injuries": _injuries,
    "medical": _medical,
}
"""By kind of question, what finds its truth."""
