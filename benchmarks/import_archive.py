"""A large archive through the command line: verdicts, speed, memory, and a kill in the middle.

``FILES`` (10,000) runs of half an hour to an hour and a half, one record a second with ten
fields, each of another day, are written as FIT files into one zip archive, with a list as
Strava's exports have it. A new environment imports it with ``strideiq import``; once a part is
in, the whole process group is killed with SIGKILL and the import begun again. Then every file
must have been imported exactly once, under the name that the list gives it. ``per core`` divides
by the processor time of the command and its parsers; the server's is stated beside it. The same
files are parsed by fitdecode, which Endurain reads FIT files with, and by fitparse.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fitdecode
import fitparse
import numpy as np

from strideiq.imports.parsers import reading
from strideiq.imports.parsers.fit_checksum import checksum

FILES = int(os.environ.get("FILES", "10000"))
KILLED_AT = 0.4
BESIDE = 10
FIT_EPOCH = datetime(1989, 12, 31, tzinfo=UTC)
FIRST_DAY = datetime(1999, 1, 1, 7, tzinfo=UTC)
METRES_PER_DEGREE = 111_195.0
SIZES = {0x00: 1, 0x01: 1, 0x02: 1, 0x84: 2, 0x85: 4, 0x86: 4, 0x8C: 4}
FILE_ID = ((0, 0x00), (1, 0x84), (2, 0x84), (3, 0x8C), (4, 0x86))
RECORD = np.dtype(
    [
        ("head", "u1"),
        ("timestamp", "<u4"),
        ("latitude", "<i4"),
        ("longitude", "<i4"),
        ("distance", "<u4"),
        ("altitude", "<u2"),
        ("heart_rate", "u1"),
        ("cadence", "u1"),
        ("speed", "<u2"),
        ("power", "<u2"),
        ("temperature", "i1"),
    ]
)
RECORD_FIELDS = (
    (253, 0x86),
    (0, 0x85),
    (1, 0x85),
    (5, 0x86),
    (2, 0x84),
    (3, 0x02),
    (4, 0x02),
    (6, 0x84),
    (7, 0x84),
    (13, 0x01),
)
SESSION = ((253, 0x86), (2, 0x86), (7, 0x86), (8, 0x86), (9, 0x86), (5, 0x00))


def a_run(number: int) -> bytes:
    """A run as a watch would have written it; every one differs from every other."""
    chance = np.random.default_rng(number)
    seconds = int(chance.integers(1800, 5400))
    begun = int((FIRST_DAY + timedelta(days=number) - FIT_EPOCH).total_seconds())
    speed = 3 + 0.3 * np.sin(np.arange(seconds) / 50) + chance.normal(0, 0.05, seconds)
    heading = np.cumsum(chance.normal(0, 0.02, seconds))
    travelled = np.cumsum(speed)
    run = np.zeros(seconds, RECORD)
    run["head"] = 1
    run["timestamp"] = begun + np.arange(seconds)
    north = np.cumsum(speed * np.cos(heading)) / METRES_PER_DEGREE
    east = np.cumsum(speed * np.sin(heading)) / METRES_PER_DEGREE
    run["latitude"] = (47 + north) * 2**31 / 180
    run["longitude"] = (8 + east) * 2**31 / 180
    run["distance"] = travelled * 100
    run["altitude"] = (400 + np.cumsum(chance.normal(0, 0.1, seconds)) + 500) * 5
    run["heart_rate"] = 150 + 10 * np.sin(np.arange(seconds) / 200)
    run["cadence"] = 85 + chance.normal(0, 1, seconds)
    run["speed"] = speed * 1000
    run["power"] = speed * 80
    run["temperature"] = 18
    parts = [_definition(0, 0, FILE_ID), struct.pack("<BBHHII", 0, 4, 1, 1, 4711, begun)]
    parts += [_definition(1, 20, RECORD_FIELDS), _definition(2, 18, SESSION), run.tobytes()]
    length_ms, distance_cm = seconds * 1000, round(float(travelled[-1]) * 100)
    parts.append(
        struct.pack("<BIIIIIB", 2, begun + seconds, begun, length_ms, length_ms, distance_cm, 1)
    )
    data = b"".join(parts)
    header = struct.pack("<BBHI4s", 14, 0x10, 2100, len(data), b".FIT")
    whole = header + struct.pack("<H", checksum(header)) + data
    return whole + struct.pack("<H", checksum(whole))


def _definition(local: int, message: int, fields: tuple[tuple[int, int], ...]) -> bytes:
    layout = b"".join(bytes((field, SIZES[kind], kind)) for field, kind in fields)
    return struct.pack("<BBBHB", 0x40 | local, 0, 0, message, len(fields)) + layout


def write(path: Path) -> int:
    """Write the archive, and say how many bytes of FIT are in it."""
    size_bytes = 0
    rows = ["Activity ID,Activity Date,Activity Name,Activity Type,Activity Description,Filename"]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(FILES):
            content = a_run(number)
            size_bytes += len(content)
            archive.writestr(f"activities/{number}.fit", content)
            rows.append(f"{number},,Run number {number},Run,,activities/{number}.fit")
        archive.writestr("activities.csv", "\n".join(rows))
    return size_bytes


def parsing() -> None:
    """Our parser beside others, over the same files, in turn; medians of processor time."""
    times: dict[str, list[float]] = {"ours": [], "fitdecode": [], "fitparse": []}
    for number in range(BESIDE):
        content = a_run(number)
        for name, parse in (
            ("ours", lambda content: reading.parse("run.fit", content)),
            ("fitdecode", by_fitdecode),
            ("fitparse", by_fitparse),
        ):
            started = time.process_time()
            parse(content)
            times[name].append(time.process_time() - started)
    ours_s = statistics.median(times["ours"])
    for name, taken in times.items():
        each_s = statistics.median(taken)
        print(f"  {name:<10} {each_s * 1000:8.1f} ms a file  {each_s / ours_s:6.1f} times ours")


def by_fitdecode(content: bytes) -> None:
    """Every field of every message, as Endurain asks for them."""
    with fitdecode.FitReader(content) as reader:
        for frame in reader:
            if frame.frame_type == fitdecode.FIT_FRAME_DATA:
                for field in frame.fields:
                    _ = field.value


def by_fitparse(content: bytes) -> None:
    """The same by the older library."""
    for message in fitparse.FitFile(content).get_messages():
        message.get_values()


class Watched:
    """A command in a process group of its own: its lines, processor time and memory."""

    def __init__(self, home: Path, *arguments: str) -> None:
        self.memory_bytes: Counter[str] = Counter()
        self.processor_s: dict[int, float] = {}
        environment = {**os.environ, "STRIDEIQ_HOME": str(home)}
        command = [sys.executable, "-c", "from strideiq.cli import main; main()", *arguments]
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        tick = os.sysconf("SC_CLK_TCK")
        while self.process.poll() is None:
            for entry in Path("/proc").iterdir():
                if not entry.name.isdecimal():
                    continue
                try:
                    facts = (entry / "stat").read_text().rpartition(")")[2].split()
                    status = (entry / "status").read_text()
                    command = (entry / "cmdline").read_bytes()
                except OSError:
                    continue
                if int(facts[3]) != self.process.pid:  # the session
                    continue
                self.processor_s[int(entry.name)] = (int(facts[11]) + int(facts[12])) / tick
                kind = "parser" if b"spawn_main" in command else "command"
                high = [line for line in status.splitlines() if line.startswith("VmHWM")]
                if not high:  # it has just ended
                    continue
                self.memory_bytes[kind] = max(
                    self.memory_bytes[kind], int(high[0].split()[1]) * 1024
                )
            time.sleep(0.2)

    def kill(self) -> None:
        """End everything at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def importing(archive: Path, home: Path) -> None:
    """Import, kill in the middle, import again, and count."""
    made = Watched(home, "init", "--email", "me@example.org", "--json")
    if made.process.wait() != 0:
        raise SystemExit("no environment could be made")
    first, seen = Watched(home, "import", str(archive), "--jsonl"), 0
    started = time.perf_counter()
    for line in first.process.stdout or ():
        seen += json.loads(line)["verdict"] == "imported"
        if seen % 1000 == 0:
            print(f"    {seen} files, {seen / (time.perf_counter() - started):.1f} a second so far")
        if seen == int(FILES * KILLED_AT):
            first.kill()
            break
    first_s = time.perf_counter() - started
    _tell("until it was killed", first, seen, first_s)
    again = Watched(home, "import", str(archive), "--jsonl")
    verdicts: Counter[str] = Counter()
    started, known_s = time.perf_counter(), 0.0
    for line in again.process.stdout or ():
        verdicts[json.loads(line)["verdict"]] += 1
        if not verdicts["imported"]:
            known_s = time.perf_counter() - started
    again_s = time.perf_counter() - started
    print(f"  again: {dict(verdicts)}, known files passed over in {known_s:.1f} s")
    _tell("the rest", again, verdicts["imported"], again_s - known_s)
    _check(home, verdicts)


