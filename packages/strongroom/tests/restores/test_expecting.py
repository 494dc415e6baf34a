"""How long a restore will take is told from drills of like backups, and from nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from strongroom.drills import DrillRecord
from strongroom.errors import StorageError
from strongroom.restores import expecting

NOW = datetime(2026, 11, 27, tzinfo=UTC)
GOOD = DrillRecord("d", "old", None, "proven", NOW, 30.0)


def _backup(name: str, size_bytes: int, method: str = "logical") -> Any:
    return SimpleNamespace(backup_id=name, method=method, database_size_bytes=size_bytes)


def test_it_grows_with_the_database_and_never_comes_from_another_method_or_a_failed_drill(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wanted = _backup("new", 200)
    backups = [wanted, _backup("other", 100, "physical"), _backup("old", 100)]
    drills = {
        "other": [replace(GOOD, duration_s=1.0)],
        "old": [replace(GOOD, verdict="failed", duration_s=2.0), GOOD],
    }
    monkeypatch.setattr(expecting, "listed", lambda _: backups)
    monkeypatch.setattr(expecting, "proofs", lambda _, name: drills.get(name, []))
    nobody = cast("Any", None)
    assert expecting.expected_s(nobody, wanted) == 60.0
    drills["new"] = [replace(GOOD, duration_s=45.0)]
    assert expecting.expected_s(nobody, wanted) == 45.0
    monkeypatch.setattr(expecting, "proofs", lambda *_: [])
    assert expecting.expected_s(nobody, wanted) is None

    def away(_: object) -> None:
        raise StorageError("The store is away.", next_step="wait")

    monkeypatch.setattr(expecting, "listed", away)
    assert expecting.expected_s(nobody, wanted) is None
