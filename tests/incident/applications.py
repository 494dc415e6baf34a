"""Applications of one environment each: what they do at their start, without the gate and with it.

Without the gate an application works wherever its address leads. With it, everything that it does
comes after the judgement; a refusal leaves what lies there as it was, to the last relation.
"""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
from laboratory import Case, Contents, Laboratory, Target

from strongroom.config import Configuration
from strongroom.errors import RefusedError
from strongroom.identity import open_database

Act = Callable[[psycopg.Connection], object]
STRONGROOM = f"{sys.executable} -c 'from strongroom.cli import main; main()'"
_RELATIONS = """
SELECT n.nspname || '.' || c.relname FROM pg_class AS c JOIN pg_namespace AS n
  ON n.oid = c.relnamespace
WHERE n.nspname !~ '^(pg_toast|pg_catalog|information_schema)' ORDER BY 1
"""
_EPOCHS = "SELECT count(*) FROM strongroom.epoch"


@dataclass(frozen=True)
class Application:
    """One environment of the shop: its configuration, and the database that it is pinned to."""

    configuration: Configuration
    target: Target

    def leading_to(self, target: Target) -> Configuration:
        """The same application, after something has changed where its address leads."""
        info = target.server.administrator(target.name)
        where = f"host={info['host']} port={info['port']} user={info['user']}"
        return replace(self.configuration, url=where, database=target.name)

    def by_variable(self) -> Configuration:
        """The same application, with its address in ``DATABASE_URL`` as its code has it."""
        text = self.configuration.path.read_text()
        line = next(line for line in text.splitlines() if line.startswith("url = "))
        self.configuration.path.write_text(text.replace(line, 'url = "$DATABASE_URL"', 1))
        return replace(self.configuration, url="$DATABASE_URL")


def application(
    laboratory: Laboratory, directory: Path, environment: str, target: Target | None = None
) -> Application:
    """A shop of an environment, pinned to a database of its own."""
    own = target or laboratory.bare()
    return Application(laboratory.pinned(own, directory / environment, environment), own)


def start(configuration: Configuration, act: Act) -> None:
    """Start an application that is behind the gate, and let it do its work."""
    with (
        open_database(configuration) as database,
        psycopg.connect(**database.conninfo(), autocommit=True) as connection,  # type: ignore[arg-type]
    ):
        database.verify_connection(connection)
        act(connection)


def works_there(case: Case, act: Act, target: Target, words: str) -> None:
    """Let it work without the gate, where it should not: what lies there must have changed."""
    before = traces(target)
    with target.connect() as connection:
        act(connection)
    assert traces(target) != before, "without the defence nothing happened: nothing is replayed"
    case.happens(words)


def is_refused(
    case: Case,
    act: Callable[[], object],
    target: Target,
    verdict: str,
    words: str = "before its first statement",
) -> None:
    """Do it behind the gate: this very verdict, one next step, and nothing is changed."""
    before = traces(target)
    with pytest.raises(RefusedError) as refusal:
        act()
    assert refusal.value.judgement["verdict"] == verdict
    assert refusal.value.next_step
    assert traces(target) == before, "refused, and written to all the same"
    case.defended(f"`{verdict}`, {words}")


def traces(target: Target) -> tuple[Contents, list[str], int]:
    """Everything that working in a database leaves there: rows, relations and marks."""
    with psycopg.connect(**target.server.administrator(target.name)) as connection:  # type: ignore[arg-type]
        relations = [row[0] for row in connection.execute(_RELATIONS).fetchall()]
        marked = "strongroom.epoch" in relations
        epochs = connection.execute(_EPOCHS).fetchone() if marked else None
    return target.contents(), relations, epochs[0] if epochs else 0


def run_script(script: str, target: Target, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a shell script whose environment leads to a database, as exported in some shell."""
    info = target.conninfo()
    environment = {
        **os.environ,
        "PGHOST": str(info["host"]),
        "PGPORT": str(info["port"]),
        "PGUSER": str(info["user"]),
        "PGPASSWORD": str(info["password"]),
        "PGDATABASE": target.name,
        **variables,
    }
    return subprocess.run(
        ["sh", "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@contextmanager
def forwarded(target: Callable[[], Target]) -> Iterator[int]:
    """Listen on a port of this machine as ``ssh -L`` does, and pass on each connection.

    ``target`` says for every new connection where it is passed to.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threads: list[threading.Thread] = []

        def accept() -> None:
            with suppress(OSError):  # the listener is shut down at the end
                while True:
                    near, _ = listener.accept()
                    threads.append(threading.Thread(target=_pass_on, args=(near, target())))
                    threads[-1].start()

        threads.append(threading.Thread(target=accept))
        threads[0].start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(timeout=5)


def _pass_on(near: socket.socket, target: Target) -> None:
    """Carry bytes both ways until either side ends; only the name of the database is replaced."""
    info = target.conninfo()
    with near, socket.socket(socket.AF_UNIX) as far:
        far.connect(f"{info['host']}/.s.PGSQL.{info['port']}")
        other, begun = {near: far, far: near}, False
        while True:
            for one in select.select([near, far], [], [])[0]:
                data = one.recv(65_536)
                if not data:
                    return
                if one is near and not begun and b"\0database\0" in data:
                    data, begun = _naming(target.name, data), True
                other[one].sendall(data)


def _naming(database: str, startup: bytes) -> bytes:
    """A startup message that asks for another database: its length, its version, its settings."""
    head, _, tail = startup[4:].partition(b"\0database\0")
    _, _, rest = tail.partition(b"\0")
    message = head + b"\0database\0" + database.encode() + b"\0" + rest
    return (len(message) + 4).to_bytes(4) + message


def dumped(target: Target, path: Path, *options: str) -> Path:
    """Dump the tables of a shop as ``pg_dump`` does."""
    _run_tool(target, "pg_dump", "-n", "public", *options, "-f", str(path))
    return path


def restored(target: Target, archive: Path, *options: str) -> int:
    """Load an archive as ``pg_restore`` does, which goes on after errors; return its status."""
    return _run_tool(target, "pg_restore", "-d", target.name, *options, str(archive), check=False)


def _run_tool(target: Target, tool: str, *arguments: str, check: bool = True) -> int:
    info = target.conninfo(target.migrator)
    environment = {
        **os.environ,
        "PGHOST": str(info["host"]),
        "PGPORT": str(info["port"]),
        "PGUSER": str(info["user"]),
        "PGPASSWORD": str(info["password"]),
        "PGDATABASE": target.name,
    }
    program = str(target.server.binaries.tool(tool))
    finished = subprocess.run(
        [program, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert not check or finished.returncode == 0, finished.stderr
    return finished.returncode
