from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.platform.card import Card
from strideiq.today import cards, log

NewBrowser = Callable[..., Any]
MONDAY = date(2026, 11, 23)


def a_run(started_at: datetime, distance_m: float = 5400.0) -> activities.ObservedActivity:
    time_s = np.arange(1800.0)
    return activities.ObservedActivity(
        sport="running",
        name="Round the lake",
        started_at=started_at,
        elapsed_s=1800,
        moving_s=1800,
        distance_m=distance_m,
        streams={"time_s": time_s, "distance_m": time_s * distance_m / 1800},
    )


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    statements: list[str] = []

    def count(*arguments: Any) -> None:
        statements.append(arguments[2])

    event.listen(engine, "before_cursor_execute", count)
    yield statements
    event.remove(engine, "before_cursor_execute", count)


def test_who_signs_in_lands_at_home(new_browser: NewBrowser) -> None:
    browser = new_browser("robin@example.com")
    assert browser.get("/sign-in").headers["location"] == "/"
    assert browser.get("/").status_code == 200


def test_a_stranger_is_led_to_the_door(new_browser: NewBrowser) -> None:
    new_browser("robin@example.com")
    assert new_browser().get("/").headers["location"] == "/sign-in"


def test_who_is_new_is_told_where_to_begin(new_browser: NewBrowser) -> None:
    page = new_browser("robin@example.com").get("/").text
    assert "Nothing is recorded yet" in page
    assert 'href="/imports"' in page
    assert "Last activity" not in page


def test_the_home_shows_the_newest_activity_and_the_week(
    new_browser: NewBrowser, session: Session
) -> None:
    browser = new_browser("robin@example.com", units="imperial")
    now = datetime.now(UTC)
    runs = [a_run(now - timedelta(days=age), 8046.72) for age in (0, 7, 14, 21, 28)]
    activities.record_many(session, browser.athlete_id, runs)
    session.commit()
    page = browser.get("/").text
    assert "Round the lake" in page
    assert "<polyline" in page
    assert '5.00<span class="unit"> mi' in page
    assert '<span class="week-figure">5.0</span>' in page
    assert "By this day the four weeks before had" in page
    assert "Nothing is recorded yet" not in page


def test_a_deleted_activity_is_not_at_home(new_browser: NewBrowser, session: Session) -> None:
    browser = new_browser("robin@example.com")
    recorded = activities.record(session, browser.athlete_id, a_run(datetime.now(UTC)))
    activities.delete(session, browser.athlete_id, recorded)
    session.commit()
    assert "Round the lake" not in browser.get("/").text


def test_the_home_asks_a_bounded_number_of_queries(
    new_browser: NewBrowser, session: Session, engine: Engine
) -> None:
    browser = new_browser("robin@example.com")
    counts = []
    for amount in (1, 40):
        now = datetime.now(UTC)
        runs = [a_run(now - timedelta(days=age)) for age in range(amount)]
        activities.record_many(session, browser.athlete_id, runs)
        session.commit()
        with counted(engine) as statements:
            browser.get("/")
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert counts[1] <= 18


def test_a_day_belongs_to_the_athletes_own_calendar(
    session: Session, new_browser: NewBrowser
) -> None:
    browser = new_browser("robin@example.com")
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    activities.record(session, browser.athlete_id, a_run(late))
    in_vienna = log.distances_by_day(session, browser.athlete_id, "Europe/Vienna", MONDAY)
    in_london = log.distances_by_day(session, browser.athlete_id, "Europe/London", MONDAY)
    assert in_vienna == {MONDAY + timedelta(days=1): 5400.0}
    assert in_london == {MONDAY: 5400.0}


def test_a_week_is_compared_with_the_same_days_of_the_four_before() -> None:
    wednesday = MONDAY + timedelta(days=2)
    run = {MONDAY - timedelta(days=7 * week): 8_000.0 for week in range(5)}
    run |= {MONDAY - timedelta(days=1): 20_000.0}
    week = log.week_of(wednesday, run)
    assert week.distance_m == 8_000
    assert week.usual_m == 13_000
    assert week.usual_by_now_m == 8_000
    assert [bar.is_today for bar in week.bars].index(True) == 2
    assert [bar.is_ahead for bar in week.bars] == [False] * 3 + [True] * 4
    assert week.bars[0].height == log.BAR_HEIGHT
    assert log.week_of(wednesday, {MONDAY: 8_000.0}).usual_m is None


def test_cards_stand_in_the_order_of_their_registration_and_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cards, "_callbacks", {})

    def first(*_: Any) -> Card | None:
        return Card("first", {})

    def second(*_: Any) -> Card | None:
        return Card("second", {})

    def silent(*_: Any) -> Card | None:
        return None

    for callback in (first, silent, second, first):
        cards.add_card("lead", callback)
    nobody: Any = None
    shown = cards.cards(nobody, nobody, MONDAY)
    assert [placed.card.template for placed in shown] == ["first", "second"]


@pytest.mark.parametrize(
    ("registered", "shown"),
    [
        (["lead", "side", "full", "lead", "side"], ["lead", "side", "full", "lead", "side"]),
        (["side", "lead", "full", "side"], ["side", "lead", "full", "full"]),
        (["lead", "full", "side"], ["full", "full", "full"]),
        (["side", "side"], ["full", "full"]),
        ([], []),
    ],
)
def test_a_card_without_a_neighbour_has_the_whole_row(
    monkeypatch: pytest.MonkeyPatch, registered: list[Any], shown: list[str]
) -> None:
    monkeypatch.setattr(cards, "_callbacks", {})
    for number, width in enumerate(registered):
        cards.add_card(width, lambda *_, number=number: Card(f"card {number}", {}))
    nobody: Any = None
    placed = cards.cards(nobody, nobody, MONDAY)
    assert [one.width for one in placed] == shown
    assert [one.card.template for one in placed] == [f"card {n}" for n in range(len(shown))]
