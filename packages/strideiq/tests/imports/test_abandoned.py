"""Uploads that nobody went on with give their room back; what is whole, or still comes, never."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session, sessionmaker

from strideiq.imports.isolation import ParserPool
from strideiq.imports.models import Upload, UploadPart
from strideiq.imports.queue import abandoned, uploads
from strideiq.imports.queue.worker import Worker
from strideiq.platform.errors import NotFoundError

PARTS, SIZE = 3, 40
LATER = datetime.now(tz=UTC) + abandoned.ABANDONED_AFTER + timedelta(hours=1)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(uploads, "PART_BYTES", 16)
    return


@pytest.fixture
def worker(engine: Engine, sessions: sessionmaker[Session], pool: ParserPool) -> Worker:
    return Worker(engine, sessions, pool)


def begun(session: Session, athlete_id: UUID, *numbers: int, name: str = "runs.zip") -> UUID:
    upload = uploads.begin(session, athlete_id, name, SIZE, 7)
    for number in numbers:
        uploads.receive(session, upload, athlete_id, number, b"x" * (16 if number < 2 else 8))
    return upload.upload_id


def here_bytes(session: Session, upload_id: UUID) -> int:
    length = func.coalesce(func.sum(func.length(UploadPart.content)), 0)
    return session.scalar(select(length).where(UploadPart.upload_id == upload_id)) or 0


def test_an_abandoned_upload_is_emptied_and_begins_anew(session: Session, athlete_id: UUID) -> None:
    upload_id = begun(session, athlete_id, 0, 2)
    assert abandoned.free_abandoned(session, LATER - timedelta(hours=2)) == 0
    assert abandoned.free_abandoned(session, LATER) == 1
    assert abandoned.free_abandoned(session, LATER) == 0
    assert here_bytes(session, upload_id) == 0
    assert session.scalar(select(func.count()).select_from(UploadPart)) == 2, "no row is deleted"
    with pytest.raises(NotFoundError):
        uploads.upload(session, athlete_id, upload_id)
    again = uploads.begin(session, athlete_id, "runs.zip", SIZE, 7)
    assert (again.upload_id != upload_id, again.received) == (True, [])


def test_a_file_that_has_come_whole_is_never_given_up(session: Session, athlete_id: UUID) -> None:
    waits = begun(session, athlete_id, 0, 1, 2)
    taken = begun(session, athlete_id, 0, 1, 2, name="other.zip")
    uploads.finish(session, athlete_id, uploads.upload(session, athlete_id, taken))
    assert abandoned.free_abandoned(session, LATER) == 0
    for upload_id in (waits, taken):
        assert here_bytes(session, upload_id) == SIZE
        with pytest.raises(NotFoundError):
            abandoned.give_up(session, athlete_id, upload_id)
    [told] = abandoned.unfinished(session, athlete_id)
    assert (told.upload_id, told.whole) == (waits, True)


def test_a_part_that_comes_while_room_is_given_back_is_refused_or_keeps_the_rest(
    sessions: sessionmaker[Session], athlete_id: UUID
) -> None:
    """Whoever is first wins whole: never half an upload that looks as if it were here."""
    with sessions.begin() as session:
        upload_id = begun(session, athlete_id, 0)
        known = uploads.upload(session, athlete_id, upload_id)
    outcome: list[str] = []

    def send() -> None:
        try:
            with sessions.begin() as session:
                uploads.receive(session, known, athlete_id, 1, b"y" * 16)
            outcome.append("taken")
        except NotFoundError:
            outcome.append("refused")

    with sessions.begin() as session:
        assert abandoned.free_abandoned(session, LATER) == 1
        sender = threading.Thread(target=send)
        sender.start()
    sender.join()
    assert outcome == ["refused"]
    with sessions.begin() as session:
        assert here_bytes(session, upload_id) == 0
        begun(session, athlete_id, 0)
        assert abandoned.free_abandoned(session, LATER) == 1

    with sessions.begin() as session:
        other = begun(session, athlete_id, 0)
    with sessions.begin() as session, sessions.begin() as beside:
        known = uploads.upload(session, athlete_id, other)
        uploads.receive(session, known, athlete_id, 1, b"y" * 16)
        assert abandoned.free_abandoned(beside, LATER) == 0, "somebody is at it"


def test_the_worker_gives_room_back_and_the_page_tells(
    new_browser: Callable[..., Any], sessions: sessionmaker[Session], worker: Worker
) -> None:
    browser = new_browser("runner@example.com")
    with sessions.begin() as session:
        begun(session, browser.athlete_id, 0)
        whole = begun(session, browser.athlete_id, 0, 1, 2, name="whole.zip")
        old = begun(session, browser.athlete_id, 1, name="old.zip")
        session.execute(
            update(Upload)
            .where(Upload.upload_id == old)
            .values(last_part_at=func.now() - abandoned.ABANDONED_AFTER - timedelta(hours=1))
        )
    worker._free_abandoned()
    page = browser.get("/imports").text
    assert "old.zip" not in page
    assert "16 bytes of 40 bytes" in page
    assert "its room is given back" in page
    read = browser.post(f"/imports/uploads/{whole}/done")
    assert read.status_code == 303
    assert "1 waiting" in browser.get(read.headers["location"]).text
    [left] = abandoned_of(sessions, browser.athlete_id)
    assert browser.post(f"/imports/uploads/{left.upload_id}/give-up").status_code == 303
    assert abandoned_of(sessions, browser.athlete_id) == []


def abandoned_of(sessions: sessionmaker[Session], athlete_id: UUID) -> list[abandoned.Unfinished]:
    with sessions() as session:
        return abandoned.unfinished(session, athlete_id)
