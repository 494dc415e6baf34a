from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from strideiq.athletes import administration
from strideiq.athletes.models import Athlete
from strideiq.platform.errors import InvalidInputError

NewBrowser = Callable[..., Any]
FIRST, SECOND = "first@example.com", "second@example.com"
PASSWORD = "correct horse battery"


def sign_up(browser: Any, email: str, invitation: str = "") -> int:
    page = browser.get("/sign-up", params={"invitation": invitation})
    data = {"email": email, "name": "New", "password": PASSWORD, "invitation": invitation}
    answer = browser.post("/sign-up", data)
    assert page.status_code in {200, answer.status_code}
    return int(answer.status_code)


def invitation_from(browser: Any) -> str:
    found = re.search(r"sign-up\?invitation=([\w-]+)", browser.post("/people/invite").text)
    assert found is not None
    return found.group(1)


def test_the_first_account_looks_after_the_others_and_sees_no_training(
    new_browser: NewBrowser,
) -> None:
    first, second = new_browser(FIRST), new_browser(SECOND)
    page = first.get("/people").text
    assert SECOND in page
    assert page.count("administrator</span>") == 1
    assert second.get("/people").status_code == 404
    assert "/people" not in second.get("/preferences").text


@pytest.mark.parametrize("act", ["disable", "enable", "reset"])
def test_only_an_administrator_acts_on_others(
    new_browser: NewBrowser, act: str, session: Session
) -> None:
    first, second = new_browser(FIRST), new_browser(SECOND)
    assert second.post(f"/people/{first.athlete_id}/{act}").status_code == 404
    assert session.get_one(Athlete, first.athlete_id).disabled_at is None


def test_with_sign_up_closed_an_invitation_makes_one_account(new_browser: NewBrowser) -> None:
    first = new_browser(FIRST)
    first.get("/people")
    first.post("/people/sign-up", {"choice": "closed"})
    assert sign_up(new_browser(), "third@example.com") == 404
    assert "Make an account" not in new_browser().get("/sign-in").text
    token = invitation_from(first)
    assert token not in first.get("/people").text
    assert sign_up(new_browser(), "third@example.com", token) == 303
    assert sign_up(new_browser(), "fourth@example.com", token) == 404
    first.post("/people/sign-up", {"choice": "open"})
    assert sign_up(new_browser(), "fifth@example.com") == 303


def test_a_withdrawn_invitation_counts_no_more(new_browser: NewBrowser) -> None:
    first = new_browser(FIRST)
    first.get("/people")
    first.post("/people/sign-up", {"choice": "closed"})
    token = invitation_from(first)
    first.post("/people/invitations/withdraw")
    assert sign_up(new_browser(), "third@example.com", token) == 404


def test_a_closed_account_is_out_at_once_and_comes_back_whole(new_browser: NewBrowser) -> None:
    first, second = new_browser(FIRST), new_browser(SECOND)
    found = second.post("/preferences/tokens", {"name": "t", "scope": "profile:read"}).text
    token = re.search(r"strideiq_[\w-]{40,}", found).group()  # type: ignore[union-attr]
    headers = {"Authorization": f"Bearer {token}"}
    first.get("/people")
    first.post(f"/people/{second.athlete_id}/disable")
    assert second.get("/preferences").status_code == 303
    assert second.client.get("/api/v1/athlete", headers=headers).status_code == 401
    assert "closed for now" in second.sign_in(SECOND).text
    first.post(f"/people/{second.athlete_id}/enable")
    assert second.sign_in(SECOND).status_code == 303
    assert second.client.get("/api/v1/athlete", headers=headers).status_code == 200


def test_a_reset_gives_one_new_way_in_and_takes_all_others(new_browser: NewBrowser) -> None:
    first, second = new_browser(FIRST), new_browser(SECOND)
    second.post("/preferences/tokens", {"name": "t", "scope": "profile:read"})
    first.get("/people")
    page = first.post(f"/people/{second.athlete_id}/reset").text
    password = re.search(r'class="secret">([\w-]{12,})<', page).group(1)  # type: ignore[union-attr]
    assert second.get("/preferences").status_code == 303
    assert second.sign_in(SECOND, PASSWORD).status_code == 422
    assert second.sign_in(SECOND, password).status_code == 303
    assert "An administrator reset" in second.get("/preferences/security").text
    assert "profile:read</code> </span>" not in second.get("/preferences/tokens").text


def test_somebody_always_looks_after_the_accounts(
    new_browser: NewBrowser, session: Session
) -> None:
    first, second = new_browser(FIRST), new_browser(SECOND)
    for act in (
        lambda: administration.disable(session, first.athlete_id),
        lambda: administration.appoint(session, FIRST, administrator=False),
    ):
        with pytest.raises(InvalidInputError, match="only administrator"):
            act()
    administration.appoint(session, SECOND, administrator=True)
    administration.disable(session, first.athlete_id)
    session.commit()
    assert second.get("/people").status_code == 200


def test_where_there_was_no_administrator_the_first_account_becomes_one_at_a_sign_in(
    new_browser: NewBrowser, session: Session
) -> None:
    first, second = new_browser(FIRST), new_browser(SECOND)
    session.execute(update(Athlete).values(administrator_since=None))
    session.commit()
    second.sign_in(SECOND)
    assert second.get("/people").status_code == 404
    assert first.get("/people").status_code == 200
