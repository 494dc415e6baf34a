"""Watchers as processes: killed, asked to end, two at once; with real backups and drills."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from strongroom.backups import listed
from strongroom.config import load
from strongroom.drills import proofs
from strongroom.identity import check, open_database
from strongroom.postgres.connections import connect
from strongroom.report import attempts_of
from strongroom.schedule import STEPS
from strongroom.testing.forked import forked
from strongroom.testing.killing import SOAK

Watched = Any
"""``conftest.Watched``; pytest loads that file under a name of its own."""

ONCE_AND_DIE = """
import sys
from pathlib import Path
from strongroom.config import load
from strongroom.schedule import Events, Watcher
from strongroom.testing.killing import KillAt
watcher = Watcher([load(Path(sys.argv[1]))], Events(), progress=KillAt(sys.argv[2]))
print([one.exit_code for one in watcher.once()])
"""
STEPS_OF_JOBS = ("backup.dumped", "backup.recorded", "drill.server_started", "drill.record_stored")
KILLED = (*STEPS, *STEPS_OF_JOBS) if os.environ.get(SOAK) else ("backup.recorded", "watch.told")


def forget_backups(watched: Watched) -> None:
    """Have a database that was never backed up, and a ledger that knows of no backup either."""
    shutil.rmtree(watched.configuration.directory / "store/backups")
    watched.configuration.ledger_path.unlink()


def rewrite(watched: Watched, old: str, new: str) -> None:
    text = watched.configuration.path.read_text()
    assert old in text
    watched.configuration.path.write_text(text.replace(old, new))


@contextmanager
def running(watched: Watched, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = watched.start(*arguments)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def read_until(process: subprocess.Popen[str], name: str) -> list[dict[str, Any]]:
    """Read events until one of this name; the test's own time limit ends it otherwise."""
    events = []
    assert process.stdout is not None
    for line in process.stdout:
        events.append(json.loads(line))
        if events[-1]["event"] == name:
            return events
    pytest.fail(f"ended before {name}: {events}")


@pytest.mark.parametrize("step", KILLED)
def test_killed_at_any_step_the_next_watcher_goes_on(watched: Watched, step: str) -> None:
    """On the same machine, where nobody has to wait for the lease of the dead."""
    forget_backups(watched)
    killed = forked(ONCE_AND_DIE, watched.configuration.path, step, environment=watched.environment)
    assert killed.returncode == -signal.SIGKILL, f"the step was not reached: {killed.stderr}"
    assert watched.once().returncode == 0
    (backup,) = listed(watched.configuration)
    assert {one.verdict for one in proofs(watched.configuration, backup.backup_id)} == {"proven"}
    assert len(proofs(watched.configuration, backup.backup_id)) <= 2
    again = watched.once("--json")
    assert json.loads(again.stdout)["rounds"][0]["jobs"] == []


def test_two_watchers_at_once_take_one_backup(watched: Watched) -> None:
    forget_backups(watched)
    command = watched.command("watch", "--once")
    both = [
        subprocess.Popen(
            command, env=watched.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    ends = [(one.communicate()[1], one.returncode) for one in both]
    assert [code for _, code in ends] == [0, 0], ends
    assert len(listed(watched.configuration)) == 1
    assert len(proofs(watched.configuration)) == 1
    assert watched.pings.count("/ping/secret-check") == 1


def test_a_watcher_serves_metrics_and_ends_after_its_step_when_it_is_asked(
    watched: Watched,
) -> None:
    rewrite(watched, "[schedule]", "[schedule]\nmetrics_port = 0")
    with running(watched, "--jsonl") as process:
        port = read_until(process, "metrics.served")[-1]["port"]
        read_until(process, "drill.started")
        process.send_signal(signal.SIGTERM)
        events = read_until(process, "watch.ended")
        names = [one["event"] for one in events]
        assert names[0] == "drill.done", "the step that it was in is finished"
        assert "conditions" in names
        assert process.wait() == 0
    assert [one.verdict for one in proofs(watched.configuration)] == ["proven"]
    assert port > 0


def test_metrics_are_served_while_a_watcher_waits(watched: Watched) -> None:
    rewrite(watched, "[schedule]", "[schedule]\nmetrics_port = 0")
    with running(watched, "--jsonl") as process:
        port = read_until(process, "metrics.served")[-1]["port"]
        read_until(process, "watch.next")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            served = answer.read().decode()
        assert "strongroom_proof_age_seconds{" in served
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0


def test_an_emptied_database_is_not_backed_up_and_somebody_is_told_once(
    watched: Watched,
) -> None:
    """From the loss to the recovery, as a person would hear of it."""
    assert watched.once().returncode == 0
    before = listed(watched.configuration)
    rewrite(watched, '"every 1 d"', '"every 1 min"')
    with (
        open_database(load(watched.configuration.path)) as database,
        connect(database.administrator(), autocommit=True) as connection,
    ):
        connection.execute("ALTER TABLE public.parent RENAME TO parent_away")
    code = check(watched.configuration).verdict.exit_code
    assert code != 0
    for _ in range(2):
        refused = watched.once(later=True)
        assert refused.returncode == code, refused.stderr
    assert listed(watched.configuration) == before
    titles = [one["title"] for one in watched.alerts]
    assert sorted(titles) == ["runs/test: backup failed", "runs/test: verdict"]
    assert f"--config {watched.configuration.path}" in watched.alerts[0]["message"]
    assert watched.pings[-1].endswith("/fail")
    assert attempts_of(watched.configuration).failed["backup"].failures == 2
