from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.athletes import access
from strideiq.athletes.models import ApiToken
from strideiq.features import FEATURES

NewBrowser = Callable[..., Any]
API = "/api/v1"
REFERENCE = Path(__file__).resolve().parents[4] / "docs" / "reference" / "api.md"


def token_of(browser: Any, *scopes: str, name: str = "a script", lasts: str = "30") -> str:
    data = {"name": name, "scope": list(scopes), "lasts": lasts}
    found = re.search(r"strideiq_[\w-]{40,}", browser.post("/preferences/tokens", data).text)
    assert found is not None
    return found.group()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def add_run(session: Session, browser: Any, name: str = "Along the river") -> str:
    run = activities.ObservedActivity(
        sport="running",
        name=name,
        started_at=datetime(2026, 5, 3, 6, tzinfo=UTC),
        elapsed_s=1800.0,
        moving_s=1790.0,
        distance_m=6000.0,
        streams={"time_s": np.array([0.0, 1800.0]), "distance_m": np.array([0.0, 6000.0])},
    )
    made = activities.record(session, browser.athlete_id, run)
    session.commit()
    return str(made)


def test_a_token_reads_what_its_scope_allows_and_is_kept_as_a_hash(
    new_browser: NewBrowser, session: Session
) -> None:
    browser, program = new_browser("robin@example.com", time_zone="Europe/Vienna"), new_browser()
    activity_id = add_run(session, browser)
    token = token_of(browser, "profile:read", "activities:read")
    told = program.get(f"{API}/athlete", headers=bearer(token)).json()
    assert told["time_zone"] == "Europe/Vienna"
    assert "email" not in told
    page = program.get(f"{API}/activities", headers=bearer(token)).json()
    assert [one["name"] for one in page["activities"]] == ["Along the river"]
    one = program.get(f"{API}/activities/{activity_id}", headers=bearer(token)).json()
    assert one == page["activities"][0]
    (kept,) = session.scalars(select(ApiToken.token_hash))
    assert token.encode() not in kept
    assert token not in browser.get("/preferences/tokens").text


