from __future__ import annotations

import pytest

from strideiq.platform.errors import TooManyAttemptsError
from strideiq.platform.security import KeyRing, RateLimit


def test_a_signed_value_opens_for_its_purpose_only() -> None:
    keys = KeyRing(("first",))
    signed = keys.sign("sign_in", "value.with.dots")
    assert keys.open("sign_in", signed) == "value.with.dots"
    assert keys.open("csrf", signed) is None
    assert KeyRing(("other",)).open("sign_in", signed) is None


def test_old_keys_still_open_and_the_first_one_signs() -> None:
    signed = KeyRing(("old",)).sign("sign_in", "value")
    ring = KeyRing(("new", "old"))
    assert ring.open("sign_in", signed) == "value"
    assert KeyRing(("new",)).open("sign_in", ring.sign("sign_in", "value")) == "value"


@pytest.mark.parametrize("signed", ["", ".", "value", "value.", ".signature", "ä.ö"])
def test_nonsense_opens_to_nothing(signed: str) -> None:
    assert KeyRing(("key",)).open("sign_in", signed) is None


def test_keys_are_not_shown() -> None:
    assert "secret" not in repr(KeyRing(("secret",)))


def test_attempts_are_forgotten_after_their_time_and_told_apart_by_name() -> None:
    now = [0.0]
    limit = RateLimit(2, 60, clock=lambda: now[0])
    limit.attempt("a")
    limit.attempt("a")
    limit.attempt("b")
    with pytest.raises(TooManyAttemptsError):
        limit.attempt("a")
    now[0] = 61
    limit.attempt("a")


def test_success_clears_the_count() -> None:
    limit = RateLimit(1, 60)
    limit.attempt("a")
    limit.succeeded("a")
    limit.attempt("a")
