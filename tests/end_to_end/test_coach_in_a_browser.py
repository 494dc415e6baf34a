"""A conversation as one has it: heard as it comes, stopped, cut off by a kill, and never lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from homes import Home
from sqlalchemy import text

import strideiq.features  # noqa: F401  every table is known
from strideiq.athletes.public import find_by_email
from strideiq.platform.home import EnvironmentPaths
from strideiq.platform.runtime import opened
from strideiq.portability import tables

pytestmark = [pytest.mark.end_to_end]

DEMO = "demo@strideiq.example"
OF_COACH = {"coach_conversation", "coach_turn", "coach_piece", "coach_fact"}


@pytest.fixture
def open_coach(browser: Any) -> Iterator[Callable[[str], Any]]:
    """Opens the coach's page, signed in, as on a phone; an error in the browser fails the test."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    problems: list[str] = []

    def opened_page(address: str, path: str = "/coach") -> Any:
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(f"{address}{path}")
        if "/sign-in" in page.url:  # else the browser is signed in from before the kill
            page.fill("#email", DEMO)
            page.fill("#password", "run-the-demo")
            page.press("#password", "Enter")
            page.wait_for_url(f"{address}{path}")
        return page

    yield opened_page
    context.close()
    assert problems == []


@contextmanager
def nothing_can_be_read(home: Home) -> Iterator[None]:
    """Whoever looks at an activity waits, so that an answer is under way for as long as this."""
    with opened(EnvironmentPaths(home.paths)) as runtime, runtime.engine.connect() as connection:
        connection.execute(text("LOCK TABLE activity IN ACCESS EXCLUSIVE MODE"))
        yield


def digests(home: Home) -> dict[str, tables.Digest]:
    """What the tables of the coach hold."""
    with opened(EnvironmentPaths(home.paths)) as runtime, runtime.sessions() as session:
        athlete = find_by_email(session, DEMO)
        assert athlete is not None
        return {
            one.name: tables.digest(session, athlete.athlete_id, one, tables.columns_of(one))
            for one in tables.exported()
            if one.name in OF_COACH
        }


def ask(page: Any, question: str) -> Any:
    page.fill("#question", question)
    page.press("#question", "Enter")
    turn = page.locator(".turn", has=page.get_by_role("heading", name=question)).last
    turn.wait_for()
    return turn


def test_a_conversation_outlives_stops_kills_and_a_restore(
    demo: Home, open_coach: Callable[..., Any]
) -> None:
    with demo.up() as running:
        page = open_coach(running.address)
        turn = ask(page, "How was my last run?")
        turn.locator(".said").first.wait_for()
        source = turn.locator(".sources a").first.get_attribute("href")
        assert source
        assert source.startswith("/activities/")
        page.locator(".turn:not([data-turn])").first.wait_for()
        said = turn.locator(".said p").all_inner_texts()
        page.reload()
        assert page.locator(".said p").all_inner_texts() == said
        assert page.evaluate("scrollX") == 0
        with nothing_can_be_read(demo):
            turn = ask(page, "How far did I run in March?")
            page.locator(".composer .stop").wait_for()
            page.keyboard.press("Escape")
            turn.locator('[data-kind="stopped"]').wait_for()
        with nothing_can_be_read(demo):
            ask(page, "What was my longest run?")
            page.locator(".working").wait_for()
            assert running.process is not None
            running.process.kill()
            page.locator(".lost:visible").wait_for()
        here = page.url.removeprefix(running.address)
        page.close()
    with demo.up() as running:
        page = open_coach(running.address, here)
        assert page.locator(".question").count() == 3
        interrupted = page.locator('[data-kind="interrupted"]')
        interrupted.wait_for()
        interrupted.get_by_role("button").click()
        page.locator(".turn").nth(3).locator(".said").first.wait_for()
    conversation_id = here.rpartition("/")[2]
    answer = demo.strideiq("ask", "And my last race?", "--conversation", conversation_id)
    assert answer.code == 0, answer
    assert answer.document["withheld"] == []
    assert answer.document["answer"][0]["citations"]
    before = digests(demo)
    assert before["coach_turn"].rows == 5
    assert demo.strongroom("backup").code == 0
    demo.strideiq("ask", "How much did I run this week?", "--conversation", conversation_id)
    assert digests(demo) != before
    restored = demo.strongroom("restore", "--swap")
    assert restored.code == 0, restored
    assert digests(demo) == before
