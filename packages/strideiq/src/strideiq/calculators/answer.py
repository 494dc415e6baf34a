"""The calculator's answer: index, paces and equivalent races, for the page and the verb alike."""

from __future__ import annotations

from dataclasses import dataclass

from strideiq.calculators.outside import why
from strideiq.physiology.public import (
    ASSUMED_RACE_M,
    Equivalent,
    Estimate,
    OutsideModelError,
    Race,
    TrainingPace,
    index_of_race,
    race_equivalents,
    race_time_s,
    training_paces,
)
from strideiq.platform.errors import InvalidInputError
from strideiq.platform.language import gettext as _


@dataclass(frozen=True)
class Answer:
    """What follows from one race, or from an index alone (then ``race`` is None)."""

    race: Race | None
    index: Estimate
    paces: list[TrainingPace]
    equivalents: list[Equivalent]


def answer_race(race: Race) -> Answer:
    """What a race says of its runner.

    Raises:
        InvalidInputError: no human has run this race in this time.
    """
    try:
        index = index_of_race(race)
        return Answer(
            race=race,
            index=index,
            paces=training_paces(index.value, race),
            equivalents=race_equivalents(index.value, race),
        )
    except OutsideModelError as error:
        raise _invalid(error) from error


def answer_index(index: float) -> Answer:
    """What an index says, trusted as if it had been raced over ``ASSUMED_RACE_M``.

    Raises:
        InvalidInputError: no runner has this index.
    """
    try:
        assumed = Race(ASSUMED_RACE_M, float(race_time_s(index, ASSUMED_RACE_M)))
        return Answer(
            race=None,
            index=_spread_of(assumed, index),
            paces=training_paces(index),
            equivalents=race_equivalents(index, assumed),
        )
    except OutsideModelError as error:
        raise _invalid(error) from error


def _spread_of(assumed: Race, index: float) -> Estimate:
    measured = index_of_race(assumed)
    return Estimate(index, measured.low, measured.high)


def _invalid(error: OutsideModelError) -> InvalidInputError:
    return InvalidInputError(why(error), next_step=_("check the distance and the time"))
