"""A drill takes no more than it may, and what runs past its time leaves nothing."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest

from strongroom.backups import listed
from strongroom.config import Configuration
from strongroom.drills import drill, drill_verdicts, proofs
from strongroom.drills import recovery as recovering
from strongroom.drills import reload as reloading
from strongroom.errors import DatabaseError
from strongroom.postgres import bounds
from strongroom.postgres.bounds import network_can_be_cut
from strongroom.postgres.connections import connect
from strongroom.server.directory import live_postmaster
from strongroom.server.supervisor import RunningServer
from strongroom.testing.killing import SOAK

PHYSICAL, LOGICAL = 0, 2
WHOLE = bool(os.environ.get(SOAK))
"""In the long suites each is tried with both kinds of backup."""


def own_niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, 0)


@pytest.mark.parametrize("backup", [LOGICAL, PHYSICAL] if WHOLE else [LOGICAL])
def test_the_scratch_server_is_nicer_smaller_and_cut_off(
    chained: Configuration, monkeypatch: pytest.MonkeyPatch, backup: int
) -> None:
    """And what the user of the proven copy meets after the drill's time is theirs."""
    passed_s = [0.0]
    monkeypatch.setattr(bounds, "monotonic", lambda: monotonic() + passed_s[0])
    seen: dict[str, object] = {}

    def look(server: RunningServer, manifest: object) -> None:
        del manifest
        assert server.data_directory is not None
        postmaster = live_postmaster(server.data_directory)
        assert postmaster is not None
        seen["nice"] = os.getpriority(os.PRIO_PROCESS, postmaster.process_id)
        links = Path(f"/proc/{postmaster.process_id}/net/dev").read_text().splitlines()[2:]
        seen["links"] = [link.split(":")[0].strip() for link in links]
        with connect(server.administrator()) as connection:
            for name in ("shared_buffers", "max_parallel_workers_per_gather"):
                seen[name] = connection.execute(f"SHOW {name}").fetchall()[0][0]
            backend = connection.info.backend_pid
            seen["backend"] = os.getpriority(os.PRIO_PROCESS, backend)
        passed_s[0] = 7200.0
        raise DatabaseError("of the user", next_step="look")

    limits = {"nice": 5, "memory_mb": 64, "parallel_workers": 0, "max_duration_s": 3600}
    name = listed(chained)[backup].backup_id
    with pytest.raises(DatabaseError, match="of the user"):
        drill(replace(chained, drill=limits), name, on_proven=look)
    nicer = min(19, own_niceness() + 5)
    assert (seen["nice"], seen["backend"]) == (nicer, nicer)
    assert (seen["shared_buffers"], seen["max_parallel_workers_per_gather"]) == ("16MB", "0")
    if network_can_be_cut():
        assert seen["links"] == ["lo"]
    assert own_niceness() == nicer - 5 or nicer == 19, "ours is as it was"


@pytest.mark.parametrize("backup", [PHYSICAL, LOGICAL] if WHOLE else [PHYSICAL])
def test_what_runs_past_its_time_is_ended_and_neither_proves_nor_refutes(
    chained: Configuration, monkeypatch: pytest.MonkeyPatch, backup: int
) -> None:
    """The copy is asked for something that never ends; only the end of its server ends that."""
    pids: list[int] = []
    passed_s = [0.0]
    monkeypatch.setattr(bounds, "monotonic", lambda: monotonic() + passed_s[0])

    def endless(server: RunningServer, database: str, *_: object) -> object:
        assert server.data_directory is not None
        postmaster = live_postmaster(server.data_directory)
        assert postmaster is not None
        pids.append(postmaster.process_id)
        passed_s[0] = 7200.0
        with connect(server.administrator(database)) as connection, reloading.database_errors(""):
            return connection.execute("SELECT pg_catalog.pg_sleep(60)")

    monkeypatch.setattr(recovering, "survey", endless)
    monkeypatch.setattr(reloading, "survey", endless)
    name = listed(chained)[backup].backup_id
    record = drill(replace(chained, drill={"max_duration_s": 3600}), name)
    assert record.verdict == "inconclusive"
    assert [check.name for check in record.checks if check.status != "ok"] == ["time"]
    assert len(pids) == 1, "it came as far as the comparison"
    assert not Path(f"/proc/{pids[0]}").exists()
    assert not list(chained.scratch_directory.glob("scratch-*"))
    assert proofs(chained) == [record]
    assert drill_verdicts(chained) == {}


def test_a_time_that_is_too_short_for_anything_is_told(chained: Configuration) -> None:
    record = drill(replace(chained, drill={"max_duration_s": 0.01}))
    assert record.verdict == "inconclusive"
    assert "max_duration_s" not in record.findings[0]
    assert "0.01 s" in record.findings[0]
    assert not list(chained.scratch_directory.glob("scratch-*"))


@pytest.mark.parametrize(
    ("complaint", "status"),
    [
        ('ERROR: could not connect to server "there"', "inconclusive"),
        ("ERROR: type does not exist", "failed"),
    ],
)
def test_what_only_lacks_a_network_is_not_refuted(complaint: str, status: str) -> None:
    if network_can_be_cut():
        with bounds.bounded(bounds.Bounds(cut_off=True)):
            assert reloading._check_load(complaint).status == status
    assert reloading._check_load(complaint).status == "failed"
