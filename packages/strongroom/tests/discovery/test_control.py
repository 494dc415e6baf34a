"""``pg_control`` is read as PostgreSQL wrote it, and whatever is wrong with it is only said."""

from __future__ import annotations

import os
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import MAJORS, Made

from strongroom.discovery.control import READ_BYTES, crc32c, lsn_text, parse_control
from strongroom.server import find_binaries

EXAMPLES = 20_000 if os.environ.get("STRONGROOM_SOAK") else 150
PAGE_BYTES = 8192
SAMPLE = bytes.fromhex("d35c1f2a9b086b6a140500007d4c040c01000000") + bytes(500)


@pytest.mark.parametrize("major", MAJORS)
def test_what_a_server_has_written_is_read_as_its_own_program_does(made: Made, major: int) -> None:
    told = subprocess.run(
        [find_binaries(major).directory / "pg_controldata", made(major)],
        check=True,
        capture_output=True,
        text=True,
        env={"LC_ALL": "C", "TZ": "UTC"},
    ).stdout
    expected = dict(line.split(":", 1) for line in told.splitlines() if ":" in line)
    found = parse_control((made(major) / "global/pg_control").read_bytes()[:READ_BYTES])
    assert found.intact
    assert found.problems == ()
    assert found.checkpoint_at is not None
    assert {
        "Database system identifier": str(found.system_identifier),
        "Database cluster state": found.state,
        "pg_control version number": str(found.format),
        "Catalog version number": str(found.catalog_version),
        "Latest checkpoint location": lsn_text(found.checkpoint_lsn),
        "Latest checkpoint's REDO location": lsn_text(found.redo_lsn),
        "Latest checkpoint's TimeLineID": str(found.timeline),
        "Time of latest checkpoint": f"{found.checkpoint_at:%a %b %e %H:%M:%S %Y}",
    } == {
        name: expected[name].strip()
        for name in (
            "Database system identifier",
            "Database cluster state",
            "pg_control version number",
            "Catalog version number",
            "Latest checkpoint location",
            "Latest checkpoint's REDO location",
            "Latest checkpoint's TimeLineID",
            "Time of latest checkpoint",
        )
    }


def test_the_checksum_is_castagnoli_s() -> None:
    assert crc32c(b"123456789") == 0xE3069283  # the check value of CRC-32C, RFC 3720


@pytest.mark.parametrize("major", MAJORS)
def test_any_flipped_bit_of_what_is_told_is_noticed(made: Made, major: int) -> None:
    whole = (made(major) / "global/pg_control").read_bytes()[:READ_BYTES]
    told = parse_control(whole)
    for bit in range(0, 292 * 8, 7):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        found = parse_control(bytes(flipped))
        assert not found.intact or found == told
        assert found.problems or found == told


@given(data=st.one_of(st.binary(max_size=600), st.binary(max_size=60).map(lambda b: SAMPLE + b)))
@settings(max_examples=EXAMPLES, deadline=None)
def test_bytes_of_any_kind_are_answered(data: bytes) -> None:
    found = parse_control(data)
    assert found.intact != bool(found.problems)


@given(cut=st.integers(0, 296), flips=st.lists(st.integers(0, 295 * 8), max_size=4))
@settings(max_examples=EXAMPLES, deadline=None)
def test_a_file_that_is_cut_or_flipped_is_answered(made: Made, cut: int, flips: list[int]) -> None:
    damaged = bytearray((made(18) / "global/pg_control").read_bytes()[:READ_BYTES])
    for bit in flips:
        damaged[bit // 8] ^= 1 << bit % 8
    found = parse_control(bytes(damaged[:cut]))
    assert found.problems or cut == 296
    assert found.intact is (not found.problems)


def test_a_newer_format_still_tells_its_identifier() -> None:
    found = parse_control(SAMPLE[:8] + (1902).to_bytes(4, "little") + SAMPLE[12:])
    assert (found.system_identifier, found.state) == (7668232253048052947, "shut down")
    assert found.problems == ("pg_control has format 1902, which is not known here",)


def test_another_order_of_bytes_is_said() -> None:
    found = parse_control(SAMPLE[:8] + (1300).to_bytes(4, "big") + SAMPLE[12:])
    assert found.problems == ("pg_control is of a machine with another order of bytes",)
