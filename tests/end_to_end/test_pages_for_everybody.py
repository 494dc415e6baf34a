"""Every page by axe, light and dark, on a phone and a desk; the shell; the keys; being offline."""

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
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
FORMS = tuple((scheme, screen) for scheme in ("light", "dark") for screen in (PHONE, DESK))
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d{2}-\d{2}|(?<=/fields/)\w+|(?<=/bests/)\w+")
WHOLE = os.environ.get("STRONGROOM_SOAK") == "1"
PUBLIC = ("/sign-in", "/sign-up", "/offline", "/calculators")
PAGES_MIN = 55
LOADED_MS = 120_000
"""A page has this long where other tests keep the machine busy."""
WRONG_ON = """async () => {
    for (const end = Date.now() + 2000;;) {
        const over = document.documentElement.scrollWidth - innerWidth;
        const broken = [...document.images].filter((one) => one.complete && !one.naturalWidth);
        const wrong = [...(over > 0 ? [`hangs ${over} px over the edge`] : []),
                       ...broken.map((one) => `shows no picture: ${one.alt}`)];
        if (!wrong.length || Date.now() > end) return wrong;
        await new Promise((frame) => requestAnimationFrame(frame));
    }
}"""
"""What axe does not look for, once scripts had time to draw for the size of the page."""
SEND = """async ([name, text]) => (await fetch("/imports", {method: "POST", body: text, headers:
    {"X-CSRF-Token": document.body.dataset.csrfToken, "X-File-Name": name}})).ok"""
LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh"


