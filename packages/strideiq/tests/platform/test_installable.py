from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

NewBrowser = Callable[..., Any]


def test_the_manifest_names_icons_that_are_there(new_browser: NewBrowser) -> None:
    browser = new_browser()
    answer = browser.get("/manifest.webmanifest")
    assert answer.headers["Content-Type"] == "application/manifest+json"
    manifest = answer.json()
    assert manifest["start_url"] == "/"
    assert {icon["sizes"] for icon in manifest["icons"]} == {"192x192", "512x512"}
    for icon in manifest["icons"]:
        picture = browser.get(icon["src"])
        assert picture.headers["Content-Type"] == "image/png"
        width = int.from_bytes(picture.content[16:20], "big")
        assert f"{width}x{width}" == icon["sizes"]


def test_the_offline_page_knows_nobody_and_sets_no_cookie(new_browser: NewBrowser) -> None:
    browser = new_browser("robin@example.com")
    answer = browser.get("/offline")
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert "csrf" not in answer.text
    assert "Robin" not in answer.text
    needed = re.findall(r'href="(/[^"]+)"', answer.text)
    assert needed
    assert all(browser.get(address).status_code == 200 for address in needed)


def test_the_worker_is_asked_for_anew_and_sees_every_page(new_browser: NewBrowser) -> None:
    answer = new_browser().get("/service-worker.js")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Cache-Control"] == "no-cache"


def test_pages_of_an_athlete_are_never_stored(new_browser: NewBrowser) -> None:
    browser = new_browser("robin@example.com")
    for address in ("/", "/wellness", "/activities"):
        assert browser.get(address).headers["Cache-Control"] == "no-store"
