"""The third-party samples against what two independent readers each found in them.

``make_expected_samples.py`` beside this file says how the table was made.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session, sessionmaker

from strideiq.imports.archives.expansion import files_under
from strideiq.imports.files import FileOnDisk
from strideiq.imports.isolation import ParserPool
from strideiq.imports.service import Importer
from strideiq.imports.verdicts import FileVerdict

pytestmark = pytest.mark.samples

EXPECTED: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("expected_samples.json").read_text(encoding="utf-8")
)


@pytest.fixture
def importer(sessions: sessionmaker[Session], athlete_id: UUID, pool: ParserPool) -> Importer:
    return Importer(sessions, athlete_id, ZoneInfo("UTC"), pool)


def assert_as_expected(found: FileVerdict, expected: dict[str, Any], verdict: str) -> None:
    assert found.verdict == verdict
    assert found.records == expected["records"]
    assert len(found.activities) == len(expected["activities"])
    for activity, stated in zip(found.activities, expected["activities"], strict=True):
        assert activity.sport == stated["sport"]
        started_at = datetime.fromisoformat(stated["start"])
        assert (activity.started_at - started_at).total_seconds() == pytest.approx(0, abs=0.001)
        assert activity.duration_s == pytest.approx(stated["duration_s"], abs=0.001)
        assert activity.records == stated["records"]
        # The readers of GPX measure the Earth with different radii; the others state a distance.
        tolerance = 0.005 if found.file.endswith(".gpx") else 1e-5
        assert activity.distance_m == pytest.approx(stated["distance_m"], rel=tolerance, abs=0.01)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_holds_what_two_readers_found(
    importer: Importer, samples: Path, name: str
) -> None:
    found = importer.import_file(FileOnDisk(samples / name))

    assert_as_expected(found, EXPECTED[name], EXPECTED[name]["verdict"])


def test_the_folder_of_samples_is_imported_once_whatever_is_in_it(
    importer: Importer, samples: Path
) -> None:
    first = list(importer.import_files(files_under([samples])))
    again = list(importer.import_files(files_under([samples])))

    manifest, *rest = first
    assert (Path(manifest.file).name, manifest.verdict) == ("MANIFEST.tsv", "failed")
    assert {Path(each.file).name for each in rest} == set(EXPECTED)
    for found in rest:
        expected = EXPECTED[Path(found.file).name]
        assert_as_expected(found, expected, expected["verdict_in_directory"])
    assert {each.verdict for each in again[1:]} == {"duplicate"}
    assert [each.duplicate_of for each in again[1:]] == [
        each.duplicate_of or tuple(activity.activity_id for activity in each.activities)
        for each in rest
    ]


def test_damaged_samples_give_what_there_is(importer: Importer, samples: Path) -> None:
    nick = importer.import_file(FileOnDisk(samples / "python-fitparse__nick.fit"))
    strava = importer.import_file(
        FileOnDisk(samples / "python-fitparse__strava-android-app-201.10-b1218918.fit")
    )

    assert (nick.verdict, strava.verdict) == ("partial", "partial")
    assert nick.records >= 14_000
    assert strava.records >= 470
