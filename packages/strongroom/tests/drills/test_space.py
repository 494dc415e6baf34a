"""Work that would fill the disk is refused before it starts."""

from pathlib import Path

import pytest

from strongroom.drills.space import free_bytes_at, needed_bytes, require_space
from strongroom.errors import NoSpaceError


def test_too_little_room_is_refused_with_the_amount(tmp_path: Path) -> None:
    with pytest.raises(NoSpaceError, match="needs 900 MB") as refused:
        require_space(tmp_path, needed=900_000_000, free=100_000_000)
    assert "800 MB" in refused.value.next_step


def test_enough_room_passes(tmp_path: Path) -> None:
    require_space(tmp_path, needed=1, free=1)


def test_more_data_needs_more_room() -> None:
    assert needed_bytes(2 * 10**9) - needed_bytes(10**9) >= 10**9


def test_room_is_asked_of_the_nearest_directory_that_exists(tmp_path: Path) -> None:
    assert free_bytes_at(tmp_path / "not" / "yet") > 0
