"""How long pages take at 3,000 activities, and how quickly efforts and loads are recomputed.

A home of its own is made by ``strideiq init``, filled with generated runs of about 50 minutes
(one sample a second, eight channels; every tenth renamed), and served by ``strideiq up``: gate,
proven backup, guarded connections. One signed-in browser asks for one page after the other over
loopback; of each round, every page gets one request, and activities differ from round to round.
The first rounds warm up and do not count.
"""

from __future__ import annotations

import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import httpx
import numpy as np
from sqlalchemy.orm import Session

import strideiq.features  # noqa: F401  what reacts to a new activity is registered there
from strideiq.activities import public as activities
from strideiq.athletes import public as athletes
from strideiq.fitness import public as fitness
from strideiq.platform.home import Home
from strideiq.platform.runtime import Runtime, opened
from strideiq.records import public as records

if TYPE_CHECKING:
    from playwright.sync_api import Page

ACTIVITIES = int(os.environ.get("ACTIVITIES", "3000"))
ROUNDS = int(os.environ.get("ROUNDS", "100"))
WARM_UP = 10
BATCH = 50
RENAMED_EVERY = 10
EMAIL, PASSWORD = "bench@example.com", "correct horse battery"
NEWEST = datetime.now(UTC).replace(hour=6, minute=30, second=0) - timedelta(days=1)
"""Yesterday, so that pages have something to say of today, as they do of whoever goes on."""

BIN = Path(sys.executable).parent
CHROMIUM = Path("/usr/bin/chromium")
TARGETS_MS = {"home": 200, "list": 200, "activity": 300}


def a_run(day: int) -> activities.ObservedActivity:
    """A run of 40 to 60 minutes; no two days are alike."""
    chance = np.random.default_rng(day)
    time_s = np.arange(float(chance.integers(2400, 3600)))
    wave = np.sin(time_s / chance.uniform(50, 400))
    speed_mps = 2.6 + day % 13 / 20 + 0.3 * wave + chance.normal(0, 0.05, len(time_s))
    distance_m = np.cumsum(speed_mps) - speed_mps[0]
    heading = np.cumsum(chance.normal(0, 0.02, len(time_s)))
    return activities.ObservedActivity(
        sport="cycling" if day % 17 == 0 else "running",
        started_at=NEWEST - timedelta(days=day),
        elapsed_s=float(time_s[-1]),
        moving_s=float(time_s[-1]),
        distance_m=float(distance_m[-1]),
        streams={
            "time_s": time_s,
            "distance_m": distance_m,
            "latitude_deg": 47 + np.cumsum(speed_mps * np.cos(heading)) / 111_195,
            "longitude_deg": 8 + np.cumsum(speed_mps * np.sin(heading)) / 111_195,
            "altitude_m": 400 + 30 * wave + np.cumsum(chance.normal(0, 0.1, len(time_s))),
            "heart_rate_bpm": np.round(150 + 10 * wave + chance.normal(0, 1, len(time_s))),
            "cadence_spm": np.round(170 + chance.normal(0, 2, len(time_s))),
            "speed_mps": speed_mps,
        },
        name=f"Run on day {day}",
        device="Watch",
        device_serial="1",
    )


@contextmanager
def new_home() -> Iterator[dict[str, str]]:
    """A home of its own, made by ``strideiq init``: the environment that commands find it by."""
    with tempfile.TemporaryDirectory() as directory:
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("STRIDEIQ_")
        }
        environment["STRIDEIQ_HOME"] = directory
        init = [str(BIN / "strideiq"), "init"]
        subprocess.run(init, env=environment, check=True, capture_output=True)
        yield environment


@contextmanager
def opened_home(environment: dict[str, str]) -> Iterator[Runtime]:
    """Open such a home's database in this process."""
    with opened(Home(Path(environment["STRIDEIQ_HOME"])).choose()) as runtime:
        yield runtime


def fill(session: Session) -> tuple[UUID, list[UUID]]:
    """An athlete with every run; says how quickly they were recorded."""
    athlete_id = athletes.create(session, email=EMAIL, name="Bench", password=PASSWORD).athlete_id
    recorded: list[UUID] = []
    used_s = 0.0
    for begin in range(0, ACTIVITIES, BATCH):
        runs = [a_run(day) for day in range(begin, min(begin + BATCH, ACTIVITIES))]
        before_s = time.process_time()
        recorded += activities.record_many(session, athlete_id, runs)
        used_s += time.process_time() - before_s
    for number in range(0, ACTIVITIES, RENAMED_EVERY):
        activities.rename(session, athlete_id, recorded[number], f"A name of my own {number}")
    print(f"  recorded   {ACTIVITIES / used_s:7.0f} activities a second per core of this process")
    return athlete_id, recorded


def recompute(session: Session, athlete_id: UUID, recorded: list[UUID]) -> None:
    """Every best effort and every load anew, as after a change of their formulas."""
    for name, derive in (
        ("efforts", records.recompute_recorded),
        ("load", fitness.recompute_recorded),
    ):
        used_s, started_s = time.process_time(), time.perf_counter()
        derive(session, athlete_id, recorded)
        wall_s, used_s = time.perf_counter() - started_s, time.process_time() - used_s
        print(
            f"  recomputed {ACTIVITIES / used_s:7.0f} activities a second per core of this process"
            f" ({name}), {ACTIVITIES / wall_s:.0f} a second of wall time (target: 500 per core)"
        )


