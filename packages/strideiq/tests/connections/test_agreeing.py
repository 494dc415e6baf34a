"""Leaving for a service and coming back is one way for all of them, and guarded alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from garmin_stand_in import GarminStandIn
from garmin_syncing import NOW, registered
from loopback import answering
from strava_stand_in import StravaStandIn
from strava_syncing import settings_for

from strideiq.platform.runtime import Runtime, runtime_of

WAYS = {"strava": "/connections/strava/back", "garmin": "/connections/garmin/callback"}


@pytest.fixture
def at_both(runtime: Runtime, strava: StravaStandIn) -> Iterator[Runtime]:
    """A StrideIQ that is registered with both services."""
    garmin = GarminStandIn(NOW)
    with answering(garmin.answer) as garmin.address:
        known = registered(runtime_of("test", settings_for(strava), runtime.engine), garmin)
        yield known


@pytest.fixture
def browsers(at_both: Runtime, new_browser: Callable[..., Any]) -> list[Any]:
    found = [new_browser(f"{name}@example.org") for name in ("first", "second")]
    found[0].client.app.state.runtime = at_both
    return found


def left(browser: Any, service: str) -> str:
    """The state with which a browser leaves."""
    away = browser.get(f"/connections/{service}/connect")
    assert away.status_code == 303
    return parse_qs(urlsplit(away.headers["location"]).query)["state"][0]


@pytest.mark.parametrize("service", WAYS)
def test_the_way_back_is_good_once_for_the_browser_that_left_and_for_no_other(
    browsers: list[Any], service: str
) -> None:
    browser, other = browsers
    back = WAYS[service]
    assert browser.get(f"{back}?code=x").status_code == 403
    state = left(browser, service)
    left(other, service)
    assert other.get(f"{back}?state={state}&code=x").status_code == 403
    assert browser.get(f"{back}?state={state}x&code=x").status_code == 403
    denied = browser.get(f"{back}?state={state}&error=access_denied&code=x")
    assert denied.headers["location"] == "/connections?told=denied"
    assert browser.get(f"{back}?state={state}&code=x").status_code == 403
    state = left(browser, service)
    wrong = browser.get(f"{back}?state={state}&code=nobodys&scope=read,activity:read")
    assert wrong.headers["location"] == "/connections?told=denied"
    assert "nothing was connected" in browser.get("/connections?told=denied").text


@pytest.mark.parametrize("service", WAYS)
def test_a_server_that_is_not_registered_leads_nowhere(
    new_browser: Callable[..., Any], service: str
) -> None:
    browser = new_browser("runner@example.org")
    answer = browser.get(f"/connections/{service}/connect")
    assert answer.status_code == 422
    assert f"not registered with {service.title()}" in answer.text
