from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from httpx import Response

Make = Callable[..., bytes]


def send(browser: Any, name: str, content: bytes | Iterator[bytes], **headers: str) -> Response:
    return browser.client.post(
        "/imports",
        content=content,
        headers={"X-CSRF-Token": browser.token, "X-File-Name": name, **headers},
    )


def verdicts(page: str) -> list[str]:
    return re.findall(r'<li data-verdict="(\w+)"', page.partition("<template")[0])


@pytest.fixture
def browser(new_browser: Callable[..., Any]) -> Any:
    browser = new_browser("runner@example.org")
    browser.get("/imports")
    return browser


def test_each_file_sent_is_answered_with_its_verdict(browser: Any, gpx: Make, tcx: Make) -> None:
    first = send(browser, "run.gpx", gpx())
    second = send(browser, "run.tcx", tcx())
    third = send(browser, "notes.txt", b"Buy milk.")

    assert [verdicts(each.text) for each in (first, second, third)] == [
        ["imported"],
        ["duplicate"],
        ["failed"],
    ]
    [address] = re.findall(r'href="(/activities/[^"]+)"', first.text)
    assert browser.get(address).status_code == 200
    assert address in second.text
    assert "Not a sports file" in third.text


def test_a_name_is_shown_as_text_and_without_its_path(browser: Any) -> None:
    answer = send(browser, "C%3A%5Cruns%5C%3Ci%3Ebad.gpx", b"<gpx/>")

    assert "&lt;i&gt;bad.gpx" in answer.text
    assert "<i>" not in answer.text
    assert "runs" not in answer.text


def test_a_body_is_read_no_further_than_a_file_may_be_large(browser: Any) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 200:
            sent += 1
            yield bytes(2**20)

    announced = browser.client.post(
        "/imports",
        content=b"x",
        headers={
            "X-CSRF-Token": browser.token,
            "X-File-Name": "big.fit",
            "Content-Length": str(2**31),
        },
    )
    unannounced = send(browser, "endless.fit", endless())

    assert verdicts(announced.text) == verdicts(unannounced.text) == ["failed"]
    assert "recordings have at most 64 MB" in unannounced.text


def test_without_a_script_the_form_brings_many_files(browser: Any, gpx: Make) -> None:
    answer = browser.client.post(
        "/imports",
        data={"csrf_token": browser.token},
        files=[("files", ("run.gpx", gpx())), ("files", ("notes.txt", b"Buy milk."))],
    )

    assert verdicts(answer.text) == ["failed", "imported"]
    assert "Files that are kept" in answer.text


def test_kept_files_are_listed_by_verdict_and_tell_what_came_of_them(
    browser: Any, fit: Make, gpx: Make
) -> None:
    send(browser, "run.gpx", gpx())
    send(browser, "run.fit", fit())
    send(browser, "torn.fit", fit()[:20])

    everything = browser.get("/imports").text
    failed = browser.get("/imports?verdict=failed").text
    [torn] = re.findall(r'href="(/imports/files/[^"]+)">torn.fit', everything)
    page = browser.get(torn).text

    assert "run.gpx" in everything
    assert "run.gpx" not in failed
    assert "torn.fit" in failed
    assert "Nothing could be read" in page
    assert browser.post(f"{torn}/retry").headers["location"] == torn
    repeated = re.search(r'href="(/imports/files/[^"]+)">run.fit', everything)
    assert "What it repeats" in browser.get(repeated.group(1)).text


def test_nobody_sees_another_athletes_files(
    browser: Any, new_browser: Callable[..., Any], gpx: Make
) -> None:
    answer = send(browser, "run.gpx", gpx())
    [address] = re.findall(r'href="(/imports/files/[^"]+)"', answer.text)
    other = new_browser("other@example.org")

    assert other.get(address).status_code == 404
    assert other.post(f"{address}/retry").status_code == 404
    assert "run.gpx" not in other.get("/imports").text
    assert browser.get(f"/imports/files/{uuid4()}").status_code == 404


def test_files_need_a_sign_in_and_the_pages_own_token(
    browser: Any, new_browser: Callable[..., Any], gpx: Make
) -> None:
    stranger = new_browser()
    stranger.get("/sign-in")
    browser.token = "forged"

    assert send(stranger, "run.gpx", gpx()).status_code == 303
    assert send(browser, "run.gpx", gpx()).status_code == 403
