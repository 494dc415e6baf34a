"""What only a browser can show: names changed in place, undo, one cursor through every chart."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from homes import Home

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def address(demo_original: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    directory = tmp_path_factory.mktemp("pages") / "home"
    subprocess.run(["cp", "-a", "--reflink=auto", str(demo_original), str(directory)], check=True)
    with Home(directory, "demo").up() as running:
        yield running.address


@pytest.fixture
def page(browser: Any, address: str, signed_in: Any) -> Iterator[Any]:
    """A signed-in page; any error in the browser fails the test."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, has_touch=False, storage_state=signed_in
    )
    opened = context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.goto(f"{address}/activities")
    yield opened
    context.close()
    assert problems == []


def open_activity(page: Any) -> None:
    page.locator("a[data-open]").first.click()
    page.wait_for_selector("#charts canvas")


def test_a_name_is_changed_in_its_row_and_focus_stays_there(page: Any) -> None:
    row = page.locator("tr[data-row]").nth(2)
    original = row.locator("a[data-open]").inner_text()
    row.hover()
    row.locator(".edit").click()
    field = row.locator("input[name=name]")
    field.wait_for()
    page.keyboard.type("Round <the> lake")
    page.keyboard.press("Enter")
    row.locator(".dot").wait_for()
    assert row.locator("a[data-open]").inner_text() == "Round <the> lake"
    assert page.evaluate("document.activeElement.ariaLabel") == "Rename Round <the> lake"
    row.locator("summary").click()
    row.locator("text=Show original").click()
    row.locator(".dot").wait_for(state="detached")
    assert row.locator("a[data-open]").inner_text() == original


def test_a_deleted_row_comes_back_with_one_key(page: Any) -> None:
    row = page.locator("tr[data-row]").nth(1)
    name = row.locator("a[data-open]").inner_text()
    row.hover()
    row.locator("button[title=Delete]").click()
    page.wait_for_selector(".deleted-row")
    page.keyboard.press("Enter")
    page.wait_for_selector(".deleted-row", state="detached")
    assert page.locator("tr[data-row]").nth(1).locator("a[data-open]").inner_text() == name


def test_older_activities_arrive_while_one_scrolls(page: Any) -> None:
    before = page.locator("tr[data-row]").count()
    page.locator("tr.more").scroll_into_view_if_needed()
    page.locator("tr[data-row]").nth(before).wait_for()
    headings = page.locator("tr.month th:first-child").all_inner_texts()
    assert len(headings) == len(set(headings))


def test_the_keyboard_leads_everywhere(page: Any) -> None:
    page.keyboard.press("j")
    page.keyboard.press("j")
    second = page.locator("a[data-open]").nth(1).inner_text()
    assert page.evaluate("document.activeElement.innerText") == second
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("marathon")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=marathon**")
    page.locator("h1").click()
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.wait_for_url("**/calculators**")


def test_one_cursor_runs_through_charts_and_splits(page: Any) -> None:
    open_activity(page)
    box = page.locator(".chart").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector("tr.here")
    shown = page.locator(".chart output").all_inner_texts()
    assert len(shown) >= 3
    assert all(shown), "every chart tells its value under the cursor"


def test_a_stretch_is_measured(page: Any) -> None:
    open_activity(page)
    box = page.locator(".chart").first.bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + 420, box["y"] + 80, steps=4)
    page.mouse.up()
    readout = page.locator("#readout")
    clear = readout.get_by_role("button", name="Clear")
    clear.wait_for()
    assert "/km" in readout.inner_text()
    assert "bpm" in readout.inner_text()
    clear.click()
    assert "Drag over a chart" in readout.inner_text()


def test_charts_look_closer_and_back(page: Any) -> None:
    open_activity(page)
    page.locator("[data-splits] tbody tr").nth(1).click()
    readout = page.locator("#readout")
    readout.get_by_role("button", name="Zoom in").click()
    whole = readout.get_by_role("button", name="Whole course")
    whole.wait_for()
    whole.click()
    whole.wait_for(state="detached")
    assert "Drag over a chart" in readout.inner_text()


def test_rows_are_chosen_by_key_and_the_change_of_many_is_taken_back(page: Any) -> None:
    for key in ("j", "j", "x", "j", "x"):
        page.keyboard.press(key)
    bulk = page.locator("#bulk")
    assert bulk.locator("output").inner_text() == "2"
    bulk.get_by_role("button", name="Compare").wait_for()
    count = page.locator(".sport.race").count()
    bulk.locator("select[name=race]").select_option("true")
    bulk.locator("button[value=race]").click()
    page.get_by_text("2 activities are changed").wait_for()
    assert page.locator(".sport.race").count() == count + 2
    page.get_by_role("button", name="Undo").click()
    page.wait_for_url("**/activities")
    assert page.locator(".sport.race").count() == count


def test_the_chosen_theme_is_kept_and_drawn(page: Any) -> None:
    open_activity(page)
    page.locator(".top-end > [data-action=theme]").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"


PLACES = [
    *(
        "/",
        "/activities",
        "/activities/calendar",
        "/gear",
        "/preferences/privacy",
        "/preferences/zones",
        "/bests",
        "/fitness",
        "/calculators",
        "/paces",
        "/equivalents",
    ),
    *("/critical-speed", "/grade-and-heat", "/pace", "/imports", "/your-data"),
]


@pytest.mark.parametrize("place", PLACES)
def test_nothing_hangs_over_the_edge_of_a_phone(page: Any, address: str, place: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(address + place)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    heights = page.locator(".places > :visible").evaluate_all("all => all.map(a => a.offsetHeight)")
    assert len(heights) == 5
    assert min(heights) >= 44
