"""One home whose runs begin from the same state: a small database, its backups, copies, proofs.

The server stays up from run to run; store, copies and records are put back before each. Acts
that exchange the data directory get that back, too.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import signal
import subprocess
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from strongroom.backups import Manifest, StoredObject, copy_backups, take
from strongroom.backups.unfinished import marked, unfinished_marks
from strongroom.config import CONFIGURATION_NAME, Configuration, default_document, load
from strongroom.drills import DrillRecord, TableContent, drill, survey_tables
from strongroom.drills.proofs import store_record
from strongroom.errors import ServerError
from strongroom.identity import init
from strongroom.ledger import ledger_of
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.progress import SILENT
from strongroom.restores import restore
from strongroom.server.directory import live_postmaster
from strongroom.server.supervisor import Supervisor
from strongroom.storage import open_store

PUT_BACK = ("store", "copies", "state", "keys", "scratch")
"""What every run begins with anew."""
WITH_DATA = (*PUT_BACK, "data", "kept")
ROOM = "4g"
SPARE_BYTES = 48 << 10
"""What a full disk has left: less than any of the acts needs."""

TABLES = """
CREATE TABLE public.runner (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE public.run (id serial PRIMARY KEY, runner int REFERENCES public.runner, km numeric);
INSERT INTO public.runner SELECT n, 'runner ' || n FROM generate_series(1, 50) n;
INSERT INTO public.run (runner, km) SELECT 1 + n % 50, n / 7.0 FROM generate_series(1, 2000) n;
CREATE TABLE public.written (id int PRIMARY KEY);
"""
FEW_KEPT = """
[retention]
hourly = 0
daily = 2
weekly = 0
monthly = 0
yearly = 0
keep_min_s = 0
"""


@dataclass
class State:
    """One state that runs begin from, and what is known to be true in it."""

    name: str
    backups: dict[str, Manifest]
    proven: frozenset[str]
    contents: dict[str, TableContent]
    objects: dict[str, dict[str, str]]
    """The sha256 of every object of backups and drills, by store and key."""


SERVER_RETURNS_S = 30.0


class Home:
    """The home of one test process."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.templates = directory / "h", directory / "t"
        self.mounted = _mounted(self.directory)
        self.states: dict[str, State] = {}
        self._stack = ExitStack()
        self._data_of = "plain"
        # Programs inherit it, so that those that a killed process has left can be told.
        self._path = os.environ["PATH"]
        os.environ["PATH"] = f"{self._path}{os.pathsep}{self.directory}"
        self.configuration = self._made()
        self._build()

    def contents(self) -> dict[str, TableContent]:
        """Count and digest of every table of the application that is in place now.

        A server that a fault has struck may still be going down: the next one is waited for.
        """
        deadline = time.monotonic() + SERVER_RETURNS_S
        while True:
            try:
                with (
                    self.supervisor.running() as server,
                    connect(server.administrator("runs")) as connection,
                ):
                    tables = survey_tables(connection)
                break
            except ServerError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        return {name: one for name, one in tables.items() if not name.startswith("strongroom.")}

    def execute(self, statements: str) -> None:
        """Do something as a superuser, past every guard."""
        with (
            self.supervisor.running() as server,
            connect(server.administrator("runs"), autocommit=True) as connection,
        ):
            connection.execute(statements.encode())

    @property
    def supervisor(self) -> Supervisor:
        """Of the server in place."""
        assert self.configuration.server is not None
        return Supervisor(self.configuration.server)

    def hold(self) -> None:
        """Keep the server up, as an application would."""
        self._stack = ExitStack()
        self._stack.enter_context(self.supervisor.running())

    def release(self) -> None:
        """Let the server go, however it is."""
        with suppress(Exception):
            self._stack.close()
        with suppress(Exception):
            self.supervisor.stop(force=True)

    def begin(self, name: str, *, with_data: bool = False) -> State:
        """Put everything back that a run may have changed."""
        data_of = name if with_data else "plain"
        moved = with_data or self._data_of != data_of
        if moved:
            self.release()
        for part in WITH_DATA if moved else PUT_BACK:
            source = self.templates / (name if part in PUT_BACK else data_of) / part
            target = self.directory / part
            if target.exists():
                shutil.rmtree(target)
            if source.exists():
                subprocess.run(["cp", "-a", source, target], check=True)
        # What an act has exchanged is not what it began with any more.
        self._data_of = f"{name}, used" if with_data else data_of
        if moved or live_postmaster(self.directory / "data") is None:
            self.release()
            self.hold()
        return self.states[name]

    def objects(self) -> dict[str, dict[str, str]]:
        """The sha256 of every object of backups and drills, by store and key."""
        return {
            store: {
                str(path.relative_to(self.directory / store)): _sha256(path)
                for room in ("backups", "drills")
                for path in sorted((self.directory / store / room).rglob("*"))
                if path.is_file()
            }
            for store in ("store", "copies")
        }

    @property
    def secrets(self) -> list[str]:
        """What no message and no record may hold."""
        key = self.configuration.private_key.read_text().splitlines()
        passwords = self.configuration.passwords.read_text()
        return [
            *(line for line in key if line.startswith("AGE-SECRET")),
            *(part for part in passwords.split('"') if len(part) > 20),
        ]

    def make_room(self) -> None:
        """Give the file system its room back."""
        if self.mounted:
            self._resize(ROOM)

    def fill(self) -> None:
        """Take the room away that is left."""
        usage = os.statvfs(self.directory)
        self._resize(str((usage.f_blocks - usage.f_bfree) * usage.f_frsize + SPARE_BYTES))

    def kill_server(self, how: signal.Signals) -> None:
        """End the server in place."""
        if postmaster := live_postmaster(self.directory / "data"):
            os.kill(postmaster.process_id, how)

    def kill_scratch_servers(self) -> bool:
        """End every scratch server, if there is one."""
        found = [
            postmaster.process_id
            for place in self.configuration.scratch_directory.glob("scratch-*")
            if (postmaster := live_postmaster(place / "data"))
        ]
        for process_id in found:
            os.kill(process_id, signal.SIGKILL)
        return bool(found)

    def end(self) -> None:
        """Stop the server and remove everything."""
        self.release()
        os.environ["PATH"] = self._path
        if self.mounted:
            subprocess.run(["umount", "-l", self.directory], check=False)
        shutil.rmtree(self.directory, ignore_errors=True)
        shutil.rmtree(self.templates, ignore_errors=True)

    def _resize(self, size: str) -> None:
        subprocess.run(["mount", "-o", f"remount,size={size}", self.directory], check=True)

    def _made(self) -> Configuration:
        path = self.directory / CONFIGURATION_NAME
        text = default_document(application="runs", environment="test", database="runs")
        text = text.replace("[state]", 'copies = ["copies"]\n\n[state]')
        path.write_text(text + FEW_KEPT)
        configuration = load(path)
        init(configuration)
        return configuration

    def _build(self) -> None:
        self.hold()
        self.execute(TABLES)
        made = [take(self.configuration, method="logical", copy=False)]
        made += [take(self.configuration, method="physical", copy=False) for _ in range(2)]
        records = [drill(self.configuration, one.backup_id) for one in made]
        assert [one.verdict for one in records] == ["proven"] * 3
        known = {one.backup_id: one for one in made}
        self._keep("uncopied", known)
        copy_backups(self.configuration)
        self._keep("plain", known, with_data=True)
        self.hold()
        self._build_aged(known, records[0])
        self._build_damaged(known)
        self._build_swapped(known)
        self.begin("plain", with_data=True)

    def _build_aged(self, known: dict[str, Manifest], record: DrillRecord) -> None:
        aged = [self._older(known[record.backup_id], record, days) for days in range(1, 6)]
        self._keep("aged", {**known, **{one.backup_id: one for one in aged}})

    def _build_damaged(self, known: dict[str, Manifest]) -> None:
        """Lose one object, change another, and leave a dead backup; the copies are whole."""
        self.begin("plain")
        logical, base, last = known.values()
        (self.directory / "store" / logical.objects[0].key).unlink()
        spoilt = self.directory / "store" / base.objects[1].key
        data = bytearray(spoilt.read_bytes())
        data[len(data) // 3] ^= 4
        spoilt.write_bytes(data)
        (self.directory / "store" / last.key).unlink()
        marks, dead = unfinished_marks(self.configuration), "20260101T000000Z-000000"
        with suppress(ZeroDivisionError), marked(marks, dead):
            open_store(self.configuration.store_url).put(f"backups/{dead}/data", b"half")
            raise ZeroDivisionError
        self._keep("damaged", known)

    def _build_swapped(self, known: dict[str, Manifest]) -> None:
        self.begin("plain")
        self.execute("INSERT INTO public.written VALUES (1)")
        self._keep("written", known, with_data=True)
        self.hold()
        logical = next(iter(known))
        restore(self.configuration, logical, swap=True)
        self.execute("INSERT INTO public.written VALUES (2), (3)")
        self._keep("swapped", known, with_data=True)

    def _keep(self, name: str, backups: dict[str, Manifest], *, with_data: bool = False) -> None:
        contents = self.contents()
        if with_data:
            self.release()
        target = self.templates / name
        target.mkdir(parents=True)
        for part in WITH_DATA if with_data else PUT_BACK:
            if (self.directory / part).exists():
                subprocess.run(["cp", "-a", self.directory / part, target / part], check=True)
        proven = frozenset(backups)
        self.states[name] = State(name, dict(backups), proven, contents, self.objects())

    def _older(self, manifest: Manifest, record: DrillRecord, days: int) -> Manifest:
        """Put the same backup into the store as one of an earlier day, proven."""
        at = manifest.started_at - timedelta(days=days)
        backup_id = f"{at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
        store, stored = open_store(self.configuration.store_url), manifest.objects[0]
        key = stored.key.replace(manifest.backup_id, backup_id)
        older = replace(
            manifest,
            backup_id=backup_id,
            started_at=at,
            finished_at=at,
            objects=[
                StoredObject(key, stored.size_bytes, stored.sha256, stored.content_size_bytes)
            ],
        )
        ledger_of(self.configuration).record(
            "backup", backup_id=backup_id, manifest_sha256=older.sha256
        )
        store.put(key, store.get(stored.key))
        store.put(older.key, older.to_bytes())
        proof = replace(
            record,
            drill_id=f"{at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}",
            backup_id=backup_id,
            manifest_sha256=older.sha256,
            at=at,
        )
        store_record(self.configuration, proof, SILENT)
        return older


def _mounted(directory: Path) -> bool:
    """Give the home a file system of its own where that is permitted, so that it can be full."""
    directory.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=0755", "tmpfs", directory]
    return os.geteuid() == 0 and subprocess.run(command, check=False).returncode == 0


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
