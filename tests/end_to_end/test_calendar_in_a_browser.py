"""The calendar in a real browser: dragging, the keyboard, undo, a phone, and no JavaScript."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from homes import Home

PHONE = {"width": 390, "height": 844}
PLANNED = ".entry[data-workout][data-state=planned]"


@pytest.fixture(scope="module")
def address(demo_original: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    directory = tmp_path_factory.mktemp("calendar") / "home"
    subprocess.run(["cp", "-a", "--reflink=auto", str(demo_original), str(directory)], check=True)
    with Home(directory, "demo").up() as running:
        yield running.address


@pytest.fixture
def page(browser: Any, address: str, signed_in: Any) -> Iterator[Any]:
    """The month after this one, which is all planned; any error in the browser fails the test."""
    wide = {"width": 1280, "height": 900}
    opened = browser.new_context(viewport=wide, storage_state=signed_in).new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.goto(f"{address}/calendar")
    opened.click("a[rel=next]")
    yield opened
    opened.context.close()
    assert problems == []


def day_of(page: Any, workout: str) -> str:
    return str(page.locator(f"[data-workout='{workout}']").get_attribute("data-day"))


def free_day(page: Any) -> Any:
    return page.locator("td.day.free:not(.outside)").first


def test_a_workout_is_dragged_to_another_day_and_taken_back(page: Any) -> None:
    entry = page.locator(f"td.day:not(.outside) {PLANNED}").first
    workout, before = entry.get_attribute("data-workout"), entry.get_attribute("data-day")
    wanted = free_day(page).get_attribute("data-day")
    entry.drag_to(free_day(page))
    page.wait_for_selector("[data-undo]")
    assert day_of(page, workout) == wanted
    page.reload()
    assert day_of(page, workout) == wanted
    page.locator(f"[data-workout='{workout}']").focus()
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_selector("[data-undo]")
    assert day_of(page, workout) > wanted
    page.click("[data-undo] button")
    page.wait_for_selector("[data-undo]", state="detached")
    assert day_of(page, workout) == wanted != before


def test_the_keyboard_moves_by_days_and_weeks_and_keeps_the_focus(page: Any) -> None:
    workout = page.locator(f"tr:nth-child(2) {PLANNED}").first.get_attribute("data-workout")
    days = [day_of(page, workout)]
    for key in ("Shift+ArrowDown", "Shift+ArrowUp"):
        page.locator(f"[data-workout='{workout}']").focus()
        page.keyboard.press(key)
        page.wait_for_function(
            "([id, day]) => document.querySelector(`[data-workout='${id}']`).dataset.day !== day"
            " && document.activeElement.dataset.workout === id",
            arg=[workout, days[-1]],
        )
        days.append(day_of(page, workout))
    assert days[0] == days[2] != days[1]


def test_keys_go_from_entry_to_entry_take_one_out_and_add_one(page: Any, address: str) -> None:
    def focused() -> str:
        return str(page.evaluate("document.activeElement.closest('td')?.dataset.day"))

    shown = page.url
    entry = page.locator(f"tr:nth-child(2) {PLANNED}").first
    workout, day = entry.get_attribute("data-workout"), entry.get_attribute("data-day")
    entry.focus()
    page.keyboard.press("ArrowRight")
    assert focused() > day
    page.keyboard.press("ArrowLeft")
    assert focused() == day
    page.keyboard.press("ArrowDown")
    assert focused() > day
    page.keyboard.press("ArrowUp")
    assert focused() == day
    page.keyboard.press("Delete")
    page.wait_for_selector("[data-undo]")
    assert page.locator(f"[data-workout='{workout}']").count() == 0
    assert page.evaluate("Boolean(document.activeElement.closest('[data-undo]'))")
    page.keyboard.press("Enter")
    page.locator(f"[data-workout='{workout}']").focus()
    page.keyboard.press("a")
    page.wait_for_url(f"{address}/workouts/new?day={day}")
    assert page.input_value("#day") == day
    page.goto(shown)
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url(f"{address}/activities")


def test_a_phone_shows_days_one_below_the_other(browser: Any, address: str, signed_in: Any) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True, storage_state=signed_in)
    page = context.new_page()
    page.goto(f"{address}/calendar")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    lefts = page.eval_on_selector_all(
        ".entry", "entries => entries.map(entry => Math.round(entry.getBoundingClientRect().left))"
    )
    assert len(lefts) > 5
    assert len(set(lefts)) == 1
    heights = page.eval_on_selector_all(
        ".entry", "entries => entries.map(entry => entry.getBoundingClientRect().height)"
    )
    assert min(heights) >= 44
    page.context.close()


def test_without_javascript_a_workout_is_moved_on_its_page(
    browser: Any, address: str, signed_in: Any
) -> None:
    page = browser.new_context(java_script_enabled=False, storage_state=signed_in).new_page()
    page.goto(f"{address}/calendar")
    page.click("a[rel=next]")
    wanted = free_day(page).get_attribute("data-day")
    page.locator(f"td.day:not(.outside) {PLANNED}").last.click()
    workout = page.url.rpartition("/")[2]
    page.fill("#day", wanted)
    page.click("form[action$='/move'] button")
    assert day_of(page, workout) == wanted
    page.click("[data-undo] button")
    assert day_of(page, workout) != wanted
    page.context.close()
