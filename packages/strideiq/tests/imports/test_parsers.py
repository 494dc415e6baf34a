from __future__ import annotations

import contextlib
import gzip
import struct
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strideiq.activities.public import CHANNELS
from strideiq.imports.parsers import formats, reading
from strideiq.imports.parsers.parsed import ParsedFile, UnreadableFileError

Make = Callable[..., bytes]
START = datetime(2026, 4, 5, 7, 0, tzinfo=UTC)
any_data = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def failure(name: str, content: bytes) -> UnreadableFileError:
    with pytest.raises(UnreadableFileError) as error:
        reading.parse(name, content)
    return error.value


def assert_well_formed(parsed: ParsedFile) -> None:
    for activity in parsed.activities:
        time_s = activity.streams["time_s"]
        assert set(activity.streams) <= set(CHANNELS)
        assert all(len(values) == len(time_s) for values in activity.streams.values())
        assert np.isfinite(time_s).all()
        assert (np.diff(time_s) > 0).all()
        assert activity.started_at.tzinfo is not None
        assert 0 <= activity.moving_s <= activity.elapsed_s


@pytest.mark.parametrize("kind", ["gpx", "tcx", "fit"])
def test_the_same_run_reads_the_same_in_every_format(
    kind: str, request: pytest.FixtureRequest
) -> None:
    parsed = reading.parse("run", request.getfixturevalue(kind)())

    [run] = parsed.activities
    assert_well_formed(parsed)
    assert (parsed.format, parsed.damage) == (kind, None)
    assert (run.sport, run.started_at) == ("running", START)
    assert run.elapsed_s == pytest.approx(600)
    assert run.moving_s == pytest.approx(600, abs=1)
    assert run.distance_m == pytest.approx(1800, rel=1e-3)
    assert run.sample_count == 601
    assert np.nanmean(run.streams["heart_rate_bpm"]) == pytest.approx(150)


def test_a_format_is_known_by_content_not_by_name(gpx: Make, fit: Make) -> None:
    assert reading.parse("run.fit", gpx()).format == "gpx"
    assert reading.parse("notes.txt", fit()).format == "fit"


def test_packed_files_are_unpacked(tcx: Make) -> None:
    assert reading.parse("run.tcx.gz", gzip.compress(tcx())).format == "tcx"


