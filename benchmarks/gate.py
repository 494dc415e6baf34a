"""What the gate adds to each new connection of an engine: guarded against bare, alternating.

Data: an empty supervised database on a local socket. Each round opens one connection of a bare
engine and one of a guarded engine, runs ``SELECT 1`` on it and closes it; the order alternates.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path

import sqlalchemy
from sqlalchemy.pool import NullPool

import strongroom
from strongroom.integrations.sqlalchemy import guarded_engine

ROUNDS = int(os.environ.get("ROUNDS", "400"))


def one_connection_ms(engine: sqlalchemy.Engine) -> float:
    """Open, use and close one connection; milliseconds."""
    started = time.perf_counter()
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text("SELECT 1"))
    return (time.perf_counter() - started) * 1000


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "strongroom.toml"
        path.write_text(
            strongroom.default_document(application="bench", environment="bench", database="bench")
        )
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
    medians = {name: statistics.median(values) for name, values in times.items()}
    print(f"rounds {ROUNDS}, alternating; medians of whole connect-select-close")
    for name, value in medians.items():
        print(f"  {name:8} {value:7.3f} ms")
    print(f"  the gate adds {(medians['guarded'] - medians['bare']):.3f} ms per new connection")


if __name__ == "__main__":
    main()
