"""Files that wait: read once whatever dies, each with its verdict, archives from their parts."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session, sessionmaker

from strideiq.activities import public as activities
from strideiq.imports.isolation import ParserPool
from strideiq.imports.models import ImportItem, SourceFile, UploadPart
from strideiq.imports.queue import items, uploads
from strideiq.imports.queue.worker import ATTEMPTS_MAX, QueuedFile, Worker
from strideiq.platform.errors import InvalidInputError, NotFoundError

Make = Callable[..., bytes]
START = datetime(2026, 4, 5, 7, 0, tzinfo=UTC)


@pytest.fixture
def worker(engine: Engine, sessions: sessionmaker[Session], pool: ParserPool) -> Worker:
    return Worker(engine, sessions, pool)


def enqueue(
    sessions: sessionmaker[Session], athlete_id: UUID, files: Mapping[str, bytes]
) -> tuple[UUID, list[UUID]]:
    with sessions.begin() as session:
        batch_id = items.open_batch(session, athlete_id, "page", None)
        added = [
            items.add(
                session,
                athlete_id,
                batch_id,
                name,
                content=content,
                is_archive=name.endswith(".zip"),
            )
            for name, content in files.items()
        ]
    return batch_id, added


def zipped(files: Mapping[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        for name, content in files.items():
            writer.writestr(name, content)
    return archive.getvalue()


def verdicts(sessions: sessionmaker[Session], athlete_id: UUID, batch_id: UUID) -> dict[str, str]:
    with sessions() as session:
        found = items.items(session, athlete_id, batch_id, 1000)
    return {each.name: each.verdict or each.state for each in reversed(found)}


def runs(gpx: Make, count: int) -> dict[str, bytes]:
    return {f"{n}.gpx": gpx(60, start=START + timedelta(days=n)) for n in range(count)}


def test_what_waits_is_read_and_gets_its_verdict(
    worker: Worker, sessions: sessionmaker[Session], athlete_id: UUID, gpx: Make
) -> None:
    files = {**runs(gpx, 2), "again.gpx": runs(gpx, 1)["0.gpx"], "note.txt": b"milk"}
    batch_id, added = enqueue(sessions, athlete_id, files)

    assert worker.work_off() == 4

    assert verdicts(sessions, athlete_id, batch_id) == {
        "0.gpx": "imported",
        "1.gpx": "imported",
        "again.gpx": "duplicate",
        "note.txt": "failed",
    }
    with sessions() as session:
        first = items.item(session, athlete_id, added[0])
        batch = items.batch(session, athlete_id, batch_id)
        left = session.scalar(select(func.count()).where(ImportItem.content.is_not(None)))
        shown = activities.activity(session, athlete_id, first.activity_ids[0])
    assert (batch.files, batch.waiting, left) == (4, 0, 0)
    assert shown.sample_count == 61


def test_two_workers_read_each_file_once(
    worker: Worker, engine: Engine, sessions: sessionmaker[Session], athlete_id: UUID, gpx: Make
) -> None:
    batch_id, _ = enqueue(sessions, athlete_id, runs(gpx, 3))
    with engine.connect() as other:
        taken = worker._taken(other.execution_options(isolation_level="AUTOCOMMIT"))
        assert worker.work_off() == 0
    assert len(taken) == 3
    engine.dispose()

    assert worker.work_off() == 3
    assert set(verdicts(sessions, athlete_id, batch_id).values()) == {"imported"}


def test_an_archive_is_read_from_its_parts_and_gives_a_verdict_for_each_file(
    worker: Worker,
    sessions: sessionmaker[Session],
    athlete_id: UUID,
    monkeypatch: pytest.MonkeyPatch,
    gpx: Make,
) -> None:
    monkeypatch.setattr(uploads, "PART_BYTES", 4096)
    content = zipped(runs(gpx, 3))
    with sessions.begin() as session:
        upload = uploads.begin(session, athlete_id, "runs.zip", len(content), 7)
        parts = [content[at : at + 4096] for at in range(0, len(content), 4096)]
        for number in (1, 0, 0):
            uploads.receive(session, upload, athlete_id, number, parts[number])
    with sessions.begin() as session:
        resumed = uploads.begin(session, athlete_id, "runs.zip", len(content), 7)
        assert resumed.received == [0, 1]
        with pytest.raises(InvalidInputError):
            uploads.finish(session, athlete_id, resumed)
        with pytest.raises(InvalidInputError):
            uploads.receive(session, resumed, athlete_id, 2, b"short")
        for number in range(2, resumed.parts):
            uploads.receive(session, resumed, athlete_id, number, parts[number])
        uploads.finish(session, athlete_id, uploads.upload(session, athlete_id, upload.upload_id))
        batch_id = items.open_batch(session, athlete_id, "page", None)
        items.add(
            session,
            athlete_id,
            batch_id,
            "runs.zip",
            upload_id=upload.upload_id,
            size_bytes=len(content),
            is_archive=True,
        )

    worker.work_off()

    assert verdicts(sessions, athlete_id, batch_id) == {
        "runs.zip": "done",
        **{f"runs.zip/{n}.gpx": "imported" for n in range(3)},
    }
    with sessions() as session:
        assert session.scalar(select(func.sum(func.length(UploadPart.content)))) == 0


def test_an_archive_that_was_read_in_part_goes_on_where_it_was(
    worker: Worker, sessions: sessionmaker[Session], athlete_id: UUID, gpx: Make
) -> None:
    batch_id, _ = enqueue(sessions, athlete_id, {"runs.zip": zipped(runs(gpx, 6))})
    attempted(sessions, ATTEMPTS_MAX - 1)
    importer = Worker._importer

    class Stopped(Exception):  # noqa: N818  a worker that dies
        pass

    def dying(self: Worker, athlete: UUID) -> object:
        found = importer(self, athlete)
        seen = 0

        def pool_parse(name: str, content: bytes) -> object:
            nonlocal seen
            seen += 1
            if seen > 4:
                raise Stopped
            return worker._pool.parse(name, content)

        from dataclasses import replace
        from types import SimpleNamespace

        return replace(found, pool=SimpleNamespace(size=1, parse=pool_parse))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Worker, "_importer", dying)
        patch.setattr("strideiq.imports.service.READ_AHEAD", 4)
        with pytest.raises(Stopped):
            worker.work_off()
    assert list(verdicts(sessions, athlete_id, batch_id).values()) == ["waiting", *["imported"] * 4]

    worker.work_off()

    assert list(verdicts(sessions, athlete_id, batch_id).values()) == ["done", *["imported"] * 6]
    with sessions() as session:
        assert activities.totals(session, athlete_id).activities == 6


def attempted(sessions: sessionmaker[Session], times: int) -> None:
    with sessions.begin() as session:
        session.execute(text("UPDATE import_item SET attempts = :n"), {"n": times})


def test_a_file_that_ends_its_worker_again_and_again_is_given_up(
    worker: Worker, sessions: sessionmaker[Session], athlete_id: UUID, gpx: Make
) -> None:
    batch_id, _ = enqueue(sessions, athlete_id, runs(gpx, 1))
    attempted(sessions, ATTEMPTS_MAX)

    worker.work_off()

    assert verdicts(sessions, athlete_id, batch_id) == {"0.gpx": "failed"}


def test_files_that_were_taken_with_one_that_ends_its_worker_are_not_given_up(
    worker: Worker, sessions: sessionmaker[Session], athlete_id: UUID, gpx: Make
) -> None:
    batch_id, _ = enqueue(sessions, athlete_id, runs(gpx, 3))

    class Ended(Exception):  # noqa: N818  a worker that dies
        pass

    def dying(_: Worker, taken: list[QueuedFile]) -> None:
        if any(each.name == "0.gpx" for each in taken):
            raise Ended
        reading(worker, taken)

    reading = Worker._read_files
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Worker, "_read_files", dying)
        for _ in range(ATTEMPTS_MAX):
            with pytest.raises(Ended):
                worker.work_off()
        worker.work_off()

    assert verdicts(sessions, athlete_id, batch_id) == {
        "0.gpx": "failed",
        "1.gpx": "imported",
        "2.gpx": "imported",
    }


def test_what_failed_is_read_again_from_its_original(
    worker: Worker, sessions: sessionmaker[Session], athlete_id: UUID, fit: Make
) -> None:
    batch_id, _ = enqueue(sessions, athlete_id, {"torn.fit": fit()[:20], "note.txt": b"x"})
    worker.work_off()
    with sessions.begin() as session:
        session.execute(SourceFile.__table__.update().values(content=fit()))
        assert items.retry_failed(session, athlete_id, batch_id) == 1

    worker.work_off()

    assert verdicts(sessions, athlete_id, batch_id) == {
        "torn.fit": "imported",
        "note.txt": "failed",
    }


def test_nobody_reaches_another_athletes_queue(
    sessions: sessionmaker[Session], athlete_id: UUID, other_athlete_id: UUID
) -> None:
    batch_id, [item_id] = enqueue(sessions, athlete_id, {"a.gpx": b"x"})
    with sessions.begin() as session:
        upload = uploads.begin(session, athlete_id, "a.zip", 10, 1)
        for call in (
            lambda: items.item(session, other_athlete_id, item_id),
            lambda: items.batch(session, other_athlete_id, batch_id),
            lambda: items.retry_failed(session, other_athlete_id, batch_id),
            lambda: uploads.upload(session, other_athlete_id, upload.upload_id),
        ):
            with pytest.raises(NotFoundError):
                call()
        assert items.items(session, other_athlete_id, batch_id, 10) == []


WORKER = """
import sys
from sqlalchemy import URL, create_engine
from sqlalchemy.orm import sessionmaker
import strideiq.features
from strideiq.imports.isolation import ParserPool
from strideiq.imports.queue.worker import Worker
if __name__ == "__main__":
    host, user, name = sys.argv[1:]
    engine = create_engine(URL.create("postgresql+psycopg"), connect_args={
        "host": host, "user": user, "dbname": name, "options": "-c timezone=UTC"})
    with ParserPool(1) as pool:
        print(Worker(engine, sessionmaker(engine), pool).work_off())
