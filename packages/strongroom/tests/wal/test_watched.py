"""The watcher stores the log beside its other work, on S3 too, whatever becomes of the server."""

from __future__ import annotations

import signal
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from strongroom.backups import fsck, take
from strongroom.backups.wal import figures_of, read_standing
from strongroom.config import load
from strongroom.drills import require_as_written
from strongroom.identity import open_database
from strongroom.postgres.connections import connect
from strongroom.postgres.replication import position_of
from strongroom.progress import SILENT
from strongroom.report import at_risk_s, collect
from strongroom.restores import points, target_at
from strongroom.schedule import Event, Events, Watcher
from strongroom.server.launch import stop_postmaster
from strongroom.server.supervisor import Supervisor

sys.path.insert(0, str(Path(__file__).parent))  # what these tests share

from following import PATIENCE_S, followed_home

S3 = Any
"""``conftest.S3``; pytest loads that file under a name of its own."""
FLUSHED = "SELECT pg_catalog.pg_current_wal_flush_lsn()::text"


def quiet_for_hours() -> str:
    """Nothing else begins while this test runs."""
    now = datetime.now(UTC)
    start, end = now - timedelta(hours=1), now + timedelta(hours=12)
    return f'[schedule]\nquiet = ["{start:%H:%M}-{end:%H:%M}"]\n'


class Watching:
    """A watcher at work in a thread of its own."""

    def __init__(self, configuration: Any) -> None:
        self.configuration, self.events = configuration, list[Event]()
        self._told = threading.Condition()
        self.watcher = Watcher([configuration], Events(self._tell))
        self._thread = threading.Thread(target=self.watcher.watch)
        self._thread.start()

    def _tell(self, event: Event) -> None:
        with self._told:
            self.events.append(event)
            self._told.notify_all()

    def until_told(self, name: str, times: int = 1) -> None:
        with self._told:
            told = self._told.wait_for(
                lambda: [one.name for one in self.events].count(name) >= times, PATIENCE_S
            )
            assert told, self.events

    def until_stored(self, lsn: str) -> None:
        """Nobody tells of each piece here, so it is asked for."""
        with self._told:
            assert self._told.wait_for(lambda: True, PATIENCE_S)
            while position_of(figures_of(self.configuration, datetime.now(UTC)).stored or "0/0") < (
                position_of(lsn)
            ):
                self._told.wait(0.1)

    def end(self) -> None:
        self.watcher.stop.request()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()


def write(configuration: Any, number: int) -> str:
    with (
        open_database(configuration) as database,
        connect(database.administrator(), autocommit=True) as connection,
    ):
        connection.execute("INSERT INTO public.run VALUES (%s)", [number])
        return str(connection.execute(FLUSHED).fetchall()[0][0])


def test_it_goes_on_after_the_server_crashed_and_was_started_again(tmp_path: Path, s3: S3) -> None:
    home = tmp_path / "home"
    configuration = followed_home(home, quiet_for_hours())
    text = configuration.path.read_text()
    text = text.replace('[store]\nurl = "store"', f'[store]\nurl = "{s3.url()}"')
    text = text.replace("[state]\n", '[state]\nurl = "store"\n')
    configuration.path.write_text(text)
    configuration = load(configuration.path)
    assert configuration.server is not None
    supervisor = Supervisor(configuration.server)
    with open_database(configuration) as database:
        with connect(database.administrator(), autocommit=True) as connection:
            connection.execute("CREATE TABLE public.run (id int)")
        manifest = take(configuration, database, method="physical")
    watching = Watching(configuration)
    try:
        with supervisor.running():
            watching.until_told("wal.receiving")
            watching.until_stored(write(configuration, 1))
            stop_postmaster(configuration.server.data_directory, SILENT, signal.SIGQUIT)
        with supervisor.running():
            watching.until_told("wal.receiving", 2)
            end = write(configuration, 2)
            watching.until_stored(end)
            facts = collect(configuration)
    finally:
        watching.end()
    assert facts.log is not None
    assert facts.log.lost == facts.log.vanished == ()
    risk = at_risk_s(facts)
    assert risk is not None
    assert risk < 60
    standing = read_standing(configuration)
    assert standing is not None
    assert standing.phase == "ended"
    target = target_at(configuration, lsn=end)
    assert target is not None
    assert points.backup_for(configuration, target, None)[0] == manifest
    end = write(configuration, 3)  # while nobody receives
    watching = Watching(configuration)
    try:
        watching.until_stored(end)  # and the server is at rest
        watching.until_told("wal.receiving")
    finally:
        watching.end()
    checked = fsck(configuration, check_drill=require_as_written, read_data=True)
    assert not checked.damaged
    assert checked.findings == []
