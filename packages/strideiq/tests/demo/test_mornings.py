"""What is planted in the demo athlete's mornings is found, and what is not there is not."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from strideiq.demo import mornings
from strideiq.wellness import food, injuries, questions
from strideiq.wellness.daily import daily
from strideiq.wellness.relations import Relation

from .conftest import TODAY, Populated


def test_planted_relations_are_found_and_no_others(populated: Populated, reading: Session) -> None:
    made, session = populated.made, reading
    since = TODAY - timedelta(days=3 * 365 - 1)
    known = daily(session, made.athlete_id, since, TODAY)
    answers = {
        (one.question.first, one.question.second): one for one in questions.answers(known.series)
    }
    for pair, direction in mornings.SEEN.items():
        answer = answers[pair]
        assert answer.state == "seen", pair
        assert isinstance(answer.found, Relation)
        assert answer.found.correlation * direction > 0.1, pair
    for pair in mornings.ABSENT:
        assert answers[pair].state == "not seen", pair
    change = answers["sleep_h", "pace"].change
    assert change is not None
    assert 0.5 < change[0] < 2.5, "an hour of sleep is worth about 1.4 % of effort"
    assert len(food.of_day(session, made.athlete_id, TODAY - timedelta(days=1))) >= 3
    assert {one.severity for one in injuries.every(session, made.athlete_id)} == {2, 5}
