"""Every form that makes something makes one of it, however often it is sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pyotp
import pytest
from fastapi.routing import iter_route_contexts
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from strideiq import features
from strideiq.activities import public as activities
from strideiq.athletes.models import Athlete
from strideiq.athletes.once import MAKERS
from strideiq.main import create
from strideiq.platform.runtime import Runtime
from strideiq.training import standing

NewBrowser = Callable[..., Any]
DAY = standing.today_of("UTC") + timedelta(days=3)

TYPED: dict[str, dict[str, object]] = {
    "/plans/new": {"goal": "10k", "race_day": str(DAY + timedelta(weeks=9)), "index": "45",
                   "start_day": str(DAY), "weekdays": ["1", "3", "6"], "weekly_distance": "30",
                   "longest_run": "10", "long_run_weekday": "6", "experience": "regular"},
    "/workouts/new": {"day": str(DAY), "kind": "easy", "what": "8 km easy"},
    "/calendar/feed": {"act": "open"},
    "/coach/ask": {"question": "How far did I run?"},
    "/coach/facts": {"words": "I race in May"},
    "/wellness/food/new": {"day": "2026-05-03", "time": "08:00", "meal": "breakfast",
                           "description": "Porridge"},
    "/wellness/injuries/new": {"place": "calf", "severity": "2", "began_on": "2026-05-03"},
    "/gear": {"name": "Shoes", "kind": "shoes"},
    "/people/invite": {},
    "/preferences/tokens": {"name": "watch", "scope": "activities:read"},
    "/activities/{activity_id}/share": {"lasts": "30"},
    "/preferences/privacy/zones": {"name": "Home", "latitude": "48", "longitude": "16",
                                   "radius_m": "200"},
    "/activities/new": {"sport": "running", "started_at": "2026-05-03T07:30", "moving_s": "52:30"},
    "/activities/{activity_id}/sources/apart": {"source": "phone"},
    "/preferences/security/second-factor": {},
    "/preferences/security/second-factor/recovery-codes": {},
}  # fmt: skip
"""What is typed into each form that makes something."""

OTHERS = {
    "sign": "opens or ends a session; an account is one by its e-mail address",
    "confirm": "proves who one is",
    "passkey": "answers a challenge, which counts once",
    "imports": "a file that is here already is a duplicate, and says so",
    "uploads": "goes on with what is here",
    "undo": "takes back", "undelete": "takes back", "restore": "takes back",
    "delete": "puts a tombstone, once", "remove": "takes away, once", "revoke": "ends, once",
    "end": "ends, once", "stop": "ends, once", "withdraw": "ends, once", "apart": "a decision",
    "merge": "a decision", "unmerge": "a decision", "pairs": "a decision",
    "proposals": "a decision", "efforts": "a correction, which is one by what it says",
    "say": "a value, which is one by what it says", "fields": "the same", "name": "the same",
    "move": "the same", "distance": "the same", "match": "the same", "edit": "the same",
    "anew": "the same plan once more", "zones": "a setting", "ends": "a setting",
    "preferences": "a setting", "password": "a setting", "model": "a setting",
    "preview": "shows, and keeps nothing", "prove": "proves a backup", "archive": "streams a file",
    "check-ins.csv": "values, each one by what it says", "retire": "a setting",
    "return": "a setting", "default": "a setting", "of": "a setting", "sources": "a choice",
    "bulk": "values, each one by what it says", "rename": "a value", "act": "a setting of one row",
    "pause": "a setting", "resume": "a setting", "sync": "asks a service, once at a time",
    "disconnect": "ends, once", "connect": "one connection to a service",
    "enable": "a setting", "disable": "a setting", "reset": "a link in place of the last one",
    "mcp": "reads", "hooks": "what a service tells, one by its id",
    "facts/{fact_id}": "the same fact in other words", "food/{entry_id}": "a meal as it is now",
    "injuries/{injury_id}": "an injury as it is now", "gear/{gear_id}": "gear as it is now",
}  # fmt: skip
"""Why any other form makes nothing more when it is sent again, by the end or the kind of it."""


class Fields(HTMLParser):
    """The fields of a page's forms as a browser would send them, untouched."""

    def __init__(self, page: str, action: str) -> None:
        super().__init__()
        self.action, self.inside, self.found = action, False, {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.inside = given.get("action") == self.action
        ticked = given.get("type") not in {"checkbox", "radio"} or "checked" in given
        if self.inside and tag == "input" and given.get("name") and ticked:
            self.found[str(given["name"])] = given.get("value") or ""


def the_rest(path: str) -> str | None:
    """Why sending a form of this address again makes nothing more."""
    return next((why for end, why in OTHERS.items() if path.endswith((f"/{end}", f"/{{{end}}}"))
                 or f"/{end}/" in path or f"/{end}-" in path), None)  # fmt: skip


def rows(sessions: sessionmaker[Session]) -> int:
    """How many rows there are in all tables, of what is not only a note of the visit."""
    with sessions() as session:
        return sum(
            session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in features.metadata().tables.items()
            if name not in {"account_event", "sign_in"}
        )


def test_every_form_is_known_to_make_something_or_to_make_nothing_more(runtime: Runtime) -> None:
    marked, others = set(), set()
    for route in iter_route_contexts(create(runtime).routes):
        if "POST" in (getattr(route, "methods", None) or ()):
            endpoint = getattr(getattr(route, "original_route", route), "endpoint", None)
            (marked if endpoint in MAKERS else others).add(route.path)
    assert marked == set(TYPED) - {"/coach/ask"}
    unexplained = {path for path in others - set(TYPED) if not path.startswith("/api/")}
    assert {path for path in unexplained if the_rest(path) is None} == set()


def an_hour(name: str) -> activities.ObservedActivity:
    """An hour of running."""
    time_s = np.arange(0.0, 3600, 10)
    return activities.ObservedActivity(
        sport="running",
        started_at=datetime(2026, 5, 3, 7, tzinfo=UTC),
        elapsed_s=3600,
        moving_s=3600,
        distance_m=10_800,
        streams={"time_s": time_s, "distance_m": 3 * time_s},
        name=name,
    )


@pytest.fixture
def browser(new_browser: NewBrowser, sessions: sessionmaker[Session]) -> Any:
    """Somebody who looks after accounts too, with an activity that two sources know."""
    opened = new_browser("runner@example.com")
    with sessions.begin() as session:
        run = activities.record(session, opened.athlete_id, an_hour("Watch"))
        source = activities.Source("gpx", name="phone")
        activities.observe(session, opened.athlete_id, run, an_hour("Phone"), source)
    opened.run = run
    return opened


def test_a_form_that_is_sent_twice_makes_one_and_is_answered_alike(
    browser: Any, sessions: sessionmaker[Session]
) -> None:
    """All of them, one after the other; each is read from its page, and sent two times."""
    wrong = []
    for path, typed in TYPED.items():
        address = path.replace("{activity_id}", str(browser.run))
        page = browser.get(page_of(address)).text
        form = Fields(page, address).found | typed | codes(page)
        before = rows(sessions)
        first = browser.post(address, form)
        made = rows(sessions)
        again = browser.post(address, form)
        alike = (first.status_code, first.headers.get("location"), first.text) == (
            again.status_code, again.headers.get("location"), again.text,
        )  # fmt: skip
        if first.status_code >= 400 or not alike or rows(sessions) != made or made <= before:
            wrong.append((path, first.status_code, again.status_code, before, made, rows(sessions)))
    assert not wrong


def test_the_form_of_a_new_account_opens_the_same_one_and_nobody_elses(
    new_browser: NewBrowser, sessions: sessionmaker[Session]
) -> None:
    visitor = new_browser()
    visitor.get("/sign-up")
    form = {"email": "new@example.com", "name": "New", "password": "correct horse battery"}
    kept = dict(visitor.client.cookies)
    first = visitor.post("/sign-up", form)
    visitor.client.cookies.clear()
    visitor.client.cookies.update(kept)  # the first answer was lost, and its cookie with it
    again = visitor.post("/sign-up", form)
    assert (first.status_code, again.status_code) == (303, 303)
    assert visitor.get("/preferences").status_code == 200
    other = new_browser()
    other.get("/sign-up")
    assert other.post("/sign-up", form | {"password": "a guess of somebody"}).status_code == 422
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Athlete)) == 1


