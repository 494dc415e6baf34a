"""Archives and exports: what is in them is imported, and nothing that they say leads astray."""

from __future__ import annotations

import io
import os
import struct
import zipfile

import pytest
from archived import Make, inside, names, put, refused, table, zipped

from strideiq.imports.archives import zips
from strideiq.imports.service import Importer


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
