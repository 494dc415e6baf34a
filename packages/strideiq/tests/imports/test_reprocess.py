from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from strideiq.activities import public as activities
from strideiq.imports.files import ReceivedFile
from strideiq.imports.isolation import ParserPool
from strideiq.imports.parsers.parsed import ParsedFile, UnreadableFileError
from strideiq.imports.reprocess_command import reprocess
from strideiq.imports.reprocessing import Reprocessor
from strideiq.imports.service import Importer
from strideiq.platform import runtime
from strideiq.platform.home import EnvironmentPaths
from strideiq.platform.output import Output

Make = Callable[..., bytes]
ZONE = ZoneInfo("Europe/Zurich")


class BetterPool(ParserPool):
    """A pool whose parser has learned to read distances one per cent longer, and notes."""

    broken = False

    def parse(self, name: str, content: bytes) -> ParsedFile:
        if self.broken:
            raise UnreadableFileError("The new parser cannot read this.")
        parsed = super().parse(name, content)
        better = tuple(
            replace(each, distance_m=(each.distance_m or 0) * 1.01, more={"notes": "read now"})
            for each in parsed.activities
        )
        return replace(parsed, activities=better)


@pytest.fixture(scope="module")
def better_pool() -> Iterator[BetterPool]:
    with BetterPool(1) as pool:
        yield pool


def newer(
    sessions: sessionmaker[Session], athlete_id: UUID, pool: ParserPool, version: int = 1000
) -> Reprocessor:
    return Reprocessor(sessions, athlete_id, ZONE, pool, version)


def test_a_better_parser_changes_observations_and_no_annotation(
    sessions: sessionmaker[Session],
    athlete_id: UUID,
    pool: ParserPool,
    better_pool: BetterPool,
    fit: Make,
    gpx: Make,
    tcx: Make,
) -> None:
    importer = Importer(sessions, athlete_id, ZONE, pool)
    contents = [fit(300), gpx(), tcx()]
    list(importer.import_files(ReceivedFile("a run", content) for content in contents))
    reprocessor = newer(sessions, athlete_id, better_pool)
    with sessions.begin() as session:
        before = activities.list_activities(session, athlete_id)
        for each in before:
            activities.annotate(session, athlete_id, each.activity_id, "distance_m", 777.0)
            activities.annotate(session, athlete_id, each.activity_id, "effort", 5)

    files = reprocessor.waiting()
    stopped = reprocessor.reprocess(files)
    next(stopped)
    stopped.close()  # as far as a run came that was killed
    left = reprocessor.waiting()
    again = list(reprocessor.reprocess(left))

    assert (len(files), len(left)) == (3, 2)
    assert {each.outcome for each in again} == {"changed"}
    assert reprocessor.waiting() == []
    assert {each.outcome for each in reprocessor.reprocess(files)} == {"same"}
    with sessions() as session:
        after = activities.list_activities(session, athlete_id)
    assert [each.activity_id for each in after] == [each.activity_id for each in before]
    for old, new in zip(before, after, strict=True):
        assert (new.distance_m, new.effort, new.notes) == (777.0, 5, "read now")
        assert new.original("distance_m") == pytest.approx((old.distance_m or 0) * 1.01)


def test_what_a_new_parser_cannot_read_stays_as_it_was(
    sessions: sessionmaker[Session], athlete_id: UUID, pool: ParserPool, gpx: Make
) -> None:
    Importer(sessions, athlete_id, ZONE, pool).import_file(ReceivedFile("run.gpx", gpx()))
    with BetterPool(1) as broken:
        broken.broken = True
        reprocessor = newer(sessions, athlete_id, broken)
        [told] = reprocessor.reprocess(reprocessor.waiting())

    assert (told.outcome, told.reason) == ("not read", "The new parser cannot read this.")
    assert len(reprocessor.waiting()) == 1
    with sessions() as session:
        [shown] = activities.list_activities(session, athlete_id)
        assert len(activities.streams(session, athlete_id, shown.activity_id)["time_s"]) == 601


def test_another_formula_derives_splits_and_efforts_anew_from_streams(
    sessions: sessionmaker[Session], athlete_id: UUID, gpx: Make, fit: Make, pool: ParserPool
) -> None:
    importer = Importer(sessions, athlete_id, ZONE, pool)
    for content in (gpx(), fit(900, serial=4)):
        importer.import_file(ReceivedFile("a run", content))
    tables = {
        "activity": "activity_id, average_heart_rate_bpm, max_heart_rate_bpm, formula_version",
        "activity_split": "*",
        "best_effort": "*",
    }

    def rows(session: Session) -> dict[str, list[object]]:
        return {
            table: sorted(map(str, session.execute(text(f"SELECT {columns} FROM {table}"))))
            for table, columns in tables.items()
        }

    with sessions.begin() as session:
        for derivation in activities.derivations():  # from what is stored, which is rounded
            every = activities.every_activity(session, athlete_id)
            derivation.recompute(session, athlete_id, every)
        before = rows(session)
        session.execute(text("UPDATE activity SET formula_version = NULL, max_heart_rate_bpm = 1"))
        session.execute(text("UPDATE activity_split SET elapsed_s = 1"))
        session.execute(text("UPDATE best_effort SET elapsed_s = 1, formula_version = 0"))
    with sessions.begin() as session:
        for derivation in activities.derivations():
            stale = derivation.stale(session, athlete_id)
            assert bool(stale) == (derivation.name in {"splits", "best efforts"})
            derivation.recompute(session, athlete_id, stale)
            assert derivation.stale(session, athlete_id) == []
        assert rows(session) == before
    assert len(before["activity_split"]) > 2


def test_the_verb_tells_what_it_did_and_has_nothing_to_do_afterwards(
    sessions: sessionmaker[Session],
    athlete_id: UUID,
    pool: ParserPool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    gpx: Make,
) -> None:
    @contextmanager
    def opened(_paths: EnvironmentPaths) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(sessions=sessions)

    monkeypatch.setattr(runtime, "opened", opened)
    monkeypatch.setattr(Output, "paths", lambda _: EnvironmentPaths(tmp_path / "environment"))
    Importer(sessions, athlete_id, ZONE, pool).import_file(ReceivedFile("run.gpx", gpx()))
    with sessions.begin() as session:
        session.execute(text("UPDATE source_file SET parser_version = 0"))
        session.execute(text("UPDATE best_effort SET formula_version = 0"))

    first = CliRunner().invoke(reprocess, ["--json"])
    second = CliRunner().invoke(reprocess, [])
    wrong = CliRunner().invoke(reprocess, ["--athlete", "nobody@example.com", "--json"])

    assert first.exit_code == 0, first.output
    document = json.loads(first.stdout)
    assert document["counts"] == {"same": 1}
    assert document["derived"]["best efforts"] == 1
    assert second.stdout == "Everything is up to date.\n"
    assert json.loads(wrong.stdout)["error"]["code"] == "not_found"