@pytest.fixture(scope="module")
def address(demo_original: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    directory = tmp_path_factory.mktemp("everybody") / "home"
    subprocess.run(["cp", "-a", "--reflink=auto", str(demo_original), str(directory)], check=True)
    with Home(directory, "demo").up() as running:
        yield running.address


@pytest.fixture
def context(browser: Any, address: str, signed_in: Any) -> Iterator[Any]:
    """A browser in which the demo athlete is signed in."""
    made = browser.new_context(color_scheme="light", viewport=PHONE, storage_state=signed_in)
    made.set_default_navigation_timeout(LOADED_MS)
    made.new_page().goto(f"{address}/")
    yield made
    made.close()


def violations(page: Any) -> list[str]:
    """What axe finds wrong on a page, in a line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{page.url} {one['id']}: {node['html'][:160]} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def wrong_in(page: Any, scheme: str, screen: dict[str, int], *, axe: bool) -> list[str]:
    """What is wrong on the page that is open, in one of the forms that it is shown in."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size(screen)
    found = page.evaluate(WRONG_ON) + (violations(page) if axe else [])
    return [f"{scheme}, {screen['width']} px: {page.url} {one}" for one in found]


def furnish(page: Any, address: str) -> None:
    """What the demo athlete has not by itself: bad files, a long name, questions to the coach."""
    page.goto(f"{address}/imports")
    for name in ("broken.fit", "holiday.jpg", f"{LONG_NAME * 2}.gpx"):
        assert page.evaluate(SEND, [name, "no recording"])
    page.goto(f"{address}/coach")
    for question in ("How did I sleep lately?", "list all runs of the last two weeks"):
        page.fill("#question", question)
        page.keyboard.press("Enter")
        page.locator(".turn").last.locator(".picture").wait_for()


def newcomer(browser: Any, address: str) -> Any:
    """The page of somebody with a long name who has just signed up."""
    page = browser.new_context(viewport=PHONE).new_page()
    page.set_default_navigation_timeout(LOADED_MS)
    page.goto(f"{address}/sign-up")
    page.fill("#name", f"{LONG_NAME} Maximiliana")
    page.fill("#email", "newcomer@strideiq.example")
    page.fill("#password", "a-newcomer-runs")
    page.click("main button.primary")
    page.wait_for_url(f"{address}/")
    return page


def every_page(page: Any, address: str) -> Iterator[str]:
    """Open one page of each kind that links lead to from home, and give its address."""
    seen: set[str] = set()
    ahead = ["/", *PUBLIC]
    while ahead:
        path = ahead.pop(0).split("#")[0]
        kind = IDS.sub("ID", path.split("?")[0])
        leads_on = kind.startswith(("/static/", "/api/", "/files/")) or kind.endswith("/connect")
        if kind in seen or leads_on or "." in kind:
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
def test_no_page_breaks_a_rule_of_axe_or_its_frame_in_any_form(
    browser: Any, context: Any, address: str
) -> None:
    """Each page on both screens; axe on every other page in one form, or (whole) on all in all."""
    page = context.pages[0]
    furnish(page, address)
    new = newcomer(browser, address)
    found, kinds = [], []
    for number, kind in enumerate(every_page(page, address)):
        kinds.append(kind)
        for turn, form in enumerate(FORMS):
            axe = WHOLE or number % 8 == 2 * turn
            if axe or form[0] == "light":  # a frame is the same by day and by night
                found += wrong_in(page, *form, axe=axe)
    for number, _ in enumerate(every_page(new, address)):
        if not WHOLE and number == len(FORMS):
            break
        for turn, form in enumerate(FORMS):
            if WHOLE or number == turn:
                found += wrong_in(new, *form, axe=True)
    new.context.close()
    assert len(kinds) >= PAGES_MIN, kinds
    assert found == []


def test_no_door_breaks_a_rule_of_axe_for_a_stranger(browser: Any, address: str) -> None:
    page = browser.new_context(viewport=PHONE).new_page()
    page.set_default_navigation_timeout(LOADED_MS)
    found = []
    for number, path in enumerate(PUBLIC):
        page.goto(address + path)
        for turn, form in enumerate(FORMS):
            if WHOLE or number == turn:
                found += wrong_in(page, *form, axe=True)
    page.context.close()
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


def test_a_menu_and_a_dialog_give_the_focus_back_and_content_is_skipped_to(context: Any) -> None:
    page = context.pages[0]
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    summary = page.locator(".more-places summary")
    summary.focus()
    page.keyboard.press("Enter")
    page.locator(".more-places a[href='/gear']").focus()
    page.keyboard.press("Escape")
    assert not page.locator(".more-places").get_attribute("open")
    assert summary.evaluate("one => one === document.activeElement")
    page.keyboard.press("?")
    page.locator("#help[open]").wait_for()
    page.keyboard.press("Escape")
    page.locator("#help[open]").wait_for(state="detached")
    assert summary.evaluate("one => one === document.activeElement")


def test_what_was_typed_outlives_a_sign_in_that_had_ended(context: Any, address: str) -> None:
    page = context.pages[0]
    page.goto(f"{address}/wellness/food/new")
    page.check("input[name=meal][value=dinner]", force=True)
    page.fill("#description", "Everything that was in the house")
    context.clear_cookies()
    page.locator("main button.primary").last.click()
    page.locator("main [data-not-sent] .primary").click()
    page.fill("#email", "demo@strideiq.example")
    page.fill("#password", "run-the-demo")
    page.click("main button.primary")
    page.locator("#notice", has_text="here again").wait_for()
    assert page.input_value("#description") == "Everything that was in the house"
    assert page.locator("input[name=meal]:checked").get_attribute("value") == "dinner"
    page.goto(f"{address}/wellness/food/new")
    assert page.input_value("#description") == ""


def test_a_second_tap_sends_no_form_twice_until_one_comes_back(context: Any, address: str) -> None:
    page = context.pages[0]
    page.goto(f"{address}/wellness/food/new")
    sent = page.evaluate("""() => {
        const form = document.querySelector(".food-form");
        const how = {bubbles: true, cancelable: true};
        const tap = () => form.dispatchEvent(new SubmitEvent("submit", how));
        const taps = [tap(), tap()];
        dispatchEvent(new PageTransitionEvent("pageshow"));
        return [...taps, tap()];
    }""")
    assert sent == [True, False, True]


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
