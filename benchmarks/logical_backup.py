"""Logical backup, digests included, against ``pg_dump -Fc -Z0`` and ``pg_dump | gzip``.

Fills a supervised database of a home of its own with mixed data, then runs the three in turn,
several times, and prints medians, their ratios, and the peak memory of our process. Targets:
at most 3 times the first, at least 2 times faster than the second, at most 150 MB.

    python benchmarks/logical_backup.py --size-mb 1000 --rounds 5
"""

from __future__ import annotations

import argparse
import itertools
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg

import strongroom
from strongroom.testing.settings import LOGICAL

NOTES_PER_MB = 840
"""Rows of the table note for each megabyte of table data; the other tables follow from them."""

SHAPE = """
SELECT relname, reltuples::bigint, pg_table_size(oid) / 1000000 FROM pg_class
 WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname
"""

# A narrow table of numbers, a wide one of texts and documents, and one of packed bytes that
# hardly compress: what an application like a running log holds.
FILL = """
CREATE TABLE public.sample (
    athlete bigint, activity bigint, at timestamptz, heart_rate integer,
    speed double precision, lat double precision, lon double precision,
    PRIMARY KEY (athlete, activity, at));
INSERT INTO public.sample
SELECT 1 + i % 7, i / 3600, timestamptz '2020-01-01' + i * interval '1 s', 120 + i % 60,
       2.5 + sin(i) / 3, 52 + i * 1e-7, 13 + cos(i) * 1e-3
  FROM generate_series(1, {notes} * 4) AS i;

CREATE TABLE public.note (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title text, body text, tags text[],
    document jsonb, price numeric(12, 2), at timestamptz);
INSERT INTO public.note (title, body, tags, document, price, at)
SELECT 'note ' || i, repeat(md5(i::text) || ' long run along the river ', 1 + i % 12),
       ARRAY['a' || i % 10, 'b' || i % 7],
       jsonb_build_object('k', i, 'v', md5((i * 7)::text), 'n', ARRAY[i, i + 1]),
       i * 0.37, timestamptz '2020-01-01' + i * interval '1 min'
  FROM generate_series(1, {notes}) AS i;

CREATE TABLE public.stream (id bigint PRIMARY KEY, channel text, data bytea);
INSERT INTO public.stream
SELECT i, 'heart_rate', decode(string_agg(md5((i * 1200 + j)::text), ''), 'hex')
  FROM generate_series(1, {notes} / 60) AS i, generate_series(1, 1200) AS j GROUP BY i;
"""


TARGETS = "targets: at most 3.00 of -Fc -Z0, at most 0.50 of gzip, at most 150 MB"


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size-mb", type=int, default=1000, help="table data, without indexes")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--directory", type=Path, help="where the home is made; default: TMPDIR")
    parser.add_argument("--take", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.take:
        take(arguments.take)
        return
    with tempfile.TemporaryDirectory(dir=arguments.directory) as directory:
        measure(Path(directory), arguments.size_mb, arguments.rounds)


def measure(directory: Path, size_mb: int, rounds: int) -> None:
    """Run the three in turn on one new database."""
    path = directory / "strongroom.toml"
    document = strongroom.default_document(application="bench", environment="bench", database="b")
    path.write_text(document + LOGICAL, encoding="utf-8")
    configuration = strongroom.load_configuration(path)
    strongroom.init(configuration)
    with strongroom.open_database(configuration) as database:
        fill(database, size_mb)
        runs: dict[str, Callable[[], float]] = {
            "pg_dump -Fc -Z0 > file": lambda: dump(database, directory, "-Fc -Z0 >"),
            "pg_dump | gzip > file": lambda: dump(database, directory, "| gzip >"),
            "strongroom backup": lambda: backup(path),
        }
        times_s: dict[str, list[float]] = {name: [] for name in runs}
        for _, (name, run) in itertools.product(range(rounds), runs.items()):
            times_s[name].append(run())
            shutil.rmtree(directory / "store/backups", ignore_errors=True)
    report(times_s)


def fill(database: strongroom.OpenDatabase, size_mb: int) -> None:
    """Make the tables, and settle them so that no run pays for another's hint bits."""
    info = database.administrator()
    with psycopg.connect(**info, autocommit=True) as connection:  # type: ignore[arg-type]  # libpq's names
        connection.execute(FILL.format(notes=size_mb * NOTES_PER_MB).encode())
        for statement in ("VACUUM (FREEZE, ANALYZE)", "CHECKPOINT"):
            connection.execute(statement)
        for name, rows, table_mb in connection.execute(SHAPE).fetchall():
            print(f"  {name:8} {rows:>12,} rows {table_mb:>8,} MB")


def dump(database: strongroom.OpenDatabase, directory: Path, how: str) -> float:
    """Run PostgreSQL's own program to a file; seconds."""
    if database.server is None:
        raise SystemExit("the benchmark supervises its own server")
    info, target = database.administrator(), directory / "rival"
    command = f'"{database.server.binaries.tool("pg_dump")}" {how} "{target}"'
    where = {"PGHOST": info["host"], "PGPORT": info["port"], "PGUSER": info["user"]}
    environment = {**os.environ, **{name: str(value) for name, value in where.items()}}
    started_s = time.perf_counter()
    subprocess.run(  # noqa: S602  a shell makes the pipe, as a person would
        command, shell=True, check=True, env={**environment, "PGDATABASE": str(info["dbname"])}
    )
    taken_s = time.perf_counter() - started_s
    target.unlink()
    return taken_s


def backup(configuration: Path) -> float:
    """Take a backup in a process of its own, gate and all; seconds."""
    started_s = time.perf_counter()
    subprocess.run([sys.executable, __file__, "--take", str(configuration)], check=True)
    return time.perf_counter() - started_s


def take(path: Path) -> None:
    """Take one backup here, and print the memory that it needed and the size that it has."""
    manifest = strongroom.backup(strongroom.load_configuration(path))
    ours_kb, children_kb = (
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    plain_mb = manifest.objects[0].content_size_bytes / 1e6
    print(
        f"  backup: {plain_mb:,.0f} MB of dump stored as {manifest.size_bytes / 1e6:,.0f} MB; "
        f"peak memory {ours_kb / 1024:.0f} MB, and {children_kb / 1024:.0f} MB in pg_dump"
    )


def report(times_s: Mapping[str, list[float]]) -> None:
    """Print medians, and ours as a ratio to each rival's."""
    medians_s = {name: statistics.median(values) for name, values in times_s.items()}
    *rivals, ours = medians_s
    for name, values in times_s.items():
        spread = f"{min(values):.2f} to {max(values):.2f}"
        print(f"  {name:24} median {medians_s[name]:7.2f} s   ({spread}, {len(values)} runs)")
    for name in rivals:
        print(f"  {ours} takes {medians_s[ours] / medians_s[name]:.2f} of {name}")
    print(f"  {TARGETS}")


if __name__ == "__main__":
    main()
