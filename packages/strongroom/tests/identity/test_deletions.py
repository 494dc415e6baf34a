"""What is deleted on purpose is expected no longer, and everything else still is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from strongroom.config import Configuration
from strongroom.errors import StateError
from strongroom.identity import (
    Verdict,
    accept,
    check,
    forget_tables,
    open_database,
    plan_deletion,
    push_floors,
)
from strongroom.identity.expectation import expectation
from strongroom.identity.floors import with_counts, with_deletion, without_tables
from strongroom.identity.state import Incarnation, PlannedDeletion, State, state_from
from strongroom.ledger import ledger_of, tell_entry

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
LIFE = Incarnation(
    id="one", status="current", origin="init", since="", floors={"public.run": 1000, "public.b": 9}
)


def at(**after: float) -> str:
    return (NOON + timedelta(**after)).isoformat()


def counted(life: Incarnation, rows: int, when: str, *, now: datetime | None = None) -> Incarnation:
    return with_counts(life, {"public.run": rows}, backup_id="b", at=when, now=now)


def planned(rows: int, when: str, permit: str = "p") -> Incarnation:
    return with_deletion(LIFE, PlannedDeletion("public.run", rows, permit, when))


def execute(home: Configuration, statement: str) -> None:
    with open_database(home) as database, psycopg.connect(**database.administrator()) as connection:
        connection.execute(statement.encode())


def test_rows_that_a_permit_lets_be_deleted_are_not_missed(home: Configuration) -> None:
    plan_deletion(home, table="public.run", rows=700, permit_id="one")
    execute(home, "DELETE FROM run WHERE id <= 700")
    assert check(home).matches
    execute(home, "DELETE FROM run WHERE id <= 780")
    judgement = check(home)
    assert judgement.verdict is Verdict.SHRUNK
    assert [(one.expected_rows, one.found_rows) for one in judgement.at_risk] == [(300, 220)]


def test_a_whole_table_may_be_emptied_on_purpose(home: Configuration) -> None:
    plan_deletion(home, table="public.run", rows=10**9, permit_id="one")
    execute(home, "TRUNCATE run")
    assert check(home).matches


def test_a_table_that_was_dropped_on_purpose_is_expected_no_longer(home: Configuration) -> None:
    execute(home, "DROP TABLE run")
    assert check(home).verdict is Verdict.SHRUNK
    before = datetime.now(UTC) - timedelta(minutes=1)
    forget_tables(home, ["public.run"], "migration 0007 drops it")
    assert check(home).matches
    push_floors(home, {"public.run": 1000}, backup_id="older", at=before)
    assert check(home).matches, "a backup from before the migration brought the floor back"
    told = [tell_entry(one) for one in ledger_of(home).entries()][-1]
    assert "public.run" in told
    assert "0007" in told


def test_a_repeated_word_of_one_permit_counts_once(home: Configuration) -> None:
    for _ in range(2):
        plan_deletion(home, table="public.run", rows=300, permit_id="one")
    plan_deletion(home, table="public.run", rows=100, permit_id="two")
    expected = expectation(home)
    assert expected is not None
    assert expected.state.current.expected_rows == {"public.run": 600}
    with pytest.raises(StateError):
        plan_deletion(home, table="public.run", rows=-1, permit_id="one")


def test_accepting_what_is_there_ends_every_plan(home: Configuration) -> None:
    plan_deletion(home, table="public.run", rows=100, permit_id="one")
    execute(home, "DELETE FROM run WHERE id <= 500")
    refused = check(home)
    accept(
        home,
        verdict=refused.verdict,
        fingerprint=refused.fingerprint,
        confirm=lambda _: "terminal",
    )
    expected = expectation(home)
    assert expected is not None
    assert expected.state.current.expected_rows == {"public.run": 500}


def test_a_later_backup_ends_a_plan() -> None:
    after = counted(planned(300, at()), 700, at(hours=1))
    assert (after.planned, after.expected_rows) == ((), {"public.run": 700})
    never_used = counted(planned(300, at()), 1000, at(hours=1))
    assert never_used.expected_rows == {"public.run": 1000}


def test_a_backup_from_before_the_deletion_does_not_end_its_plan() -> None:
    after = counted(planned(300, at()), 1000, at(hours=-1))
    assert after.expected_rows == {"public.run": 700}


def test_a_backup_between_plan_and_commit_ends_the_plan_only_if_it_saw_the_deletion() -> None:
    unseen = counted(planned(300, at()), 1000, at(seconds=5))
    assert unseen.expected_rows == {"public.run": 700}
    seen = counted(planned(300, at()), 700, at(seconds=5))
    assert seen.expected_rows == {"public.run": 700}


def test_an_older_backup_that_arrives_late_changes_nothing() -> None:
    newer = counted(LIFE, 1000, at())
    assert counted(newer, 10, at(hours=-1), now=NOON) == newer


def test_floors_that_are_dated_in_the_future_give_way_after_a_clock_went_back() -> None:
    ahead = counted(LIFE, 1000, at(days=30))
    back = counted(ahead, 1200, at(), now=NOON)
    assert back.expected_rows == {"public.run": 1200}


def test_a_table_that_comes_back_after_it_was_forgotten_has_a_floor_again() -> None:
    gone = without_tables(LIFE, ["public.run"], at())
    assert gone.expected_rows == {"public.b": 9}
    assert counted(gone, 5, at(minutes=-1)).expected_rows == {}
    again = counted(gone, 5, at(minutes=1))
    assert (again.expected_rows, again.forgotten) == ({"public.run": 5}, {})


def test_what_is_planned_and_forgotten_survives_storage_and_an_older_format_is_read() -> None:
    life = without_tables(planned(300, at()), ["public.b"], at())
    state = State("id", (life,))
    assert state_from(state.as_dict()) == state
    document = State("id", (LIFE,)).as_dict()
    document["format"] = 1
    for name in ("planned", "forgotten", "accepted_at"):
        del document["incarnations"][0][name]
    assert state_from(document) == State("id", (LIFE,))
