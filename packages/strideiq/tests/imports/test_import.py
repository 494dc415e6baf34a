from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session, sessionmaker

import strideiq.features
from strideiq.activities import public as activities
from strideiq.activities import service as activities_service
from strideiq.activities.models import Activity
from strideiq.imports import together
from strideiq.imports.archives.expansion import files_under
from strideiq.imports.files import FileOnDisk, ReceivedFile
from strideiq.imports.isolation import ParserPool
from strideiq.imports.models import SourceFile
from strideiq.imports.service import Importer
from strideiq.imports.verdicts import FileVerdict

Make = Callable[..., bytes]
START = datetime(2026, 4, 5, 7, 0, tzinfo=UTC)


@pytest.fixture
def importer(sessions: sessionmaker[Session], athlete_id: UUID, pool: ParserPool) -> Importer:
    return Importer(sessions, athlete_id, ZoneInfo("Europe/Zurich"), pool)


def put(importer: Importer, *contents: bytes) -> list[FileVerdict]:
    files = [ReceivedFile(f"file {n}", content) for n, content in enumerate(contents)]
    return list(importer.import_files(files))


def counted(importer: Importer) -> tuple[int, int]:
    """How many activities and how many originals the athlete has."""
    with importer.sessions() as session:
        originals = session.scalar(select(func.count()).select_from(SourceFile))
        return activities.totals(session, importer.athlete_id).activities, originals or 0


def test_an_imported_file_is_an_activity_and_its_original_is_kept(
    importer: Importer, gpx: Make
) -> None:
    content = gpx()

    [verdict] = put(importer, content)

    assert (verdict.verdict, verdict.records, verdict.reason) == ("imported", 601, None)
    with importer.sessions() as session:
        [stored] = activities.list_activities(session, importer.athlete_id)
        original = session.get_one(SourceFile, (importer.athlete_id, verdict.source_file_id))
        assert stored.activity_id == verdict.activities[0].activity_id
        assert stored.source_file_id == original.source_file_id
        assert original.content == content
        assert (original.verdict, original.format, original.records) == ("imported", "gpx", 601)


def test_an_activity_without_a_name_is_called_by_the_athletes_time_of_day(
    importer: Importer, gpx: Make
) -> None:
    put(
        importer,
        gpx(),
        gpx(start=START + timedelta(hours=10)),
        gpx(start=START.replace(day=9), name="Hills"),
    )

    with importer.sessions() as session:
        listed = activities.list_activities(session, importer.athlete_id)
    assert [each.name for each in listed] == ["Hills", "Evening run", "Morning run"]


def test_a_repeated_import_imports_nothing_twice(importer: Importer, fit: Make, gpx: Make) -> None:
    contents = [fit(), gpx(start=START + timedelta(days=1))]
    first = put(importer, *contents)

    again = put(importer, *contents)

    assert [each.verdict for each in again] == ["duplicate", "duplicate"]
    assert [each.duplicate_of[0] for each in again] == [
        each.activities[0].activity_id for each in first
    ]
    assert again[0].records == first[0].records
    assert counted(importer) == (2, 2)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_same_run_in_three_formats_is_one_activity(
    importer: Importer, fit: Make, gpx: Make, tcx: Make, order: Sequence[int]
) -> None:
    formats = [fit(), gpx(), tcx()]

    first, *others = put(importer, *(formats[index] for index in order))

    assert first.verdict == "imported"
    assert [each.verdict for each in others] == ["duplicate", "duplicate"]
    assert {each.duplicate_of for each in others} == {(first.activities[0].activity_id,)}
    assert counted(importer) == (1, 3)
    [once_more] = put(importer, formats[order[1]])
    assert once_more.duplicate_of == (first.activities[0].activity_id,)


def test_a_part_of_a_run_that_is_here_is_a_duplicate(importer: Importer, gpx: Make) -> None:
    whole, part = put(importer, gpx(), gpx()[:40_000])

    assert part.verdict == "duplicate"
    assert part.duplicate_of == (whole.activities[0].activity_id,)


def test_two_runs_of_one_watch_with_one_start_are_the_same(importer: Importer, fit: Make) -> None:
    put(importer, fit(300))
    [edited] = put(importer, fit(600))

    assert edited.verdict == "duplicate"


def test_runs_at_one_time_in_different_places_are_different(importer: Importer, gpx: Make) -> None:
    verdicts = put(importer, gpx(), gpx().replace(b'lon="8.5"', b'lon="8.6"'))

    assert [each.verdict for each in verdicts] == ["imported", "imported"]


def test_runs_one_after_the_other_are_different(importer: Importer, gpx: Make) -> None:
    verdicts = put(importer, gpx(), gpx(start=START + timedelta(seconds=601)))

    assert [each.verdict for each in verdicts] == ["imported", "imported"]


def test_a_deleted_activity_does_not_come_back_by_importing_it_again(
    importer: Importer, gpx: Make, tcx: Make
) -> None:
    [first] = put(importer, gpx())
    with importer.sessions.begin() as session:
        activities.delete(session, importer.athlete_id, first.activities[0].activity_id)

    again = put(importer, gpx(), tcx())

    assert [each.verdict for each in again] == ["duplicate", "duplicate"]
    assert counted(importer)[0] == 0


