"""What a database is to a test run, by its answers alone."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from strongroom.integrations.pytest.judging import Run

Row = Sequence[str | None]


def kind(pinned: Row, identity: Row | None, *, began_before_s: float = 60) -> str:
    run = Run("one", time.monotonic() - began_before_s)
    answers = iter((pinned, identity))
    return run.judge(lambda _: next(answers)).kind


@pytest.mark.parametrize(
    ("pinned", "identity", "expected"),
    [
        (("false", "false", None), None, "unpinned"),
        (("true", "false", None), None, "hidden"),
        (("true", "true", None), None, "hidden"),
        (("true", "true", None), ("id", "test", "1000"), "test"),
        (("true", "true", None), ("id", "production", "1000"), "real"),
        (("true", "true", None), ("id", "production", None), "real"),
        (("true", "true", None), ("id", "production", "30"), "own"),
        (
            ("true", "true", None),
            ("id", "production", "-30"),
            "real",
        ),  # the server's clock ran back
    ],
)
def test_a_database_is_judged_by_what_is_in_it(
    pinned: Row, identity: Row | None, expected: str
) -> None:
    assert kind(pinned, identity) == expected


@pytest.mark.parametrize(
    ("identity", "allowed"),
    [(("id", "production", "1000"), False), (None, False), (("id", "test", "1000"), True)],
)
def test_what_is_real_or_hidden_is_not_for_tests(identity: Row | None, *, allowed: bool) -> None:
    answers = iter((("true", "true", None), identity))
    assert Run("one").judge(lambda _: next(answers)).allowed is allowed
