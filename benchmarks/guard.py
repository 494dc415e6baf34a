"""How long the guard of commands takes: in the process and as a process, cold and warm.

``python benchmarks/guard.py`` prints a table in milliseconds. The commands are those of the corpus,
so that the shares of plain and of nested ones are those of the tests.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

import strongroom.command_guard.fast as fast_path
from strongroom.command_guard import GuardSettings, judge

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "packages/strongroom/tests/command_guard/corpus"
DIRECTORY = Path("/srv/no-such-project")
FAST = str(Path(fast_path.__file__))
STARTS = 40


def commands(name: str) -> list[str]:
    """The commands of one half of the corpus."""
    lines = (CORPUS / f"{name}.jsonl").read_text().splitlines()
    return [json.loads(line)["command"] for line in lines]


Took = tuple[float, float]
"""Milliseconds on the clock, and of a processor: the latter suffer less when others work too."""


def milliseconds(act: Callable[[], object]) -> Took:
    """How long one act takes, in this process and in those that it starts."""
    begun, used = perf_counter(), processor_s()
    act()
    return (perf_counter() - begun) * 1000, (processor_s() - used) * 1000


def processor_s() -> float:
    """Seconds of a processor that this process and its children have used."""
    return sum(os.times()[:4])


def shown(label: str, took: Sequence[Took]) -> None:
    """One row: median, 95th percentile, mean of the processor's time, how many."""
    ordered = sorted(clock for clock, _ in took)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    used = statistics.fmean(processor for _, processor in took)
    print(f"{label:52} {statistics.median(ordered):8.2f} {p95:8.2f} {used:8.2f} {len(ordered):6}")


def judged(command: str) -> object:
    """Judge as a hook would, without acting."""
    return judge(command, DIRECTORY, settings=GuardSettings(), acting=False)


def process(*arguments: str) -> Callable[[], object]:
    """Start the interpreter of this run with some arguments."""
    given = [sys.executable, *arguments]
    return lambda: subprocess.run(given, check=False, capture_output=True)


def main() -> None:
    """Measure and print."""
    harmless, dangerous = commands("harmless"), commands("dangerous")
    plain = [one for one in harmless if fast_path.harmless(one)]
    share = len(plain) / len(harmless)
    print(f"{'milliseconds':52} {'p50':>8} {'p95':>8} {'cpu':>8} {'n':>6}")
    shown(
        "first judgement in a process (parsers are loaded)", [milliseconds(lambda: judged("a=1 b"))]
    )
    shown(f"warm, plain words ({share:.0%} of the harmless)", [
        milliseconds(lambda one=one: judged(one)) for one in plain
    ])  # fmt: skip
    shown("warm, all harmless", [milliseconds(lambda one=one: judged(one)) for one in harmless])
    shown("warm, dangerous", [milliseconds(lambda one=one: judged(one)) for one in dangerous])
    starts = {
        "process: the bare interpreter (-I -S)": ("-I", "-S", "-c", "pass"),
        "process: fast path, plain words": ("-I", "-S", FAST, "git status && ls -la | head"),
        "process: fast path, then the whole guard": ("-I", "-S", FAST, "FOO=1 npm test"),
        "process: the whole guard, dangerous": ("-I", "-m", "strongroom.command_guard", "rm -rf /"),
        "process: strongroom guard explain": (
            "-m",
            "strongroom.cli",
            "guard",
            "explain",
            "rm -rf /",
        ),
    }
    for label, arguments in starts.items():
        process(*arguments)()
        shown(label, [milliseconds(process(*arguments)) for _ in range(STARTS)])


if __name__ == "__main__":
    main()
