"""What a service only lends: its athlete sees it for a while, and nothing else ever meets it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session, sessionmaker

import strideiq.features  # noqa: F401  what reacts to a new activity is registered there
from strideiq.activities import lent, loans, views
from strideiq.activities import public as activities
from strideiq.activities.loans import Loan
from strideiq.activities.models import ActivityLoan, ActivityObservation

NOW = datetime.now(UTC).replace(microsecond=0)
START = NOW - timedelta(days=40)
LENDER = "strava_api"
MARK = "Quince jelly loop"
TIME_S = np.arange(1800.0)
CHANNELS = {"time_s": TIME_S, "distance_m": 3.123 * TIME_S, "heart_rate_bpm": 100 + TIME_S / 30}


def a_loan(number: int = 1, start: datetime = START, **values: object) -> Loan:
    said = {
        "name": MARK,
        "sport": "running",
        "started_at": start,
        "elapsed_s": 1799.0,
        "moving_s": 1777.0,
        "distance_m": 5621.4,
        **values,
    }
    return Loan(
        lender=LENDER,
        upstream_id=f"strava:{number}",
        place_name="Strava activity",
        values=said,
        started_at=start,
        elapsed_s=1799.0,
        distance_m=5621.4,
        until=NOW + timedelta(days=7),
    )


def a_file(start: datetime = START, **more: Any) -> activities.ObservedActivity:
    return activities.ObservedActivity(
        sport="running",
        name="From the watch",
        started_at=start,
        elapsed_s=1799.0,
        moving_s=1790.0,
        distance_m=5600.0,
        streams=CHANNELS,
        **more,
    )


@pytest.fixture
def place(session: Session, athlete_id: UUID) -> UUID:
    found = loans.lend(session, athlete_id, a_loan(), NOW)
    assert (found.lent, found.new) == (True, True)
    assert loans.lend_streams(session, athlete_id, found.activity_id, CHANNELS, a_loan().until)
    session.commit()
    return found.activity_id


def test_its_athlete_sees_it_with_their_own_words_over_it_until_it_ends(
    session: Session, athlete_id: UUID, place: UUID
) -> None:
    activities.annotate(session, athlete_id, place, "notes", "my own words")
    view = views.activity(session, athlete_id, place)
    assert (view.name, view.distance_m, view.sample_count) == ("Strava activity", None, 0)
    seen = lent.overlaid(session, athlete_id, view, NOW)
    assert (seen.name, seen.distance_m, seen.notes) == (MARK, 5621.4, "my own words")
    assert [one.name for one in lent.listed(session, athlete_id, NOW, 10)] == [MARK]
    assert lent.streams(session, athlete_id, place, NOW)["distance_m"][-1] > 5000
    activities.rename(session, athlete_id, place, "Mine")
    assert lent.listed(session, athlete_id, NOW, 10)[0].name == "Mine"

    ended = a_loan().until
    assert lent.overlaid(session, athlete_id, view, ended) == view
    assert lent.listed(session, athlete_id, ended, 10) == []
    assert lent.streams(session, athlete_id, place, ended) == {}
    loans.expire(session, ended)
    assert session.scalars(select(ActivityLoan)).all() == []
    assert views.activity(session, athlete_id, place).name == "Mine"
    assert lent.counts(session, athlete_id, LENDER, ended) == lent.LentCounts(1, 0)


@pytest.mark.usefixtures("place")
def test_nothing_of_it_is_in_a_table_that_is_kept(engine: Engine) -> None:
    with engine.connect() as connection:
        kept = connection.execute(
            text(
                "SELECT relname, relpersistence FROM pg_class "
                "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            )
        ).all()
        unlogged = {name for name, persistence in kept if persistence == "u"}
        holding = {
            name
            for name, _ in kept
            for marker in (MARK, "5621.4", "1777", f"{START:%Y-%m-%d}")
            if connection.scalar(
                text(f'SELECT count(*) FROM "{name}" AS t WHERE t::text LIKE :marker'),
                {"marker": f"%{marker}%"},
            )
        }
    assert unlogged == {"activity_loan", "activity_loan_stream"}
    assert holding == {"activity_loan"}


def test_no_list_sum_analysis_or_coach_meets_it(
    session: Session, athlete_id: UUID, place: UUID
) -> None:
    assert activities.list_activities(session, athlete_id) == []
    assert session.execute(select(activities.visible(athlete_id))).all() == []
    assert activities.totals(session, athlete_id).activities == 0
    assert activities.overlapping(session, athlete_id, START, 1800) == []
    assert list(activities.recorded_channels(session, athlete_id, [place], ["distance_m"])) == []
    assert activities.every_activity(session, athlete_id) == []
    assert activities.streams(session, athlete_id, place) == {}
    assert not activities.coach_may_use(session, athlete_id, place)
    for derivation in activities.derivations():
        assert derivation.stale(session, athlete_id) == []
    for table in ("best_effort", "time_effort", "activity_load", "workout_match", "activity_place"):
        assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 0


def test_said_again_it_is_renewed_and_a_change_at_the_service_is_noted_without_what_it_said(
    session: Session, athlete_id: UUID, place: UUID
) -> None:
    again = loans.lend(session, athlete_id, a_loan(), NOW)
    assert (again.activity_id, again.new, again.changed) == (place, False, False)
    changed = loans.lend(session, athlete_id, a_loan(name="Renamed there"), NOW)
    assert (changed.activity_id, changed.changed) == (place, True)
    noted = session.scalars(select(ActivityObservation)).all()
    assert [(one.source, one.upstream_id, one.said) for one in noted] == [
        (LENDER, "strava:1", {})
    ] * 2


def test_a_deletion_at_the_service_is_noted_and_deletes_nothing_of_the_athletes(
    session: Session, athlete_id: UUID, place: UUID
) -> None:
    activities.annotate(session, athlete_id, place, "notes", "my own words")
    assert activities.deleted_upstream(session, athlete_id, "strava:1") == [place]
    loans.end_loan(session, athlete_id, "strava:1")
    view = views.activity(session, athlete_id, place)
    assert (view.notes, view.deleted_at) == ("my own words", None)
    newest = session.scalars(select(ActivityObservation).order_by(ActivityObservation.number))
    assert [one.withdrawn for one in newest] == [None, "upstream"]
    back = loans.lend(session, athlete_id, a_loan(), NOW)
    assert (back.activity_id, back.new) == (place, False)


@pytest.mark.parametrize("by_id", [True, False])
def test_a_file_of_it_ends_the_loan_and_gets_the_words(
    session: Session,
    athlete_id: UUID,
    place: UUID,
    by_id: bool,  # noqa: FBT001  a case
) -> None:
    activities.annotate(session, athlete_id, place, "notes", "my own words")
    start = START + (timedelta(hours=3) if by_id else timedelta(seconds=4))
    given = a_file(start, upstream_id="strava:1" if by_id else None)
    own = activities.record(session, athlete_id, given)
    view = activities.activity(session, athlete_id, own)
    assert (view.name, view.notes, view.distance_m) == ("From the watch", "my own words", 5600.0)
    assert activities.stands_for(session, athlete_id, place) == own
    assert session.scalars(select(ActivityLoan)).all() == []
    assert [one.activity_id for one in activities.list_activities(session, athlete_id)] == [own]
    assert session.scalar(
        text("SELECT count(*) FROM best_effort WHERE activity_id = :it"), {"it": own}
    )
    # The service tells of it again: nothing is borrowed, and a deletion there is known.
    again = loans.lend(session, athlete_id, a_loan(), NOW)
    assert (again.activity_id, again.lent) == (own, False)
    assert activities.deleted_upstream(session, athlete_id, "strava:1")


def test_of_what_is_here_from_a_file_nothing_is_borrowed(
    session: Session, athlete_id: UUID
) -> None:
    own = activities.record(session, athlete_id, a_file())
    found = loans.lend(session, athlete_id, a_loan(start=START + timedelta(seconds=3)), NOW)
    assert (found.activity_id, found.lent, found.new) == (own, False, False)
    assert session.scalars(select(ActivityLoan)).all() == []
    assert activities.activity(session, athlete_id, own).name == "From the watch"
    other = loans.lend(session, athlete_id, a_loan(2, START + timedelta(hours=5)), NOW)
    assert other.lent


def test_what_the_athlete_put_into_the_bin_is_not_lent_again(
    session: Session, athlete_id: UUID, place: UUID
) -> None:
    activities.delete(session, athlete_id, place)
    loans.end_loans(session, athlete_id, LENDER)
    assert not loans.lend(session, athlete_id, a_loan(), NOW).lent
    assert views.activity(session, athlete_id, place).deleted_at is not None


def test_ended_with_the_connection_places_without_a_word_can_go_to_the_bin(
    session: Session, athlete_id: UUID, place: UUID
) -> None:
    other = loans.lend(session, athlete_id, a_loan(2, START + timedelta(days=1)), NOW).activity_id
    activities.annotate(session, athlete_id, place, "notes", "my own words")
    loans.end_loans(session, athlete_id, LENDER)
    loans.put_away(session, athlete_id, LENDER)
    assert views.activity(session, athlete_id, place).deleted_at is None
    assert views.activity(session, athlete_id, other).deleted_at is not None
    activities.undelete(session, athlete_id, other)


def test_its_page_says_what_it_is_and_offers_no_link_and_no_comparison(
    new_browser: Callable[..., Any], sessions: sessionmaker[Session]
) -> None:
    browser = new_browser("lent@example.org")
    with sessions.begin() as session:
        place = loans.lend(session, browser.athlete_id, a_loan(), NOW).activity_id
        loans.lend_streams(session, browser.athlete_id, place, CHANNELS, a_loan().until)
    page = browser.get(f"/activities/{place}").text
    assert MARK in page
    assert "Only lent, until" in page
    assert f"/activities/{place}/share" not in page
    assert browser.post(f"/activities/{place}/share", {}).status_code in {303, 422}
    with sessions() as session:
        assert session.scalar(text("SELECT count(*) FROM share_link")) == 0
    assert MARK in browser.get("/activities/lent").text
    log = browser.get("/activities").text
    assert MARK not in log
    assert "/activities/lent" in log
    assert MARK not in browser.get("/activities/calendar?month=" + f"{START:%Y-%m}").text
    with sessions.begin() as session:
        activities.deleted_upstream(session, browser.athlete_id, "strava:1")
        loans.end_loan(session, browser.athlete_id, "strava:1")
    page = browser.get(f"/activities/{place}").text
    assert MARK not in page
    assert "has deleted it" in page
