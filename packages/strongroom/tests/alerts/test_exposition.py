from __future__ import annotations

import urllib.request
from pathlib import Path

import pytest

from strongroom.alerts import Metric, exposition, served, write_exposition
from strongroom.errors import AlertError

AGE = Metric("shop_age_seconds", "How old.", (({"table": 'a"b\n'}, 1.5), ({"table": "c"}, 2.0)))
EMPTY = Metric("shop_nothing_bytes", "Not known.", ())
TEXT = b"""\
# HELP shop_age_seconds How old.
# TYPE shop_age_seconds gauge
shop_age_seconds{table="a\\"b\\n"} 1.5
shop_age_seconds{table="c"} 2.0
# HELP shop_nothing_bytes Not known.
# TYPE shop_nothing_bytes gauge
"""


def test_metrics_are_written_in_the_text_format() -> None:
    assert exposition([AGE, EMPTY]) == TEXT


def test_a_file_is_replaced_whole_and_can_be_read_by_the_exporter(tmp_path: Path) -> None:
    path = tmp_path / "strongroom.prom"
    path.write_text("before")
    write_exposition([AGE, EMPTY], path)
    assert path.read_bytes() == TEXT
    assert path.stat().st_mode & 0o777 == 0o644
    assert [one.name for one in tmp_path.iterdir()] == ["strongroom.prom"]


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AlertError, match="cannot be written"):
        write_exposition([AGE], tmp_path / "file/strongroom.prom")


def test_served_metrics_are_those_of_the_moment_and_of_this_machine_alone() -> None:
    now = [AGE]
    with served(lambda: now, 0) as port:
        for expected in (b"shop_age_seconds", b"shop_nothing_bytes"):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
                assert expected in answer.read()
            now = [EMPTY]
        with pytest.raises(AlertError, match="metrics_port"), served(lambda: now, port):
            pass


def test_a_port_that_is_none_is_an_error() -> None:
    with pytest.raises(AlertError, match="70000"), served(list, 70_000):
        pass
