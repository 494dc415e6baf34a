"""How archives are made in tests, and looked into."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Mapping

import pytest

from strideiq.activities import public as activities
from strideiq.imports.archives import expansion
from strideiq.imports.files import IncomingFile, ReceivedFile
from strideiq.imports.parsers.parsed import UnreadableFileError
from strideiq.imports.service import Importer
from strideiq.imports.verdicts import FileVerdict

Make = Callable[..., bytes]
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
