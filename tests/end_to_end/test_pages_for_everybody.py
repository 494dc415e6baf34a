"""Every page of the demo athlete by axe, in both schemes and sizes; the shell; being offline."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from homes import Home

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "packages/strideiq/frontend/node_modules/axe-core/axe.min.js"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d{2}-\d{2}|(?<=/fields/)\w+|(?<=/bests/)\w+")
WHOLE = os.environ.get("STRONGROOM_SOAK") == "1"
PUBLIC = ("/sign-in", "/sign-up", "/offline", "/calculators")
PAGES_MIN = 25
PAGES_LOOKED_AT = 30
"""Without STRONGROOM_SOAK=1: the nearest ones to the home page."""


@pytest.fixture(scope="module")
def address(demo_original: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    directory = tmp_path_factory.mktemp("everybody") / "home"
    subprocess.run(["cp", "-a", "--reflink=auto", str(demo_original), str(directory)], check=True)
    with Home(directory, "demo").up() as running:
        yield running.address


@pytest.fixture
def context(browser: Any, address: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A browser in which the demo athlete is signed in."""
    scheme, screen = getattr(request, "param", ("light", PHONE))
    made = browser.new_context(color_scheme=scheme, viewport=screen)
    page = made.new_page()
    page.goto(f"{address}/sign-in")
    page.fill("#email", "demo@strideiq.example")
    page.fill("#password", "run-the-demo")
    page.click("main button.primary")
    page.wait_for_url(f"{address}/")
    yield made
    made.close()


def violations(page: Any) -> list[str]:
    """What axe finds wrong on a page, in a line each."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{page.url} {one['id']}: {node['html'][:160]} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def every_page(page: Any, address: str) -> Iterator[str]:
    """Open one page of each kind that links lead to from home, and give its address."""
    seen: set[str] = set()
    ahead = ["/", *PUBLIC]
    while ahead:
        path = ahead.pop(0).split("#")[0]
        kind = IDS.sub("ID", path.split("?")[0])
        if kind in seen or kind.startswith(("/static/", "/api/", "/files/")) or "." in kind:
            continue
        seen.add(kind)
        answer = page.goto(address + path)
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        links = (
            "all => all.filter(a => !a.hasAttribute('download')).map(a => a.getAttribute('href'))"
        )
        ahead += page.locator("a[href^='/']").evaluate_all(links)
        if answer.ok:
            yield kind
        else:
            assert answer.status < 500, path


@pytest.mark.timeout(900)  # dozens of pages, each looked through in whole
@pytest.mark.parametrize(
    "context", [("light", DESK), ("dark", PHONE)], indirect=True, ids=["light-desk", "dark-phone"]
)
def test_axe_finds_no_violation_on_any_page(context: Any, address: str) -> None:
    """Every fourth page in each of the two ways; STRONGROOM_SOAK=1 tries both for all."""
    page = context.pages[0]
    on_desk = page.viewport_size == DESK
    found, kinds = [], []
    for number, kind in enumerate(every_page(page, address)):
        kinds.append(kind)
        if not WHOLE and number >= PAGES_LOOKED_AT:
            break
        if WHOLE or number % 4 == 2 * on_desk:
            found += violations(page)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > page.viewport_size["width"]:
            found.append(f"{kind} hangs over the edge: {width}")
    assert len(kinds) >= PAGES_MIN, kinds
    assert found == []


def test_a_phone_has_four_places_and_the_rest_under_more(context: Any, address: str) -> None:
    page = context.pages[0]
    bar = page.locator(".places > :visible")
    assert bar.count() == 5
    assert page.locator(".places > a[aria-current]").inner_text() == "Today"
    more = page.locator(".more-places summary")
    more.click()
    page.click(".more-places a[href='/imports']")
    page.wait_for_url(f"{address}/imports")
    accent = page.evaluate("getComputedStyle(document.querySelector('.more-places summary')).color")
    other = page.evaluate("getComputedStyle(document.querySelector('.places > a')).color")
    assert accent != other, "More is marked where its page is open"


def test_keys_lead_to_places_that_are_not_in_sight(context: Any, address: str) -> None:
    page = context.pages[0]
    for key, path in (("i", "/imports"), ("w", "/wellness"), ("h", "/")):
        page.keyboard.press("g")
        page.keyboard.press(key)
        page.wait_for_url(address + path)


def test_a_tap_is_saved_told_and_undone(context: Any, address: str) -> None:
    page = context.pages[0]
    page.locator("#ask-mood label").nth(3).click()
    page.locator("#saved-mood .saved-word").wait_for()
    page.goto(f"{address}/wellness")
    assert page.locator("#ask-mood input:checked").get_attribute("value") == "4.0"
    page.locator("#ask-mood label").nth(1).click()
    page.locator("#saved-mood button").click()
    page.locator("#saved-mood", has_text="as before").wait_for()
    assert page.locator("#ask-mood input:checked").get_attribute("value") == "4.0"
    page.fill("#value-hrv_ms", "4000")
    page.keyboard.press("Tab")
    page.locator("#saved-hrv_ms", has_text="between 3 and 300 ms").wait_for()


def test_offline_has_a_page_of_its_own_and_keeps_nothing_of_the_athlete(
    context: Any, address: str
) -> None:
    page = context.pages[0]
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto(f"{address}/wellness")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    kept = page.evaluate(
        "caches.keys().then(async names => (await Promise.all(names.map(async name =>"
        " (await (await caches.open(name)).keys()).map(one => new URL(one.url).pathname)))).flat())"
    )
    assert sorted(kept) == [
        "/offline",
        "/static/platform/mark.svg",
        "/static/platform/offline.css",
    ]
    context.set_offline(True)
    assert page.locator(".offline").is_visible()
    page.goto(f"{address}/activities")
    assert "cannot be reached" in page.inner_text("h1")
    context.set_offline(False)
    page.click("main a")
    page.locator("h1", has_text="Activities").wait_for()
