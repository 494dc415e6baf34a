"""A runner's week with StrideIQ, from the first page to the second server, in a real browser.

With ``STRIDEIQ_SCREENSHOTS=directory`` a picture of each step is kept there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import runner_archive
from homes import Home

PICTURES = os.environ.get("STRIDEIQ_SCREENSHOTS")
EMAIL, PASSWORD = "robin@example.com", "three good words"
WORKED_AT_MS = 60_000


class Runner:
    """Somebody at a browser who does one thing after the other."""

    def __init__(self, page: Any, address: str) -> None:
        self.page = page
        self.address = address
        self.step = 0

    def to(self, path: str) -> None:
        """Open a page, which must be one."""
        answer = self.page.goto(self.address + path)
        assert answer.ok, (path, answer.status)

    def send(self, button: str) -> None:
        """Press a button of the page's own part, and wait for the page that follows."""
        with self.page.expect_navigation():
            self.page.click(f"main button:text-is('{button}')")

    def text(self) -> str:
        """What the page says."""
        return str(self.page.inner_text("main"))

    def look(self, name: str) -> None:
        """Keep a picture, where pictures are wanted."""
        self.step += 1
        if PICTURES:
            path = Path(PICTURES) / f"week-{self.step:02}-{name}.png"
            self.page.screenshot(path=str(path), full_page=True)


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page; any error in the browser fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    opened = context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    yield opened
    context.close()
    assert problems == []


