"""Real files through the command line, with the server up and down, once and again."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from homes import Home

pytestmark = pytest.mark.samples


def test_the_samples_are_imported_once_with_a_verdict_each(
    make_home: Callable[..., Home], samples: Path
) -> None:
    home = make_home()
    added = home.strideiq("athlete", "add", "me@example.org", "--name", "Me")
    assert added.code == 0, added
    first = home.strideiq("import", samples)
    files = {Path(one["file"]).name: one for one in first.document["files"]}
    assert files["python-fitparse__nick.fit"]["verdict"] == "partial"
    assert files["python-fitparse__nick.fit"]["records"] >= 14_000
    strava = files["python-fitparse__strava-android-app-201.10-b1218918.fit"]
    assert (strava["verdict"], strava["records"] >= 470) == ("partial", True)
    assert all(one["reason"] for one in files.values() if one["verdict"] in {"partial", "failed"})
    again = home.strideiq("import", samples)
    verdicts = Counter(one["verdict"] for one in again.document["files"])
    assert set(verdicts) <= {"duplicate", "failed"}, verdicts
    assert home.strongroom("check").code == 0


def test_a_watched_folder_is_read_by_a_worker_that_may_be_killed(
    make_home: Callable[..., Home], samples: Path, tmp_path: Path
) -> None:
    home = make_home()
    assert home.strideiq("athlete", "add", "me@example.org", "--name", "Me").code == 0
    folder = tmp_path / "watched"
    folder.mkdir()
    home.extra["STRIDEIQ_WATCHED_FOLDER"] = str(folder)
    run = samples / "runpandas__run.gpx"
    with home.up() as running:
        assert running.process is not None
        os.kill(_worker_of(running.process.pid), signal.SIGKILL)
        shutil.copy(run, folder)
        deadline = time.monotonic() + 120
        originals = 0
        while not originals and time.monotonic() < deadline:
            time.sleep(2)
            originals = sum(home.strideiq("reprocess", "--all").document["counts"].values())
        assert originals == 1
    assert (folder / run.name).read_bytes() == run.read_bytes()


def _worker_of(server: int) -> int:
    """The worker that a server has started."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        threads = Path(f"/proc/{server}/task").glob("*/children")
        for child in {*children, *(each for file in threads for each in file.read_text().split())}:
            try:
                if b"--until-closed" in Path(f"/proc/{child}/cmdline").read_bytes():
                    return int(child)
            except OSError:
                continue
        time.sleep(0.1)
    raise AssertionError("no worker was started")
