"""After anything that may be a loss, retention stands still until a person has looked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from strongroom.backups.freezing import (
    ACKNOWLEDGED,
    Seen,
    acknowledgement,
    fingerprint,
    freezing_causes,
)
from strongroom.backups.retention import Facts
from strongroom.identity import Verdict
from strongroom.ledger import Entry
from strongroom.ledger.redaction import redacted

BEGIN = datetime(2030, 1, 1, tzinfo=UTC)


class Past:
    """A made-up past, one act an hour."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.backups: list[Facts] = []
        self.more: dict[str, Any] = {}

    @property
    def at(self) -> datetime:
        return BEGIN + timedelta(hours=len(self.entries))

    def record(self, kind: str, at: datetime | None = None, **details: Any) -> None:
        n, moment = len(self.entries) + 1, (at or self.at).isoformat()
        self.entries.append(Entry(n, moment, kind, details, previous="", hash=""))

    def backup(self, rows: int | None, *, life: str = "first", table: str = "public.order") -> str:
        name = f"backup-{len(self.entries):03}"
        self.backups.append(Facts(name, self.at, life, {table: rows}))
        self.record("backup", backup_id=name)
        return name

    def seen(self, **more: Any) -> Seen:
        now = more.pop("now", self.at)
        return Seen(self.entries, self.backups, ["first"], now, **self.more, **more)

    def causes(self, **more: Any) -> list[str]:
        return [cause.id for cause in freezing_causes(self.seen(**more))]

    def acknowledge(self, **more: Any) -> None:
        seen = self.seen(**more)
        self.record(ACKNOWLEDGED, **acknowledgement(seen, freezing_causes(seen)))


@pytest.fixture
def past() -> Past:
    made = Past()
    made.record("init")
    for rows in (90, 100, 110):
        made.backup(rows)
    return made


def test_an_ordinary_past_freezes_nothing(past: Past) -> None:
    past.record("drill", verdict="failed")
    past.record("restore", backup_id="backup-001")
    assert past.causes() == []


def test_a_backup_that_could_not_be_compared_tells_of_no_loss(past: Past) -> None:
    past.backup(None)
    past.backups[-1] = replace(past.backups[-1], rows={}, counted=False)
    assert past.causes() == []
    past.backup(10)
    assert past.causes() == ["floor:backup-005"], "and what is lost after it is still seen"


@pytest.mark.parametrize("verdict", [one for one in Verdict if one is not Verdict.MATCH])
def test_after_any_verdict_but_match_it_is_frozen_until_acknowledged(
    past: Past, verdict: Verdict
) -> None:
    past.record("refused", verdict=str(verdict))
    past.backup(120)
    assert past.causes() == ["refused:5"]
    past.acknowledge()
    assert past.causes() == []
    past.record("refused", verdict=str(verdict))
    assert past.causes() == ["refused:8"], "what was acknowledged covers nothing that comes after"


@pytest.mark.parametrize(
    ("kind", "details"),
    [("refused", {"code": "state"}), ("accept", {"verdict": "shrunk"}), ("freeze", {})],
)
def test_what_only_an_emergency_brings_freezes_as_well(
    past: Past, kind: str, details: dict[str, str]
) -> None:
    past.record(kind, **details)
    assert past.causes() == [f"{kind}:5"]


def test_a_floor_drop_freezes_and_is_told_once(past: Past) -> None:
    emptied = past.backup(0)
    past.backup(0)
    past.backup(3)
    assert past.causes() == [f"floor:{emptied}"]
    assert "public.order fell from 110 to 0 rows" in freezing_causes(past.seen())[0].what
    past.acknowledge()
    past.backup(3)
    assert past.causes() == []
    again = past.backup(0)
    assert past.causes() == [f"floor:{again}"]


def test_the_ledger_takes_no_table_of_an_acknowledgement_for_a_secret(past: Past) -> None:
    past.backup(90, table="public.reset_token")
    past.backup(0, table="public.reset_token")
    seen = past.seen()
    said = acknowledgement(seen, freezing_causes(seen))
    assert ("first", "public.reset_token", 0) in said["counts"]
    assert json.dumps(redacted(said)) == json.dumps(said)


