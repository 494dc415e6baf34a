"""How many FIT files are imported in a second: parsing alone, and from file to committed row.

Each file is a run of an hour, one record a second, with position, distance, altitude, heart
rate, cadence, speed and temperature (about 100 kB). Every file is another day's run, so that
none is a duplicate and every one is compared with what is there. The whole import includes a
guarded connection, splits, best efforts, streams at all levels, the original as a row, and a
commit per file. ``per core`` divides by the processor time of this process and of its parsers;
the server's is not in it, the wall time next to it is what a user waits.
"""

from __future__ import annotations

import math
import os
import random
import statistics
import struct
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import fitdecode
from sqlalchemy.orm import Session, sessionmaker

import strideiq.features  # noqa: F401  what reacts to a new activity is registered there
import strongroom
from strideiq.athletes import public as athletes
from strideiq.imports.parsers import reading
from strideiq.imports.parsers.fit_checksum import checksum
from strideiq.imports.public import Importer, ParserPool, ReceivedFile
from strideiq.platform import schema
from strideiq.platform.database import session_factory
from strongroom.integrations.sqlalchemy import guarded_engine

FILES = int(os.environ.get("FILES", "100"))
FIT_EPOCH = datetime(1989, 12, 31, tzinfo=UTC)
FIRST_DAY = datetime(2020, 1, 1, 7, tzinfo=UTC)
METRES_PER_DEGREE = 111_195.0
SIZES = {0x00: 1, 0x01: 1, 0x02: 1, 0x84: 2, 0x85: 4, 0x86: 4, 0x8C: 4}
FILE_ID = ((0, 0x00), (1, 0x84), (2, 0x84), (3, 0x8C), (4, 0x86))
RECORD = (
    (253, 0x86),
    (0, 0x85),
    (1, 0x85),
    (5, 0x86),
    (2, 0x84),
    (3, 0x02),
    (4, 0x02),
    (6, 0x84),
    (13, 0x01),
)
SESSION = ((253, 0x86), (2, 0x86), (7, 0x86), (8, 0x86), (9, 0x86), (5, 0x00))


def an_hour(day: int) -> bytes:
    """A run of an hour as a watch would have written it; every day's is different."""
    chance = random.Random(day)  # noqa: S311  a seeded run, not a secret
    begun = int((FIRST_DAY + timedelta(days=day) - FIT_EPOCH).total_seconds())
    parts = [_definition(0, 0, FILE_ID), struct.pack("<BBHHII", 0, 4, 1, 1, 4711, begun)]
    parts += [_definition(1, 20, RECORD), _definition(2, 18, SESSION)]
    latitude, longitude, heading, travelled, height = 47.0, 8.0, 0.0, 0.0, 400.0
    for second in range(3600):
        speed = 3 + 0.3 * math.sin(second / 50) + chance.gauss(0, 0.05)
        heading += chance.gauss(0, 0.02)
        travelled += speed
        latitude += speed * math.cos(heading) / METRES_PER_DEGREE
        longitude += speed * math.sin(heading) / METRES_PER_DEGREE
        height += chance.gauss(0, 0.1)
        parts.append(
            struct.pack(
                "<BIiiIHBBHb",
                1,
                begun + second,
                round(latitude * 2**31 / 180),
                round(longitude * 2**31 / 180),
                round(travelled * 100),
                round((height + 500) * 5),
                round(150 + 10 * math.sin(second / 200)),
                round(85 + chance.gauss(0, 1)),
                round(speed * 1000),
                18,
            )
        )
    parts.append(
        struct.pack(
            "<BIIIIIB", 2, begun + 3600, begun, 3_600_000, 3_600_000, round(travelled * 100), 1
        )
    )
    data = b"".join(parts)
    header = struct.pack("<BBHI4s", 14, 0x10, 2100, len(data), b".FIT")
    whole = header + struct.pack("<H", checksum(header)) + data
    return whole + struct.pack("<H", checksum(whole))