def test_the_log_is_read_in_parts_without_gap_or_repetition(
    new_browser: NewBrowser, session: Session
) -> None:
    browser, program = new_browser("robin@example.com"), new_browser()
    for number in range(5):
        add_run(session, browser, f"Run {number}")
    headers, names, before = bearer(token_of(browser, "activities:read")), [], ""
    while before is not None:
        address = f"{API}/activities?limit=2" + (f"&before={before}" if before else "")
        page = program.get(address, headers=headers).json()
        names += [one["name"] for one in page["activities"]]
        before = page["before"]
    assert sorted(names) == [f"Run {number}" for number in range(5)]


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, "No token was sent"),
        (bearer("strideiq_of-nobody"), "unknown, revoked or expired"),
        ({"Authorization": "Basic cm9iaW46cm9iaW4="}, "No token was sent"),
    ],
)
def test_without_a_valid_token_nothing_is_said(
    new_browser: NewBrowser, headers: dict[str, str], words: str
) -> None:
    answer = new_browser().get(f"{API}/athlete", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert words in answer.json()["error"]["message"]


def test_a_signed_in_browser_cannot_use_the_api_by_its_cookie(new_browser: NewBrowser) -> None:
    assert new_browser("robin@example.com").get(f"{API}/athlete").status_code == 401


def test_a_token_of_too_small_a_scope_is_refused_in_words(new_browser: NewBrowser) -> None:
    token = token_of(new_browser("robin@example.com"), "profile:read")
    answer = new_browser().get(f"{API}/activities", headers=bearer(token))
    assert answer.status_code == 403
    assert "activities:read" in answer.json()["error"]["message"]


def test_a_token_is_no_sign_in_and_opens_no_page(new_browser: NewBrowser) -> None:
    token = token_of(new_browser("robin@example.com"), "activities:read")
    assert new_browser().get("/activities", headers=bearer(token)).status_code == 303


def test_a_revoked_token_is_refused_at_once(new_browser: NewBrowser, session: Session) -> None:
    browser, program = new_browser("robin@example.com"), new_browser()
    token = token_of(browser, "profile:read")
    assert program.get(f"{API}/athlete", headers=bearer(token)).status_code == 200
    (token_id,) = session.scalars(select(ApiToken.token_id))
    assert browser.post(f"/preferences/tokens/{token_id}/revoke").status_code == 303
    assert program.get(f"{API}/athlete", headers=bearer(token)).status_code == 401


def test_nobody_revokes_anothers_token(new_browser: NewBrowser, session: Session) -> None:
    token_of(new_browser("robin@example.com"), "profile:read")
    (token_id,) = session.scalars(select(ApiToken.token_id))
    other = new_browser("other@example.com")
    assert other.post(f"/preferences/tokens/{token_id}/revoke").status_code == 404
    assert session.scalars(select(ApiToken.token_id)).all() == [token_id]


def test_an_expired_token_is_refused_and_the_page_says_so(
    new_browser: NewBrowser, session: Session
) -> None:
    browser = new_browser("robin@example.com")
    token = token_of(browser, "profile:read")
    session.execute(update(ApiToken).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    session.commit()
    assert new_browser().get(f"{API}/athlete", headers=bearer(token)).status_code == 401
    assert "expired" in browser.get("/preferences/tokens").text


def test_the_page_says_when_a_token_was_last_used(new_browser: NewBrowser) -> None:
    browser = new_browser("robin@example.com")
    token = token_of(browser, "profile:read", lasts="never")
    assert "never used" in browser.get("/preferences/tokens").text
    new_browser().get(f"{API}/athlete", headers=bearer(token))
    assert "last used" in browser.get("/preferences/tokens").text


@pytest.mark.parametrize(
    ("name", "scopes", "words"),
    [
        ("", ["profile:read"], "between 1 and 60"),
        ("script", [], "without any scope"),
        ("script", ["everything"], "no scope"),
        ("taken", ["profile:read"], "of this name"),
    ],
)
def test_a_token_that_cannot_be_made_says_why(
    new_browser: NewBrowser, name: str, scopes: list[str], words: str
) -> None:
    browser = new_browser("robin@example.com")
    token_of(browser, "profile:read", name="taken")
    answer = browser.post("/preferences/tokens", {"name": name, "scope": scopes})
    assert answer.status_code == 422
    assert words in answer.text


def test_too_many_requests_and_too_many_wrong_tokens_are_slowed_down(
    new_browser: NewBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "REQUESTS_PER_TOKEN_MAX", 3)
    monkeypatch.setattr(access, "WRONG_TOKENS_PER_ADDRESS_MAX", 2)
    token, program = token_of(new_browser("robin@example.com"), "profile:read"), new_browser()
    right = [program.get(f"{API}/athlete", headers=bearer(token)).status_code for _ in range(4)]
    wrong = [
        program.get(f"{API}/athlete", headers=bearer("strideiq_x")).status_code for _ in range(3)
    ]
    assert (right, wrong) == ([200, 200, 200, 429], [401, 401, 429])


def test_each_address_of_the_api_is_documented_and_asks_for_a_scope(
    new_browser: NewBrowser,
) -> None:
    document = new_browser().get(f"{API}/openapi.json").json()
    operations = {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    below = [path for _, path in operations if path.startswith(API)]
    assert len(below) == sum(len(one.api.routes) for one in FEATURES if one.api)
    assert {path for _, path in operations} - set(below) == {"/mcp"}
    for (method, path), operation in operations.items():
        written = f"`{method} {re.sub('{[^}]+}', 'ID', path)}`"
        assert written in REFERENCE.read_text(), written
        (needed,) = operation["security"]
        assert needed["HTTPBearer"], path
