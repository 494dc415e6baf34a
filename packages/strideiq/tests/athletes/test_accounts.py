from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from strideiq.athletes import service
from strideiq.athletes.models import Athlete, SignIn
from strideiq.main import create
from strideiq.platform.errors import InvalidInputError, NotFoundError
from strideiq.platform.runtime import Runtime
from strideiq.platform.settings import Settings

EMAIL = "robin@example.com"
PASSWORD = "correct horse battery"
NewBrowser = Callable[..., Any]


def with_key(runtime: Runtime, key: str, old: str = "") -> Runtime:
    settings = Settings.model_validate({"SECRET_KEY": key, "SECRET_KEYS_OLD": old})
    return replace(runtime, settings=settings)


def restarted(browser: Any, runtime: Runtime) -> TestClient:
    """A browser with the same cookies before a server that has started anew."""
    return TestClient(create(runtime), follow_redirects=False, cookies=browser.client.cookies)


def test_signing_up_signs_in_and_keeps_the_chosen_units(new_browser: NewBrowser) -> None:
    browser = new_browser()
    browser.get("/sign-up")
    answer = browser.post(
        "/sign-up",
        {
            "email": "New@Example.com",
            "name": "Nova",
            "password": PASSWORD,
            "units": "imperial",
            "time_zone": "Europe/Vienna",
        },
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    page = browser.get("/preferences").text
    assert "new@example.com" in page
    assert 'value="Europe/Vienna"' in page
    assert 'value="imperial" checked' in page


def test_the_first_page_of_an_empty_home_makes_the_first_account(
    new_browser: NewBrowser, session: Session
) -> None:
    session.execute(delete(Athlete))
    session.commit()
    assert new_browser().get("/").headers["location"] == "/sign-up"
    service.create(session, email=EMAIL, name="Robin", password=PASSWORD)
    session.commit()
    assert new_browser().get("/").headers["location"] == "/sign-in"


def test_a_page_that_is_not_there_knows_who_is_signed_in(new_browser: NewBrowser) -> None:
    browser = new_browser()
    browser.get("/sign-up")
    browser.post("/sign-up", {"email": EMAIL, "name": "Robin", "password": PASSWORD})
    answer = browser.get("/nowhere")
    assert answer.status_code == 404
    assert "Sign out" in answer.text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("email", "nobody", "no e-mail address"),
        ("password", "short", "at least 10 characters"),
        ("name", "  ", "between 1 and 100"),
        ("units", "furlongs", "no units"),
    ],
)
def test_a_sign_up_that_does_not_fit_says_why_and_keeps_what_was_typed(
    new_browser: NewBrowser, field: str, value: str, words: str
) -> None:
    browser = new_browser()
    browser.get("/sign-up")
    typed = {"email": EMAIL, "name": "Robin", "password": PASSWORD, "units": "metric"}
    answer = browser.post("/sign-up", {**typed, field: value})
    assert answer.status_code == 422
    assert words in answer.text
    assert PASSWORD not in answer.text


def test_an_address_has_one_account(new_browser: NewBrowser) -> None:
    new_browser(EMAIL)
    browser = new_browser()
    browser.get("/sign-up")
    form = {"email": EMAIL, "name": "Robin", "password": "three other words"}
    answer = browser.post("/sign-up", form)
    assert answer.status_code == 422
    assert "an account for" in answer.text


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
    new_browser: NewBrowser,
) -> None:
    new_browser(EMAIL)
    browser = new_browser()
    wrong = browser.sign_in(EMAIL, "another password")
    unknown = browser.sign_in("stranger@example.com", "another password")
    assert wrong.status_code == unknown.status_code == 422
    assert "do not belong together" in wrong.text
    assert "do not belong together" in unknown.text


def test_signing_out_ends_the_session_on_the_server(new_browser: NewBrowser) -> None:
    browser = new_browser(EMAIL)
    cookies = dict(browser.client.cookies)
    assert browser.post("/sign-out").status_code == 303
    browser.client.cookies.update(cookies)
    assert browser.get("/preferences").headers["location"].startswith("/sign-in")


def test_pages_of_an_athlete_lead_to_the_sign_in_and_back(new_browser: NewBrowser) -> None:
    browser = new_browser()
    answer = browser.get("/activities?q=long")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Factivities%3Fq%3Dlong"


