"""A drill record says again what was found, and a damaged one says nothing."""

import json
from datetime import UTC, datetime

import pytest

from strongroom.drills.comparison import Check, TableResult
from strongroom.drills.records import DrillRecord, decode, encode
from strongroom.errors import BackupError, NewerFormatError

RECORD = DrillRecord(
    drill_id="20260119T091500Z-0a1b2c",
    backup_id="20260119T090000Z-abcdef",
    manifest_sha256="e" * 64,
    verdict="proven",
    at=datetime(2026, 1, 19, 9, 15, tzinfo=UTC),
    duration_s=1.25,
    tables=(TableResult("öffentlich.läufe", 363, 363, "363:1:2", "363:1:2", equal=True),),
    checks=(Check("tables", "ok", "1 table"), Check("schema", "failed", "other")),
    parts_s={"load": 1.0},
    not_covered=("public.cache: unlogged",),
)


def test_a_record_reads_back_as_it_was_written() -> None:
    assert decode(encode(RECORD), RECORD.key) == RECORD


def test_every_flipped_byte_of_a_record_is_found() -> None:
    data = encode(RECORD)
    for position in range(0, len(data), 7):
        flipped = bytearray(data)
        flipped[position] ^= 0x04
        try:
            assert decode(bytes(flipped), RECORD.key) == RECORD
        except (BackupError, NewerFormatError):
            continue


def test_a_record_with_another_verdict_than_was_found_is_refused() -> None:
    forged = encode(RECORD).replace(b'"failed"', b'"ok"')
    with pytest.raises(BackupError, match="proves nothing"):
        decode(forged, RECORD.key)


def test_a_record_of_a_newer_format_is_refused() -> None:
    document = json.loads(encode(RECORD)) | {"format": 99}
    with pytest.raises(NewerFormatError, match="format 99"):
        decode(json.dumps(document).encode(), RECORD.key)


def test_a_record_tells_its_findings_and_its_rows() -> None:
    assert RECORD.findings == ["schema: other"]
    assert RECORD.rows == 363
