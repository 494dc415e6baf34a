from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from strideiq.athletes import events, second_factor
from strideiq.athletes.devices import device_words
from strideiq.athletes.models import AccountEvent, RecoveryCode, SecondFactor, SignIn
from strideiq.platform.security import KeyRing

NewBrowser = Callable[..., Any]
EMAIL, PASSWORD = "robin@example.com", "correct horse battery"
PAGE = "/preferences/security"
FIREFOX = "Mozilla/5.0 (Android 14; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0"


def forget_confirmation(session: Session) -> None:
    session.execute(update(SignIn).values(confirmed_at=datetime.now(UTC) - timedelta(hours=1)))
    session.commit()


def add_second_factor(browser: Any) -> tuple[pyotp.TOTP, list[str]]:
    page = browser.get(f"{PAGE}/second-factor").text
    found = re.search(r'class="secret">([A-Z2-7 ]+)<', page)
    assert found is not None
    app = pyotp.TOTP(found.group(1).replace(" ", ""))
    answer = browser.post(f"{PAGE}/second-factor", {"code": app.now()})
    return app, re.findall(r"<li><code>([\w-]+)</code>", answer.text)


def later_code(app: pyotp.TOTP) -> str:
    """The next half minute's code, which the server accepts already: this one's has been used."""
    return app.at(datetime.now(UTC) + timedelta(seconds=30))


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Android"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/128 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/128 Safari/537 Edg/128", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17) Version/17 Safari/604", "Safari on iPhone"),
        ("curl/8.5", "curl"),
        (None, "an unknown device"),
    ],
)
def test_a_device_is_named_as_its_owner_would(user_agent: str | None, words: str) -> None:
    assert device_words(user_agent) == words


def test_devices_are_listed_with_this_one_marked_and_any_other_is_ended(
    new_browser: NewBrowser,
) -> None:
    here, phone = new_browser(EMAIL), new_browser()
    phone.client.headers["User-Agent"] = FIREFOX
    phone.sign_in(EMAIL)
    page = here.get(PAGE).text
    assert page.count("this device</span>") == 1
    assert "Firefox on Android" in page
    (end,) = re.findall(rf'action="({PAGE}/devices/[0-9a-f]+/end)"', page)
    assert here.post(end).status_code == 303
    assert phone.get("/preferences").status_code == 303
    assert here.get("/preferences").status_code == 200


def test_nobody_ends_anothers_session(new_browser: NewBrowser, session: Session) -> None:
    mine, other = new_browser(EMAIL), new_browser("other@example.com")
    (token_hash,) = session.scalars(
        select(SignIn.token_hash).where(SignIn.athlete_id == mine.athlete_id)
    )
    answer = other.post(f"{PAGE}/devices/{token_hash[:12].hex()}/end")
    assert answer.status_code == 404
    assert mine.get("/preferences").status_code == 200


def test_a_changed_password_signs_every_other_device_out(new_browser: NewBrowser) -> None:
    here, phone = new_browser(EMAIL), new_browser()
    phone.sign_in(EMAIL)
    wrong = here.post(f"{PAGE}/password", {"password": "guess", "new_password": "long enough one"})
    assert wrong.status_code == 422
    assert phone.get("/preferences").status_code == 200
    data = {"password": PASSWORD, "new_password": "long enough one"}
    assert here.post(f"{PAGE}/password", data).status_code == 303
    assert here.get("/preferences").status_code == 200
    assert phone.get("/preferences").status_code == 303
    assert phone.sign_in(EMAIL, PASSWORD).status_code == 422
    assert phone.sign_in(EMAIL, "long enough one").status_code == 303


def test_the_password_says_what_goes_on_without_it_and_offers_to_end_it(
    new_browser: NewBrowser,
) -> None:
    here, phone = new_browser(EMAIL), new_browser()
    phone.sign_in(EMAIL)
    assert "No API token opens the account" in here.get(PAGE).text
    for name in ("watch", "<laptop>"):
        here.get("/preferences/tokens")
        here.post("/preferences/tokens", {"name": name, "scope": "activities:read"})
    page = here.get(PAGE).text
    assert "1 other device is signed out with it" in page
    assert "2 API tokens open the account without the password" in page
    assert "&lt;laptop&gt;, watch" in page
    data = {"password": PASSWORD, "new_password": "long enough one"}
    kept = here.get(here.post(f"{PAGE}/password", data).headers["location"]).text
    assert "1 other device was signed out" in kept
    assert "Your API tokens go on" in kept
    data = {"password": "long enough one", "new_password": PASSWORD, "revoke_tokens": "true"}
    wrong = here.post(f"{PAGE}/password", data | {"password": "guess"})
    assert 'value="true" checked' in wrong.text
    ended = here.get(here.post(f"{PAGE}/password", data).headers["location"]).text
    assert "2 API tokens were revoked" in ended
    assert "No API token opens the account" in ended
    assert "Revoked an API token" in ended


def test_attempts_and_sign_ins_are_listed_for_their_athlete_alone(new_browser: NewBrowser) -> None:
    browser, stranger = new_browser(EMAIL), new_browser()
    stranger.client.headers["User-Agent"] = FIREFOX
    stranger.sign_in(EMAIL, "a guess of somebody")
    page = browser.get(PAGE).text
    assert "Signed in" in page
    assert "Tried to sign in" in page
    assert "Firefox on Android" in page
    assert "Tried to sign in" not in new_browser("other@example.com").get(PAGE).text


