"""A plan changes only by what the athlete accepts, and what was accepted can be taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from made import START, WISH, plan, run
from sqlalchemy.orm import Session

from strideiq.training import adaptation, proposals, views, workouts
from strideiq.training.adaptation import Situation, adaptations, is_easy
from strideiq.training.errors import NoSuchProposalError
from strideiq.training.planning.engine import make_plan
from strideiq.training.planning.structure import measure
from strideiq.training.targets import Targets
from strideiq.training.views import WorkoutView

TODAY = START + timedelta(weeks=8, days=2)


@pytest.fixture
def plan_id(session: Session, athlete_id: UUID) -> UUID:
    return plan(session, athlete_id)


def all_of(session: Session, athlete_id: UUID, plan_id: UUID) -> list[WorkoutView]:
    return views.workouts_of_plan(session, athlete_id, plan_id, removed=True)


def situation(workouts_: list[WorkoutView], today: date = TODAY) -> Situation:
    """Everything before today was run, nothing else is known."""
    done = [replace(each, outcome="done") if each.day < today else each for each in workouts_]
    return Situation(today, done, Targets.of(WISH.index, WISH.goal_distance_m).speeds_mps)


def test_a_plan_that_goes_well_is_left_alone(
    session: Session, athlete_id: UUID, plan_id: UUID
) -> None:
    assert adaptations(situation(all_of(session, athlete_id, plan_id))) == []
    calm = situation(all_of(session, athlete_id, plan_id))
    assert adaptations(replace(calm, fitness=50.0, form=-12.0, index=48.3, made_index=48.0)) == []


def test_too_much_fatigue_proposes_days_that_are_shorter_and_nothing_fast(
    session: Session, athlete_id: UUID, plan_id: UUID
) -> None:
    calm = situation(all_of(session, athlete_id, plan_id))
    (found,) = adaptations(replace(calm, fitness=50.0, form=-20.0))
    assert found.cause == "fatigue"
    assert found.changes
    for change in found.changes:
        assert 0 <= (change.workout.day - TODAY).days < adaptation.EASE_DAYS
        assert is_easy(change.after.structure)
        before_m, _ = measure(change.workout.structure, calm.speeds_mps)
        after_m, _ = measure(change.after.structure, calm.speeds_mps)
        assert 0.7 * before_m < after_m <= adaptation.LESS * before_m + 1


def test_missed_workouts_are_not_made_up_for(
    session: Session, athlete_id: UUID, plan_id: UUID
) -> None:
    known = all_of(session, athlete_id, plan_id)
    missed = replace(situation(known), workouts=known)
    (found,) = adaptations(missed)
    assert found.cause == "missed"
    changed = {change.workout.workout_id for change in found.changes}
    assert not any(each.day < TODAY and each.workout_id in changed for each in known)


def test_no_proposal_touches_a_race_or_what_the_athlete_has_shaped(
    session: Session, athlete_id: UUID, plan_id: UUID
) -> None:
    known = all_of(session, athlete_id, plan_id)
    near_race = WISH.race_day - timedelta(days=3)
    tired = replace(situation(known, near_race), fitness=50.0, form=-30.0)
    (found,) = adaptations(tired)
    assert "race" not in {change.workout.session for change in found.changes}
    shaped = [replace(each, changed=frozenset({"structure"})) for each in known]
    tired = replace(situation(shaped), fitness=50.0, form=-30.0)
    assert adaptations(tired) == []


def test_another_index_proposes_only_sessions_whose_work_would_differ(
    session: Session, athlete_id: UUID, plan_id: UUID
) -> None:
    known = all_of(session, athlete_id, plan_id)
    faster = make_plan(replace(WISH, index=58.0))
    sharper = replace(
        situation(known),
        index=58.0,
        made_index=WISH.index,
        remade={each.day: (each.session, each.structure) for each in faster.workouts},
    )
    (found,) = adaptations(sharper)
    assert found.reason.code == "adapt_index_up"
    for change in found.changes:
        assert change.after.structure != change.workout.structure
        assert change.after.session == change.workout.session
    assert adaptations(replace(sharper, index=WISH.index + 0.5)) == []


def test_looking_changes_nothing_accepting_does_and_undo_brings_all_back(
    session: Session, athlete_id: UUID, plan_id: UUID
) -> None:
    before = all_of(session, athlete_id, plan_id)
    until = TODAY + timedelta(days=3)
    told = {"today": TODAY, "ill_until": until}
    first = next(each for each in before if each.day >= TODAY)
    workouts.annotate(session, athlete_id, first.workout_id, {"notes": "mine"})
    before = all_of(session, athlete_id, plan_id)
    (found,) = proposals.open_of_plan(session, athlete_id, plan_id, **told)
    assert proposals.open_of_plan(session, athlete_id, plan_id, **told) == [found]
    assert all_of(session, athlete_id, plan_id) == before
    proposals.accept(session, athlete_id, plan_id, found.proposal_id, **told)
    after = all_of(session, athlete_id, plan_id)
    assert [each for each in after if each.removed]
    assert views.workout(session, athlete_id, first.workout_id).notes == "mine"
    late = next(each for each in after if each.day > until and "structure" in each.changed)
    own = [{"role": "run", "target": "easy", "distance_m": 5000.0}]
    workouts.annotate(session, athlete_id, late.workout_id, {"structure": own})
    proposals.undo(session, athlete_id, found.proposal_id)
    again = {each.workout_id: each for each in all_of(session, athlete_id, plan_id)}
    for each in before:
        if each.workout_id != late.workout_id:
            assert again[each.workout_id] == each
    assert "structure" in again[late.workout_id].changed
    with pytest.raises(NoSuchProposalError):
        proposals.undo(session, athlete_id, found.proposal_id)


def test_what_was_rejected_is_not_proposed_again_at_once(
    session: Session, athlete_id: UUID, plan_id: UUID
) -> None:
    before = all_of(session, athlete_id, plan_id)
    told = {"today": TODAY, "ill_until": TODAY + timedelta(days=3)}
    (found,) = proposals.open_of_plan(session, athlete_id, plan_id, **told)
    proposals.reject(session, athlete_id, plan_id, found.proposal_id, **told)
    assert all_of(session, athlete_id, plan_id) == before
    causes = {
        each.adaptation.cause
        for each in proposals.open_of_plan(session, athlete_id, plan_id, **told)
    }
    assert "illness" not in causes
    with pytest.raises(NoSuchProposalError):
        proposals.accept(session, athlete_id, plan_id, found.proposal_id, **told)


def test_what_is_accepted_is_what_was_shown(
    session: Session, athlete_id: UUID, plan_id: UUID
) -> None:
    told = {"today": TODAY, "ill_until": TODAY + timedelta(days=3)}
    (found,) = proposals.open_of_plan(session, athlete_id, plan_id, **told)
    changed = found.adaptation.changes[0].workout
    workouts.annotate(session, athlete_id, changed.workout_id, {"day": TODAY + timedelta(days=9)})
    with pytest.raises(NoSuchProposalError):
        proposals.accept(session, athlete_id, plan_id, found.proposal_id, **told)
    with pytest.raises(NoSuchProposalError):
        proposals.accept(session, athlete_id, plan_id, uuid4(), **told)


def test_an_illness_that_another_feature_knows_is_proposed_for(
    session: Session, athlete_id: UUID, plan_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposals, "_illness_sources", [])
    proposals.add_illness_source(lambda _session, _athlete, day: day + timedelta(days=1))
    (found, *_) = proposals.open_of_plan(session, athlete_id, plan_id, today=TODAY)
    assert found.adaptation.cause == "illness"


def test_missed_weeks_are_seen_from_what_was_recorded(
    session: Session, athlete_id: UUID, plan_id: UUID
) -> None:
    found = proposals.open_of_plan(session, athlete_id, plan_id, today=TODAY)
    assert [each.adaptation.cause for each in found] == ["missed"]
    for each in all_of(session, athlete_id, plan_id):
        if TODAY - timedelta(days=10) <= each.day < TODAY:
            run(session, athlete_id, each.day, [(each.planned_distance_m, 400)])
    found = proposals.open_of_plan(session, athlete_id, plan_id, today=TODAY)
    assert "missed" not in [each.adaptation.cause for each in found]
