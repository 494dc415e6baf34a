"""Strava's terms: what its API gave reaches no coach, no analysis, no copy, and is gone in time."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from strava_stand_in import StravaStandIn
from strava_syncing import STRAVA_ATHLETE, Syncing

from strideiq.activities import public as activities
from strideiq.athletes import public as athletes
from strideiq.coach.tools.catalogue import TOOLS
from strideiq.coach.tools.tool import Scope, Toolbox, ToolRefusedError
from strideiq.platform.errors import StrideiqError
from strideiq.platform.runtime import Runtime
from strideiq.portability import export

MARK = "Quince jelly loop"
FIGURES = ("7654.25", "1771", "173.75")
"""Distance, moving seconds and highest heart rate, as nothing else here has them."""


@pytest.fixture
def runtime(registered: Runtime) -> Runtime:
    return registered


@pytest.fixture
def browser(new_browser: Callable[..., Any]) -> Any:
    return new_browser("terms@example.org")


@pytest.fixture
def synced(strava: StravaStandIn, runtime: Runtime, browser: Any) -> Syncing:
    """A run of yesterday that came by the API, of the athlete that the browser is signed in as."""
    strava.now = datetime.now(UTC).replace(microsecond=0)
    start = strava.now - timedelta(days=1)
    strava.add(
        STRAVA_ATHLETE,
        100,
        start,
        name=MARK,
        distance=7654.25,
        moving_time=1771,
        max_heartrate=173.75,
    )
    syncing = Syncing(strava, runtime, browser.athlete_id)
    syncing.connect()
    syncing.until_done()
    return syncing


def place_of(synced: Syncing) -> UUID:
    with synced.session() as session:
        return session.scalars(text("SELECT activity_id FROM activity")).one()


def test_every_table_that_a_backup_holds_is_free_of_it(synced: Syncing) -> None:
    with synced.session() as session:
        tables = session.execute(
            text(
                "SELECT relname, relpersistence FROM pg_class "
                "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            )
        ).all()
        found = {
            (name, marker)
            for name, persistence in tables
            if persistence == "p"
            for row in session.scalars(text(f'SELECT CAST(t AS text) FROM "{name}" AS t'))
            for marker in (MARK, *FIGURES)
            if marker in row
        }
    assert len(tables) > 30
    assert found == set()


def test_no_page_but_its_own_shows_it(synced: Syncing, browser: Any) -> None:
    own = f"/activities/{place_of(synced)}"
    assert MARK in browser.get(own).text
    assert MARK in browser.get("/activities/lent").text
    for path in (
        "/",
        "/activities",
        "/activities/calendar",
        "/bests",
        "/fitness",
        "/calendar",
        "/wellness/trends",
        "/gear",
        f"{own}/efforts",
        f"{own}/compare",
    ):
        page = browser.get(path)
        assert page.status_code in {200, 404}, path
        assert not [each for each in (MARK, "7.65", "7,65") if each in page.text], path


def test_nothing_is_derived_from_it_and_the_coach_may_not_use_it(synced: Syncing) -> None:
    place = place_of(synced)
    with synced.session() as session:
        assert not activities.coach_may_use(session, synced.athlete_id, place)
        assert activities.list_activities(session, synced.athlete_id) == []
        assert activities.totals(session, synced.athlete_id).distance_m == 0
        for table in ("best_effort", "time_effort", "activity_load", "workout_match"):
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 0


def test_no_tool_of_the_coach_finds_it(synced: Syncing) -> None:
    place = str(place_of(synced))
    today = synced.clock().date()
    days = {"first_day": str(today - timedelta(days=30)), "last_day": str(today)}
    with synced.session() as session:
        for name, tool in TOOLS.items():
            meant: dict[str, object] = {}
            for field in tool.arguments.model_fields:
                meant |= {field: place} if "activity" in field else {}
                meant |= {field: days[field]} if field in days else {}
            for arguments in ({}, meant):
                toolbox = Toolbox(Scope(session, synced.athlete_id, today), TOOLS)
                try:
                    found = repr(toolbox.call(name, arguments))
                except (ToolRefusedError, StrideiqError):
                    continue
                assert not [each for each in (MARK, *FIGURES, place) if each in found], name


def test_an_archive_of_the_account_holds_the_athletes_words_and_nothing_of_it(
    synced: Syncing, tmp_path: Path
) -> None:
    with synced.context.sessions.begin() as session:
        activities.annotate(
            session, synced.athlete_id, place_of(synced), "notes", "my own words on it"
        )
    target = tmp_path / "account.zip"
    with synced.session() as session:
        athlete = athletes.athlete_of(session, synced.athlete_id)
    target.write_bytes(b"".join(export.streamed(synced.context.sessions, athlete)))
    with zipfile.ZipFile(target) as archive:
        held = b"".join(archive.read(name) for name in archive.namelist())
    assert b"my own words on it" in held
    assert not [each for each in (MARK, *FIGURES) if each.encode() in held]


def test_after_seven_days_without_strava_nothing_is_left_but_the_athletes_words(
    synced: Syncing, strava: StravaStandIn
) -> None:
    with synced.context.sessions.begin() as session:
        activities.annotate(session, synced.athlete_id, place_of(synced), "notes", "my words")
    strava.faults.extend([("/api", "500")] * 1000)
    for _day in range(8):
        strava.now += timedelta(days=1)
        synced.runner.work_off(most=3)
        synced.runner.tidy()
    with synced.session() as session:
        assert session.scalar(text("SELECT count(*) FROM activity_loan")) == 0
        assert session.scalar(text("SELECT count(*) FROM activity_loan_stream")) == 0
        view = activities.activity(session, synced.athlete_id, place_of(synced))
    assert (view.name, view.notes, view.distance_m) == ("Strava activity", "my words", None)
