"""Which marks count: one branch of a database's life is followed, and the other one is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from strongroom.identity.lives import (
    accepted,
    announced,
    appended,
    arrived,
    caught_up,
    newest_marks,
    withdrawn,
)
from strongroom.identity.observation import Identity, Observation
from strongroom.identity.state import Incarnation, Mark, State

START = datetime(2026, 1, 1, tzinfo=UTC)


def mark(n: int, chain: str = "a", *, timeline: int = 1, at_s: float | None = None) -> Mark:
    moment = START + timedelta(seconds=60 * n if at_s is None else at_s)
    return Mark(n, f"{chain}{n}", timeline, moment.isoformat())


def life(*marks: Mark) -> Incarnation:
    return Incarnation("life", "current", "init", START.isoformat(), (1,), marks)


def state(*marks: Mark) -> State:
    return State("ours", (life(*marks),))


def nonces(changed: State) -> list[str]:
    return [one.nonce for one in changed.current.marks]


def test_a_mark_that_leads_on_is_taken_with_those_that_nobody_lived_to_tell_of() -> None:
    told = appended(state(mark(1)), life(mark(1)), mark(4), [mark(1), mark(2), mark(3)])
    assert nonces(told) == ["a1", "a2", "a3", "a4"]


def test_after_a_failover_the_marks_that_were_lost_count_no_more() -> None:
    seen = (mark(1), mark(2), mark(3))
    told = appended(state(*seen), life(*seen), mark(2, "b", timeline=2), [mark(1)])
    assert nonces(told) == ["a1", "b2"]


def test_who_appends_second_in_another_copy_does_not_move_the_state() -> None:
    first = appended(state(mark(1)), life(mark(1)), mark(2, "b"), [mark(1)])
    second = appended(first, life(mark(1)), mark(2, "a"), [mark(1)])
    assert second == first


def test_a_process_in_a_copy_that_was_not_accepted_does_not_move_the_state() -> None:
    accepted_since = replace(life(mark(1)), accepted_at="2026-01-02")
    now = State("ours", (accepted_since,))
    assert appended(now, life(mark(1), mark(2)), mark(3), [mark(1), mark(2)]) == now


def test_marks_of_an_outage_are_added_where_they_lead_on() -> None:
    # The nonce makes the mark: that one machine can date it better makes no other one of it.
    dated = replace(mark(2), quiet_until=mark(1).at)
    assert nonces(caught_up(state(mark(1), mark(2)), state(mark(1), dated, mark(3)), {})) == [
        "a1",
        "a2",
        "a3",
    ]


def test_marks_of_a_long_outage_lead_on_from_one_that_is_forgotten_here() -> None:
    stored, seen = state(mark(1), mark(2)), state(mark(30), mark(31))
    assert nonces(caught_up(stored, seen, newest_marks(stored))) == ["a1", "a2", "a30", "a31"]
    assert nonces(caught_up(state(mark(3, "b")), seen, newest_marks(stored))) == ["b3"]


def test_marks_of_an_outage_are_left_where_somebody_else_was_first_or_a_person_decided() -> None:
    elsewhere = state(mark(1), mark(2, "b"))
    assert nonces(caught_up(elsewhere, state(mark(1), mark(2), mark(3)), {})) == ["a1", "b2"]
    decided = State("ours", (replace(life(mark(1)), accepted_at="2026-01-02"),))
    assert nonces(caught_up(decided, state(mark(1), mark(2)), {})) == ["a1"]


def test_many_starts_at_once_push_nothing_out_that_dates_a_loss() -> None:
    starts = [mark(n, at_s=1_000 + n / 100) for n in range(3, 63)]
    kept = life(mark(1, at_s=0), mark(2, at_s=10)).seen(*starts).marks
    assert [one.n for one in kept] == list(range(2, 63))


def test_an_announcement_that_nobody_settled_ends_with_the_next_one() -> None:
    def new(name: str) -> Incarnation:
        return Incarnation(name, "pending", "backup", START.isoformat())

    twice = announced(announced(state(mark(1)), new("first")), new("second"))
    assert twice.pending is not None
    assert twice.pending.id == "second"
    assert arrived(twice).current.id == "second"
    assert withdrawn(twice).pending is None


@pytest.mark.parametrize("known", [True, False])
def test_what_a_person_accepts_ends_every_announcement(known: bool) -> None:  # noqa: FBT001
    pending = Incarnation("new", "pending", "backup", START.isoformat())
    before = state(mark(1), mark(2)).with_incarnation(pending)
    identity = Identity("ours", "production", "life" if known else "another")
    found = Observation(
        "here", holds="it", identity=identity, system_identifier=7, marks=(mark(1),)
    )
    after = accepted(before, found, {}, since="2026-01-02T00:00:00+00:00")
    assert (after.current.id, after.pending) == (identity.incarnation, None)
    assert (nonces(after), after.current.clusters) == (["a1"], (7,))
