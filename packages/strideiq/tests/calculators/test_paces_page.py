"""The page of training paces is public, answers as one types, and can be shared as an address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

NewBrowser = Callable[..., Any]
HTMX = {"HX-Request": "true"}


def test_anybody_may_open_it_and_sees_an_example(new_browser: NewBrowser) -> None:
    page = new_browser().get("/paces")
    assert page.status_code == 200
    assert "49.8" in page.text
    assert 'value="20:00"' in page.text


def test_its_address_keeps_what_was_typed(new_browser: NewBrowser) -> None:
    page = new_browser().get("/paces?by=race&distance=half&time=1:31:35&units=imperial")
    assert 'value="1:31:35"' in page.text
    assert "6:51" in page.text
    assert "/mi" in page.text


def test_an_index_can_be_typed_instead(new_browser: NewBrowser) -> None:
    page = new_browser().get("/paces?by=index&rpi=50")
    assert "4:15" in page.text
    assert "3:55" in page.text


def test_typing_swaps_the_answer_alone(new_browser: NewBrowser) -> None:
    part = new_browser().get("/paces?distance=10k&time=41:21", headers=HTMX)
    assert part.status_code == 200
    assert "<html" not in part.text
    assert "your race" in part.text


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("distance=5&time=20:00", "is not a distance"),
        ("distance=5km&time=20", "is not a time"),
        ("distance=5km&time=5:00", "faster than any human"),
        ("by=index&rpi=x", "is not a running performance index"),
    ],
)
def test_what_cannot_be_used_is_said_in_words(
    new_browser: NewBrowser, query: str, words: str
) -> None:
    browser = new_browser()
    assert browser.get(f"/paces?{query}").status_code == 422
    typing = browser.get(f"/paces?{query}", headers=HTMX)
    assert typing.status_code == 200
    assert words in typing.text


def test_typed_text_is_shown_as_text(new_browser: NewBrowser) -> None:
    page = new_browser().get("/paces?distance=<script>alert(1)</script>&time=20:00")
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text


def test_the_equations_and_every_step_are_on_the_page(new_browser: NewBrowser) -> None:
    page = new_browser().get("/paces").text
    for constant in ("4.60", "0.182258", "0.000104", "0.1894393", "0.012778", "0.2989558"):
        assert f"<mn>{constant}</mn>" in page
    assert "v = 250.0 m/min, so it costs 47.46" in page
    assert "0.88 of the index: 43.8 ml/kg/min" in page


def test_an_athlete_reads_paces_in_their_own_units(new_browser: NewBrowser) -> None:
    page = new_browser("miles@example.com", units="imperial").get("/paces")
    assert "/mi" in page.text
    assert 'value="imperial" checked' in page.text
