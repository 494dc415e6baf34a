"""Syncing with Strava: whatever it answers, nothing is lost, doubled, or asked for too often."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from strava_stand_in import BEGUN, StravaStandIn
from strava_syncing import STRAVA_ATHLETE, Syncing, a_file

from strideiq.activities import lent
from strideiq.activities import public as activities
from strideiq.activities.models import Activity, ActivityLoanStream, ActivityObservation
from strideiq.connections import service
from strideiq.connections.http import Door
from strideiq.connections.strava import client, jobs
from strideiq.connections.strava.client import NAME

START = BEGUN - timedelta(days=3)


@pytest.fixture
def three(strava: StravaStandIn, syncing: Syncing) -> Syncing:
    for number in range(3):
        strava.add(STRAVA_ATHLETE, 100 + number, START + timedelta(hours=5 * number))
    syncing.connect()
    return syncing


def seen(syncing: Syncing) -> dict[str, Any]:
    with syncing.session() as session:
        found = lent.listed(session, syncing.athlete_id, syncing.clock(), 1000)
    return {one.name: one for one in found}


def counts(syncing: Syncing) -> tuple[int, int]:
    """Activities, and those with samples."""
    with syncing.session() as session:
        rows = session.scalars(select(Activity.activity_id)).all()
        sampled = session.scalars(select(ActivityLoanStream.activity_id).distinct()).all()
    return len(rows), len(sampled)


def test_everything_arrives_once_and_a_second_sync_changes_nothing(three: Syncing) -> None:
    three.until_done()
    assert counts(three) == (3, 3)
    run = seen(three)["Morning Run 101"]
    assert (run.sport, run.distance_m, run.average_cadence_spm) == ("running", 5101.0, 169.0)
    assert run.started_at == START + timedelta(hours=5)
    with three.session() as session:
        channels = lent.streams(session, three.athlete_id, run.activity_id, three.clock())
    assert channels["cadence_spm"][0] == 168
    assert {"time_s", "distance_m", "heart_rate_bpm", "latitude_deg"} <= set(channels)
    assert three.row().synced_at is not None
    before = seen(three)
    three.again()
    assert counts(three) == (3, 3)
    assert {one.activity_id for one in seen(three).values()} == {
        one.activity_id for one in before.values()
    }


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/api/v3/athlete/activities", "truncated"),
        ("/api/v3/athlete/activities", "429"),
        ("/api/v3/activities/101", "500"),
        ("/api/v3/activities/101", "slow"),
        ("/api/v3/push_subscriptions", "nonsense"),
    ],
)
def test_a_fault_is_waited_out_and_then_all_is_there(
    three: Syncing, path: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault == "slow":
        monkeypatch.setattr(client, "Door", partial(Door, timeout_s=0.05))
    three.strava.faults.append((path, fault))
    began = three.clock()
    three.until_done()
    assert not three.strava.faults
    assert counts(three) == (3, 3)
    assert three.row().state == "connected"
    assert began < three.clock() <= began + timedelta(minutes=16)


def test_what_our_access_does_not_reach_is_said_with_its_next_step(three: Syncing) -> None:
    three.strava.faults.extend([("/api/v3/athlete/activities", "403")] * 3)
    for _attempt in range(3):
        due = three.runner.next_due()
        assert due is not None
        three.strava.now = max(three.clock(), due)
        three.runner.work_off()
    row = three.row()
    assert row.state == "failing"
    assert "leave every box ticked" in str(row.next_step)
    three.until_done()
    assert (three.row().state, three.row().error) == ("connected", None)


def test_tokens_rotate_are_stored_before_they_are_used_and_survive_a_clock_that_is_wrong(
    three: Syncing,
) -> None:
    three.until_done()
    account = three.strava.accounts[STRAVA_ATHLETE]
    first = account.refresh_token
    three.strava.now += timedelta(days=1)  # the access token has ended
    three.again()
    assert account.refresh_token != first
    with three.session() as session:
        kept = service.secrets_of(
            service.row_of(session, three.athlete_id, NAME), three.context.keys
        )
    assert kept == {
        "access_token": account.access_token,
        "refresh_token": account.refresh_token,
    }
    # Strava's clock runs ahead: what we hold for good has ended there, and 401 tells so.
    three.strava.skew = timedelta(hours=7)
    second = account.refresh_token
    three.again()
    assert account.refresh_token != second
    assert three.row().state == "connected"
    assert three.strava.statuses[401] == 1


def test_limits_are_heard_before_they_are_broken_and_news_come_before_old_samples(
    strava: StravaStandIn, syncing: Syncing
) -> None:
    strava.limits = (12, 24)
    for number in range(24):
        strava.add(STRAVA_ATHLETE, number + 1, START - timedelta(days=number))
    syncing.connect()
    syncing.runner.work_off()
    strava.add(STRAVA_ATHLETE, 999, strava.now - timedelta(hours=1))
    with syncing.context.sessions.begin() as session:
        jobs._ask(session, syncing.athlete_id, "activity", syncing.clock(), jobs.SOON, "999")
    syncing.runner.work_off()  # the samples of long ago wait; this does not
    assert "Morning Run 999" in seen(syncing)
    assert syncing.runner.next_due() > syncing.clock()  # type: ignore[operator]  # something waits
    syncing.until_done()
    assert counts(syncing) == (25, 25)
    assert strava.statuses[429] == 0
    assert syncing.clock().date() > BEGUN.date()


def test_limits_end_by_the_services_clock_not_by_ours(
    strava: StravaStandIn, syncing: Syncing
) -> None:
    strava.limits = (10, 1000)
    strava.skew = -timedelta(minutes=6)
    for number in range(20):
        strava.add(STRAVA_ATHLETE, number + 1, START - timedelta(days=number))
    syncing.connect()
    syncing.until_done()
    assert counts(syncing) == (20, 20)
    assert strava.statuses[429] == 0


def test_what_was_changed_and_deleted_there_shows_and_deletes_nothing_here(
    three: Syncing, athlete_id: UUID
) -> None:
    three.until_done()
    place = seen(three)["Morning Run 102"].activity_id
    with three.context.sessions.begin() as session:
        activities.annotate(session, athlete_id, place, "notes", "my own words")
    account = three.strava.accounts[STRAVA_ATHLETE]
    account.activities[101]["name"] = "Renamed there"
    del account.activities[102]
    three.strava.now += timedelta(minutes=1)
    three.again()
    assert set(seen(three)) == {"Morning Run 100", "Renamed there"}
    with three.session() as session:
        view = activities.activity(session, athlete_id, place)
        assert (view.notes, view.deleted_at) == ("my own words", None)
        noted = session.scalars(
            select(ActivityObservation.withdrawn)
            .where(ActivityObservation.activity_id == place)
            .order_by(ActivityObservation.number)
        ).all()
    assert noted == [None, "upstream"]
    assert counts(three)[0] == 3


def test_access_that_was_taken_back_ends_cleanly_and_can_be_given_again(
    three: Syncing, athlete_id: UUID
) -> None:
    three.until_done()
    place = seen(three)["Morning Run 100"].activity_id
    with three.context.sessions.begin() as session:
        activities.annotate(session, athlete_id, place, "notes", "my own words")
    three.strava.revoke(STRAVA_ATHLETE)
    three.again()
    row = three.row()
    assert (row.state, row.secrets, row.next_step) == ("revoked", None, "connect it again")
    assert seen(three) == {}
    asked = len(three.strava.requests)
    three.strava.now += timedelta(days=30)
    assert three.runner.work_off() == 0
    assert len(three.strava.requests) == asked
    three.connect()
    three.until_done()
    assert counts(three) == (3, 3)
    assert seen(three)["Morning Run 100"].activity_id == place
    assert seen(three)["Morning Run 100"].notes == "my own words"


def test_disconnecting_gives_the_tokens_back_and_destroys_them_whatever_strava_answers(
    three: Syncing,
) -> None:
    three.until_done()
    assert service.disconnect(three.context, three.athlete_id, NAME, put_away=True)
    assert three.strava.accounts[STRAVA_ATHLETE].access_token == ""
    assert (three.row().state, three.row().secrets) == ("disconnected", None)
    assert seen(three) == {}
    with three.session() as session:
        assert all(row.deleted_at for row in session.scalars(select(Activity)))
    three.connect()
    three.strava.faults.append(("/oauth/deauthorize", "500"))
    assert not service.disconnect(three.context, three.athlete_id, NAME)
    assert (three.row().state, three.row().secrets) == ("disconnected", None)


def test_while_connected_what_is_lent_is_renewed_and_otherwise_it_ends(three: Syncing) -> None:
    three.until_done()
    for _day in range(12):
        three.strava.now += timedelta(days=1)
        three.runner.work_off()
        three.runner.tidy()
        assert len(seen(three)) == 3
    with three.context.sessions.begin() as session:
        service.set_paused(session, three.athlete_id, NAME, three.clock(), paused=True)
    three.strava.now += timedelta(days=8)
    three.runner.tidy()
    assert seen(three) == {}
    with three.session() as session:
        for table in ("activity_loan", "activity_loan_stream"):
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 0
    assert counts(three) == (3, 0)


def test_of_runs_that_are_here_from_files_nothing_is_fetched(
    three: Syncing, athlete_id: UUID
) -> None:
    with three.context.sessions.begin() as session:
        own = activities.record(session, athlete_id, a_file(START + timedelta(hours=5)))
    three.until_done()
    assert set(seen(three)) == {"Morning Run 100", "Morning Run 102"}
    assert not any("/activities/101" in one for one in three.strava.requests)
    with three.context.sessions.begin() as session:
        later = activities.record(session, athlete_id, a_file(START))
        assert set(seen(three)) == {"Morning Run 100", "Morning Run 102"}  # until it is committed
    assert set(seen(three)) == {"Morning Run 102"}
    three.again()
    with three.session() as session:
        shown = activities.list_activities(session, athlete_id)
    assert {one.activity_id for one in shown} == {own, later}
    assert set(seen(three)) == {"Morning Run 102"}


def test_strange_activities_stop_no_others(strava: StravaStandIn, syncing: Syncing) -> None:
    strava.add(STRAVA_ATHLETE, 1, START)
    strava.add(STRAVA_ATHLETE, 2, START - timedelta(days=1), elapsed_time=0)
    strava.add(STRAVA_ATHLETE, 3, START - timedelta(days=2), distance="far", name=None)
    strava.add(STRAVA_ATHLETE, 4, START - timedelta(days=3), sport_type="BackcountrySki")
    strava.add(STRAVA_ATHLETE, 5, START - timedelta(days=4), distance=-1e300, max_heartrate=9000)
    syncing.connect()
    syncing.until_done()
    found = sorted((one.name, one.sport) for one in seen(syncing).values())
    assert found == [
        ("Morning Run 1", "running"),
        ("Morning Run 4", "backcountry_ski"),
        ("Morning Run 5", "running"),
        ("Strava activity", "running"),
    ]