@pytest.mark.timeout(900)  # two servers, and all that a runner does with them
def test_a_runners_week_from_the_first_page_to_a_second_server(
    make_home: Callable[..., Home], page: Any, browser: Any, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.zip"
    first, second = make_home(), make_home("second")
    with first.up() as running:
        runner = Runner(page, running.address)
        sign_up(runner)
        bring_what_was_run(runner, tmp_path)
        correct_a_run(runner, tmp_path)
        put_shoes_on(runner)
        show_it_to_a_friend(runner, browser)
        compare_it_and_look_at_bests(runner)
        train_by_a_plan(runner)
        check_in_and_eat(runner)
        read_how_things_stand(runner)
        take_everything_out(runner, mine)
    with second.up() as running:
        runner = Runner(page, running.address)
        sign_up(runner)
        bring_everything_in(runner, mine)
    again = second.strideiq("import-account", mine, "--athlete", EMAIL)
    assert (again.code, again.document["equal"], again.document["new"]) == (0, True, 0), again
    other = tmp_path / "other.zip"
    written = second.strideiq("export", "--athlete", EMAIL, "--to", other)
    assert (written.code, written.document["rows"]) == (0, again.document["rows"]), written


def sign_up(runner: Runner) -> None:
    runner.to("/sign-up")
    runner.look("sign-up")
    runner.page.fill("#name", "Robin")
    runner.page.fill("#email", EMAIL)
    runner.page.fill("#password", PASSWORD)
    runner.send("Make the account")
    assert runner.page.url == f"{runner.address}/"
    runner.look("first-page")


def bring_what_was_run(runner: Runner, directory: Path) -> None:
    """The archive, all of it read by the worker while the page tells how far it is."""
    recorded = runner_archive.runs(datetime.now(tz=UTC).date())
    file = directory / "export.zip"
    file.write_bytes(runner_archive.archive(recorded))
    runner.to("/imports")
    runner.page.set_input_files("#files", file)
    runner.page.wait_for_selector("#verdicts [data-verdict=opened]", timeout=WORKED_AT_MS)
    assert f"{len(recorded)} imported" in runner.page.inner_text("#verdicts")
    runner.look("imported")
    runner.to("/activities")
    assert runner.page.locator("tr[data-row]").count() == len(recorded)
    runner.look("activities")


def correct_a_run(runner: Runner, directory: Path) -> None:
    """Its name and its distance; a changed file of the same run must not take them back."""
    page = runner.page
    page.locator("a[data-open]").first.click()
    page.wait_for_selector("#charts canvas")
    runner.look("a-run")
    page.click(".name.title .edit")
    page.fill("input[name=name]", "Round the lake")
    page.keyboard.press("Enter")
    page.wait_for_selector(".name.title .dot")
    page.click("text=Correct a figure")
    page.click("#field-distance_m .edit")
    page.fill("#value-distance_m", "7.77")
    page.keyboard.press("Enter")
    page.wait_for_selector("#field-distance_m .dot")
    was = page.url

    newest = runner_archive.runs(datetime.now(tz=UTC).date())[-1]
    changed = directory / "changed.tcx"
    changed.write_bytes(newest.tcx(longer_s=600))
    runner.to("/imports")
    page.set_input_files("#files", changed)
    page.wait_for_selector("#verdicts [data-verdict=duplicate]", timeout=WORKED_AT_MS)
    page.goto(was)
    assert "Round the lake" in page.inner_text("h1")
    assert "7.77" in page.inner_text(".figures")
    assert page.locator(".sources").count() == 1
    runner.look("corrections-stand")


def put_shoes_on(runner: Runner) -> None:
    """The archive brought the blue ones with their mileage; this run was in others."""
    run = runner.page.url
    runner.to("/gear")
    assert "Blue shoes" in runner.page.inner_text(".gear-table")
    runner.page.fill("#gear-name", "Grey shoes")
    runner.send("Add")
    runner.page.goto(run)
    runner.page.select_option("#gear-of", label="Grey shoes")
    runner.send("Set")
    runner.to("/gear")
    assert "8 km" in runner.page.inner_text(".gear-table")
    runner.look("shoes")
    runner.page.goto(run)


def show_it_to_a_friend(runner: Runner, browser: Any) -> None:
    """The link works for a stranger, until it is ended."""
    run = runner.page.url
    runner.page.goto(f"{run}/share")
    runner.send("Make the link")
    link = runner.page.input_value("#fresh")
    stranger = browser.new_context().new_page()
    assert stranger.goto(link).ok
    assert "Round the lake" in stranger.inner_text("h1")
    runner.send("End it")
    assert stranger.goto(link).status == 404
    stranger.context.close()
    runner.page.goto(run)


def compare_it_and_look_at_bests(runner: Runner) -> None:
    page = runner.page
    page.goto(f"{page.url}/compare")
    page.select_option("#with", index=1)
    runner.send("Show")
    page.wait_for_selector("#charts canvas")
    runner.look("compared")
    runner.to("/bests")
    assert "19:" in page.locator(".best", has_text="5 km").first.inner_text()
    runner.look("bests")


def train_by_a_plan(runner: Runner) -> None:
    """A goal, its plan, a day moved on the calendar, a workout ticked."""
    page = runner.page
    runner.to("/plans/new")
    page.select_option("#goal", "10k")
    runner.look("a-goal")
    runner.send("Make the plan")
    assert "Days to the race" in runner.text()
    runner.look("a-plan")
    runner.to("/calendar")
    page.click("a[rel=next]")
    planned = page.locator("td.day:not(.outside) .entry[data-state=planned]").first
    workout, before = planned.get_attribute("data-workout"), planned.get_attribute("data-day")
    planned.focus()
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_selector("[data-undo]")
    assert page.locator(f"[data-workout='{workout}']").get_attribute("data-day") > before
    runner.look("calendar")
    page.click("[data-add]")
    page.fill("#what", "2 km easy; 4 x 1 km threshold, 2:00 easy; 2 km easy")
    page.locator("#reading .times", has_text="4").wait_for()
    page.fill("#title", "With Ana")
    runner.look("a-workout-of-ones-own")
    runner.send("Add to the calendar")
    assert "With Ana" in runner.text()
    page.goto(f"{runner.address}/workouts/{workout}")
    runner.send("Did it")
    assert "You said that it was done." in runner.text()
    runner.look("workout-done")


def check_in_and_eat(runner: Runner) -> None:
    page = runner.page
    runner.to("/wellness")
    page.locator("#ask-mood label").nth(3).click()
    page.wait_for_selector("#saved-mood .saved-word")
    page.locator("#ask-soreness label").nth(1).click()
    page.wait_for_selector("#saved-soreness .saved-word")
    page.fill("#value-hrv_ms", "64")
    page.keyboard.press("Tab")
    page.wait_for_selector("#saved-hrv_ms .saved-word")
    page.click("text=Add a meal")
    page.fill("#description", "Porridge with berries")
    page.fill("#energy_kcal", "520")
    runner.send("Save")
    assert "Porridge with berries" in runner.text()
    runner.look("checked-in")


def read_how_things_stand(runner: Runner) -> None:
    runner.to("/fitness")
    runner.page.wait_for_selector("main canvas")
    runner.look("fitness")
    runner.to("/wellness/trends")
    assert "HRV" in runner.text()
    runner.look("trends")
    runner.to("/")
    assert "Round the lake" in runner.text()
    runner.look("today")


def take_everything_out(runner: Runner, archive: Path) -> None:
    runner.to("/preferences/account")
    with runner.page.expect_download() as download:
        runner.page.click("text=Download the archive")
    download.value.save_as(archive)


def bring_everything_in(runner: Runner, archive: Path) -> None:
    """On another server, compared row by row, with the week as it was."""
    page = runner.page
    runner.to("/preferences/account")
    page.set_input_files("#archive", archive)
    page.click("text=Bring it in and compare")
    page.wait_for_selector("text=Equal, row by row", timeout=WORKED_AT_MS)
    runner.look("equal-elsewhere")
    runner.to("/activities")
    assert "Round the lake" in runner.text()
    assert "7.77" in runner.text()
    runner.to("/wellness")
    assert "Porridge with berries" in runner.text()
    runner.to("/plans")
    assert "10 km" in runner.text()
    runner.look("the-same-plan")
