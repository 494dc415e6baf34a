"""How long a hook of the command guard takes, per host: cold and warm, harmless and dangerous.

Whole processes beside the bare interpreter's start and beside ``/bin/true``, in turn, so that all
of them meet the same load. *Plain* is a command that the fast path knows (``git status``), *parsed*
one that has to be judged (``make -s build``), *refused* one that loses data. *Cold* has no daemon,
*warm* has one. Wall clock p50 and p95, and CPU time p50, which says what others' work hides.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from strongroom.command_guard import quick, resident
from strongroom.command_guard.hosts import HOSTS, client

ROUNDS = int(os.environ.get("ROUNDS", "40"))
WHERE = "/srv/no-such-project"
COMMANDS = {
    "plain": "git status",
    "parsed": "make -s build",
    "refused": "docker compose down -v",
}
PYTHON = [sys.executable, "-I"]


def given(host: str, command: str) -> bytes:
    """What the host would send."""
    document: object = import_module(f"strongroom.command_guard.hosts.{host}").sample(
        command, WHERE
    )
    return json.dumps(document).encode()


def run(words: list[str], text: bytes, environment: dict[str, str]) -> tuple[float, float]:
    """Run one process to its end; its wall clock and its CPU time in milliseconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run(words, input=text, capture_output=True, check=True, env=environment)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall * 1000, cpu * 1000


@contextmanager
def serving() -> Iterator[None]:
    """A daemon of this package, for the length of the block."""
    process = subprocess.Popen([*PYTHON, "-m", "strongroom.command_guard.daemon"])
    try:
        while True:
            try:
                resident.asks("claude", given("claude", "true"), WHERE)
                break
            except resident.NotServedError:
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


def measured(
    lines: dict[str, tuple[list[str], bytes]], environment: dict[str, str]
) -> dict[str, str]:
    """Run all lines in turn, and tell of each p50 and p95, and the CPU's p50."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in lines}
    for number in range(ROUNDS + 1):
        for name, (words, text) in lines.items():
            one = run(words, text, environment)
            if number:
                taken[name].append(one)
    told = {}
    for name, both in taken.items():
        wall, cpu = sorted(one for one, _ in both), [one for _, one in both]
        p95 = wall[int(len(wall) * 0.95)]
        told[name] = f"{statistics.median(wall):8.1f} {p95:8.1f} {statistics.median(cpu):8.1f}"
    return told


def lines_of(kinds: list[str], small: Path | None) -> dict[str, tuple[list[str], bytes]]:
    """The processes to run: two bare ones, and each host's hook in Python and compiled."""
    lines: dict[str, tuple[list[str], bytes]] = {
        "bare python -I -c pass": ([*PYTHON, "-c", "pass"], b""),
        "/bin/true": (["/bin/true"], b""),
    }
    for host in HOSTS:
        hook = [*PYTHON, "-S", str(Path(quick.__file__)), host]
        for kind in kinds:
            lines[f"{host:7} python {kind}"] = (hook, given(host, COMMANDS[kind]))
            if small is not None:
                lines[f"{host:7} client {kind}"] = ([str(small), host], given(host, COMMANDS[kind]))
    return lines


def show(title: str, told: dict[str, str]) -> None:
    """Print one table."""
    load = os.getloadavg()[0]
    print(f"{title}; {ROUNDS} rounds, load {load:.1f}; milliseconds")
    print(f"  {'':26} {'p50':>8} {'p95':>8} {'CPU':>8}")
    for name, figures in told.items():
        print(f"  {name:26} {figures}")


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as directory:
        client.home = lambda: Path(directory)  # nothing is left in the user's own
        compare(client.built())


def compare(small: Path | None) -> None:
    """Measure cold and warm, the latter with the compiled client too."""
    off = {"PATH": os.defpath, resident.OFF: "off"}
    kinds = list(COMMANDS)
    show("cold: no daemon", measured(lines_of(kinds, None), off))
    with serving():
        show("warm: a daemon", measured(lines_of(kinds, small), {"PATH": os.defpath}))
    if small is None:
        print("no C compiler: the client was not measured")


if __name__ == "__main__":
    main()
