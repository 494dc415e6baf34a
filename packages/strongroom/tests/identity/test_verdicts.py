"""The judge is pure, so its promises are tried on thousands of made-up databases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from strongroom.config import Keep, Policy
from strongroom.identity.observation import Expected, Identity, Observation
from strongroom.identity.pin import Pin
from strongroom.identity.state import Incarnation, Mark, State
from strongroom.identity.verdicts import RULES, Limits, Verdict, decide, floor_limit

START = datetime(2026, 1, 1, tzinfo=UTC)
POLICY = Policy()


def mark(n: int, *, chain: str = "a", timeline: int = 1, at_s: int | None = None) -> Mark:
    moment = START + timedelta(seconds=60 * n if at_s is None else at_s)
    return Mark(n, f"{chain}{n}", timeline, moment.isoformat())


def expected_after(*marks: Mark, floors: Mapping[str, int] | None = None) -> Expected:
    life = Incarnation(
        "life", "current", "init", START.isoformat(), (1,), marks, dict(floors or {})
    )
    return Expected(Pin("ours", "production", ("age1",)), State("ours", (life,)), "production")


def found_with(*marks: Mark, **changes: object) -> Observation:
    timeline = marks[-1].timeline if marks else 1
    base = Observation(
        "here",
        holds="a PostgreSQL database",
        identity=Identity("ours", "production", "life"),
        system_identifier=1,
        timeline=timeline,
        marks=marks,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def verdict(
    expected: Expected | None, found: Observation, keep: Mapping[str, Keep] | None = None
) -> Verdict:
    return decide(expected, found, Limits(POLICY, keep or {})).verdict


def warnings(expected: Expected, found: Observation) -> list[str]:
    return [one.code for one in decide(expected, found, Limits(POLICY, {})).warnings]


lengths = st.integers(min_value=1, max_value=30)


@given(seen=lengths, further=st.integers(min_value=0, max_value=30))
def test_a_database_that_only_moved_on_matches(seen: int, further: int) -> None:
    chain = [mark(n) for n in range(1, seen + further + 1)]
    assert verdict(expected_after(*chain[:seen]), found_with(*chain)) is Verdict.MATCH


@given(seen=lengths, lost=st.integers(min_value=1, max_value=30))
def test_a_database_that_lacks_what_was_seen_never_matches(seen: int, lost: int) -> None:
    chain = [mark(n) for n in range(1, seen + 1)]
    older = chain[: max(0, seen - lost)]
    assert verdict(expected_after(*chain), found_with(*older)) is Verdict.ROLLED_BACK


@given(common=lengths, ours=lengths, theirs=lengths)
def test_two_copies_that_both_went_on_are_told_apart(common: int, ours: int, theirs: int) -> None:
    shared = [mark(n) for n in range(1, common + 1)]
    seen = [*shared, *(mark(n) for n in range(common + 1, common + ours + 1))]
    other = [*shared, *(mark(n, chain="b") for n in range(common + 1, common + theirs + 1))]
    outcome = verdict(expected_after(*seen), found_with(*other))
    # The other copy is known for a clone once it has reached the epoch that was last seen.
    assert outcome is (Verdict.CLONE if theirs >= ours else Verdict.ROLLED_BACK)


@pytest.mark.parametrize(("rows", "outcome"), [(True, Verdict.FOREIGN), (False, Verdict.EMPTY)])
def test_what_is_not_ours_is_foreign_with_rows_and_empty_without(
    rows: bool,  # noqa: FBT001  a parametrised value
    outcome: Verdict,
) -> None:
    found = found_with(identity=None, user_rows=rows)
    assert verdict(expected_after(mark(1)), found) is outcome


STRANGE = {
    "identity": [
        Identity("theirs", "production", "life"),
        Identity("ours", "demo", "life"),
        Identity("ours", "production", "another life"),
        Identity("theirs", "demo", "another life"),
        None,
    ],
    "system_identifier": [2],
    "problem": ["no connection"],
}


@given(
    seen=lengths,
    change=st.sampled_from([(name, value) for name, values in STRANGE.items() for value in values]),
)
def test_one_strange_fact_is_enough_to_refuse(seen: int, change: tuple[str, object]) -> None:
    chain = [mark(n) for n in range(1, seen + 1)]
    found = found_with(*chain, **dict([change]))
    assert verdict(expected_after(*chain), found) is not Verdict.MATCH


OBSERVATIONS = st.builds(
    Observation,
    where=st.just("here"),
    holds=st.just("something"),
    problem=st.sampled_from([None, "no connection"]),
    identity=st.sampled_from([*STRANGE["identity"], Identity("ours", "production", "life")]),
    user_rows=st.booleans(),
    system_identifier=st.sampled_from([None, 1, 2]),
    in_recovery=st.booleans(),
    timeline=st.sampled_from([None, 1, 2]),
    marks=st.lists(st.builds(mark, lengths, chain=st.sampled_from("ab")), max_size=4).map(
        lambda marks: tuple(sorted(marks, key=lambda one: one.n))
    ),
    counts=st.dictionaries(st.just("public.run"), st.none() | st.integers(0, 2_000)),
)


@given(found=OBSERVATIONS)
def test_everything_is_decided_and_nothing_strange_slips_through(found: Observation) -> None:
    expected = expected_after(mark(1), mark(2), floors={"public.run": 1_000})
    outcome = verdict(expected, found)
    if outcome is Verdict.MATCH:
        assert found.problem is None
        assert found.identity == Identity("ours", "production", "life")
        assert found.system_identifier in (None, 1)
        contained = mark(2) in found.marks
        behind = mark(1) in found.marks and (found.in_recovery or found.timeline == 2)
        assert contained or behind
    assert verdict(None, found) in (Verdict.UNPINNED, Verdict.UNREACHABLE)


@given(count=st.integers(0, 2_000), more=st.integers(0, 2_000), floor=st.integers(1, 2_000))
def test_more_rows_never_make_a_match_worse(count: int, more: int, floor: int) -> None:
    expected = expected_after(mark(1), floors={"public.run": floor})
    fewer = verdict(expected, found_with(mark(1), counts={"public.run": count}))
    assume(fewer is Verdict.MATCH)
    outcome = verdict(expected, found_with(mark(1), counts={"public.run": count + more}))
    assert outcome is Verdict.MATCH


@pytest.mark.parametrize(
    ("floor", "keep", "limit"),
    [
        (1_000, "share", 800),
        (1_000, "all", 1_000),
        (1_000, "none", 0),
        (51, "share", 41),
        (50, "share", 1),
        (1, "share", 1),
        (0, "share", 0),
        (35, "all", 35),
    ],
)
def test_the_limit_of_a_table(floor: int, keep: Keep, limit: int) -> None:
    assert floor_limit(floor, keep, 0.2) == limit


@pytest.mark.parametrize(
    ("count", "outcome"), [(800, Verdict.MATCH), (799, Verdict.SHRUNK), (0, Verdict.SHRUNK)]
)
def test_losing_more_than_the_share_is_shrunk(count: int, outcome: Verdict) -> None:
    expected = expected_after(mark(1), floors={"public.run": 1_000})
    assert verdict(expected, found_with(mark(1), counts={"public.run": count})) is outcome


def test_a_table_that_is_kept_by_nobody_may_be_emptied() -> None:
    expected = expected_after(mark(1), floors={"public.session": 1_000})
    found = found_with(mark(1), counts={"public.session": 0})
    assert verdict(expected, found, {"session": "none"}) is Verdict.MATCH


def test_a_count_that_ran_out_of_time_warns_and_does_not_refuse() -> None:
    expected = expected_after(mark(1), floors={"public.run": 1_000})
    found = found_with(mark(1), counts={"public.run": None})
    assert verdict(expected, found) is Verdict.MATCH
    assert warnings(expected, found) == ["floor_unchecked"]


def test_a_lagging_replica_warns() -> None:
    expected = expected_after(mark(1), mark(2))
    found = found_with(mark(1), in_recovery=True, timeline=None)
    assert verdict(expected, found) is Verdict.MATCH
    assert warnings(expected, found) == ["replica_lagging"]


def test_a_replica_that_lags_beyond_policy_is_refused() -> None:
    expected = expected_after(mark(1), mark(2, at_s=60 + POLICY.replica_lag_max_s + 1))
    found = found_with(mark(1), in_recovery=True, timeline=None)
    assert verdict(expected, found) is Verdict.ROLLED_BACK


@pytest.mark.parametrize(
    ("loss_s", "timeline", "outcome"),
    [(60, 2, Verdict.MATCH), (61, 2, Verdict.ROLLED_BACK), (60, 1, Verdict.ROLLED_BACK)],
)
def test_a_failover_within_its_window_warns(loss_s: int, timeline: int, outcome: Verdict) -> None:
    expected = expected_after(mark(1, at_s=0), mark(2, at_s=loss_s))
    found = found_with(mark(1, at_s=0), timeline=timeline)
    assert verdict(expected, found) is outcome
    if outcome is Verdict.MATCH:
        assert warnings(expected, found) == ["failed_over"]


def test_a_replica_of_a_copy_that_has_parted_does_not_lag_but_is_refused() -> None:
    expected = expected_after(mark(1), mark(2), mark(3))
    found = found_with(mark(1), mark(2, chain="b"), in_recovery=True, timeline=None)
    assert verdict(expected, found) is Verdict.ROLLED_BACK


def test_a_copy_that_had_parted_before_it_was_promoted_is_no_failover() -> None:
    expected = expected_after(mark(1, at_s=0), mark(2, at_s=10))
    parted = found_with(mark(1, at_s=0), mark(2, chain="b", at_s=9), timeline=2)
    went_on = found_with(mark(1, at_s=0), mark(2, chain="b", at_s=9, timeline=2), timeline=2)
    assert verdict(expected, parted) is Verdict.CLONE
    assert verdict(expected, went_on) is Verdict.MATCH


def test_a_replica_of_the_promoted_one_is_told_by_its_marks_of_the_new_timeline() -> None:
    expected = expected_after(mark(1, at_s=0), mark(2, at_s=10))
    following = found_with(
        mark(1, at_s=0), mark(2, chain="b", timeline=2), in_recovery=True, timeline=None
    )
    assert warnings(expected, following) == ["failed_over"]


def test_a_night_without_writes_is_no_loss() -> None:
    evening, morning = mark(1, at_s=0), mark(2, at_s=30_000)
    found = found_with(evening, timeline=2)
    assert verdict(expected_after(evening, morning), found) is Verdict.ROLLED_BACK
    quiet = replace(morning, quiet_until=mark(0, at_s=29_990).at)
    assert verdict(expected_after(evening, quiet), found) is Verdict.MATCH


def test_a_clock_that_went_back_dates_no_loss() -> None:
    expected = expected_after(mark(1, at_s=0), mark(2, at_s=-3_600))
    assert verdict(expected, found_with(mark(1, at_s=0), timeline=2)) is Verdict.ROLLED_BACK


@pytest.mark.parametrize("changes", [{"timeline": 2}, {"in_recovery": True, "timeline": None}])
def test_a_replica_that_is_behind_or_was_promoted_must_have_its_rows(
    changes: dict[str, object],
) -> None:
    expected = expected_after(mark(1, at_s=0), mark(2, at_s=10), floors={"public.run": 1_000})
    emptied = found_with(mark(1, at_s=0), counts={"public.run": 0}, **changes)
    assert verdict(expected, emptied) is Verdict.SHRUNK
    life = replace(expected.state.current, floors_n=2)
    later = replace(expected, state=expected.state.with_incarnation(life))
    assert verdict(later, emptied) is Verdict.MATCH  # counted after what it has received


def test_a_swap_under_way_lets_both_databases_in_and_a_finished_one_only_the_new() -> None:
    old = Incarnation("old", "current", "init", START.isoformat(), (1,), (mark(1),))
    new = Incarnation("new", "pending", "backup", START.isoformat(), (2,))
    pin = Pin("ours", "production", ("age1",))
    under_way = Expected(pin, State("ours", (old, new)), "production")
    finished = replace(under_way, state=under_way.state.with_current("new"))
    in_old = found_with(mark(1), identity=Identity("ours", "production", "old"))
    in_new = found_with(
        mark(2), identity=Identity("ours", "production", "new"), system_identifier=2
    )
    assert verdict(under_way, in_old) is Verdict.MATCH
    assert verdict(under_way, in_new) is Verdict.MATCH
    assert warnings(under_way, in_new) == ["swap_unfinished"]
    assert verdict(finished, in_old) is Verdict.ROLLED_BACK
    assert verdict(finished, in_new) is Verdict.MATCH
    assert verdict(finished, replace(in_new, system_identifier=1)) is Verdict.CLONE


def test_only_clusters_in_use_may_be_started() -> None:
    lives = [
        Incarnation(status, status, "init", START.isoformat(), (cluster,))
        for cluster, status in enumerate(("retired", "current", "pending"))
    ]
    state = State("ours", tuple(lives))
    assert [state.may_hold(cluster) for cluster in (0, 1, 2, 3, None)] == [
        False,
        True,
        True,
        False,
        False,
    ]


def test_a_rolled_back_database_names_both_causes() -> None:
    message = decide(
        expected_after(mark(1), mark(2)), found_with(mark(1)), Limits(POLICY, {})
    ).message
    assert "older copy" in message
    assert "moved on elsewhere" in message


def test_every_verdict_has_its_documented_exit_code() -> None:
    assert {str(one): one.exit_code for one in Verdict} == {
        "match": 0,
        "unpinned": 10,
        "empty": 11,
        "foreign": 12,
        "wrong_environment": 13,
        "clone": 14,
        "rolled_back": 15,
        "shrunk": 16,
        "unreachable": 17,
    }


def test_the_rules_stand_in_the_order_of_the_table() -> None:
    assert [rule.__name__ for rule in RULES] == [
        "_without_identity",
        "_other_environment",
        "_other_database",
        "_unknown_life",
        "_lagging_replica",
        "_failed_over",
        "_diverged",
        "_rolled_back",
        "_shrunk",
        "_match",
    ]
