from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from strideiq.wellness import check_ins, questions, trends

TODAY = date(2026, 3, 1)
PAGES = ["/wellness", "/wellness/trends", "/wellness/relations", "/wellness/injuries"]


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    statements: list[str] = []

    def count(*arguments: Any) -> None:
        statements.append(arguments[2])

    event.listen(engine, "before_cursor_execute", count)
    yield statements
    event.remove(engine, "before_cursor_execute", count)


def mornings(session: Session, browser: Any, count: int) -> None:
    today = check_ins.today_of(session, browser.athlete_id)
    rng = np.random.default_rng(1)
    check_ins.say_many(
        session,
        browser.athlete_id,
        (
            (today - timedelta(days=age), {"sleep_h": 7.0 + age % 3, "mood": float(age % 5 + 1),
                                           "stress": float(rng.integers(1, 6))})
            for age in range(count)
        ),
    )  # fmt: skip
    session.commit()


def test_a_home_asks_how_one_is_and_shows_what_was_answered(browser: Any, session: Session) -> None:
    page = browser.get("/").text
    assert "How are you today?" in page
    assert "checked" not in page
    mornings(session, browser, 1)
    assert 'value="7.0" checked' in browser.get("/").text


def test_pages_without_any_day_say_what_to_do(browser: Any) -> None:
    assert "Answer four taps a day" in browser.get("/wellness/trends").text
    assert "Nothing hurts" in browser.get("/wellness/injuries").text
    page = browser.get("/wellness/relations").text
    assert "Cannot be told yet" in page
    assert "40 are needed" in page
    assert browser.get("/wellness/relations").text.count("<li data-state") == len(
        questions.QUESTIONS
    )


def test_trends_draw_what_is_known_and_leave_out_what_is_not(
    browser: Any, session: Session
) -> None:
    mornings(session, browser, 120)
    page = browser.get("/wellness/trends?days=90").text
    assert 'data-series="sleep_h"' in page
    assert 'data-series="hrv_ms"' not in page
    assert 'class="dots"' in page
    assert browser.get("/wellness/trends?days=91").status_code == 422


def test_pages_of_many_days_ask_as_few_queries_as_those_of_one(
    new_browser: Any, session: Session, engine: Engine
) -> None:
    counts = []
    for amount in (1, 100):
        browser = new_browser(f"of{amount}@example.com")
        mornings(session, browser, amount)
        each = []
        for address in PAGES:
            with counted(engine) as statements:
                assert browser.get(address).status_code == 200
            each.append(len(statements))
        counts.append(each)
    assert counts[0] == counts[1]
    assert max(counts[1]) <= 14


@pytest.mark.parametrize("address", ["/wellness/days/tomorrow", "/wellness/food/one"])
def test_an_address_that_leads_nowhere_gets_a_page(browser: Any, address: str) -> None:
    assert browser.get(address).status_code == 404


def test_a_day_ahead_is_answered_in_words(browser: Any) -> None:
    answer = browser.get("/wellness/days/3026-01-01")
    assert answer.status_code == 422
    assert "no day that can be told of yet" in answer.text


def test_a_page_of_no_answer_is_not_made_of_too_few_days() -> None:
    nothing = questions.answers({})
    assert {one.state for one in nothing} == {"too little"}
    assert all(questions.missing(one) for one in nothing)


def test_a_line_has_a_gap_where_nothing_is_known() -> None:
    values = np.full(100, np.nan)
    values[:20] = values[60:] = 7.0
    shape = trends.shape("sleep_h", values)
    assert shape is not None
    assert shape.line.count("M") == 2
    assert shape.known_days == 60
    assert trends.shape("sleep_h", np.full(10, np.nan)) is None


def test_the_marks_below_are_months_and_years() -> None:
    marks = trends.ticks(date(2025, 12, 15), 90)
    assert [mark.words for mark in marks] == ["2026", "Feb", "Mar"]
    assert len(trends.ticks(date(2023, 1, 1), 3 * 365)) <= 13
    assert trends.spans(TODAY, 10, [(TODAY - timedelta(days=5), TODAY)]) == [(0.0, 10.0)]
    assert trends.spans(TODAY, 10, [(TODAY + timedelta(days=20), TODAY + timedelta(days=30))]) == []