def page_of(address: str) -> str:
    """The page that a form is on."""
    if address.endswith("/sources/apart"):
        return address.removesuffix("/sources/apart")
    names = {"/people/invite": "/people", "/coach/ask": "/coach", "/preferences/privacy/zones":
             "/preferences/privacy", "/preferences/security/second-factor/recovery-codes":
             "/preferences/security"}  # fmt: skip
    return names.get(address, address)


def codes(page: str) -> dict[str, str]:
    """What the athlete's authenticator shows, where the page asks for it."""
    secret = page.partition('class="secret">')[2].partition("<")[0].replace(" ", "")
    return {"code": pyotp.TOTP(secret).now()} if secret else {}


def test_two_at_one_time_make_one(browser: Any) -> None:
    browser.get("/gear")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: browser.post("/gear", TYPED["/gear"]), range(4)))
    assert {answer.status_code for answer in answers} == {303}
    assert browser.get("/gear").text.count("Shoes</a>") == 1


def test_what_was_changed_opened_anew_or_refused_is_another_form(browser: Any) -> None:
    typed = TYPED["/gear"]
    browser.get("/gear")
    refused = browser.post("/gear", typed | {"name": ""})
    assert (refused.status_code, browser.post("/gear", typed | {"name": ""}).status_code) == (
        422,
        422,
    )
    browser.post("/gear", typed)
    browser.post("/gear", typed | {"name": "Others"})
    assert browser.get("/gear").text.count("Shoes</a>") == 1
    browser.post("/gear", typed)
    page = browser.get("/gear").text
    assert (page.count("Shoes</a>"), page.count("Others</a>")) == (2, 1)


def test_a_program_asks_once_by_its_key_and_something_else_by_another(browser: Any) -> None:
    browser.get("/preferences/tokens")
    scope = {"name": "program", "scope": "coach:ask"}
    shown = browser.post("/preferences/tokens", scope).text
    found = re.search(r"strideiq_[\w-]{40,}", shown)
    assert found
    headers = {"Authorization": f"Bearer {found.group()}", "Idempotency-Key": "one"}

    def ask(question: str, **more: str) -> Any:
        asked = {"question": question}
        return browser.client.post("/api/v1/coach/ask", json=asked, headers=headers | more)

    first, again = ask("How far did I run?"), ask("How far did I run?")
    assert first.json()["turn_id"] == again.json()["turn_id"]
    assert ask("Any tips?").status_code == 409
    other = ask("Any tips?", **{"Idempotency-Key": "two"})
    assert other.json()["turn_id"] != first.json()["turn_id"]