def _tell(what: str, watched: Watched, files: int, wall_s: float) -> None:
    used_s = sum(watched.processor_s.values())
    memory = ", ".join(f"{k} {v / 2**20:.0f} MB" for k, v in sorted(watched.memory_bytes.items()))
    print(
        f"  {what}: {files} files in {wall_s:.0f} s, {files / wall_s:.1f} a second of wall time, "
        f"{files / used_s:.1f} per core; memory at most: {memory}"
    )


def _check(home: Path, verdicts: Counter[str]) -> None:
    """Every file once: as many activities as files, as many originals, and the list's names."""
    os.environ["STRIDEIQ_HOME"] = str(home)
    from sqlalchemy import text  # noqa: PLC0415  the home is known only now

    from strideiq.platform.home import home as homes  # noqa: PLC0415
    from strideiq.platform.runtime import opened  # noqa: PLC0415

    with opened(homes().choose()) as runtime, runtime.engine.connect() as connection:
        counts = connection.execute(
            text(
                "SELECT (SELECT count(*) FROM activity), (SELECT count(*) FROM source_file), "
                "(SELECT count(DISTINCT started_at) FROM activity), "
                "(SELECT count(*) FROM activity WHERE name LIKE 'Run number %'), "
                "pg_database_size(current_database())"
            )
        ).one()
    activities, originals, starts, named, size_bytes = counts
    print(
        f"  in the database: {activities} activities, {originals} originals, {starts} starts, "
        f"{named} named by the list; {size_bytes / activities / 1000:.0f} kB each"
    )
    if {activities, originals, starts, named} != {FILES} or sum(verdicts.values()) != FILES:
        raise SystemExit("something is missing, or there twice")


def main() -> None:
    """Measure and print."""
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    parsing()
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o711)
        archive = Path(directory, "export.zip")
        size_bytes = write(archive)
        print(f"{FILES} FIT files of {size_bytes / FILES / 1000:.0f} kB in one archive")
        importing(archive, Path(directory, "home"))
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