@contextmanager
def up(environment: dict[str, str]) -> Iterator[str]:
    """Serve the home; its address."""
    command = [str(BIN / "strideiq"), "up", "--port", "0", "--json"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        text = ""
        for line in process.stdout or ():
            text += line
            if line.rstrip() == "}":
                break
        yield str(json.loads(text)["address"])
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def signed_in(address: str) -> httpx.Client:
    """A browser that the athlete has signed in with."""
    browser = httpx.Client(base_url=address, timeout=30)
    token = re.search(r'data-csrf-token="([^"]+)"', browser.get("/sign-in").text)
    form = {"email": EMAIL, "password": PASSWORD, "csrf_token": token.group(1) if token else ""}
    if browser.post("/sign-in", data=form).status_code != httpx.codes.SEE_OTHER:
        raise SystemExit("the athlete could not sign in")
    return browser


def measure(browser: httpx.Client, recorded: list[UUID]) -> None:
    """Ask for every page in turn, and print what they took."""
    times_ms: dict[str, list[float]] = {}
    sizes: dict[str, int] = {}
    for number in range(WARM_UP + ROUNDS):
        one = recorded[number * 7919 % len(recorded)]
        pages = {
            "home": "/",
            "list": "/activities",
            "list, further": f"/activities?before={one}",
            "list, searched": f"/activities?q=day {number}",
            "activity": f"/activities/{one}",
            "bests": "/bests",
            "best": "/bests/5000m",
            "fitness": "/fitness?range=1y",
            "fitness, all": "/fitness?range=all",
            "wellness": "/wellness",
            "trends": "/wellness/trends",
            "relations": "/wellness/relations",
            "your data": "/your-data",
        }
        for name, path in pages.items():
            started_s = time.perf_counter()
            answer = browser.get(path)
            taken_ms = (time.perf_counter() - started_s) * 1000
            if answer.status_code != httpx.codes.OK:
                raise SystemExit(f"{path} answered {answer.status_code}")
            if number >= WARM_UP:
                times_ms.setdefault(name, []).append(taken_ms)
                sizes[name] = len(answer.content)
    print(f"  {ROUNDS} requests for each page, in turn")
    for name, values in times_ms.items():
        p95_ms = statistics.quantiles(values, n=20)[-1]
        target = f"  (target: {TARGETS_MS[name]})" if name in TARGETS_MS else ""
        print(
            f"  {name:15} median {statistics.median(values):6.0f} ms, "
            f"p95 {p95_ms:6.0f} ms{target}, {sizes[name] / 1000:.0f} kB"
        )


def paint(address: str, recorded: list[UUID]) -> None:
    """Open pages in Chromium, first with an empty cache and then again: bytes, and first paint.

    Bytes are those of the page and of all that it loads, as they were sent over loopback; the
    first contentful paint is Chromium's own, from when the address was asked for.
    """
    if not CHROMIUM.exists():
        print(f"  no {CHROMIUM}: first paints were not measured")
        return
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  only where there is Chromium

    pages = {
        "home": "/",
        "list": "/activities",
        "activity": f"/activities/{recorded[-1]}",
        "wellness": "/wellness",
        "trends": "/wellness/trends",
    }
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        for name, path in pages.items():
            context = chromium.new_context()
            page = context.new_page()
            page.goto(f"{address}/sign-in")
            page.fill("#email", EMAIL)
            page.fill("#password", PASSWORD)
            page.click("main button.primary")
            page.wait_for_url(f"{address}/")
            cleared = context.new_cdp_session(page)
            cleared.send("Network.clearBrowserCache")
            cold, warm = (_painted(page, address + path) for _ in range(2))
            print(
                f"  {name:15} cold {cold[0] / 1000:5.0f} kB, first paint {cold[1]:5.0f} ms; "
                f"again {warm[0] / 1000:5.0f} kB, {warm[1]:5.0f} ms"
            )
            context.close()
        chromium.close()


def _painted(page: Page, address: str) -> tuple[float, float]:
    """How many bytes came, and after how many milliseconds something was to be seen."""
    page.goto(address, wait_until="networkidle")
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length > 0")
    sizes, painted_ms = page.evaluate(
        """() => [
            ['navigation', 'resource'].flatMap(kind => performance.getEntriesByType(kind))
                .reduce((sum, one) => sum + one.transferSize, 0),
            performance.getEntriesByName('first-contentful-paint')[0].startTime,
        ]"""
    )
    return float(sizes), float(painted_ms)


def main() -> None:
    """Make, fill, serve, measure."""
    print(f"{ACTIVITIES} activities of 40 to 60 minutes, eight channels, one sample a second")
    with new_home() as environment:
        with opened_home(environment) as runtime:
            with runtime.sessions.begin() as session:
                athlete_id, recorded = fill(session)
            with runtime.sessions.begin() as session:
                recompute(session, athlete_id, recorded)
        with up(environment) as address, closing(signed_in(address)) as browser:
            measure(browser, recorded)
            paint(address, recorded)


if __name__ == "__main__":
    main()