@pytest.mark.parametrize("address", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_a_sign_in_never_leads_to_another_site(new_browser: NewBrowser, address: str) -> None:
    browser = new_browser(EMAIL)
    answer = browser.get("/sign-in", params={"next": address})
    assert answer.headers["location"] == "/"


def test_a_session_outlives_a_restart_and_a_rotated_key(
    new_browser: NewBrowser, runtime: Runtime
) -> None:
    browser = new_browser(EMAIL)
    old, new = "a key for tests that is long enough", "another key of enough characters too"
    for later in (runtime, with_key(runtime, new, old=f"something, {old}")):
        assert restarted(browser, later).get("/preferences").status_code == 200


def test_a_session_signed_by_a_key_that_is_gone_is_not_accepted(
    new_browser: NewBrowser, runtime: Runtime
) -> None:
    browser = new_browser(EMAIL)
    later = with_key(runtime, "another key of enough characters too")
    assert restarted(browser, later).get("/preferences").status_code == 303


def test_an_expired_session_is_not_accepted(new_browser: NewBrowser, session: Session) -> None:
    browser = new_browser(EMAIL)
    session.execute(update(SignIn).values(expires_at=SignIn.created_at))
    session.commit()
    assert browser.get("/preferences").status_code == 303


def test_the_database_never_holds_a_token(new_browser: NewBrowser, session: Session) -> None:
    browser = new_browser(EMAIL)
    cookie = browser.client.cookies["strideiq_test_sign_in"]
    (kept,) = session.scalars(select(SignIn.token_hash))
    assert cookie.partition(".")[0].encode() not in kept


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(new_browser: NewBrowser) -> None:
    new_browser(EMAIL)
    browser = new_browser()
    cookie = browser.sign_in(EMAIL).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


@pytest.mark.parametrize("token", ["", "wrong", "wrong.signature"])
def test_a_form_without_the_pages_token_changes_nothing(
    new_browser: NewBrowser, token: str
) -> None:
    browser = new_browser(EMAIL)
    browser.token = token
    data = {"name": "Mallory", "units": "metric", "time_zone": "UTC"}
    assert browser.post("/preferences", data).status_code == 403
    assert "Mallory" not in browser.get("/preferences").text


def test_a_token_of_another_browser_is_refused(new_browser: NewBrowser) -> None:
    browser, other = new_browser(EMAIL), new_browser("other@example.com")
    browser.token = other.token
    assert browser.post("/sign-out").status_code == 403


def test_a_request_from_another_site_is_refused_even_with_a_token(new_browser: NewBrowser) -> None:
    browser = new_browser(EMAIL)
    answer = browser.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


def test_guessing_passwords_is_slowed_down_and_the_right_one_does_not_help_then(
    new_browser: NewBrowser,
) -> None:
    new_browser(EMAIL)
    browser = new_browser()
    browser.get("/sign-in")
    codes = [
        browser.post("/sign-in", {"email": EMAIL, "password": f"guess {n}"}).status_code
        for n in range(11)
    ]
    assert codes == [422] * 10 + [429]
    right = browser.post("/sign-in", {"email": EMAIL, "password": PASSWORD})
    assert right.status_code == 429
    assert "Wait" in right.text


def test_sign_up_can_be_closed(runtime: Runtime) -> None:
    settings = runtime.settings.model_copy(update={"sign_up": False})
    client = TestClient(create(replace(runtime, settings=settings)))
    assert client.get("/sign-up").status_code == 404
    assert "Make an account" not in client.get("/sign-in").text


def test_preferences_that_do_not_exist_are_refused(new_browser: NewBrowser) -> None:
    browser = new_browser(EMAIL)
    for nowhere in ("Mars/Olympus", "localtime"):
        data = {"name": "Robin", "units": "metric", "time_zone": nowhere}
        answer = browser.post("/preferences", data)
        assert answer.status_code == 422
        assert "no time zone" in answer.text


def test_a_new_password_ends_every_sign_in(new_browser: NewBrowser, session: Session) -> None:
    browser = new_browser(EMAIL)
    service.set_password(session, EMAIL.upper(), "quite another one")
    session.commit()
    assert browser.get("/preferences").status_code == 303
    assert browser.sign_in(EMAIL).status_code == 422
    assert browser.sign_in(EMAIL, "quite another one").status_code == 303


def test_a_password_for_nobody_or_too_short_is_refused(session: Session) -> None:
    with pytest.raises(NotFoundError):
        service.set_password(session, "nobody@example.com", PASSWORD)
    service.create(session, email=EMAIL, name="Robin", password=PASSWORD)
    with pytest.raises(InvalidInputError):
        service.set_password(session, EMAIL, "short")


def test_passwords_are_kept_as_argon2_only(session: Session) -> None:
    from strideiq.athletes.models import Athlete

    service.create(session, email=EMAIL, name="Robin", password=PASSWORD)
    kept = session.scalars(select(Athlete.password_hash)).one()
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept


def test_a_password_costs_who_guesses_what_rfc_9106_advises(real_hasher: PasswordHasher) -> None:
    assert real_hasher.hash(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")
