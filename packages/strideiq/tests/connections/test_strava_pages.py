"""Connecting Strava by the pages, and what its webhook may and may not do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text
from strava_stand_in import BEGUN, StravaStandIn
from strava_syncing import STRAVA_ATHLETE, Syncing

from strideiq.connections.models import ConnectionJob
from strideiq.connections.strava import webhook
from strideiq.platform.runtime import Runtime

NewBrowser = Callable[..., Any]


@pytest.fixture
def runtime(registered: Runtime) -> Runtime:
    return registered


@pytest.fixture
def browser(new_browser: NewBrowser) -> Any:
    return new_browser("strava@example.org")


@pytest.fixture
def syncing(strava: StravaStandIn, runtime: Runtime, browser: Any) -> Syncing:
    strava.add(STRAVA_ATHLETE, 100, BEGUN)
    strava.add(STRAVA_ATHLETE, 101, BEGUN)
    return Syncing(strava, runtime, browser.athlete_id)


def inside(address: str) -> str:
    url = urlsplit(address)
    assert url.netloc == "run.example.org"
    return f"{url.path}?{url.query}"


def connect(browser: Any, strava: StravaStandIn, **consent: Any) -> Any:
    leaving = browser.get("/connections/strava/connect").headers["location"]
    assert leaving.startswith(f"{strava.address}/oauth/authorize?")
    return browser.get(inside(strava.consent(leaving, **consent)))


def hook(runtime: Runtime) -> str:
    return webhook.PATH.format(token=webhook.address_token(runtime.keys))


def test_connecting_by_the_pages_ends_with_what_strava_lends(
    browser: Any, strava: StravaStandIn, syncing: Syncing
) -> None:
    page = browser.get("/connections").text
    assert "Connect Strava" in page
    assert "at most 7 days" in page
    assert "bulk export" in page
    assert connect(browser, strava).headers["location"] == "/connections?told=connected"
    assert "steps done" in browser.get("/connections").text
    strava.validate = lambda _url, _asked: None  # this server cannot be reached after all
    syncing.until_done()
    page = browser.get("/connections").text
    assert "2 activities are lent now" in page
    stored = " ".join(str(row) for row in dump(syncing, "connection"))
    account = strava.accounts[STRAVA_ATHLETE]
    for secret in (account.access_token, account.refresh_token):
        assert secret not in stored
        assert secret not in page
    browser.post("/connections/strava/pause")
    assert "Paused" in browser.get("/connections").text
    browser.post("/connections/strava/resume")
    assert browser.post("/connections/strava/sync").status_code == 303
    told = browser.post("/connections/strava/disconnect", {"put_away": "true"})
    assert told.headers["location"] == "/connections?told=disconnected"
    assert account.access_token == ""
    assert "Connect Strava again" in browser.get("/connections").text


def test_not_agreeing_a_missing_box_and_a_code_that_is_not_good_connect_nothing(
    browser: Any, strava: StravaStandIn, syncing: Syncing
) -> None:
    leaving = browser.get("/connections/strava/connect").headers["location"]
    answer = browser.get(inside(strava.deny(leaving)))
    assert answer.headers["location"] == "/connections?told=denied"
    answer = connect(browser, strava, scope="read")
    assert answer.headers["location"] == "/connections?told=partly"
    leaving = browser.get("/connections/strava/connect").headers["location"]
    back = inside(strava.consent(leaving))
    strava.codes.clear()
    assert browser.get(back).headers["location"] == "/connections?told=denied"
    assert dump(syncing, "connection") == []
    answer = connect(browser, strava, scope="read,activity:read")
    assert answer.headers["location"] == "/connections?told=connected"
    assert "only you can see do not come" in browser.get("/connections").text


def test_an_answer_for_another_browser_or_a_second_time_connects_nothing(
    browser: Any, strava: StravaStandIn, syncing: Syncing, new_browser: NewBrowser
) -> None:
    other = new_browser("other-strava@example.org")
    leaving = other.get("/connections/strava/connect").headers["location"]
    back = inside(strava.consent(leaving))
    assert browser.get(back).status_code == 403
    assert dump(syncing, "connection") == []
    assert other.get(back).status_code == 303
    assert other.get(back).status_code == 403


def test_the_webhook_is_validated_and_its_events_are_hints_that_the_api_is_asked_about(
    browser: Any, strava: StravaStandIn, syncing: Syncing, runtime: Runtime
) -> None:
    validated = []

    def validate(address: str, asked: dict[str, str]) -> str | None:
        validated.append(urlsplit(address).path)
        answer = browser.client.get(validated[-1], params=asked)
        return answer.json()["hub.challenge"] if answer.status_code == 200 else None

    strava.validate = validate
    connect(browser, strava)
    syncing.until_done()
    assert validated == [hook(runtime)]
    assert syncing.row().subscription == "120475"

    account = strava.accounts[STRAVA_ATHLETE]
    strava.add(STRAVA_ATHLETE, 102, BEGUN)
    account.activities[100]["name"] = "Renamed there"
    del account.activities[101]
    events = [
        strava.event(STRAVA_ATHLETE, 101, "delete"),
        strava.event(STRAVA_ATHLETE, 101, "update"),  # late
        strava.event(STRAVA_ATHLETE, 100, "delete"),  # a lie: it is still there
        strava.event(STRAVA_ATHLETE, 102, "update"),  # before its creation
        strava.event(STRAVA_ATHLETE, 102, "create"),
        strava.event(STRAVA_ATHLETE, 102, "create"),  # once more
    ]
    asked = len(strava.requests)
    for event in events:
        assert browser.client.post(hook(runtime), json=event).status_code == 200
    syncing.until_done()
    # Each of the three once, and the samples of the new one; renamed ones keep theirs.
    assert len(strava.requests) - asked <= 5
    page = browser.get("/activities/lent").text
    assert "Renamed there" in page
    assert "Morning Run 102" in page
    assert "Morning Run 101" not in page
    assert len(dump(syncing, "activity")) == 3

    # That access was taken back is believed only when the API says so.
    gone = strava.event(STRAVA_ATHLETE, STRAVA_ATHLETE, "update")
    gone |= {"object_type": "athlete", "updates": {"authorized": "false"}}
    browser.client.post(hook(runtime), json=gone)
    syncing.until_done()
    assert syncing.row().state == "connected"
    strava.revoke(STRAVA_ATHLETE)
    browser.client.post(hook(runtime), json=gone)
    syncing.until_done()
    assert syncing.row().state == "revoked"
    assert "The connection has ended" in browser.get("/connections").text
    assert "A connection has ended" in browser.get("/").text


NOT_FOR_US: tuple[Any, ...] = (
    {"owner_id": 1},
    {"subscription_id": 999},
    {"object_id": "100; DROP TABLE"},
    {"object_id": 2**70},
    {"object_id": True},
    {"object_type": "club"},
    {"aspect_type": None},
    {"updates": {"authorized": "true"}, "object_type": "athlete", "aspect_type": "update"},
    [],
    "nonsense",
)


def test_an_event_that_is_not_for_us_has_nothing_done(
    browser: Any, strava: StravaStandIn, syncing: Syncing, runtime: Runtime
) -> None:
    syncing.connect()
    with syncing.context.sessions.begin() as session:
        session.execute(text("UPDATE connection SET subscription = '1'"))
        session.execute(text("DELETE FROM connection_job"))
    for event in NOT_FOR_US:
        body = event
        if isinstance(event, dict):
            body = strava.event(STRAVA_ATHLETE, 100, "update") | event
        assert browser.client.post(hook(runtime), json=body).status_code == 200
        assert dump(syncing, ConnectionJob.__tablename__) == [], event
    good = strava.event(STRAVA_ATHLETE, 100, "update")
    assert browser.client.post(hook(runtime), json=good).status_code == 200
    assert len(dump(syncing, ConnectionJob.__tablename__)) == 1


def test_only_who_was_told_the_address_gets_an_answer_there(
    browser: Any, strava: StravaStandIn, syncing: Syncing, runtime: Runtime
) -> None:
    event = strava.event(STRAVA_ATHLETE, 100, "update")
    assert browser.client.post(f"/api/hooks/strava/{'0' * 64}", json=event).status_code == 404
    asked = {"hub.mode": "subscribe", "hub.challenge": "c", "hub.verify_token": "wrong"}
    assert browser.client.get(hook(runtime), params=asked).status_code == 404
    huge = b'{"updates": "' + b"x" * 100_000 + b'"}'
    assert browser.client.post(hook(runtime), content=huge).status_code == 422
    deep = b"[" * 10_000
    assert browser.client.post(hook(runtime), content=deep).status_code == 200
    asked["hub.verify_token"] = webhook.verify_token(runtime.keys)
    answer = browser.client.get(hook(runtime), params=asked)
    assert answer.json() == {"hub.challenge": "c"}
    assert dump(syncing, ConnectionJob.__tablename__) == []


def dump(syncing: Syncing, table: str) -> list[Any]:
    with syncing.session() as session:
        return list(session.execute(text(f"SELECT CAST(t AS text) FROM {table} AS t")))
