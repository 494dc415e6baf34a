"""A drill, with its parts, against the bare restore of the same data.

The bare restore is what a person would do by hand: make an empty scratch cluster with the same
settings, start it, and let ``pg_restore`` load a plain ``pg_dump -Fc -Z0`` file (without owners
and rights, which take no time) into a new database. A drill does that from the encrypted backup
and then counts, digests and compares everything. Target: at most twice the bare restore.
Alternating rounds, medians.

    python benchmarks/drill.py --size-mb 200 --rounds 3
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from logical_backup import fill

import strongroom
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.postgres.roles import create_database, create_roles, new_passwords, roles_of
from strongroom.postgres.tools import run_tool
from strongroom.server.scratch import scratch_server
from strongroom.testing.settings import LOGICAL

TARGET = 2.0


def dump(database: strongroom.OpenDatabase, target: Path) -> None:
    """Write the plain dump that the bare restore loads."""
    if database.server is None:
        raise SystemExit("the benchmark supervises its own server")
    arguments = ["-Fc", "-Z0", f"--file={target}"]
    run_tool(database.server.binaries.tool("pg_dump"), arguments, database.administrator())


def bare_restore(configuration: strongroom.Configuration, plain: Path) -> dict[str, float]:
    """Load the plain dump into a scratch server; seconds of each part."""
    begun_s = time.perf_counter()
    with scratch_server(configuration.scratch_directory) as server:
        roles = roles_of(configuration.application)
        with connect(server.administrator(), autocommit=True) as connection:
            create_roles(connection, roles, new_passwords(roles))
            create_database(connection, configuration.database, roles)
        ready_s = time.perf_counter()
        arguments = ["--no-owner", "--no-acl", f"--dbname={configuration.database}", str(plain)]
        where = server.administrator(configuration.database)
        run_tool(server.binaries.tool("pg_restore"), arguments, where)
        loaded_s = time.perf_counter()
    whole_s = time.perf_counter() - begun_s
    return {"load": loaded_s - ready_s, "server": whole_s - (loaded_s - ready_s), "whole": whole_s}


def drill(configuration: strongroom.Configuration) -> dict[str, float]:
    """Drill the newest backup; seconds of each part."""
    begun_s = time.perf_counter()
    record = strongroom.drill(configuration)
    whole_s = time.perf_counter() - begun_s
    if record.verdict != "proven":
        raise SystemExit(f"the backup was not proven: {record.findings}")
    parts = {name: record.parts_s[name] for name in ("load", "compare")}
    return {**parts, "server": whole_s - sum(parts.values()), "whole": whole_s}


def main() -> None:
    """Fill, back up, restore and drill in turn, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size-mb", type=int, default=200, help="table data, without indexes")
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("ROUNDS", "3")))
    arguments = parser.parse_args()
    taken: dict[str, list[dict[str, float]]] = {"bare restore": [], "drill": []}
    with tempfile.TemporaryDirectory() as directory:
        path, plain = Path(directory) / "strongroom.toml", Path(directory) / "plain"
        document = strongroom.default_document(
            application="bench", environment="bench", database="b"
        )
        path.write_text(document + LOGICAL, encoding="utf-8")
        configuration = strongroom.load_configuration(path)
        strongroom.init(configuration)
        with strongroom.open_database(configuration) as database:
            fill(database, arguments.size_mb)
            strongroom.backup(configuration)
            dump(database, plain)
        subprocess.run(["sync"], check=False)  # noqa: S607  no round pays for what was just written
        for _ in range(arguments.rounds):
            taken["bare restore"].append(bare_restore(configuration, plain))
            taken["drill"].append(drill(configuration))
    report(taken)


def report(taken: dict[str, list[dict[str, float]]]) -> None:
    """Print the median of every part, and the ratio of the wholes."""
    medians_s = {
        name: {part: statistics.median(one[part] for one in rounds) for part in rounds[0]}
        for name, rounds in taken.items()
    }
    print(f"  medians of {len(taken['drill'])} alternating rounds; server: made, started, removed")
    for name, parts in medians_s.items():
        said = ", ".join(f"{part} {seconds:.2f} s" for part, seconds in parts.items())
        print(f"  {name:13} {said}")
    ratio = medians_s["drill"]["whole"] / medians_s["bare restore"]["whole"]
    print(f"  a drill takes {ratio:.2f} of the bare restore (target: at most {TARGET})")


if __name__ == "__main__":
    main()
