from __future__ import annotations

from datetime import UTC, datetime

import pytest

from strongroom.config import Configuration
from strongroom.errors import NoSpaceError
from strongroom.report import attempts_of, note_clock_jump, note_failure, note_success
from strongroom.report.attempts import NAME

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
FULL = NoSpaceError("The disk is full.", next_step="make room")


def test_failures_are_counted_until_a_success(sample: Configuration) -> None:
    for expected in (1, 2, 3):
        assert note_failure(sample, "backup", FULL, NOW).failures == expected
    note_failure(sample, "drill", FULL, NOW)
    note_clock_jump(sample, NOW, -3600.04)
    note_success(sample, "backup")
    left = attempts_of(sample)
    assert set(left.failed) == {"drill"}
    assert left.failed["drill"].message == "The disk is full."
    assert left.clock_jump is not None
    assert left.clock_jump.jump_s == -3600.0


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"format": 9}', b'{"format": 1}', b"\xff"])
def test_a_damaged_file_tells_of_nothing_and_is_mended(
    sample: Configuration, damage: bytes
) -> None:
    (sample.state_cache / NAME).write_bytes(damage)
    assert attempts_of(sample).failed == {}
    assert note_failure(sample, "backup", FULL, NOW).failures == 1
    assert set(attempts_of(sample).failed) == {"backup"}
