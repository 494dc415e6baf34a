"""Whole programs in processes of their own, each home in a directory of its own."""

from __future__ import annotations

import fcntl
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from homes import Home

from strongroom.testing.missing import missing

CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="session")
def demo_original(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A home with the demo athlete, made once for all workers and never used itself."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    directory = shared / "demo-original"
    with (shared / "demo-original.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (directory / "made").exists():
            answer = Home(directory, "demo").strideiq("init", "--demo")
            assert answer.code == 0, answer
            (directory / "made").touch()
    return directory


@pytest.fixture
def demo(demo_original: Path, tmp_path: Path) -> Home:
    """A demo home of this test's own: the whole home copied, as a person would move it."""
    directory = tmp_path / "home"
    subprocess.run(["cp", "-a", "--reflink=auto", str(demo_original), str(directory)], check=True)
    return Home(directory, "demo")


@pytest.fixture
def make_home(tmp_path: Path) -> Callable[..., Home]:
    """Make a new, empty home of a given environment."""

    def make(name: str = "mine", environment: str = "production") -> Home:
        home = Home(tmp_path / name, environment)
        answer = home.strideiq("init")
        assert answer.code == 0, answer
        return home

    return make


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A real Chromium."""
    if not CHROMIUM.exists():
        missing("Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def signed_in(browser: Any, address: str) -> Any:
    """What a browser keeps of a sign-in of the demo athlete, at the server of this module.

    Whoever signs in a dozen times in a row is slowed down, and each time costs two pages.
    """
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.fill("#email", "demo@strideiq.example")
    page.fill("#password", "run-the-demo")
    page.click("main button.primary")
    page.wait_for_url(f"{address}/")
    kept = context.storage_state()
    context.close()
    return kept


@pytest.fixture(scope="session")
def samples() -> Path:
    """The third-party sample files, which are never part of the repository."""
    root = Path(__file__).resolve().parents[2]
    directory = Path(os.environ.get("STRIDEIQ_SAMPLES", root.parent / "shared" / "samples"))
    if not directory.is_dir():
        pytest.skip(f"the sample files are not at {directory}")
    return directory
