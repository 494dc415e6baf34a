"""Reasons are stored in English and shown in the language of who reads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from strideiq.platform import language
from strideiq.records import reasons


@pytest.fixture
def german() -> Iterator[None]:
    language.use("de")
    yield
    language.use("en")


def test_a_stored_reason_is_shown_as_it_is_in_english() -> None:
    stored = reasons.JUMP % {"at": "2:30", "length": "343", "seconds": "1.0"}
    assert reasons.said(stored) == stored
    assert reasons.said(None) == ""


@pytest.mark.usefixtures("german")
def test_a_stored_reason_is_known_again_and_said_in_german() -> None:
    fast = reasons.TOO_FAST % {"distance": "Half marathon", "seconds": "3000.1"}
    assert reasons.said(fast).startswith("Halbmarathon in 3000.1 s ist schneller")
    jump = reasons.JUMP % {"at": "2:30", "length": "343", "seconds": "1.0"}
    assert reasons.said(jump) == "Die Distanz springt 2:30 nach dem Start: 343 m in 1.0 s."
    far = reasons.TOO_FAR % {"length": "9999", "duration": "12 min"}
    assert reasons.said(far).startswith("9999 m in 12 min ist weiter")
    assert reasons.said(reasons.SAID_NOT_TO_COUNT).startswith("Du hast gesagt")
    assert reasons.said("Something of another time.") == "Something of another time."
