"""What the gate adds to each new connection of an engine: guarded against bare, alternating.

Data: an empty supervised database on a local socket. Each round opens one connection of a bare
engine and one of a guarded engine, runs ``SELECT 1`` on it and closes it; the order alternates.
Then as many threads as ``AT_ONCE`` open theirs at the same time, all of them held until the last
one is there. Last, what a mark costs its writer.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import sqlalchemy
from sqlalchemy.pool import NullPool

import strongroom
from strongroom.integrations.sqlalchemy import guarded_engine

ROUNDS = int(os.environ.get("ROUNDS", "400"))
AT_ONCE = int(os.environ.get("AT_ONCE", "200"))
STORMS = 6


def one_connection_ms(engine: sqlalchemy.Engine) -> float:
    """Open, use and close one connection; milliseconds."""
    started = time.perf_counter()
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text("SELECT 1"))
    return (time.perf_counter() - started) * 1000


def storm_us(engine: sqlalchemy.Engine) -> float:
    """Open ``AT_ONCE`` connections at once; microseconds of wall clock for each."""
    together = threading.Barrier(AT_ONCE)

    def one(_: int) -> None:
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text("SELECT 1"))
            together.wait()

    started = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(one, range(AT_ONCE)))
    return (time.perf_counter() - started) / AT_ONCE * 1_000_000


def mark_ms(database: strongroom.OpenDatabase) -> float:
    """Append one epoch: a connection, its verification, the mark and the state; milliseconds."""
    started = time.perf_counter()
    database.append_epoch()
    return (time.perf_counter() - started) * 1000


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "strongroom.toml"
        text = strongroom.default_document(
            application="bench", environment="bench", database="bench"
        )
        path.write_text(f"{text}\n[server.settings]\nmax_connections = {AT_ONCE + 20}\n")
        configuration = strongroom.load_configuration(path)
        strongroom.init(configuration)
        with strongroom.open_database(configuration) as database:
            info = database.conninfo("application")
            bare = sqlalchemy.create_engine(
                "postgresql+psycopg://", connect_args=info, poolclass=NullPool
            )
            guarded = guarded_engine(database, poolclass=NullPool)
            engines = {"bare": bare, "guarded": guarded}
            times: dict[str, list[float]] = {"bare": [], "guarded": []}
            for number in range(ROUNDS + 20):
                order = sorted(engines, reverse=number % 2 == 0)
                for name in order:
                    taken = one_connection_ms(engines[name])
                    if number >= 20:  # noqa: PLR2004  the first rounds warm everything up
                        times[name].append(taken)
            storms: dict[str, list[float]] = {"bare": [], "guarded": []}
            for number in range(STORMS + 1):
                for name in sorted(engines, reverse=number % 2 == 0):
                    taken = storm_us(engines[name])
                    if number:  # the first one warms up
                        storms[name].append(taken)
            marks = statistics.median(mark_ms(database) for _ in range(30))
    medians = {name: statistics.median(values) for name, values in times.items()}
    print(f"rounds {ROUNDS}, alternating; medians of whole connect-select-close")
    for name, value in medians.items():
        print(f"  {name:8} {value:7.3f} ms")
    print(f"  the gate adds {(medians['guarded'] - medians['bare']):.3f} ms per new connection")
    at_once = {name: statistics.median(values) for name, values in storms.items()}
    print(
        f"{AT_ONCE} connections opened at once, {STORMS} times, alternating; median per connection"
    )
    for name, value in at_once.items():
        print(f"  {name:8} {value:7.0f} µs")
    print(f"  the gate adds {at_once['guarded'] - at_once['bare']:.0f} µs per connection")
    print(f"one mark, about every minute in which something was written: {marks:.1f} ms")


if __name__ == "__main__":
    main()
