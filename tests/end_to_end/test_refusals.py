"""Older, other, emptied and copied databases are refused; the right one never is."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from homes import Home

import strongroom
from strongroom.protection import unprotect


def copied(source: Path, target: Path) -> Path:
    """A byte copy with owners and times, as an operator would make one."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)
    return target


def check(home: Home) -> tuple[int, str, dict[str, object]]:
    answer = home.strongroom("check")
    return answer.code, answer.document["verdict"], answer.document


def start_and_stop(home: Home) -> None:
    """One start appends an epoch: the database has moved on."""
    answer = home.strongroom("backup")
    assert answer.code == 0, answer


def test_an_older_copy_is_rolled_back_and_names_both_causes(demo: Home) -> None:
    start_and_stop(demo)
    copied(demo.data, demo.paths / "older")
    start_and_stop(demo)
    demo.data.rename(demo.paths / "newer")
    (demo.paths / "older").rename(demo.data)
    code, verdict, document = check(demo)
    assert (code, verdict) == (15, "rolled_back")
    message = str(document["message"]) if "message" in document else str(document)
    assert "older" in message
    assert "copy" in message
    assert str(document["next"]).startswith("strongroom ")
    demo.data.rename(demo.paths / "older")
    (demo.paths / "newer").rename(demo.data)
    assert check(demo)[:2] == (0, "match")


def test_a_demo_database_is_never_opened_as_production(
    demo: Home, make_home: Callable[..., Home]
) -> None:
    mine = make_home()
    mine.data.rename(mine.paths / "mine")
    copied(demo.data, mine.data)
    code, verdict, document = check(mine)
    assert (code, verdict) == (13, "wrong_environment")
    assert document["next"]


def test_most_rows_deleted_is_shrunk(demo: Home) -> None:
    start_and_stop(demo)
    configuration = strongroom.load_configuration(demo.paths / "strongroom.toml")
    unprotect(configuration, confirmed_by="the test of what is seen where nothing refuses")
    with (
        strongroom.open_database(configuration) as database,
        psycopg.connect(**database.conninfo("application")) as connection,
    ):
        connection.execute("DELETE FROM activity WHERE random() < 0.9")
    code, verdict, document = check(demo)
    assert (code, verdict) == (16, "shrunk")
    assert "activity" in str(document["at_risk"])
    assert str(document["next"]).startswith("strongroom ")


def test_a_crash_and_a_moved_home_stay_a_match(demo: Home) -> None:
    with demo.up() as running:
        pid = int((demo.data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        assert running.process is not None
        running.process.kill()
        running.process.wait()
    assert check(demo)[:2] == (0, "match")
    elsewhere = demo.directory.with_name("moved-home")
    demo.directory.rename(elsewhere)
    moved = Home(elsewhere, "demo")
    assert check(moved)[:2] == (0, "match")
    with moved.up() as running:
        assert running.ready["verdict"] == "match"


@pytest.mark.parametrize("killed", ["us", "server", "both"])
def test_after_a_kill_the_next_start_serves(demo: Home, killed: str) -> None:
    with demo.up() as running:
        pid = int((demo.data / "postmaster.pid").read_text().split()[0])
        assert running.process is not None
        if killed in {"server", "both"}:
            os.kill(pid, signal.SIGKILL)
        if killed in {"us", "both"}:
            running.process.kill()
            running.process.wait()
    with demo.up() as running:
        assert running.ready["verdict"] == "match"


def test_a_second_up_says_who_holds_it(demo: Home) -> None:
    with demo.up() as running:
        second = demo.strideiq("up", "--port", "0")
        assert second.code == 3, second
        assert running.address in second.document["error"]["message"]


@contextmanager
def ignored(number: signal.Signals) -> Iterator[None]:
    """Whoever is started here has this signal ignored, as the background jobs of a shell have."""
    before = signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_cleanly(demo: Home, number: signal.Signals) -> None:
    """Also where it was ignored from birth: so a shell starts its background jobs with SIGINT."""
    with ignored(number), demo.up() as running:
        assert running.process is not None
        running.process.send_signal(number)
        running.process.communicate(timeout=60)
        assert running.process.returncode == 0
    assert not (demo.data / "postmaster.pid").exists()
    assert not (demo.paths / "run" / "up.json").exists()
