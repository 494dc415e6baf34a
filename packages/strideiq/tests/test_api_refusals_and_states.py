"""What the API refuses it names, and no change of a program overwrites what it has not seen."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from sqlalchemy.orm import Session, sessionmaker

from strideiq.activities import public as activities
from strideiq.athletes.scopes import SCOPES
from strideiq.platform.api import PROBLEM

NewBrowser = Callable[..., Any]


class Program:
    """What speaks to the API with a token for everything."""

    def __init__(self, browser: Any) -> None:
        browser.get("/preferences/tokens")
        made = browser.post("/preferences/tokens", {"name": "all", "scope": list(SCOPES)})
        found = re.search(r"strideiq_[\w-]{40,}", made.text)
        assert found
        self.client = browser.client
        self.token = {"Authorization": f"Bearer {found.group()}"}
        self.athlete_id = browser.athlete_id

    def __call__(self, method: str, at: str, json: object = None, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(method, f"/api/v1{at}", json=json, headers=self.token | named)


@pytest.fixture
def program(new_browser: NewBrowser) -> Program:
    return Program(new_browser("robin@example.com"))


@pytest.fixture
def at(program: Program, sessions: sessionmaker[Session]) -> str:
    """The address of an activity."""
    run = activities.ObservedActivity(
        sport="running",
        started_at=datetime(2026, 5, 3, 7, tzinfo=UTC),
        elapsed_s=3600,
        moving_s=3600,
        distance_m=10_800,
        streams={"time_s": np.arange(0.0, 3600, 10)},
        name="Sunday",
    )
    with sessions.begin() as session:
        return f"/activities/{activities.record(session, program.athlete_id, run)}"


def test_each_wrong_or_unknown_field_is_named_with_what_is_allowed(
    program: Program, at: str
) -> None:
    cases = [
        (("GET", "/activities?limit=0&before=soon"),
         {"limit": "greater than or equal to 1", "before": "valid UUID"}),
        (("GET", "/activities?limmit=3"), {"limmit": "there are limit, before, q, sport"}),
        (("GET", "/athlete?verbose=1"), {"verbose": "no such field"}),
        (("POST", "/coach/ask", {"question": "How far?", "colour": "red"}),
         {"colour": "there are question, conversation_id"}),
        (("POST", "/coach/ask", {}), {"question": "required"}),
        (("POST", "/imports"), {"x-file-name": "required"}),
        (("PATCH", at, {"distance_m": -3, "effort": 11, "name": ["x"], "shoe": "x"}),
         {"distance_m": "The distance is a number", "effort": "from 1 to 10",
          "name": "no single value", "shoe": "there are"}),
    ]  # fmt: skip
    wrong = []
    for (method, address, *body), expected in cases:
        answer = program(method, address, *body, If_Match="*")
        told = {one["field"]: one["detail"] for one in answer.json()["errors"]}
        fits = told.keys() == expected.keys() and all(
            words in told[name] for name, words in expected.items()
        )
        if (answer.status_code, answer.headers["Content-Type"]) != (422, PROBLEM) or not fits:
            wrong.append((method, address, answer.status_code, told))
    assert not wrong


def test_every_refusal_is_one_kind_of_document_with_one_next_step(
    program: Program, at: str
) -> None:
    nobody = program.client.get("/api/v1/athlete")
    refused = [
        (401, nobody), (404, program("GET", f"{at[:-1]}x")), (404, program("GET", "/nothing")),
        (405, program("DELETE", at)), (428, program("PATCH", at, {"notes": "x"})),
        (412, program("PATCH", at, {"notes": "x"}, If_Match='"another"')),
    ]  # fmt: skip
    assert nobody.headers["WWW-Authenticate"] == "Bearer"
    for status, answer in refused:
        document = answer.json()
        assert (answer.status_code, document["status"]) == (status, status)
        assert answer.headers["Content-Type"] == PROBLEM
        assert document["detail"]
        assert document["next"]


def test_a_resource_is_not_sent_again_to_whoever_has_its_state(program: Program, at: str) -> None:
    for address in (at, "/athlete"):
        first = program("GET", address)
        tag = first.headers["ETag"]
        again = program("GET", address, If_None_Match=f'"older", {tag}')
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
        assert program("GET", address, If_None_Match='"older"').json() == first.json()


def test_two_programs_cannot_overwrite_each_other_unseen(program: Program, at: str) -> None:
    seen = program("GET", at).headers["ETag"]
    first = program("PATCH", at, {"name": "Hills", "distance_m": 9000}, If_Match=seen)
    second = program("PATCH", at, {"name": "Flat"}, If_Match=seen)
    assert (first.status_code, second.status_code) == (204, 412)
    now = program("GET", at)
    assert (now.json()["name"], now.json()["distance_m"]) == ("Hills", 9000)
    assert now.headers["ETag"] == first.headers["ETag"] != seen
    taken_back = program("PATCH", at, {"name": None}, If_Match=now.headers["ETag"])
    assert taken_back.status_code == 204
    assert program("GET", at).json()["name"] == "Sunday"


def test_a_change_is_made_whole_or_not_at_all(program: Program, at: str) -> None:
    refused = program("PATCH", at, {"name": "Hills", "effort": 99}, If_Match="*")
    assert refused.status_code == 422
    assert program("GET", at).json()["name"] == "Sunday"