def test_what_was_acknowledged_stays_so_when_its_backup_is_gone(past: Past) -> None:
    past.backup(0)
    past.acknowledge()
    past.backup(0)
    past.backups = [past.backups[2], past.backups[-1]]
    assert past.causes() == []


def test_a_slow_loss_is_noticed_as_well(past: Past) -> None:
    for rows in (100, 95, 90):
        past.backup(rows)
        past.record("refused", verdict="unreachable")
        past.acknowledge()
    low = past.backup(85)
    assert past.causes() == [f"floor:{low}"]


def test_an_acknowledgement_of_something_else_lowers_no_floor(past: Past) -> None:
    past.backup(90)
    past.record("refused", verdict="unreachable")
    past.acknowledge()
    assert past.entries[-1].details["counts"] == []


def test_a_table_that_is_gone_is_a_drop_unless_it_went_on_purpose(past: Past) -> None:
    past.backup(5, table="public.other")
    assert past.causes() == ["floor:backup-004"]


def test_a_table_that_went_on_purpose_is_no_drop(past: Past) -> None:
    past.record("tables_forgotten", tables=["public.order"], reason="migration")
    past.backup(5, table="public.other")
    assert past.causes() == []


def test_what_a_permit_lets_go_is_no_drop(past: Past) -> None:
    for _ in range(2):  # repeated with the same permit, it counts once
        past.record("deletion_planned", table="public.order", rows=50, permit_id="p")
    past.backup(60)
    assert past.causes() == []
    past.backup(40)
    assert past.causes() == ["floor:backup-007"]


def test_tables_that_nobody_counts_or_that_may_lose_all_freeze_nothing(past: Past) -> None:
    past.backup(None)
    past.backup(120)
    assert past.causes() == []
    past.backup(0)
    assert past.causes(keep={"public.order": "none"}) == []


def test_a_new_incarnation_freezes_until_acknowledged(past: Past) -> None:
    past.backup(0, life="second")
    assert past.causes() == ["incarnation:second"]
    past.acknowledge()
    past.backup(0, life="second")
    assert past.causes() == []


def test_a_database_that_was_pinned_in_the_place_of_another_freezes(past: Past) -> None:
    replaced = replace(past.seen(), incarnations=["new"])
    assert [cause.id for cause in freezing_causes(replaced)] == ["incarnation:new"]


def test_what_the_ledger_does_not_know_and_what_is_damaged_freeze(past: Past) -> None:
    more = {"unrecorded": ["backup-x"], "unbelieved": {"drills/y": "its record is damaged"}}
    assert past.causes(**more) == ["unrecorded:backup-x", "unbelieved:drills/y"]
    past.acknowledge(**more)
    assert past.causes(**more) == []
    assert past.causes(unrecorded=["backup-x", "backup-z"]) == ["unrecorded:backup-z"]


def test_a_clock_that_jumped_back_freezes(past: Past) -> None:
    past.record("backup", at=BEGIN - timedelta(days=2))
    assert past.causes(now=BEGIN + timedelta(hours=5)) == ["clock:5"]
    past.acknowledge(now=BEGIN + timedelta(hours=5))
    assert past.causes() == []


def test_a_clock_that_stands_in_the_past_freezes(past: Past) -> None:
    yesterday = BEGIN - timedelta(days=1)
    names = [f"clock-backup:{one.backup_id}" for one in past.backups]
    assert past.causes(now=yesterday) == ["clock-now:4", *names]
    seen = past.seen(now=yesterday)
    past.record(ACKNOWLEDGED, at=yesterday, **acknowledgement(seen, freezing_causes(seen)))
    assert past.causes(now=yesterday + timedelta(hours=1)) == []


def test_a_clock_that_is_set_right_by_seconds_is_nothing(past: Past) -> None:
    past.record("backup", at=past.at - timedelta(hours=1, seconds=50))
    assert past.causes(now=past.at - timedelta(hours=2, seconds=30)) == []


def test_a_fingerprint_names_exactly_these_causes(past: Past) -> None:
    past.record("refused", verdict="empty")
    first = freezing_causes(past.seen())
    past.record("refused", verdict="empty")
    both: Sequence[Any] = freezing_causes(past.seen())
    assert fingerprint(both) == fingerprint(list(reversed(both))) != fingerprint(first)
