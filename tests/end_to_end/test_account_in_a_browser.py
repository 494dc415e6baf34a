"""What only a real browser can show of an account: passkeys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from homes import Home

PASSWORD = "three good words"
PASSKEYS = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page on a device that keeps passkeys; any error in the browser fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    device = context.new_cdp_session(opened)
    device.send("WebAuthn.enable")
    opened.authenticator = device.send("WebAuthn.addVirtualAuthenticator", {"options": PASSKEYS})[
        "authenticatorId"
    ]
    opened.device = device
    yield opened
    context.close()
    assert problems == []


def named(address: str) -> str:
    """Passkeys belong to a name, which an address of numbers is not."""
    return address.replace("127.0.0.1", "localhost")


def sign_up(page: Any, address: str, email: str) -> None:
    page.goto(f"{address}/sign-up")
    page.fill("#name", "Robin")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.click("main button.primary")
    page.wait_for_function("location.pathname != '/sign-up'")


def test_a_passkey_is_made_signs_in_and_opens_nothing_once_removed(
    make_home: Callable[..., Home], page: Any
) -> None:
    with make_home().up() as running:
        address = named(running.address)
        sign_up(page, address, "robin@example.com")
        page.goto(f"{address}/preferences/security")
        page.fill("#passkey-name", "this laptop")
        page.click("text=Make a passkey on this device")
        page.wait_for_selector("text=this laptop >> nth=0")
        page.context.clear_cookies()
        page.goto(f"{address}/sign-in?next=/preferences/security")
        page.click("text=Use a passkey")
        page.wait_for_url(f"{address}/preferences/security")
        assert "last used" in page.inner_text("main")
        assert (
            page.inner_text("table.events tr:nth-child(1) td:nth-child(2)")
            == "Signed in with a passkey"
        )

        page.click("text=Remove")
        page.wait_for_selector("text=this laptop", state="detached")
        page.context.clear_cookies()
        page.goto(f"{address}/sign-in")
        page.click("text=Use a passkey")
        page.wait_for_selector("#passkey-problem:not([hidden])")
        assert "opens no account" in page.inner_text("#passkey-problem")