"""


def test_a_worker_that_is_killed_loses_nothing_and_repeats_nothing(
    worker: Worker, engine: Engine, sessions: sessionmaker[Session], athlete_id: UUID, gpx: Make
) -> None:
    with engine.connect() as connection:
        host = connection.scalar(text("SHOW unix_socket_directories"))
        user, name = connection.execute(text("SELECT current_user, current_database()")).one()
    batch_id, _ = enqueue(sessions, athlete_id, {"runs.zip": zipped(runs(gpx, 12)), **runs(gpx, 2)})
    killed = subprocess.Popen([sys.executable, "-c", WORKER, host.split(",")[0], user, name])
    for _ in range(3000):
        with sessions() as session:
            done = session.scalar(select(func.count()).where(ImportItem.state == items.DONE))
        if done and done >= 4:
            break
        time.sleep(0.01)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    before = verdicts(sessions, athlete_id, batch_id)

    deadline = time.monotonic() + 60
    while "waiting" in verdicts(sessions, athlete_id, batch_id).values():
        worker.work_off()
        assert time.monotonic() < deadline

    after = verdicts(sessions, athlete_id, batch_id)
    assert before["runs.zip"] == "waiting"
    assert [after[f"runs.zip/{n}.gpx"] for n in range(12)] == ["imported"] * 12
    assert (after["0.gpx"], after["1.gpx"]) == ("duplicate", "duplicate")
    with sessions() as session:
        assert activities.totals(session, athlete_id).activities == 12


def test_an_unknown_upload_is_not_there(sessions: sessionmaker[Session], athlete_id: UUID) -> None:
    with sessions() as session, pytest.raises(NotFoundError):
        uploads.upload(session, athlete_id, uuid4())
