"""The first minutes: a demo home, a proven backup, every page in a real browser, then damage."""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from homes import Home

WHOLE = os.environ.get("STRONGROOM_SOAK") == "1"

SCREENS = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


@pytest.fixture
def page(browser: Any, request: pytest.FixtureRequest) -> Any:
    """A page of a given scheme and size that fails the test on any error in the browser."""
    scheme, screen = getattr(request, "param", ("light", "desktop"))
    context = browser.new_context(color_scheme=scheme, viewport=SCREENS[screen])
    opened = context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on(
        "console",
        lambda message: problems.append(message.text) if message.type == "error" else None,
    )
    yield opened
    context.close()
    assert problems == []


def sign_in(page: Any, address: str, ready: dict[str, Any]) -> None:
    page.goto(f"{address}/sign-in")
    page.fill("input[name=email]", "demo@strideiq.example")
    page.fill("input[name=password]", "run-the-demo")
    page.click("main button.primary")
    page.wait_for_url(f"{address}/")
    page.goto(f"{address}/activities")
    assert ready["verdict"] == "match"


@pytest.mark.parametrize(
    "page",
    [("light", "desktop"), ("dark", "phone")],
    indirect=True,
    ids=["light-desktop", "dark-phone"],
)
def test_every_page_of_the_foundation_works_in_a_browser(demo: Home, page: Any) -> None:
    with demo.up() as running:
        assert running.ready["backup"]["verdict"] == "proven"
        assert running.ready["backup"]["activities"] >= 500
        sign_in(page, running.address, running.ready)
        rows = page.locator("main table tbody tr a[href^='/activities/']")
        assert rows.count() > 5
        rows.first.click()
        # Linked charts and the track are drawn: each is a canvas.
        page.locator("main canvas").nth(3).wait_for(state="attached")
        page.goto(f"{running.address}/bests")
        assert "10 km" in page.inner_text("main")
        page.goto(f"{running.address}/paces?race=5km&time=20:00")
        assert "/km" in page.inner_text("main")
        page.goto(f"{running.address}/imports")
        assert page.locator("main input[type=file]").count() >= 1
        page.goto(f"{running.address}/your-data")
        text = page.inner_text("main")
        assert "Proven" in text
        assert running.ready["backup"]["backup_id"] in text
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= page.viewport_size["width"], "nothing hangs over the edge"


def test_prove_it_now_takes_and_proves_another_backup(demo: Home, page: Any) -> None:
    with demo.up() as running:
        sign_in(page, running.address, running.ready)
        page.goto(f"{running.address}/your-data")
        before = page.locator(".timeline li").count()
        page.click("text=Prove it now")
        proven = page.locator(".timeline li[data-verdict=proven]")
        proven.nth(before).wait_for(timeout=60_000)
    assert len(demo.strongroom("backups").document["backups"]) == before + 1


def test_a_damaged_backup_fails_its_next_drill(demo: Home) -> None:
    backup = demo.strongroom("backup")
    assert backup.code == 0, backup
    data = Path(demo.where["store"]) / backup.document["objects"][0]["key"]
    flip(data, data.stat().st_size // 2)
    drill = demo.strongroom("drill")
    assert (drill.code, drill.document["verdict"]) == (20, "failed"), drill
    assert drill.document["checks"]


def flip(path: Path, position: int) -> None:
    """Change one byte of a file, as a bad disk would."""
    path.chmod(0o600)
    with path.open("r+b") as file:
        file.seek(position)
        byte = file.read(1)
        file.seek(position)
        file.write(bytes([byte[0] ^ 0x01]))


@pytest.mark.parametrize("after_s", [0.5, 1.5, 3.0, 6.0] if WHOLE else [3.0])
def test_an_init_that_was_killed_is_repeated_and_goes_on(tmp_path: Path, after_s: float) -> None:
    home = Home(tmp_path / "home", "demo")
    process = subprocess.Popen(
        home.command("strideiq", "init", "--demo"),
        env=home.variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(after_s)
    process.kill()
    process.wait()
    again = home.strideiq("init", "--demo", "--if-none")
    assert again.code == 0, again
    with home.up() as running:
        assert running.ready["verdict"] == "match"
        assert running.ready["backup"]["activities"] >= 500
