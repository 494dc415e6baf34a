"""A watched folder on a device or a synced disk, which comes, goes and grows as it likes."""

from __future__ import annotations

import errno
import gzip
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.orm import Session, sessionmaker

from strideiq.activities import public as activities
from strideiq.imports.isolation import ParserPool
from strideiq.imports.parsers.formats import looks_whole
from strideiq.imports.queue import items
from strideiq.imports.queue.folder import PATIENCE_S, WatchedFolder
from strideiq.imports.queue.folder_files import Seen
from strideiq.imports.queue.worker import Worker
from strideiq.platform.runtime import Runtime

Make = Callable[..., bytes]
START = datetime(2023, 4, 5, 7, 0, tzinfo=UTC)


@pytest.fixture
def worker(runtime: Runtime, pool: ParserPool) -> Worker:
    return Worker(runtime.engine, runtime.sessions, pool)


def count(sessions: sessionmaker[Session], athlete_id: UUID) -> int:
    with sessions() as session:
        return activities.totals(session, athlete_id).activities


def verdicts(sessions: sessionmaker[Session], athlete_id: UUID) -> list[tuple[str, str | None]]:
    with sessions() as session:
        return [
            (Path(each.name).name, each.verdict)
            for batch in items.batches(session, athlete_id, 50)
            for each in items.items(session, athlete_id, batch.batch_id, 50)
        ]


def test_a_watch_that_vanishes_half_way_and_comes_back_is_read_once(
    worker: Worker,
    sessions: sessionmaker[Session],
    athlete_id: UUID,
    tmp_path: Path,
    fit: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watch, away = tmp_path / "watch", tmp_path / "away"
    watch.mkdir()
    for day in range(3):
        (watch / f"{day}.fit").write_bytes(fit(60, START + timedelta(days=day)))
    folder = WatchedFolder(watch, sessions)
    folder.look()
    whole = Seen.read

    def goes_away(seen: Seen) -> bytes:
        if seen.path.name == "1.fit":
            watch.rename(away)
        return whole(seen)

    monkeypatch.setattr(Seen, "read", goes_away)
    assert folder.look() == 1
    monkeypatch.undo()
    with pytest.raises(OSError, match="No such file"):
        folder.look()
    away.rename(watch)
    again = WatchedFolder(watch, sessions)
    assert [again.look(), again.look(), again.look()] == [0, 2, 0]
    assert [folder.look(), folder.look()] == [0, 0]
    worker.work_off()
    assert verdicts(sessions, athlete_id).count(("1.fit", "imported")) == 1
    assert count(sessions, athlete_id) == 3


def test_a_file_that_is_not_all_there_is_waited_for_and_then_taken_as_it_is(
    worker: Worker, sessions: sessionmaker[Session], athlete_id: UUID, tmp_path: Path, fit: Make
) -> None:
    now_s = [0.0]
    copied, broken = tmp_path / "copied.fit", tmp_path / "broken.fit"
    whole = fit(600)
    copied.write_bytes(whole[:3000])
    broken.write_bytes(fit(600, START + timedelta(1))[:3000])
    folder = WatchedFolder(tmp_path, sessions, lambda: now_s[0])
    assert [folder.look(), folder.look()] == [0, 0]
    copied.write_bytes(whole)
    assert [folder.look(), folder.look(), folder.look()] == [0, 1, 0]
    now_s[0] = PATIENCE_S
    assert folder.look() == 1
    worker.work_off()
    assert sorted(verdicts(sessions, athlete_id)) == [
        ("broken.fit", "partial"),
        ("copied.fit", "imported"),
    ]


def test_of_a_device_only_recordings_are_looked_at_and_nothing_of_a_program_that_syncs(
    sessions: sessionmaker[Session], athlete_id: UUID, tmp_path: Path, fit: Make
) -> None:
    device = tmp_path / "GARMIN"
    for name in ("Activity", "Monitor", "Settings"):
        (device / name).mkdir(parents=True)
        (device / name / "A.FIT").write_bytes(fit(60))
    (device / "GarminDevice.xml").write_text("<Device/>")
    for name in (".stversions", "$RECYCLE.BIN", "2026/04"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "run.fit").write_bytes(fit(60, START + timedelta(1)))
    (tmp_path / ".syncthing.run.fit.tmp").write_bytes(fit(60))
    folder = WatchedFolder(tmp_path, sessions)
    folder.look()
    assert folder.look() == 2
    with sessions() as session:
        [batch] = items.batches(session, athlete_id, 10)
        found = items.items(session, athlete_id, batch.batch_id, 10)
    assert {str(Path(each.name).relative_to(tmp_path)) for each in found} == {
        "GARMIN/Activity/A.FIT",
        "2026/04/run.fit",
    }


def test_names_that_come_again_are_other_files_also_where_no_clock_is_set(
    worker: Worker, sessions: sessionmaker[Session], athlete_id: UUID, tmp_path: Path, fit: Make
) -> None:
    name = tmp_path / "12010700.FIT"
    for number, time_s in enumerate((0, 1_700_000_000, 0, 1_731_600_000)):
        name.write_bytes(fit(60, START + timedelta(days=180 * number)))
        os.utime(name, (time_s, time_s))
        folder = WatchedFolder(tmp_path, sessions)
        assert [folder.look(), folder.look(), folder.look()] == [0, 1, 0]
    worker.work_off()
    assert count(sessions, athlete_id) == 4


def test_a_file_that_cannot_be_read_is_told_once_and_keeps_no_other_waiting(
    sessions: sessionmaker[Session],
    athlete_id: UUID,
    tmp_path: Path,
    fit: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now_s = [0.0]
    (tmp_path / "a.fit").write_bytes(fit(60))
    (tmp_path / "b.fit").write_bytes(fit(60, START + timedelta(1)))
    whole = Seen.read

    def refused(seen: Seen) -> bytes:
        if seen.path.name == "a.fit":
            raise PermissionError(errno.EACCES, "Permission denied")
        return whole(seen)

    with monkeypatch.context() as patch:
        patch.setattr(Seen, "read", refused)
        folder = WatchedFolder(tmp_path, sessions, lambda: now_s[0])
        assert [folder.look(), folder.look(), folder.look()] == [0, 1, 0]
        now_s[0] = PATIENCE_S
        assert [folder.look(), folder.look()] == [0, 0]
        assert sorted(verdicts(sessions, athlete_id)) == [("a.fit", "failed"), ("b.fit", None)]
    assert folder.look() == 1, "it can be read now"


@pytest.mark.parametrize("kind", ["fit", "gpx", "tcx"])
def test_the_end_of_a_recording_is_recognised(kind: str, fit: Make, gpx: Make, tcx: Make) -> None:
    whole = {"fit": fit, "gpx": gpx, "tcx": tcx}[kind](60)
    packed = gzip.compress(whole)
    assert looks_whole(whole)
    assert looks_whole(packed)
    assert not looks_whole(whole[:-40])
    assert not looks_whole(packed[:-40])
