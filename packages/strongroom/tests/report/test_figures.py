"""How long a restore takes and what would be lost are said only where they were measured."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from strongroom.backups import Manifest
from strongroom.drills import DrillRecord
from strongroom.report import Facts, StoreFacts, figures_of

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PARTS_S = {"unpack": 40.0, "download": 30.0, "verify": 5.0, "recover": 20.0, "compare": 60.0}


def backup(name: str, age: timedelta, size_bytes: int = 1000) -> Manifest:
    told = {"backup_id": name, "started_at": NOW - age, "database_size_bytes": size_bytes}
    return cast("Manifest", SimpleNamespace(**told))


def facts(**store: Any) -> Facts:
    return cast("Facts", SimpleNamespace(store=StoreFacts(**store)))


PROOF = DrillRecord("drill", "older", "0", "proven", NOW - HOUR, 130.0, parts_s=PARTS_S)


@pytest.mark.parametrize(("size_bytes", "rto_s"), [(1000, 60.0), (3000, 180.0), (500, 60.0)])
def test_a_restore_takes_what_it_took_and_more_where_there_is_more(
    size_bytes: int, rto_s: float
) -> None:
    older = backup("older", 9 * HOUR)
    newest = backup("newest", HOUR, size_bytes)
    figures = figures_of(facts(newest=newest, proof=PROOF, measured=older, proven=older), NOW)
    assert figures.rto_s == rto_s
    assert figures.rpo_s == 9 * 3600, "a newer backup that is not proven makes nothing safe"
    assert figures.measured is not None
    assert figures.measured.restore_s == 60.0


def test_without_a_proof_there_is_no_figure() -> None:
    assert figures_of(facts(newest=backup("newest", HOUR)), NOW).as_dict() == {
        "rto_s": None,
        "rpo_s": None,
        "measured": None,
    }
    assert figures_of(cast("Facts", SimpleNamespace(store=None)), NOW).rpo_s is None