def _definition(local: int, message: int, fields: tuple[tuple[int, int], ...]) -> bytes:
    layout = b"".join(bytes((field, SIZES[kind], kind)) for field, kind in fields)
    return struct.pack("<BBBHB", 0x40 | local, 0, 0, message, len(fields)) + layout


def processor_s() -> float:
    """Processor time of this process and of its children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def parsing(contents: list[bytes]) -> None:
    """Our parser against fitdecode over the same files, in turn."""
    ours, theirs = [], []
    for content in contents[:10]:
        started = time.process_time()
        reading.parse("run.fit", content)
        ours.append(time.process_time() - started)
        started = time.process_time()
        for _ in fitdecode.FitReader(content):
            pass
        theirs.append(time.process_time() - started)
    ours += [_timed(content) for content in contents[10:]]
    our_s, their_s = statistics.median(ours), statistics.median(theirs)
    print(f"  parse              {our_s * 1000:7.1f} ms a file, {1 / our_s:6.0f} a second per core")
    times = their_s / our_s
    print(f"  fitdecode          {their_s * 1000:7.1f} ms a file; {times:.0f} times ours")


def _timed(content: bytes) -> float:
    started = time.process_time()
    reading.parse("run.fit", content)
    return time.process_time() - started


def importing(contents: list[bytes], directory: Path) -> None:
    """The whole way, into a pinned database of its own, with one parser process and with two."""
    path = directory / "strongroom.toml"
    document = strongroom.default_document(
        application="strideiq", environment="bench", database="strideiq"
    )
    path.write_text(document)
    configuration = strongroom.load_configuration(path)
    strongroom.init(configuration)
    with strongroom.open_database(configuration) as database:
        schema.upgrade_database(database)
        engine = guarded_engine(database)
        for processes in (1, 2):
            _import_all(session_factory(engine), contents, processes)
        engine.dispose()


def _import_all(sessions: sessionmaker[Session], contents: list[bytes], processes: int) -> None:
    """Import every file for a new athlete, and print how quickly."""
    with sessions.begin() as session:
        athlete = athletes.create(
            session,
            email=f"bench{processes}@example.com",
            name="Bench",
            password="not a secret at all",  # noqa: S106  of a database that is removed
        )
    files = [ReceivedFile(f"{day}.fit", content) for day, content in enumerate(contents)]
    idle_s, _ = _costs(processes, contents[0], lambda _: None)
    verdicts: list[str] = []

    def work(pool: ParserPool) -> None:
        importer = Importer(sessions, athlete.athlete_id, ZoneInfo("UTC"), pool)
        verdicts.extend(each.verdict for each in importer.import_files(files))

    used_s, wall_s = _costs(processes, contents[0], work)
    if verdicts != ["imported"] * len(files):
        raise SystemExit(f"not every file was imported: {set(verdicts)}")
    print(
        f"  import, {processes} parser{'s' if processes > 1 else ' '}  "
        f"{len(files) / wall_s:6.1f} files a second of wall time, "
        f"{len(files) / (used_s - idle_s):6.1f} per core"
    )


def _costs(processes: int, first: bytes, work: Callable[[ParserPool], None]) -> tuple[float, float]:
    """Processor and wall time of some work with a pool; only the first includes its start."""
    before_s = processor_s()
    with ParserPool(processes) as pool:
        with ThreadPoolExecutor(processes) as threads:  # at once, so that each process starts
            list(threads.map(lambda _: pool.parse("warm.fit", first), range(processes)))
        started = time.perf_counter()
        work(pool)
        wall_s = time.perf_counter() - started
    return processor_s() - before_s, wall_s


def main() -> None:
    """Measure and print."""
    contents = [an_hour(day) for day in range(FILES)]
    size = statistics.mean(map(len, contents)) / 1000
    print(f"{FILES} FIT files of 3600 records and 9 fields, {size:.0f} kB each; medians")
    parsing(contents)
    with tempfile.TemporaryDirectory() as directory:
        importing(contents, Path(directory))


if __name__ == "__main__":
    main()
