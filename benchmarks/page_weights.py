"""What every page weighs: bytes over the wire, requests and first paint, in a real browser.

A demo home is made by ``strideiq init --demo`` and served by ``strideiq up``. One page of each
kind that links lead to is opened in Chromium twice: with an empty cache, and again.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BIN = Path(sys.executable).parent
CHROMIUM = Path("/usr/bin/chromium")
EMAIL, PASSWORD = "demo@strideiq.example", "run-the-demo"
PHONE = {"width": 390, "height": 844}
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d{2}-\d{2}|(?<=/fields/)\w+|(?<=/bests/)\w+")
PUBLIC = ("/sign-in", "/sign-up", "/offline", "/calculators")
FIGURES = """() => {
    const of = (kind) => performance.getEntriesByType(kind);
    const sent = [...of("navigation"), ...of("resource")].filter((one) => one.transferSize > 0);
    const painted = performance.getEntriesByName("first-contentful-paint")[0];
    return [sent.length, sent.reduce((sum, one) => sum + one.transferSize, 0), painted.startTime];
}"""
PAINTED = "performance.getEntriesByName('first-contentful-paint').length > 0"


@dataclass(frozen=True)
class Weight:
    """What one opening of a page cost."""

    requests: int
    size_bytes: int
    painted_ms: float


@contextmanager
def served() -> Iterator[str]:
    """The address of a demo home that is served."""
    with tempfile.TemporaryDirectory() as home:
        variables = {**os.environ, "STRIDEIQ_HOME": home}
        strideiq = [str(BIN / "strideiq"), "--environment", "demo"]
        subprocess.run(
            [*strideiq, "init", "--demo", "--json"], env=variables, check=True, capture_output=True
        )
        with subprocess.Popen(
            [*strideiq, "up", "--port", "0", "--json"],
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            text = ""
            for line in process.stdout or ():
                text += line
                if line.rstrip() == "}":
                    break
            try:
                yield str(json.loads(text)["address"])
            finally:
                process.send_signal(signal.SIGINT)


def signed_in(browser: Browser, address: str) -> Page:
    """A page of the demo athlete on a phone."""
    page = browser.new_context(viewport=PHONE).new_page()
    page.goto(f"{address}/sign-in")
    page.fill("#email", EMAIL)
    page.fill("#password", PASSWORD)
    page.click("main button.primary")
    page.wait_for_url(f"{address}/")
    return page


def kinds(page: Page, address: str) -> Iterator[tuple[str, str]]:
    """One page of each kind that links lead to from home: what it is, and its path."""
    seen: set[str] = set()
    ahead = ["/", *PUBLIC]
    while ahead:
        path = ahead.pop(0).split("#")[0]
        kind = IDS.sub("…", path.split("?")[0])
        if kind in seen or kind.startswith(("/static/", "/api/", "/files/")) or "." in kind:
            continue
        seen.add(kind)
        answer = page.goto(address + path)
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            continue
        links = page.locator("a[href^='/']:not([download])")
        ahead += links.evaluate_all("all => all.map(a => a.getAttribute('href'))")
        if answer.ok:
            yield kind, path


def weight(page: Page, address: str) -> Weight:
    """What opening a page costs now."""
    page.goto(address, wait_until="networkidle")
    page.wait_for_function(PAINTED)
    requests, size_bytes, painted_ms = page.evaluate(FIGURES)
    return Weight(int(requests), int(size_bytes), float(painted_ms))


def main() -> None:
    """Measure and print a line for each kind of page, the heaviest first."""
    if not CHROMIUM.exists():
        print(f"  no {CHROMIUM}: nothing was measured")
        return
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  only where there is Chromium

    found: list[tuple[str, Weight, Weight]] = []
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        walker = signed_in(browser, address)
        # Signed in once: more than some sign-ins in a row are slowed down.
        state = walker.context.storage_state()
        for kind, path in list(kinds(walker, address)):
            # A door leads whoever is signed in on to the first page.
            known = None if path in PUBLIC else state
            page = browser.new_context(viewport=PHONE, storage_state=known).new_page()
            found.append((kind, weight(page, address + path), weight(page, address + path)))
            page.context.close()
        browser.close()
    print(f"  {len(found)} pages of the demo athlete, load {os.getloadavg()[0]:.1f}")
    for kind, cold, warm in sorted(found, key=lambda each: -each[1].size_bytes):
        print(
            f"  {kind:42} cold {cold.size_bytes / 1000:5.0f} kB in {cold.requests:2} requests,"
            f" first paint {cold.painted_ms:5.0f} ms; again {warm.size_bytes / 1000:5.0f} kB in"
            f" {warm.requests}, {warm.painted_ms:5.0f} ms"
        )


if __name__ == "__main__":
    main()
