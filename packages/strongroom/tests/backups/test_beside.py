"""A stream that is read or written in a thread beside is the same stream."""

from __future__ import annotations

import io
import threading

import pytest

from strongroom.backups.beside import PIECES, read_ahead, write_behind
from strongroom.errors import BackupError

PIECE_BYTES = 1000
CONTENT = bytes(range(256)) * 300


@pytest.mark.parametrize("size", [1, 300, PIECE_BYTES, 10 * PIECE_BYTES])
def test_what_is_read_ahead_arrives_whole_and_ends_for_good(size: int) -> None:
    with read_ahead(io.BytesIO(CONTENT), PIECE_BYTES) as ahead:
        pieces = list(iter(lambda: ahead.read(size), b""))
        assert ahead.read(size) == b""
    assert b"".join(pieces) == CONTENT
    assert max(len(piece) for piece in pieces) <= size
    assert len(pieces) > PIECES, "more than fits at once"


class Breaking(io.RawIOBase):
    """A source that breaks after some pieces; counts how often it was read."""

    def __init__(self, whole: int, failure: BaseException | None) -> None:
        self.reads, self._whole, self._failure = 0, whole, failure

    def read(self, size: int = -1, /) -> bytes:
        self.reads += 1
        if self.reads > self._whole and self._failure is not None:
            raise self._failure
        return bytes(size)


@pytest.mark.parametrize("failure", [BackupError("broken", next_step="-"), KeyboardInterrupt()])
def test_what_a_source_raises_comes_after_what_it_gave(failure: BaseException) -> None:
    with read_ahead(Breaking(2, failure), PIECE_BYTES) as ahead:
        assert [len(ahead.read(PIECE_BYTES)) for _ in range(2)] == [PIECE_BYTES] * 2
        for _ in range(2):
            with pytest.raises(type(failure)) as raised:
                ahead.read(PIECE_BYTES)
            assert raised.value is failure, "never an end, however often it is asked"


def test_a_source_is_read_only_so_far_ahead_and_no_more_once_nobody_wants_it() -> None:
    source = Breaking(0, None)
    with read_ahead(source, PIECE_BYTES) as ahead:
        ahead.read(PIECE_BYTES)
    assert source.reads <= 2 * PIECES + 3
    assert not [one for one in threading.enumerate() if one.name == "read-ahead"]


def test_what_is_written_behind_arrives_in_order() -> None:
    taken: list[bytes] = []
    pieces = [CONTENT[at : at + PIECE_BYTES] for at in range(0, len(CONTENT), PIECE_BYTES)]
    with write_behind(taken.append) as behind:
        for piece in pieces:
            behind(piece)
        behind.finish()
        assert taken == pieces


def test_after_a_failure_nothing_more_is_taken_and_the_writer_is_told() -> None:
    taken: list[bytes] = []

    def take(data: bytes) -> None:
        taken.append(data)
        raise OSError(28, "no space")

    def write_on() -> None:
        with write_behind(take) as behind:
            for _ in range(10 * PIECES):
                behind(b"x")
            behind.finish()

    with pytest.raises(OSError, match="no space"):
        write_on()
    assert len(taken) == 1