def test_what_one_athlete_imported_is_new_to_another(
    importer: Importer, other_athlete_id: UUID, gpx: Make
) -> None:
    other = Importer(importer.sessions, other_athlete_id, ZoneInfo("UTC"), importer.pool)

    assert put(importer, gpx())[0].verdict == "imported"
    assert put(other, gpx())[0].verdict == "imported"


def test_one_activity_per_session_and_only_the_new_ones(importer: Importer, fit: Make) -> None:
    put(importer, fit(300, sports=(5,), serial=1))

    [triathlon] = put(importer, fit(900, sports=(5, 2, 1), serial=2))

    assert triathlon.verdict == "imported"
    assert [each.sport for each in triathlon.activities] == ["swimming", "cycling", "running"]
    assert len(triathlon.duplicate_of) == 1
    assert counted(importer)[0] == 3


def test_a_damaged_file_is_partial_and_says_how_much(importer: Importer, fit: Make) -> None:
    content = fit()

    [verdict] = put(importer, content[: len(content) // 2])

    assert verdict.verdict == "partial"
    assert f"records salvaged: {verdict.records}" in (verdict.reason or "")
    assert counted(importer) == (1, 1)


def test_a_damaged_sports_file_that_gives_nothing_is_kept_and_tried_again(
    importer: Importer, monkeypatch: pytest.MonkeyPatch, fit: Make
) -> None:
    broken = fit()[:20]
    [first] = put(importer, broken)
    assert first.verdict == "failed"
    assert counted(importer) == (0, 1)

    better = importer.pool.parse("run.fit", fit())
    monkeypatch.setattr(importer.pool, "parse", lambda _name, _content: better)
    [second] = put(importer, broken)

    assert second.verdict == "imported"
    assert second.source_file_id == first.source_file_id
    assert counted(importer) == (1, 1)


def test_bad_files_never_stop_the_batch(
    importer: Importer, tmp_path: Path, gpx: Make, tcx: Make
) -> None:
    (tmp_path / "a-run.gpx").write_bytes(gpx())
    (tmp_path / "b-empty.fit").touch()
    with (tmp_path / "c-sparse.fit").open("wb") as sparse:
        sparse.truncate(2 * 2**30)
    (tmp_path / "d-notes.tsv").write_text("file\tbytes\n")
    os.mkfifo(tmp_path / "e-pipe.gpx")
    (tmp_path / "f-link.gpx").symlink_to(tmp_path / "nowhere")
    (tmp_path / "g-laughs.gpx").write_text('<!DOCTYPE gpx [<!ENTITY a "b">]><gpx>&a;</gpx>')
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/h-\xff.gpx")).write_text("<gpx></gpx>")
    (tmp_path / "i").mkdir()
    (tmp_path / "i" / "run.tcx").write_bytes(tcx(start=START + timedelta(days=1)))

    verdicts = list(importer.import_files(files_under([tmp_path])))

    names = [Path(each.file).name[0] for each in verdicts]
    assert names == ["a", "b", "c", "d", "e", "f", "g", "h", "r"]
    assert [each.verdict for each in verdicts] == ["imported", *["failed"] * 7, "imported"]
    reasons = {name: each.reason or "" for name, each in zip(names, verdicts, strict=True)}
    assert "empty" in reasons["b"]
    assert "2,048 MB" in reasons["c"]
    assert "Not a sports file" in reasons["d"]
    assert "Not a regular file" in reasons["e"]
    assert "cannot be read" in reasons["f"]
    assert "declares a document type" in reasons["g"]
    assert counted(importer) == (2, 4), "what claims to be a sports file is kept"


def test_a_failure_after_parsing_is_this_files_verdict_alone(
    importer: Importer, monkeypatch: pytest.MonkeyPatch, gpx: Make
) -> None:
    def derive(session: Session, athlete_id: UUID, recorded: Sequence[UUID]) -> None:
        shown = activities.activity(session, athlete_id, recorded[0])
        if shown.name == "Odd":
            raise ZeroDivisionError

    monkeypatch.setattr(activities_service, "_on_recorded", [derive])

    odd, good = put(importer, gpx(name="Odd"), gpx(start=START + timedelta(days=1)))

    assert (odd.verdict, good.verdict) == ("failed", "imported")
    assert counted(importer) == (1, 2)


def test_the_same_file_imported_many_times_at_once_is_one_activity(
    importer: Importer, gpx: Make, tcx: Make
) -> None:
    files = [ReceivedFile("run.gpx", gpx()), ReceivedFile("run.tcx", tcx())] * 4

    with ThreadPoolExecutor(len(files)) as threads:
        verdicts = list(threads.map(importer.import_file, files))

    assert sorted(each.verdict for each in verdicts) == ["duplicate"] * 7 + ["imported"]
    assert counted(importer) == (1, 2)


def test_a_path_is_read_as_the_single_file_that_it_names(tmp_path: Path, gpx: Make) -> None:
    path = tmp_path / "run.gpx"
    path.write_bytes(gpx())

    assert [file.path for file in files_under([path])] == [path]
    assert FileOnDisk(path).read() == gpx()


def test_a_changed_file_is_another_observation_and_never_another_activity(
    importer: Importer, fit: Make
) -> None:
    [first] = put(importer, fit(300))
    run = first.activities[0].activity_id
    with importer.sessions.begin() as session:
        activities.annotate(session, importer.athlete_id, run, "distance_m", 1234.0)
        activities.annotate(session, importer.athlete_id, run, "started_at", START)

    [changed, damaged] = put(importer, fit(600), fit(500)[:2000])

    assert {changed.duplicate_of, damaged.duplicate_of} == {(run,)}
    with importer.sessions() as session:
        [shown] = activities.list_activities(session, importer.athlete_id)
        sources = activities.sources_of(session, importer.athlete_id, run)
        streams = activities.streams(session, importer.athlete_id, run)
    assert (shown.distance_m, shown.started_at) == (1234.0, START)
    assert len(sources.newest) == 3
    assert sources.newest[sources.main].source_file_id == changed.source_file_id
    assert shown.original("elapsed_s") == 600.0
    assert len(streams["time_s"]) == 601


def test_another_format_of_a_run_can_be_chosen_and_is_not_shown_by_itself(
    importer: Importer, gpx: Make, fit: Make
) -> None:
    [first] = put(importer, fit())
    [named] = put(importer, gpx(name="Hills"))

    with importer.sessions() as session:
        [shown] = activities.list_activities(session, importer.athlete_id)
        sources = activities.sources_of(session, importer.athlete_id, shown.activity_id)
    assert sources.newest[sources.main].source_file_id == first.source_file_id
    assert shown.name == "Hills"  # the first file says none; ours was made up
    assert [each.kind for each in sources.newest.values()] == ["fit", "gpx"]
    assert sources.counts("name") == f"file:{named.source_file_id}:0"


def test_files_stored_at_once_are_stored_as_one_by_one(
    importer: Importer,
    other_athlete_id: UUID,
    fit: Make,
    gpx: Make,
    tcx: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def day(number: int) -> datetime:
        return START + timedelta(days=number)

    contents = [
        fit(start=day(1)),
        gpx(start=day(1)),  # the same run
        fit(start=day(2), sports=(1, 2, 1)),
        b"no recording",
        gpx(start=day(3)),
        fit(start=day(4))[:-300],  # damaged
        gpx(start=day(3)),  # the very same file
        tcx(start=day(5)),
        fit(start=day(1), seconds=660),  # changed at its source
        gpx(start=day(6), seconds=0),
    ]
    files = [ReceivedFile(f"file {n}", content) for n, content in enumerate(contents)]
    at_once = list(importer.import_files(files))
    monkeypatch.setattr(together, "_apart", lambda *_: [])
    one_by_one = list(replace(importer, athlete_id=other_athlete_id).import_files(files))

    assert [told(each) for each in at_once] == [told(each) for each in one_by_one]
    assert [each.verdict for each in at_once[:6:2]] == ["imported", "imported", "imported"]
    first, second = (
        stored(importer.sessions, each) for each in (importer.athlete_id, other_athlete_id)
    )
    assert first.keys() == second.keys()
    for table, rows in first.items():
        assert rows == second[table], table


def told(verdict: FileVerdict) -> object:
    """A verdict without the ids in it."""
    activities_ = [replace(each, activity_id=UUID(int=0)) for each in verdict.activities]
    repeated = len(verdict.duplicate_of)
    return replace(
        verdict, activities=tuple(activities_), duplicate_of=(), source_file_id=None
    ), repeated


def stored(sessions: sessionmaker[Session], athlete_id: UUID) -> dict[str, list[str]]:
    """Every row of an athlete's activities and originals as text, with ids made the same."""
    with sessions() as session:
        ids: dict[str, str] = {str(athlete_id): "athlete"}
        for name, model in (("file", SourceFile), ("activity", Activity)):
            key = getattr(model, f"{'source_file' if name == 'file' else name}_id")
            order = model.sha256 if model is SourceFile else model.started_at
            found = session.scalars(
                select(key).where(model.athlete_id == athlete_id).order_by(order)
            )
            ids |= {str(each): f"{name} {number}" for number, each in enumerate(found)}
        tables = {}
        for table in strideiq.features.metadata().tables.values():
            if "athlete_id" not in table.c or table.name == "athlete":
                continue
            rows = session.execute(select(table).where(table.c.athlete_id == athlete_id))
            tables[table.name] = sorted(plain(row, ids) for row in rows)
        return tables


def plain(row: Row[Any], ids: dict[str, str]) -> str:
    """A row as text: ids by their places, moments of storing left out."""
    kept = {
        name: value
        for name, value in row._mapping.items()
        if not name.endswith("_at") or name in {"started_at", "achieved_at"}
    }
    text = repr(kept)
    for each, called in ids.items():
        text = text.replace(each, called)
    return text
