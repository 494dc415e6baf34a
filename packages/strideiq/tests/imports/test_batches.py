"""Batches on their pages, large files in parts, programs with a token, a watched folder."""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session, sessionmaker

from strideiq.activities import public as activities
from strideiq.athletes import tokens
from strideiq.imports.isolation import ParserPool
from strideiq.imports.queue import items, uploads
from strideiq.imports.queue.folder import WatchedFolder
from strideiq.imports.queue.worker import Worker
from strideiq.platform.runtime import Runtime

Make = Callable[..., bytes]
START = datetime(2026, 4, 5, 7, 0, tzinfo=UTC)


def zipped(files: Mapping[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        for name, content in files.items():
            writer.writestr(name, content)
    return archive.getvalue()


@pytest.fixture
def browser(new_browser: Callable[..., Any]) -> Any:
    browser = new_browser("runner@example.org")
    browser.get("/imports")
    return browser


@pytest.fixture
def worker(runtime: Runtime, pool: ParserPool) -> Worker:
    return Worker(runtime.engine, runtime.sessions, pool)


def ask(browser: Any, method: str, address: str, **kwargs: Any) -> Any:
    headers = {"X-CSRF-Token": browser.token, **kwargs.pop("headers", {})}
    return browser.client.request(method, address, headers=headers, **kwargs)


def test_an_archive_sent_in_parts_becomes_a_batch_with_a_verdict_for_each_file(
    browser: Any, worker: Worker, monkeypatch: pytest.MonkeyPatch, gpx: Make
) -> None:
    monkeypatch.setattr(uploads, "PART_BYTES", 4096)
    content = zipped(
        {"a.gpx": gpx(60), "b.gpx": gpx(60, start=START + timedelta(1)), "c.gpx": b"x"}
    )
    file = {"name": "runs.zip", "size_bytes": len(content), "changed_ms": 1}
    upload = ask(browser, "POST", "/imports/uploads", json=file).json()
    parts = f"/imports/uploads/{upload['upload_id']}/parts"
    assert ask(browser, "PUT", f"{parts}/0", content=content[:4096]).status_code == 204
    assert ask(browser, "PUT", f"{parts}/1", content=b"too short").status_code == 422
    early = ask(browser, "POST", f"/imports/uploads/{upload['upload_id']}/done")
    resumed = ask(browser, "POST", "/imports/uploads", json=file).json()
    assert (early.status_code, resumed["received"]) == (422, [0])
    for number in range(1, resumed["parts"]):
        ask(browser, "PUT", f"{parts}/{number}", content=content[4096 * number :][:4096])

    batch = str(uuid4())
    done = ask(
        browser, "POST", f"/imports/uploads/{upload['upload_id']}/done", headers={"X-Batch": batch}
    )

    assert 'data-verdict="waiting"' in done.text
    [row] = re.findall(r'data-ask="([^"]+)"', done.text)
    page = browser.get(f"/imports/batches/{batch}").text
    assert "1 waiting" in page
    assert "every 2s" in page
    worker.work_off()
    assert 'data-verdict="opened"' in browser.get(row).text
    assert "2 imported, 1 failed" in browser.get(row).text
    page = browser.get(f"/imports/batches/{batch}?verdict=failed").text
    assert "runs.zip/c.gpx" in page
    assert "runs.zip/a.gpx" not in page
    assert "every 2s" not in page
    assert "2 imported, 1 failed" in browser.get("/imports").text
    assert "You have deleted" not in page
    activity = re.findall(
        r'href="(/activities/[^"]+)"', browser.get(f"/imports/batches/{batch}").text
    )
    browser.post(f"{activity[0]}/delete")
    assert browser.get(f"/imports/batches/{batch}").text.count("You have deleted") == 1
    assert browser.post(f"/imports/batches/{batch}/retry").status_code == 303


def test_a_form_with_an_archive_is_left_to_a_worker(
    browser: Any, worker: Worker, gpx: Make
) -> None:
    answer = browser.client.post(
        "/imports",
        data={"csrf_token": browser.token},
        files=[("files", ("runs.zip", zipped({"a.gpx": gpx(60)}))), ("files", ("b.gpx", b"x"))],
    )

    assert answer.status_code == 303
    assert worker.work_off() == 2
    page = browser.get(answer.headers["location"]).text
    assert "1 imported, 1 failed" in page


def test_a_file_sent_again_as_the_same_item_is_not_read_again(browser: Any, gpx: Make) -> None:
    headers = {"X-File-Name": "run.gpx", "X-Item": str(uuid4()), "X-Batch": str(uuid4())}

    first = ask(browser, "POST", "/imports", content=gpx(60), headers=headers)
    again = ask(browser, "POST", "/imports", content=gpx(60), headers=headers)

    assert 'data-verdict="imported"' in first.text
    assert 'data-verdict="imported"' in again.text
    assert "1 imported" in browser.get(f"/imports/batches/{headers['X-Batch']}").text


def test_nobody_reaches_another_athletes_batch(
    browser: Any, new_browser: Callable[..., Any], gpx: Make
) -> None:
    headers = {"X-File-Name": "run.gpx", "X-Item": str(uuid4()), "X-Batch": str(uuid4())}
    ask(browser, "POST", "/imports", content=gpx(60), headers=headers)
    upload = ask(
        browser,
        "POST",
        "/imports/uploads",
        json={"name": "a.zip", "size_bytes": 10, "changed_ms": 1},
    ).json()["upload_id"]
    other = new_browser("other@example.org")
    other.get("/imports")

    addresses = (
        ("GET", f"/imports/batches/{headers['X-Batch']}"),
        ("POST", f"/imports/batches/{headers['X-Batch']}/retry"),
        ("GET", f"/imports/items/{headers['X-Item']}"),
        ("PUT", f"/imports/uploads/{upload}/parts/0"),
        ("POST", f"/imports/uploads/{upload}/done"),
    )
    assert {ask(other, *each).status_code for each in addresses} == {404}
    assert ask(other, "POST", "/imports", content=gpx(60), headers=headers).status_code == 200


def token_for(runtime: Runtime, athlete_id: UUID, *scopes: str) -> dict[str, str]:
    with runtime.sessions.begin() as session:
        text = tokens.make(session, athlete_id, name=scopes[0], wanted=scopes, lasts=None)
    return {"Authorization": f"Bearer {text}"}


def test_a_file_that_a_program_calls_a_form_is_still_a_file(
    browser: Any, runtime: Runtime, fit: Make
) -> None:
    writer = token_for(runtime, browser.athlete_id, "imports:write")
    form = {"Content-Type": "application/x-www-form-urlencoded"}  # which curl says of any file
    sent = browser.client.post(
        "/api/v1/imports", content=fit(), headers={**writer, **form, "X-File-Name": "run.fit"}
    )
    assert (sent.status_code, sent.json()["verdict"]) == (200, "imported")


def test_a_program_imports_with_a_token_of_that_scope(
    browser: Any, runtime: Runtime, worker: Worker, gpx: Make
) -> None:
    writer = token_for(runtime, browser.athlete_id, "imports:write", "imports:read")
    reader = token_for(runtime, browser.athlete_id, "imports:read")
    name = {"X-File-Name": "run.gpx"}

    sent = browser.client.post("/api/v1/imports", content=gpx(60), headers={**writer, **name})
    small = browser.client.post("/api/v1/imports", content=gpx(60), headers={**reader, **name})
    archive = browser.client.post(
        "/api/v1/imports",
        content=zipped({"a.gpx": gpx(60), "b.gpx": gpx(60, start=START + timedelta(1))}),
        headers={**writer, "X-File-Name": "all.zip"},
    )

    assert (sent.status_code, sent.json()["verdict"]) == (200, "imported")
    assert len(sent.json()["activity_ids"]) == 1
    assert small.status_code == 403
    assert (archive.status_code, archive.json()["state"]) == (202, "waiting")
    worker.work_off()
    later = browser.client.get(f"/api/v1/imports/{archive.json()['item_id']}", headers=reader)
    assert later.json()["counts"] == {"duplicate": 1, "imported": 1}
    assert browser.client.get(f"/api/v1/imports/{uuid4()}", headers=reader).status_code == 404


def test_a_watched_folder_takes_each_file_once_and_leaves_it(
    worker: Worker,
    sessions: sessionmaker[Session],
    athlete_id: UUID,
    tmp_path: Path,
    gpx: Make,
) -> None:
    (tmp_path / "run.gpx").write_bytes(gpx(60))
    (tmp_path / "all.zip").write_bytes(zipped({"b.gpx": gpx(60, start=START + timedelta(1))}))
    (tmp_path / "half.gpx.part").write_bytes(b"x")
    os.mkfifo(tmp_path / "pipe.gpx")
    growing = tmp_path / "growing.gpx"
    growing.write_bytes(gpx(60)[:1000])
    folder = WatchedFolder(tmp_path, sessions)

    assert folder.look() == 0, "nothing has stood still yet"
    growing.write_bytes(gpx(60, start=START + timedelta(2)))
    assert folder.look() == 2
    assert folder.look() == 1, "what was written meanwhile stands still now"
    assert WatchedFolder(tmp_path, sessions).look() == 0
    again = WatchedFolder(tmp_path, sessions)
    assert (again.look(), again.look()) == (0, 0)
    worker.work_off()

    with sessions() as session:
        assert activities.totals(session, athlete_id).activities == 3
        batches = items.batches(session, athlete_id, 10)
    assert {each.came_by for each in batches} == {"folder"}
    assert growing.read_bytes() == gpx(60, start=START + timedelta(2))
    assert len(list(tmp_path.iterdir())) == 5


def test_where_there_are_several_athletes_a_folder_belongs_to_its_name(
    sessions: sessionmaker[Session],
    athlete_id: UUID,
    other_athlete_id: UUID,
    tmp_path: Path,
    gpx: Make,
) -> None:
    for name in ("Other@example.com", "nobody@example.com"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.gpx").write_bytes(gpx(60))
    (tmp_path / "run.gpx").write_bytes(gpx(60))
    folder = WatchedFolder(tmp_path, sessions)

    folder.look()

    assert folder.look() == 1
    with sessions() as session:
        assert items.batches(session, athlete_id, 10) == []
        assert len(items.batches(session, other_athlete_id, 10)) == 1
