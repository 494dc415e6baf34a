"""Archives and exports: what is in them is imported, and nothing that they say leads astray."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import struct
import zipfile
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session, sessionmaker

from strideiq.activities import public as activities
from strideiq.gear import public as gear
from strideiq.gear import service as gear_service
from strideiq.imports import deciding, together
from strideiq.imports.archives import expansion, zips
from strideiq.imports.archives.expansion import files_under
from strideiq.imports.archives.listed import Listed
from strideiq.imports.files import IncomingFile, ReceivedFile, always
from strideiq.imports.isolation import ParserPool
from strideiq.imports.parsers.parsed import UnreadableFileError
from strideiq.imports.reprocessing import Reprocessor
from strideiq.imports.service import Importer
from strideiq.imports.verdicts import FileVerdict

Make = Callable[..., bytes]
START = datetime(2026, 4, 5, 7, 0, tzinfo=UTC)
HEADER = [
    "Activity ID",
    "Activity Date",
    "Activity Name",
    "Activity Type",
    "Activity Description",
    "Elapsed Time",
    "Distance",
    "Activity Gear",
    "Filename",
    "Elapsed Time",
    "Moving Time",
    "Distance",
]


@pytest.fixture
def importer(sessions: sessionmaker[Session], athlete_id: UUID, pool: ParserPool) -> Importer:
    return Importer(sessions, athlete_id, ZoneInfo("UTC"), pool)


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", method) as writer:
        for name, content in files.items():
            writer.writestr(name, content)
    return archive.getvalue()


def row(number: int, name: str, file: str = "", *, day: int = 5, note: str = "") -> list[str]:
    date = f"Apr {day}, 2026, 7:00:00 AM"
    return [
        str(number),
        date,
        name,
        "Run",
        note,
        "600",
        "1.80",
        "Red shoes",
        file,
        *["600", "590", "1800"],
    ]


def table(*rows: list[str], header: list[str] = HEADER) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *rows])
    return text.getvalue().encode()


def names(files: Iterable[IncomingFile]) -> list[str]:
    return [file.name for file in files]


def refused(file: IncomingFile) -> str:
    with pytest.raises(UnreadableFileError) as error:
        file.read()
    return error.value.reason


def inside(content: bytes) -> list[IncomingFile]:
    return list(expansion.inside("a.zip", io.BytesIO(content)))


def put(importer: Importer, content: bytes, name: str = "export.zip") -> list[FileVerdict]:
    return list(importer.import_files([ReceivedFile(name, content)]))


def listed_names(importer: Importer) -> list[str]:
    with importer.sessions() as session:
        return [each.name for each in activities.list_activities(session, importer.athlete_id)]


def strava_files(gpx: Make, fit: Make, tcx: Make) -> dict[str, bytes]:
    later = [START + timedelta(days=days) for days in (1, 2)]
    return {
        "activities.csv": table(
            row(1, "Dawn, with “Ana”", "activities/1.gpx", note="Two\nlines"),
            row(2, "Intervals", "activities/2.fit.gz", day=6),
            row(3, "Long", "activities/3.tcx.gz", day=7),
            row(4, "Treadmill", day=8),
            row(5, "Lost", "activities/5.fit.gz", day=9),
        ),
        "activities/1.gpx": gpx(name="Morning Run"),
        "activities/2.fit": fit(start=later[0]),
        "activities/3.tcx.gz": gzip.compress(tcx(start=later[1])),
        "media/photo.jpg": b"\xff\xd8\xff",
        "routes/1.gpx": gpx(start=START + timedelta(days=30)),
        "profile.csv": b"a,b\n",
    }


def test_a_strava_export_gives_names_and_what_was_entered_by_hand(
    importer: Importer, gpx: Make, fit: Make, tcx: Make
) -> None:
    verdicts = put(importer, zipped(strava_files(gpx, fit, tcx)))

    assert [each.verdict for each in verdicts] == ["imported"] * 4 + ["partial"]
    assert verdicts[1].file == "export.zip/activities/2.fit"
    assert "activities/5.fit.gz, which is not in the export" in (verdicts[4].reason or "")
    assert listed_names(importer) == ["Lost", "Treadmill", "Long", "Intervals", "Dawn, with “Ana”"]
    reprocessor = Reprocessor(
        importer.sessions, importer.athlete_id, ZoneInfo("UTC"), importer.pool
    )
    again = list(reprocessor.reprocess(reprocessor.waiting(everything=True)))
    assert {each.outcome for each in again} == {"same"}
    assert listed_names(importer)[2:] == ["Long", "Intervals", "Dawn, with “Ana”"]
    with importer.sessions() as session:
        [_, by_hand, *_] = activities.list_activities(session, importer.athlete_id)
    assert (by_hand.sample_count, by_hand.elapsed_s, by_hand.moving_s) == (0, 600, 590)
    assert by_hand.distance_m == 1800
    assert by_hand.started_at == START + timedelta(days=3)
    again = put(importer, zipped(strava_files(gpx, fit, tcx)))
    assert {each.verdict for each in again} == {"duplicate"}


def test_what_the_list_says_is_an_observation_with_its_source(
    gpx: Make, fit: Make, tcx: Make
) -> None:
    [first, *_] = inside(zipped(strava_files(gpx, fit, tcx)))

    assert first.said_of is not None
    said = first.said_of(START)
    assert said is not None
    assert said.as_dict() == {
        "source": "strava export",
        "name": "Dawn, with “Ana”",
        "description": "Two\nlines",
        "gear": "Red shoes",
        "sport": "running",
    }


def worn(importer: Importer) -> dict[str, tuple[str, float]]:
    """Each piece of gear by its name: its kind, and how far it has come in metres."""
    with importer.sessions() as session:
        every = gear.all_gear(session, importer.athlete_id)
    return {each.name: (each.kind, each.distance_m) for each in every}


def test_the_gear_of_a_strava_export_has_its_mileage_and_the_athletes_choice_wins(
    importer: Importer, gpx: Make, fit: Make
) -> None:
    riding = row(2, "Round the lake", "activities/2.fit")
    riding[3], riding[7] = "Ride", "Red Shoes"
    nameless = row(3, "Barefoot", "activities/3.gpx")
    nameless[7] = "x" * 300
    files = {
        "activities.csv": table(row(1, "Run", "activities/1.gpx"), riding, nameless),
        "activities/1.gpx": gpx(600),
        "activities/2.fit": fit(600, START + timedelta(days=1), sports=(2,)),
        "activities/3.gpx": gpx(300, START + timedelta(days=2)),
    }

    put(importer, zipped(files))

    run_m, ride_m = (pytest.approx(each, rel=0.01) for each in (1800, 1800))
    with importer.sessions() as session:
        every = gear.all_gear(session, importer.athlete_id)
    assert {(each.kind, each.name): each.distance_m for each in every} == {
        ("shoes", "Red shoes"): run_m,
        ("bicycle", "Red Shoes"): ride_m,
    }
    with importer.sessions.begin() as session:
        other = gear.add(session, importer.athlete_id, "Blue ones")
        [_, _, run] = activities.list_activities(session, importer.athlete_id)
        gear.choose(session, importer.athlete_id, run.activity_id, other)
    put(importer, zipped({**files, "activities/1.gpx": gpx(600, name="Renamed at Strava")}))
    assert worn(importer)["Blue ones"] == ("shoes", run_m)
    assert worn(importer)["Red shoes"] == ("shoes", 0)


def test_gear_of_files_imported_earlier_is_found_when_they_are_read_again(
    importer: Importer, gpx: Make
) -> None:
    files = {"activities.csv": table(row(1, "Run", "activities/1.gpx")), "activities/1.gpx": gpx()}
    with pytest.MonkeyPatch.context() as before:
        for place in (deciding, together):
            before.setattr(place, "with_gear", lambda _session, _athlete_id, observed: observed)
        put(importer, zipped(files))
    assert worn(importer) == {}

    reprocessor = Reprocessor(
        importer.sessions, importer.athlete_id, ZoneInfo("UTC"), importer.pool
    )
    everything = reprocessor.waiting(everything=True)
    assert [each.outcome for each in reprocessor.reprocess(everything)] == ["changed"]
    assert worn(importer) == {"Red shoes": ("shoes", pytest.approx(1800, rel=0.01))}
    with importer.sessions.begin() as session:
        [shoes] = gear.all_gear(session, importer.athlete_id)
        change = {"name": "Old red ones", "kind": "shoes", "before_m": 0.0, "limit_m": None}
        gear_service.change(session, importer.athlete_id, shoes.gear_id, **change)
    assert [each.outcome for each in reprocessor.reprocess(everything)] == ["same"]
    assert list(worn(importer)) == ["Old red ones"]


def test_an_export_that_was_unpacked_is_read_like_the_archive(
    importer: Importer, tmp_path: Path, gpx: Make, fit: Make, tcx: Make
) -> None:
    for name, content in strava_files(gpx, fit, tcx).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)

    verdicts = list(importer.import_files(files_under([tmp_path])))

    assert [each.verdict for each in verdicts] == ["imported"] * 4 + ["partial"]
    assert listed_names(importer)[2:] == ["Long", "Intervals", "Dawn, with “Ana”"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_list_in_another_encoding_or_language_is_understood(encoding: str, gpx: Make) -> None:
    header = [
        "Aktivitäts-ID",
        "Datum",
        "Name",
        "Typ",
        "Beschreibung",
        "Zeit",
        "Ausrüstung",
        "Datei",
    ]
    rows = [["1", "5. Apr", "Früh", "Run", "schön", "600", "Schuhe", "activities/1.gpx"]]
    text = table(*rows, header=header).decode().encode(encoding)

    [file, *loose] = inside(zipped({"x/activities.csv": text, "x/activities/1.gpx": gpx()}))

    said = file.said_of and file.said_of(START)
    assert said
    assert (said.name, said.description, said.gear) == ("Früh", "schön", "Schuhe")
    assert not loose


def test_a_list_that_lies_about_its_files_opens_none_of_them(
    importer: Importer, tmp_path: Path, gpx: Make
) -> None:
    outside = tmp_path / "secret.gpx"
    outside.write_bytes(gpx())
    lies = table(
        row(1, "Outside", str(outside), day=6),
        row(2, "Above", "../../etc/passwd", day=7),
        row(3, "Mine", "activities/1.gpx"),
        row(4, "Mine too", "activities/1.gpx"),
        ["5"],
        row(6, "No time", day=99),
        ["6", "Apr 5, 2026", "x" * 200_000],
    )

    verdicts = put(importer, zipped({"activities.csv": lies, "activities/1.gpx": gpx()}))

    assert [each.verdict for each in verdicts] == [
        "imported",
        "partial",
        "partial",
        "failed",
        "failed",
    ]
    assert listed_names(importer) == ["Above", "Outside", "Mine"]
    with importer.sessions() as session:
        counts = [a.sample_count for a in activities.list_activities(session, importer.athlete_id)]
    assert counts == [0, 0, 601]


def test_a_garmin_export_gives_its_recordings_with_their_names(
    importer: Importer, tmp_path: Path, fit: Make
) -> None:
    start_ms = START.timestamp() * 1000
    listed = [
        {
            "summarizedActivitiesExport": [
                {"name": "Lakeside", "startTimeGmt": start_ms + 400.0, "activityType": "running"},
                {"name": 7, "startTimeGmt": "soon"},
                None,
            ]
        }
    ]
    uploads = zipped(
        {
            "me_1.fit": fit(),
            "me_2.fit": fit(kind=9, sports=(), seconds=5),
            "me_3.fit": fit(start=START + timedelta(days=1)),
            "me_4.txt": b"notes",
        }
    )
    files = {
        "DI_CONNECT/DI-Connect-Fitness/me_0_summarizedActivities.json": json.dumps(listed).encode(),
        "DI_CONNECT/DI-Connect-Uploaded-Files/UploadedFiles_0-_Part1.zip": uploads,
        "DI_CONNECT/DI-Connect-User/user.json": b"{}",
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)

    verdicts = put(importer, zipped(files))
    folder = list(importer.import_files(files_under([tmp_path])))

    assert [each.verdict for each in verdicts] == ["imported", "imported"]
    assert verdicts[0].file.endswith("UploadedFiles_0-_Part1.zip/me_1.fit")
    assert listed_names(importer) == ["Morning run", "Lakeside"]
    assert [each.verdict for each in folder] == ["duplicate", "duplicate"]


def test_what_no_database_can_keep_in_a_list_ends_no_archive(
    importer: Importer, fit: Make, gpx: Make
) -> None:
    listed = {"name": "Lake\0side \ud83d run", "startTimeGmt": START.timestamp() * 1000}
    garmin = {"a_summarizedActivities.json": json.dumps([listed]).encode(), "a_1.fit": fit()}
    later = START + timedelta(days=1)
    rubbish = ReceivedFile("b.fit", fit(start=later), always(Listed("a list", "\0")))
    whole = ReceivedFile("c.gpx", gpx(start=START + timedelta(days=2)))

    verdicts = put(importer, zipped(garmin))
    beside = list(importer.import_files([rubbish, whole]))

    assert ([each.verdict for each in verdicts], listed_names(importer)[-1]) == (
        ["imported"],
        "Lake side run",
    )
    assert [each.verdict for each in beside] == ["failed", "imported"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_files_of_one_name_in_an_archive_are_each_read() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        for number, name in enumerate(("a.gpx", "a.gpx", "b\x01", "b\x02", "a (2).gpx")):
            writer.writestr(name, bytes([number]))

    files = inside(archive.getvalue())

    assert [(file.name.removeprefix("a.zip/"), file.read()[0]) for file in files] == [
        ("a.gpx", 0),
        ("a (2).gpx", 1),
        ("b?", 2),
        ("b? (2)", 3),
        ("a (2) (2).gpx", 4),
    ]


def test_a_plain_archive_is_like_a_folder(importer: Importer, gpx: Make) -> None:
    verdicts = put(
        importer,
        zipped(
            {
                "a/run.gpx": gpx(),
                "../../up.gpx": gpx()[:9_000],
                "note.txt": b"x",
                "__MACOSX/._a": b"x",
            }
        ),
    )

    assert [(each.file, each.verdict) for each in verdicts] == [
        ("export.zip/a/run.gpx", "imported"),
        ("export.zip/../../up.gpx", "duplicate"),
        ("export.zip/note.txt", "failed"),
    ]


def test_archives_in_archives_are_opened_so_far_and_no_further(gpx: Make) -> None:
    content = zipped({"run.gpx": gpx(30)})
    for _ in range(5):
        content = zipped({"inner.zip": content})

    [file] = inside(content)

    assert "too deep" in refused(file)
    assert names(inside(zipped({"in.zip": zipped({"run.gpx": gpx(30)})}))) == [
        "a.zip/in.zip/run.gpx"
    ]


def test_a_bomb_ends_its_archive_and_what_came_before_it_stays(
    monkeypatch: pytest.MonkeyPatch, gpx: Make
) -> None:
    monkeypatch.setattr(zips, "UNPACKED_MIN_BYTES", 2**20)
    run = gpx(60)
    bomb = zipped({"a.gpx": run, "b.gpx": bytes(2**25), "c.gpx": run})

    first, second = inside(bomb)
    nested = inside(zipped({"deep.zip": bomb}))

    assert first.read() == run
    assert "unpacks to more than" in refused(second)
    assert "unpacks to more than" in refused(nested[-1])


def test_a_member_is_read_no_further_than_a_file_may_be_large() -> None:
    [file] = inside(zipped({"big.fit": bytes(65 * 2**20)}))

    assert "more than 64 MB" in refused(file)


def test_a_directory_that_claims_millions_of_files_is_not_read() -> None:
    content = bytearray(zipped({"a.gpx": b"x"}))
    struct.pack_into("<L", content, len(content) - 10, 2**31)

    [file] = inside(bytes(content))

    assert "more files than any export" in refused(file)


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.99])
def test_an_archive_that_is_not_complete_says_so(keep: float, gpx: Make) -> None:
    content = zipped({"a.gpx": gpx()})

    [file] = inside(content[: int(len(content) * keep)])

    assert "not complete" in refused(file)


def test_locked_and_damaged_members_are_refused_and_the_others_read(gpx: Make) -> None:
    content = bytearray(zipped({"a.gpx": gpx(60), "b.gpx": gpx(61), "c.gpx": gpx(62)}))
    central = content.find(b"PK\x01\x02")
    content[central + 8] |= 1
    second = content.find(b"PK\x03\x04", 4)
    content[second + 60 : second + 90] = os.urandom(30)

    locked, damaged, whole = inside(bytes(content))

    assert "locked by a password" in refused(locked)
    assert "damaged in its archive" in refused(damaged)
    assert whole.read() == gpx(62)


def test_an_archive_without_a_recording_says_what_it_lacks() -> None:
    [empty] = inside(zipped({}))
    [export] = inside(zipped({"activities.csv": table(), "photo.jpg": b"x"}))

    assert "holds no FIT, GPX or TCX" in refused(empty)
    assert "holds no FIT, GPX or TCX" in refused(export)
