"""What protection costs: pgbench, and bulk deletes below the limit, as ratios.

Each figure is a median of runs that alternate between the same database with and without
guards, on one server, so that the machine's noise meets both alike.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

from strongroom.config import default_document, load
from strongroom.identity.observation import Identity
from strongroom.identity.schema import create_schema
from strongroom.postgres.connections import connect_as_configured
from strongroom.protection import install
from strongroom.server.scratch import scratch_server
from strongroom.server.supervisor import RunningServer

RUNS = int(os.environ.get("RUNS", "5"))
SECONDS = int(os.environ.get("SECONDS_EACH", "5"))
ROWS = 500_000
DATABASES = ("bare", "guarded")
OWN_SCRIPTS = {
    "tpc-b": None,
    "one update by key": "\\set n random(1, 100000)\n"
    "UPDATE pgbench_accounts SET abalance = abalance + 1 WHERE aid = :n;\n",
    "one insert and one delete": "\\set n random(1, 1000000000)\n"
    "INSERT INTO item VALUES (:n, 'x') ON CONFLICT DO NOTHING;\nDELETE FROM item WHERE id = :n;\n",
    "one select by key": "\\set n random(1, 100000)\n"
    "SELECT abalance FROM pgbench_accounts WHERE aid = :n;\n",
}
LOOPS = (
    (
        "one update by key",
        "FOR i IN 1..5000 LOOP UPDATE item SET told = told WHERE id = -i;",
        5_000,
    ),
    ("one deletion by key", "FOR i IN 1..1000 LOOP DELETE FROM item WHERE id = -i;", 1_000),
    (
        "40 rows deleted",
        "FOR i IN 0..39 LOOP DELETE FROM item WHERE id < -i * 40 AND id >= -i * 40 - 40;",
        40,
    ),
)


def main() -> None:
    """Print one line for each kind of work."""
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        with scratch_server(directory, settings={"max_wal_size": "2GB"}) as server:
            for name in DATABASES:
                _prepare(server, name, directory)
            for label, script in OWN_SCRIPTS.items():
                _pgbench(server, label, script, directory)
            for rows in (50, 5_000, 90_000):
                _bulk(server, rows)
            for label, loop, statements in LOOPS:
                _inside(server, label, loop, statements)


def _prepare(server: RunningServer, name: str, directory: Path) -> None:
    with connect_as_configured(server.administrator(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    _run(server, name, "--initialize", "--scale=1", "--quiet")
    path = directory / "strongroom.toml"
    path.write_text(default_document(application="bench", environment="test", database=name))
    with connect_as_configured(server.administrator(name), autocommit=True) as connection:
        connection.execute("CREATE TABLE item (id int PRIMARY KEY, told text)")
        connection.execute("INSERT INTO item SELECT -n, 'x' FROM generate_series(1, 10000) AS n")
        connection.execute("CREATE TABLE bulk (id int, told text)")
        connection.execute(
            f"INSERT INTO bulk SELECT n, 'told' FROM generate_series(1, {ROWS}) AS n".encode()
        )
        identity = Identity(str(uuid.uuid4()), "test", str(uuid.uuid4()))
        with connection.transaction():
            create_schema(connection, identity, readers=())
        if name == "guarded":
            install(connection, load(path))
        connection.execute("VACUUM ANALYZE")


def _pgbench(server: RunningServer, label: str, script: str | None, directory: Path) -> None:
    arguments = ["--client=2", "--jobs=1", f"--time={SECONDS}", "--no-vacuum"]
    if script is not None:
        path = directory / "script.sql"
        path.write_text(script)
        arguments.append(f"--file={path}")
    found: dict[str, list[float]] = {name: [] for name in DATABASES}
    for _ in range(RUNS):
        for name in DATABASES:
            told = re.search(r"tps = ([\d.]+)", _run(server, name, *arguments))
            found[name].append(float(told[1]) if told else 0.0)
    bare, guarded = (statistics.median(found[name]) for name in DATABASES)
    ratios = [g / b for b, g in zip(found["bare"], found["guarded"], strict=True)]
    print(
        f"pgbench, {label}: {bare:,.0f} tps bare, {guarded:,.0f} guarded, "
        f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
    )


def _bulk(server: RunningServer, rows: int) -> None:
    """Delete below the limit, and take it back: the same rows each time."""
    found: dict[str, list[float]] = {name: [] for name in DATABASES}
    for _ in range(RUNS):
        for name in DATABASES:
            with connect_as_configured(server.administrator(name)) as connection:
                begun = time.perf_counter()
                connection.execute("DELETE FROM bulk WHERE id <= %s", (rows,))
                found[name].append(time.perf_counter() - begun)
                connection.rollback()
            with connect_as_configured(server.administrator(name), autocommit=True) as connection:
                connection.execute("VACUUM bulk")
    bare, guarded = (1_000 * statistics.median(found[name]) for name in DATABASES)
    print(
        f"deleting {rows:,} of {ROWS:,} rows: {bare:.1f} ms bare, {guarded:.1f} ms guarded, "
        f"ratio {guarded / bare:.2f}"
    )


def _inside(server: RunningServer, label: str, loop: str, statements: int) -> None:
    """Processor time of the server's process within one session: other work disturbs it least."""
    found: dict[str, list[float]] = {name: [] for name in DATABASES}
    for _ in range(2 * RUNS + 1):
        for name in DATABASES:
            with connect_as_configured(server.administrator(name)) as connection:
                connection.execute("UPDATE item SET told = told WHERE id = -1")  # warm
                begun = _processor_time_s(connection.info.backend_pid)
                connection.execute(f"DO $$ BEGIN {loop} END LOOP; END $$".encode())
                found[name].append(_processor_time_s(connection.info.backend_pid) - begun)
                connection.rollback()
            with connect_as_configured(server.administrator(name), autocommit=True) as connection:
                connection.execute("VACUUM item")
    bare, guarded = (1e6 * statistics.median(found[name]) / statements for name in DATABASES)
    print(f"{label}, inside one session: {bare:.1f} us bare, {guarded:.1f} us guarded")


def _processor_time_s(pid: int) -> float:
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def _run(server: RunningServer, database: str, *arguments: str) -> str:
    info = server.administrator(database)
    finished = subprocess.run(
        [
            _pgbench_program(server),
            f"--host={info['host']}",
            f"--username={info['user']}",
            *arguments,
            database,
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return finished.stdout


def _pgbench_program(server: RunningServer) -> Path:
    """The server's own, else any that is installed: its version does not matter here."""
    own = server.binaries.tool("psql").with_name("pgbench")
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))
    return own if own.exists() else installed[-1]


if __name__ == "__main__":
    main()