def test_a_thousand_attempts_push_no_sign_in_out_of_the_list(
    new_browser: NewBrowser, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "KEPT_OF_EACH_MAX", 5)
    athlete_id = new_browser(EMAIL).athlete_id
    for _ in range(12):
        events.note(session, athlete_id, "sign_in", events.Origin(), succeeded=False)
    counts = dict(
        session.execute(
            select(AccountEvent.succeeded, func.count()).group_by(AccountEvent.succeeded)
        ).all()
    )
    assert counts == {True: 1, False: 5}


def test_with_a_second_factor_the_password_alone_opens_nothing(new_browser: NewBrowser) -> None:
    browser = new_browser(EMAIL)
    app, codes = add_second_factor(browser)
    assert len(codes) == second_factor.RECOVERY_CODES
    phone = new_browser()
    answer = phone.sign_in(EMAIL)
    assert answer.headers["location"] == "/sign-in/code"
    assert phone.get("/preferences").status_code == 303
    assert phone.get("/sign-in/code").status_code == 200
    assert phone.post("/sign-in/code", {"code": "000000"}).status_code == 422
    assert phone.post("/sign-in/code", {"code": later_code(app)}).status_code == 303
    assert phone.get("/preferences").status_code == 200


def test_no_code_counts_twice(new_browser: NewBrowser) -> None:
    app, codes = add_second_factor(new_browser(EMAIL))
    for code in (later_code(app), codes[0]):
        statuses = []
        for _ in range(2):
            phone = new_browser()
            phone.sign_in(EMAIL)
            phone.get("/sign-in/code")
            statuses.append(phone.post("/sign-in/code", {"code": code}).status_code)
        assert statuses == [303, 422]


def test_guessing_codes_is_slowed_down(new_browser: NewBrowser) -> None:
    add_second_factor(new_browser(EMAIL))
    phone = new_browser()
    phone.sign_in(EMAIL)
    phone.get("/sign-in/code")
    guesses = [phone.post("/sign-in/code", {"code": f"{n:06}"}).status_code for n in range(11)]
    assert guesses == [422] * 10 + [429]


def test_the_database_alone_makes_no_codes(new_browser: NewBrowser, session: Session) -> None:
    app, codes = add_second_factor(new_browser(EMAIL))
    (row,) = session.scalars(select(SecondFactor))
    assert app.secret.encode() not in row.secret
    assert (
        KeyRing(("another key of enough characters",)).decrypt("second factor", row.secret) is None
    )
    hashes = session.scalars(select(RecoveryCode.code_hash)).all()
    assert not any(code.encode() in kept for code in codes for kept in hashes)


def test_a_second_factor_outlives_a_rotated_key() -> None:
    old, new = "the key of last year, long enough", "the key of this year, long enough"
    sealed = KeyRing((old,)).encrypt("second factor", b"secret")
    assert KeyRing((new, old)).decrypt("second factor", sealed) == b"secret"
    assert KeyRing((new,)).decrypt("second factor", sealed) is None
    assert KeyRing((old,)).decrypt("another purpose", sealed) is None


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", f"{PAGE}/second-factor"),
        ("POST", f"{PAGE}/second-factor/remove"),
        ("POST", f"{PAGE}/passkeys/options"),
        ("POST", "/preferences/tokens"),
        ("GET", "/people"),
    ],
)
def test_an_open_browser_that_somebody_finds_does_nothing_dangerous(
    new_browser: NewBrowser, session: Session, method: str, address: str
) -> None:
    browser = new_browser(EMAIL)
    add_second_factor(browser)
    forget_confirmation(session)
    answer = browser.get(address) if method == "GET" else browser.post(address)
    assert answer.headers["location"].startswith("/confirm?next=")
    assert session.scalar(select(func.count()).select_from(SecondFactor)) == 1
    browser.get("/confirm")
    assert browser.post("/confirm", {"password": "wrong"}).status_code == 422
    again = browser.post("/confirm", {"password": PASSWORD, "next": "/people"})
    assert again.headers["location"] == "/people"
    assert browser.get("/people").status_code == 200


def test_the_wanted_language_is_remembered_and_comes_back_with_the_sign_in(
    new_browser: NewBrowser,
) -> None:
    browser = new_browser(EMAIL)
    data = {"name": "Robin", "units": "metric", "time_zone": "UTC"}
    browser.post("/preferences", {**data, "language": "en"})
    assert browser.client.cookies["language"] == "en"
    assert new_browser().sign_in(EMAIL).cookies["language"] == "en"
    assert browser.post("/preferences", {**data, "language": "tlh"}).status_code == 422
    browser.post("/preferences", {**data, "language": ""})
    assert "language" not in browser.client.cookies


def test_an_answer_of_no_passkey_opens_nothing(new_browser: NewBrowser) -> None:
    browser = new_browser()
    browser.get("/sign-in")
    headers = {"X-CSRF-Token": browser.token, "Accept": "application/json"}
    options = browser.client.post("/sign-in/passkey/options", headers=headers).json()
    assert options["userVerification"] == "required"
    for credential in ({}, {"rawId": "AAAA"}, {"rawId": 7, "response": []}):
        answer = browser.client.post("/sign-in/passkey", json=credential, headers=headers)
        assert answer.status_code == 422
        assert "opens no account" in answer.json()["error"]["message"]
