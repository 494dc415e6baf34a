"""FIT files as odd as devices make them: each gives a clear answer, and nothing is invented."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sqlalchemy.orm import Session, sessionmaker

from strideiq.activities import public as activities
from strideiq.imports.files import ReceivedFile
from strideiq.imports.isolation import ParserPool
from strideiq.imports.parsers import reading
from strideiq.imports.parsers.parsed import UnreadableFileError
from strideiq.imports.service import Importer

Make = Callable[..., bytes]
START = datetime(2026, 4, 5, 7, 0, tzinfo=UTC)
EPOCH = datetime(1989, 12, 31, tzinfo=UTC)
BEGUN = int((START - EPOCH).total_seconds())


def file_id(serial: int = 4242) -> Any:
    return (0, [(0, "enum", 4), (1, "u16", 1), (2, "u16", 99), (3, "u32z", serial)], [])


def record(second: int, *more: Any, begun: int = BEGUN, developer: Iterable[Any] = ()) -> Any:
    return (20, [(253, "u32", begun + second), *more], list(developer))


def session(seconds: float, timer_s: float | None = None, *, begun: int = BEGUN) -> Any:
    timer = [] if timer_s is None else [(8, "u32", round(timer_s * 1000) % 2**32)]
    end = (253, "u32", begun + int(seconds))
    fields = [end, (2, "u32", begun), (7, "u32", int(seconds * 1000)), *timer, (5, "enum", 1)]
    return (18, fields, [])


def event(second: int, kind: int) -> Any:
    return (21, [(253, "u32", BEGUN + second), (0, "enum", 0), (1, "enum", kind)], [])


def parsed(content: bytes) -> Any:
    return reading.parse("run.fit", content)


def test_stryds_fields_become_channels_in_our_units(fit_of: Make) -> None:
    described = [
        (
            206,
            [
                (0, "u8", 0),
                (1, "u8", number),
                (2, "u8", kind),
                (3, "text", name),
                (8, "text", unit),
            ],
            [],
        )
        for number, kind, name, unit in (
            (0, 0x84, "Power", "Watts"),
            (1, 0x84, "Form Power", "Watts"),
            (2, 0x88, "Leg Spring Stiffness", "KN/m"),
            (3, 0x88, "Vertical Oscillation", "Centimeters"),
        )
    ]
    developer_id = (207, [(3, "u8", 0)], [])
    own = [(0, "u16", 250), (1, "u16", 70), (2, "f32", 9.5), (3, "f32", 6.0)]
    records = [record(n, (3, "u8", 150), developer=own) for n in range(60)]

    [run] = parsed(fit_of([file_id(), developer_id, *described, *records, session(59)])).activities

    found = {channel: float(np.nanmean(values)) for channel, values in run.streams.items()}
    assert found["power_w"] == 250
    assert found["form_power_w"] == 70
    assert found["leg_spring_stiffness_kn_m"] == pytest.approx(9.5)
    assert found["vertical_oscillation_mm"] == pytest.approx(60)


def test_heartbeats_become_a_channel(fit_of: Make) -> None:
    empty = 0xFFFF
    beats = [(78, [(0, "u16", (800, 820, 780, empty, empty))], []) for _ in range(25)]

    [run] = parsed(
        fit_of([file_id(), *[record(n) for n in range(61)], *beats, session(60)])
    ).activities

    known = run.streams["rr_interval_ms"][np.isfinite(run.streams["rr_interval_ms"])]
    assert len(known) > 50
    assert known.mean() == pytest.approx(800, abs=5)


def test_moving_time_is_what_the_timer_ran(fit_of: Make) -> None:
    distances = [(5, "u32", 0)]
    records = [record(n, *distances) for n in (*range(100), *range(200, 301))]
    events = [event(0, 0), event(100, 4), event(200, 0), event(300, 4)]

    [told] = parsed(fit_of([file_id(), *records, session(300, 190)])).activities
    [paused] = parsed(fit_of([file_id(), *records, *events, session(300)])).activities

    assert (told.elapsed_s, told.moving_s) == (300, 190)
    assert (paused.elapsed_s, paused.moving_s) == (300, 200)


@pytest.mark.parametrize("timer_s", [400.0, -50.0])
def test_a_pause_is_never_negative(fit_of: Make, timer_s: float) -> None:
    events = [event(50, 0), event(40, 4), event(30, 0)]
    content = fit_of([file_id(), *events, *[record(n) for n in range(301)], session(300, timer_s)])

    [run] = parsed(content).activities

    assert 0 < run.moving_s <= run.elapsed_s == 300


@pytest.mark.parametrize("rate", [("u8", 0), ("u16", 65_535), ("u16", 65_534), ("u8", 255)])
def test_a_heart_rate_that_nobody_has_is_missing(fit_of: Make, rate: tuple[str, int]) -> None:
    records = [record(n, (3, *rate)) for n in range(30)]

    [run] = parsed(fit_of([file_id(), *records, session(29)])).activities

    assert "heart_rate_bpm" not in run.streams
    assert run.elapsed_s == 29


def test_without_positions_there_is_an_activity_and_no_track(fit_of: Make) -> None:
    unset = [(0, "i32", 0x7FFFFFFF), (1, "i32", 0x7FFFFFFF), (3, "u8", 140)]

    [run] = parsed(
        fit_of([file_id(), *[record(n, *unset) for n in range(30)], session(29)])
    ).activities

    assert set(run.streams) == {"time_s", "heart_rate_bpm"}


def test_a_single_point_is_no_activity_unless_it_says_how_long(fit_of: Make, gpx: Make) -> None:
    [run] = parsed(fit_of([file_id(), record(0), session(1800)])).activities

    assert (run.sample_count, run.elapsed_s) == (1, 1800)
    with pytest.raises(UnreadableFileError, match="single moment"):
        parsed(gpx(0))


def test_two_days_are_one_activity(fit_of: Make) -> None:
    records = [record(n * 60) for n in range(48 * 60 + 1)]

    found = parsed(fit_of([file_id(), *records, session(48 * 3600)]))

    assert (found.damage, found.activities[0].elapsed_s) == (None, 48 * 3600)


def test_compressed_timestamps_count_on(fit_of: Make) -> None:
    definition = struct.pack("<BBBHB", 0x41, 0, 0, 20, 1) + bytes([3, 1, 0x02])
    records = [
        struct.pack("<BB", 0x80 | 1 << 5 | (BEGUN + n) & 0x1F, 140 + n % 3) for n in range(1, 200)
    ]

    found = parsed(fit_of([file_id(), record(0), definition, *records, session(199)]))

    assert found.damage is None
    assert found.activities[0].sample_count == 200
    assert found.activities[0].streams["time_s"][-1] == 199


def test_positions_that_jump_are_left_out_and_lengthen_nothing(gpx: Make) -> None:
    content = gpx().replace(f'lat="{47 + 900 / 111_195.0:.7f}"'.encode(), b'lat="11.5000000"')
    far = gpx(name="Tunnel").replace(b'lat="47.01', b'lat="48.01')

    jumped, moved = parsed(content), parsed(far)

    assert content != gpx()
    assert jumped.activities[0].distance_m == pytest.approx(1800, rel=0.01)
    assert "positions far from those before and after were left out: 1" in jumped.notes
    assert moved.activities[0].distance_m == pytest.approx(1800, rel=0.01)


def test_extensions_of_every_maker_are_read() -> None:
    point = (
        '<trkpt lat="47" lon="8"><ele>400</ele><time>2026-04-05T07:{:02}:00Z</time><extensions>'
        "<gpxdata:hr>151</gpxdata:hr><gpxdata:cadence>84</gpxdata:cadence><power>240</power>"
        "<gpxdata:temp>18</gpxdata:temp><gpxtpx:TrackPointExtension><gpxtpx:speed>3.1"
        "</gpxtpx:speed></gpxtpx:TrackPointExtension></extensions></trkpt>"
    )
    points = "".join(point.format(minute) for minute in range(10))
    content = (
        '<gpx xmlns="http://www.topografix.com/GPX/1/1" xmlns:gpxtpx="garmin" '
        f'xmlns:gpxdata="suunto"><trk><type>running</type><trkseg>{points}</trkseg></trk></gpx>'
    )

    [run] = parsed(content.encode()).activities

    means = {channel: values.mean() for channel, values in run.streams.items()}
    assert means["heart_rate_bpm"] == 151
    assert means["cadence_spm"] == 168
    assert (means["power_w"], means["temperature_c"]) == (240, 18)
    assert means["speed_mps"] == pytest.approx(3.1)


@pytest.mark.parametrize("year", ["0001", "1899", "2200", "9999"])
@pytest.mark.parametrize("kind", ["gpx", "tcx"])
def test_a_year_that_no_calendar_around_it_can_hold_dates_nothing(year: str, kind: str) -> None:
    day = f"{year}-12-31T23:0"
    points = "".join(
        f'<trkpt lat="48.{n}" lon="16"><time>{day}{n}:00Z</time></trkpt>' for n in range(9)
    )
    gpx = (
        f'<gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{points}</trkseg></trk></gpx>'
    )
    lap = f'<Lap StartTime="{day}0:00Z"><TotalTimeSeconds>600</TotalTimeSeconds></Lap>'
    tcx = (
        '<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2">'
        f'<Activities><Activity Sport="Running"><Id>{day}0:00Z</Id>{lap}</Activity></Activities>'
        "</TrainingCenterDatabase>"
    )
    with pytest.raises(UnreadableFileError):
        reading.parse(f"run.{kind}", {"gpx": gpx, "tcx": tcx}[kind].encode())


@pytest.mark.parametrize(
    ("start", "says"),
    [
        (datetime(1989, 12, 31, 0, 30, tzinfo=UTC), "clock was not set: it says 31 December 1989"),
        (datetime.now(tz=UTC) + timedelta(days=400), "still to come"),
    ],
)
def test_a_wrong_clock_is_said_and_loses_nothing(
    sessions: sessionmaker[Session],
    athlete_id: UUID,
    pool: ParserPool,
    fit: Make,
    start: datetime,
    says: str,
) -> None:
    importer = Importer(sessions, athlete_id, ZoneInfo("UTC"), pool)

    verdict = importer.import_file(ReceivedFile("run.fit", fit(start=start)))

    assert (verdict.verdict, verdict.records) == ("partial", 601)
    assert says in (verdict.reason or "")
    with sessions() as session:
        assert activities.totals(session, athlete_id).activities == 1
