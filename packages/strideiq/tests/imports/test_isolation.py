from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from strideiq.imports.isolation import ParserPool
from strideiq.imports.parsers.parsed import UnreadableFileError

HOSTILE = '''
"""A parser that does what the file's name says."""
import os
import time

from strideiq.imports.parsers.parsed import ParsedFile


def parse(name, content):
    if name == "hang":
        time.sleep(600)
    if name == "die":
        os._exit(9)
    if name == "grow":
        bytearray(2**31)
    if name == "panic":
        raise RuntimeError("unforeseen")
    return ParsedFile(format=str(os.getpid()), activities=(), records=len(content))
'''


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "hostile_parser.py").write_text(HOSTILE)
    monkeypatch.syspath_prepend(tmp_path)
    return "hostile_parser:parse"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("hang", "longer than 3 s"),
        ("die", "parser crash"),
        ("grow", "more memory"),
        ("panic", "unforeseen"),
    ],
)
def test_a_file_takes_down_its_parser_and_nothing_else(hostile: str, name: str, says: str) -> None:
    with ParserPool(parser=hostile, time_limit_s=3.0, memory_limit_bytes=2**28) as pool:
        assert pool.parse("fine", b"abc").records == 3

        with pytest.raises(UnreadableFileError, match=says):
            pool.parse(name, b"")

        assert pool.parse("fine", b"abcd").records == 4


def test_a_file_that_breaks_its_parser_is_still_known_for_what_it_is(
    hostile: str, gpx: Callable[..., bytes]
) -> None:
    with ParserPool(parser=hostile) as pool, pytest.raises(UnreadableFileError) as error:
        pool.parse("die", gpx(1))

    assert error.value.format == "gpx"


def test_a_parser_process_is_kept_warm(hostile: str) -> None:
    with ParserPool(parser=hostile) as pool:
        assert pool.parse("one", b"").format == pool.parse("two", b"").format


def test_reasons_reach_the_caller_as_they_were_said() -> None:
    with ParserPool() as pool, pytest.raises(UnreadableFileError) as error:
        pool.parse("photo.fit", b"JPEG")

    assert error.value.reason == "The file is called .fit, but its content is not FIT."
    assert error.value.format == "fit"
