"""What the page and the shell say first: the one thing that matters, and never too much."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from strideiq.safety.service import BackupEvent, age_words, assess

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY_S = 86_400.0


def event(hours_ago: float, verdict: str | None) -> BackupEvent:
    at = NOW - timedelta(hours=hours_ago)
    proven_at = at if verdict == "proven" else None
    return BackupEvent(f"b{hours_ago}", at, 1, 1, verdict, proven_at, 1.0)


def level(*events: BackupEvent) -> str:
    return assess(events, NOW, DAY_S)[0]


def test_without_a_backup_nothing_is_called_safe() -> None:
    assert level() == "attention"


def test_a_backup_that_nobody_restored_is_not_proven() -> None:
    assert level(event(1, None)) == "attention"


def test_a_fresh_proof_is_the_only_green() -> None:
    assert level(event(1, "proven")) == "proven"


def test_an_old_proof_asks_for_attention() -> None:
    assert level(event(30, "proven")) == "attention"


def test_a_failed_newest_backup_is_red_whatever_was_proven_before() -> None:
    assert level(event(1, "failed"), event(2, "proven")) == "refused"


def test_an_unproven_newest_backup_does_not_hide_the_proof_before_it() -> None:
    assert level(event(1, None), event(2, "proven")) == "proven"


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=-3), "0 s"),
        (timedelta(seconds=42), "42 s"),
        (timedelta(minutes=5), "5 min"),
        (timedelta(hours=6), "6 h"),
        (timedelta(days=3), "3 days"),
    ],
)
def test_ages_are_said_as_people_say_them(age: timedelta, words: str) -> None:
    assert age_words(age) == words
