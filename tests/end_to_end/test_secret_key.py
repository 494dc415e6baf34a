"""The secret key is required, never made up, and can be changed without signing anybody out."""

from __future__ import annotations

import re
import secrets
import signal
from collections.abc import Callable

import httpx
import pytest
from homes import Home

PASSWORD = "six in the morning"


@pytest.mark.parametrize("content", ["", "SECRET_KEY=\n", "SECRET_KEY=too-short\n"])
def test_without_a_long_key_nothing_starts(make_home: Callable[..., Home], content: str) -> None:
    home = make_home()
    (home.paths / "strideiq.env").write_text(content)
    answer = home.strideiq("up", "--port", "0")
    assert answer.code == 1, answer
    assert answer.document["error"]["code"] == "settings"
    assert "SECRET_KEY" in answer.document["error"]["message"]
    assert "token_urlsafe" in answer.document["error"]["next"]
    assert (home.paths / "strideiq.env").read_text() == content, "up never writes a key"


def test_a_session_survives_a_kill_and_a_new_key(make_home: Callable[..., Home]) -> None:
    home = make_home()
    with home.up() as running, httpx.Client(base_url=running.address, follow_redirects=True) as web:
        sign_up(web)
        cookies = dict(web.cookies)
        assert running.process is not None
        running.process.send_signal(signal.SIGKILL)
        running.process.wait()
    with home.up() as running:
        assert signed_in(running.address, cookies)
    old = (home.paths / "strideiq.env").read_text()
    key = re.search(r"^SECRET_KEY=(.+)$", old, re.MULTILINE)
    assert key is not None
    (home.paths / "strideiq.env").write_text(
        f"SECRET_KEY={secrets.token_urlsafe(48)}\nSECRET_KEYS_OLD={key[1]}\n"
    )
    with home.up() as running:
        assert signed_in(running.address, cookies)
    (home.paths / "strideiq.env").write_text(f"SECRET_KEY={secrets.token_urlsafe(48)}\n")
    with home.up() as running:
        assert not signed_in(running.address, cookies), "a key that was withdrawn signs nobody in"


def sign_up(web: httpx.Client) -> None:
    page = web.get("/sign-up")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert token is not None, page.text
    answer = web.post(
        "/sign-up",
        data={
            "email": "me@example.org",
            "name": "Me",
            "password": PASSWORD,
            "csrf_token": token[1],
        },
    )
    assert answer.status_code == 200, answer.text


def signed_in(address: str, cookies: dict[str, str]) -> bool:
    answer = httpx.get(f"{address}/activities", cookies=cookies, follow_redirects=False)
    return answer.status_code == 200
