"""Physical backups under load: pgbench writes throughout, and each backup is drilled.

Takes full and incremental backups of a supervised server while pgbench runs on it as fast as it
can, proves each of them, and at last changes one row in a copy that was restored: that drill has
to fail. Prints how each moment was found, what the backups took, and what pgbench came to.

    python benchmarks/physical_under_load.py --backups 50
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import strongroom
from strongroom.backups import Manifest, take
from strongroom.drills import DrillRecord, contents, drill, recovery
from strongroom.drills.comparison import Contents
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.postgres.tools import tool_environment
from strongroom.progress import Progress
from strongroom.server.binaries import find_binaries
from strongroom.server.supervisor import RunningServer

SETTINGS = """
[backup]
method = "physical"
chain_max = 6

[server.settings]
wal_level = "{wal_level}"
max_wal_size = "256MB"
"""
CHANGED = "UPDATE public.pgbench_accounts SET abalance = abalance + 1 WHERE aid = 4711"


def main() -> None:
    """Make the database, load it, take and prove, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--backups", type=int, default=3)
    parser.add_argument("--scale", type=int, default=1, help="of pgbench: 100,000 rows each")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--rate", type=int, help="transactions a second; else all it can")
    parser.add_argument("--wal-level", choices=["replica", "logical"], default="replica")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "strongroom.toml"
        document = strongroom.default_document(
            application="bench", environment="bench", database="bench"
        )
        path.write_text(document + SETTINGS.format(wal_level=arguments.wal_level))
        configuration = strongroom.load_configuration(path)
        strongroom.init(configuration)
        with strongroom.open_database(configuration) as database:
            pgbench(database, "--initialize", f"--scale={arguments.scale}", "--quiet")
            with under_load(database, arguments.clients, arguments.rate):
                taken = [proven(configuration, database) for _ in range(arguments.backups)]
            report(taken)
            print(f"one row changed in a restored copy: {forged(configuration)}")
    if any(record.verdict != "proven" for _, record in taken):
        sys.exit(1)


def proven(
    configuration: strongroom.Configuration, database: strongroom.OpenDatabase
) -> tuple[Manifest, DrillRecord]:
    """Take one backup, and drill it while the load goes on."""
    manifest = take(configuration, database)
    record = drill(configuration, manifest.backup_id)
    found = manifest.physical
    if found is None:
        raise AssertionError("the configuration says physical")
    seconds = f"{manifest.duration_s:.1f} s, drilled in {record.duration_s:.1f} s"
    print(f"{found.kind:11} {found.proof_method:5} {seconds}: {record.verdict}", flush=True)
    for finding in record.findings:
        print(f"    {finding}", flush=True)
    return manifest, record


@contextmanager
def under_load(database: strongroom.OpenDatabase, clients: int, rate: int | None) -> Iterator[None]:
    """Let pgbench write all the time; it is stopped at the end, and what it came to is printed."""
    program = find_binaries(15).tool("pgbench")
    arguments = ["--no-vacuum", f"--client={clients}", "--time=86400", "--progress=1"]
    arguments += [f"--rate={rate}"] if rate else []
    with tempfile.TemporaryFile("w+") as said:
        environment = tool_environment(database.administrator())
        process = subprocess.Popen(
            [program, *arguments], env=environment, stderr=said, stdout=subprocess.DEVNULL
        )
        try:
            yield
            if process.poll() is not None:
                raise AssertionError("pgbench ended before the backups did")
        finally:
            process.terminate()
            process.wait()
        said.seek(0)
        rates = [float(one) for one in re.findall(r"([\d.]+) tps", said.read())]
    still = sum(1 for one in rates if not one)
    print(f"pgbench: {statistics.median(rates):.0f} tps at the median of {len(rates)} s, ", end="")
    print(f"{min(rates):.0f} at the least, {still} s without any; {sum(rates):,.0f} in all")


def forged(configuration: strongroom.Configuration) -> str:
    """Change one row of a copy before it is compared, and say how its drill ends."""

    def changed(
        server: RunningServer, database: str, progress: Progress, promised: Contents
    ) -> Contents:
        recovery._open(server)  # noqa: SLF001  as no drill ever does
        info = server.administrator(database)
        with connect(info, autocommit=True) as connection:
            connection.execute(CHANGED)
        return contents.survey(server, database, progress, promised)

    recovery.survey = changed  # type: ignore[attr-defined]
    try:
        record = drill(configuration)
    finally:
        recovery.survey = contents.survey  # type: ignore[attr-defined]
    wrong = [table.name for table in record.tables if not table.equal]
    return f"{record.verdict}, {', '.join(wrong)}"


def pgbench(database: strongroom.OpenDatabase, *arguments: str) -> None:
    """Run pgbench to its end."""
    program = find_binaries(15).tool("pgbench")
    subprocess.run(
        [program, *arguments],
        check=True,
        env=tool_environment(database.administrator()),
        stderr=subprocess.DEVNULL,
    )


def report(taken: list[tuple[Manifest, DrillRecord]]) -> None:
    """Print what there is to say of all of them."""
    verdicts = Counter(record.verdict for _, record in taken)
    physical = [one.physical for one, _ in taken if one.physical]
    print(f"backups: {dict(verdicts)}, {dict(Counter(one.kind for one in physical))}")
    print(f"moments: {dict(Counter(one.proof_method for one in physical))}")
    for kind in ("full", "incremental"):
        of_kind = [one for one, _ in taken if one.physical and one.physical.kind == kind]
        if of_kind:
            seconds = statistics.median(one.duration_s for one in of_kind)
            size_mb = statistics.median(one.size_bytes for one in of_kind) / 1e6
            print(f"{kind}: {seconds:.1f} s and {size_mb:.1f} MB at the median")
    print(f"drills: {statistics.median(one.duration_s for _, one in taken):.1f} s at the median")


if __name__ == "__main__":
    main()