def test_a_packed_file_cut_short_is_salvaged(tcx: Make) -> None:
    packed = gzip.compress(tcx())

    parsed = reading.parse("run.tcx.gz", packed[: len(packed) // 2])

    assert parsed.damage
    assert 100 < parsed.records < 601


def test_each_session_of_a_multi_sport_file_is_an_activity(fit: Make) -> None:
    parsed = reading.parse("triathlon.fit", fit(900, sports=(5, 2, 1)))

    assert [each.sport for each in parsed.activities] == ["swimming", "cycling", "running"]
    assert [each.session_number for each in parsed.activities] == [0, 1, 2]
    assert [each.sample_count for each in parsed.activities] == [300, 300, 301]
    assert [each.streams["distance_m"][0] for each in parsed.activities] == [0, 0, 0]
    assert_well_formed(parsed)


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_truncated_fit_file_is_salvaged_up_to_the_cut(fit: Make, part: float) -> None:
    whole = fit()

    parsed = reading.parse("run.fit", whole[: int(len(whole) * part)])

    assert parsed.damage
    assert parsed.records == pytest.approx(601 * part, abs=12)
    assert_well_formed(parsed)


def test_a_wrong_checksum_is_damage_but_loses_nothing(fit: Make) -> None:
    content = fit()

    parsed = reading.parse("run.fit", content[:-1] + bytes([content[-1] ^ 1]))

    assert "checksum" in (parsed.damage or "")
    assert parsed.records == 601


def test_a_header_may_leave_its_own_checksum_at_zero(fit: Make) -> None:
    content = fit(header_checksum=False)
    damaged = content[:-1] + bytes([content[-1] ^ 1])

    assert reading.parse("run.fit", content).damage is None
    assert "checksum" in (reading.parse("run.fit", damaged).damage or "")


def test_a_truncated_xml_file_is_salvaged_up_to_the_cut(gpx: Make, tcx: Make) -> None:
    for name, content in (("run.gpx", gpx()), ("run.tcx", tcx())):
        parsed = reading.parse(name, content[: len(content) // 2])

        assert parsed.damage
        assert parsed.records == pytest.approx(300, abs=10)
        assert_well_formed(parsed)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.fit", b"", "empty"),
        ("notes.txt", b"Buy milk.", "Not a sports file"),
        ("table.tsv", b"file\tbytes\n", "Not a sports file"),
        ("page.html", b"<!DOCTYPE html><html><body>Hi</body></html>", "Not a sports file"),
        ("photo.fit", b"\x89PNG\r\n\x1a\n" + bytes(100), "its content is not FIT"),
        ("bare.fit", b"\x0e\x10\x00\x00\x00\x00\x00\x00.FIT", "Nothing could be read"),
        ("route.gpx", b"<gpx><rte><rtept lat='1' lon='2'/></rte></gpx>", "not a recording"),
        ("plan.tcx", b"<TrainingCenterDatabase><Workouts/></TrainingCenterDatabase>", "workout"),
        ("torn.gz", b"\x1f\x8b\x07\x00garbage", "unpacked"),
    ],
)
def test_a_file_without_an_activity_fails_with_its_reason(
    name: str, content: bytes, says: str
) -> None:
    assert says in failure(name, content).reason


def test_a_fit_file_of_another_kind_says_which(fit: Make) -> None:
    course = fit(sports=(), kind=6)

    assert "course" in failure("course.fit", course).reason


def test_a_zip_archive_is_not_opened() -> None:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("a.gpx", "<gpx/>")

    assert "zip archive" in failure("runs.zip", archive.getvalue()).reason


def test_a_gzip_bomb_is_unpacked_no_further_than_a_file_may_be_large() -> None:
    packer = zlib.compressobj(9, wbits=31)
    block = packer.compress(bytes(2**20))
    bomb = block + b"".join(packer.compress(bytes(2**20)) for _ in range(200)) + packer.flush()

    assert "unpacks to more than 64 MB" in failure("bomb.gpx.gz", bomb).reason


def test_entities_are_refused_in_any_encoding(gpx: Make) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE gpx [<!ENTITY l0 "ha">{laughs}]><gpx><trk><name>&l11;</name></trk></gpx>'
    outside = gpx().replace(
        b"<gpx ", b'<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]><gpx ', 1
    )

    assert "declares a document type" in failure("bomb.gpx", bomb.encode()).reason
    assert "declares a document type" in failure("bomb.gpx", bomb.encode("utf-16")).reason
    assert "declares a document type" in failure("outside.gpx", outside).reason


def test_a_run_stays_one_when_a_recorder_repeats_or_shuffles_points(gpx: Make) -> None:
    head, *points = gpx().split(b"<trkpt ")
    points[-1], tail = points[-1].split(b"</trkseg>", 1)
    shuffled = [*points[300:], *points[:300], *points[:10]]

    content = head + b"".join(b"<trkpt " + point for point in shuffled) + b"</trkseg>" + tail
    parsed = reading.parse("run.gpx", content)

    assert parsed.records == 611
    assert parsed.activities[0].sample_count == 601
    assert_well_formed(parsed)


def test_a_sample_from_another_century_is_left_out_and_said(gpx: Make) -> None:
    content = gpx().replace(b"2026-04-05T07:05:00Z", b"2089-04-05T07:05:00Z")

    parsed = reading.parse("run.gpx", content)

    assert parsed.activities[0].sample_count == 600
    assert parsed.activities[0].elapsed_s == pytest.approx(600)
    assert "plausible time were left out: 1" in parsed.notes[0]


def test_a_track_that_names_no_sport_is_judged_by_its_speed(gpx: Make) -> None:
    [run] = reading.parse("run.gpx", gpx(kind=None, name="Sunday")).activities
    [ride] = reading.parse("run.gpx", gpx(kind="9")).activities

    assert (run.sport, run.name) == ("running", "Sunday")
    assert "does not name the sport" in run.notes[0]
    assert ride.sport == "running"


def test_cadence_is_steps_of_both_legs(gpx: Make) -> None:
    [run] = reading.parse("run.gpx", gpx()).activities

    assert np.nanmean(run.streams["cadence_spm"]) == pytest.approx(170)


def test_a_device_without_a_clock_takes_its_local_time() -> None:
    started, saved, local = 17_000_000, 17_001_000, 1_000_000_000
    definition = struct.pack("<BBBHB", 0x40, 0, 0, 34, 3) + bytes(
        [253, 4, 0x86, 5, 4, 0x86, 1, 2, 0x84]
    )
    records = struct.pack("<BBBHB", 0x41, 0, 0, 20, 2) + bytes([253, 4, 0x86, 3, 1, 0x02])
    records += b"".join(struct.pack("<BIB", 1, started + each, 120) for each in range(1000))
    data = definition + struct.pack("<BIIH", 0, saved, local, 1) + records
    content = struct.pack("<BBHI4s", 12, 0x10, 2100, len(data), b".FIT") + data + b"\x00\x00"

    [activity] = reading.parse("watch.fit", content).activities

    assert activity.started_at.timestamp() == 631_065_600 + local - (saved - started)
    assert "clock was not set" in activity.notes[0]


@given(st.binary(max_size=400))
@any_data
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for beginning in (b"", b"\x0e\x10\x57\x04\xff\xff\x00\x00.FIT", b"<gpx>", b"\x1f\x8b\x08"):
        with contextlib.suppress(UnreadableFileError):
            assert_well_formed(reading.parse("any", beginning + content))


@pytest.mark.parametrize("kind", ["gpx", "tcx", "fit"])
@given(data=st.data())
@any_data
def test_a_file_with_flipped_bytes_is_read_or_refused(
    kind: str, request: pytest.FixtureRequest, data: st.DataObject
) -> None:
    content = bytearray(request.getfixturevalue(kind)(60))
    for _ in range(data.draw(st.integers(1, 8))):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(UnreadableFileError):
        assert_well_formed(reading.parse("run", bytes(content)))


def test_names_promise_formats() -> None:
    assert formats.claimed("A/Run.FIT.gz") == "fit"
    assert formats.claimed("fit") is None
    assert formats.claimed("photo.jpg") is None
