from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter
from starlette.testclient import TestClient

from strideiq.features import FEATURES
from strideiq.platform import app
from strideiq.platform.app import create_app
from strideiq.platform.errors import StrideiqError
from strideiq.platform.feature import Feature
from strideiq.platform.runtime import Runtime

router = APIRouter()


@router.get("/breaks")
def breaks() -> None:
    raise RuntimeError("a secret detail")


@pytest.fixture
def client(runtime: Runtime) -> TestClient:
    features = (*FEATURES, Feature("strideiq.platform", router=router))
    return TestClient(create_app(runtime, features), raise_server_exceptions=False)


def test_a_surprise_becomes_a_page_that_tells_no_details(client: TestClient) -> None:
    answer = client.get("/breaks")
    assert answer.status_code == 500
    assert "Your data is untouched" in answer.text
    assert "secret" not in answer.text


def test_what_no_database_can_keep_is_refused_wherever_it_is_said(
    new_browser: Callable[..., Any],
) -> None:
    browser = new_browser("robin@example.com")
    form = {"name": "Ro\0bin", "units": "metric", "time_zone": "UTC", "language": ""}
    assert browser.post("/preferences", form).status_code == 422
    assert browser.post("/preferences/privacy/zones", {"name": "\0"}).status_code == 422
    assert browser.get("/activities?q=%00").status_code == 422
    assert "Ro\0bin" not in browser.get("/preferences").text


def test_programs_get_errors_as_documents(client: TestClient) -> None:
    answer = client.get("/nowhere", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert set(answer.json()["error"]) == {"code", "message", "next"}


def test_pages_are_never_cached_and_versioned_files_always(client: TestClient) -> None:
    page = client.get("/sign-in")
    assert page.headers["Cache-Control"] == "no-store"
    address = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
    assert "immutable" in client.get(address).headers["Cache-Control"]
    assert client.get(address.split("?")[0]).headers["Cache-Control"] == "no-cache"


def test_every_page_tells_browsers_to_trust_only_us(client: TestClient) -> None:
    for address in ("/sign-in", "/nowhere", "/static/platform/shell.js"):
        headers = client.get(address).headers
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_every_place_of_the_navigation_opens(new_browser: Callable[..., Any]) -> None:
    browser = new_browser("robin@example.com")
    places = [place for feature in FEATURES for place in feature.places]
    assert len({place.key for place in places}) == len(places)
    assert all(f'href="{place.path}"' in browser.get("/activities").text for place in places)
    opened = {place.path: browser.get(place.path).status_code for place in places}
    assert {path for path, status in opened.items() if status != 200} <= {"/your-data"}


def test_an_athletes_pages_are_closed_to_strangers(new_browser: Callable[..., Any]) -> None:
    browser = new_browser()
    public = {place.path for feature in FEATURES for place in feature.public_places}
    for feature in FEATURES:
        for place in feature.places:
            answer = browser.get(place.path)
            assert answer.status_code == (200 if place.path in public else 303), place.path


def test_the_frame_takes_no_name_that_a_page_may_use() -> None:
    """A page sees what the frame sets at its top; so the frame's names begin with its own word."""
    frame = (Path(app.__file__).parent / "templates" / "base.html").read_text()
    names = re.findall(r"{%-?\s*(?:set|macro)\s+(\w+)", frame)
    assert names
    assert [name for name in names if not name.startswith("shell_")] == ["status"]


def test_an_error_is_said_in_one_language() -> None:
    error = StrideiqError("Das passt nicht.", next_step="versuche es noch einmal")
    assert error.sentences == "Das passt nicht. Versuche es noch einmal."
