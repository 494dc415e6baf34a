"""Exports of Strava and Garmin: their lists give names, gear and words, and lead nowhere else."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from archived import Make, inside, listed_names, put, row, table, zipped

from strideiq.activities import public as activities
from strideiq.gear import public as gear
from strideiq.gear import service as gear_service
from strideiq.imports import deciding, together
from strideiq.imports.archives.expansion import files_under
from strideiq.imports.archives.listed import Listed
from strideiq.imports.files import ReceivedFile, always
from strideiq.imports.reprocessing import Reprocessor
from strideiq.imports.service import Importer

START = datetime(2026, 4, 5, 7, 0, tzinfo=UTC)


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
