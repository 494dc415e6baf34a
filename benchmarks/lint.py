"""Our lint and squawk on the same corpus: what each finds, what alarms it raises, time per file.

Data: the corpus of the tests, one half our own, the other by a reader who had not seen the rules.
A file counts as found when it has at least one finding: of ours a danger or an unknown, cautions
counted apart; of squawk's any at all, then without those about style and missing timeouts.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from strongroom.migrations.lint import LintContext, lint

CORPUS = Path(__file__).resolve().parents[1] / "packages/strongroom/tests/migrations/corpus"
PROGRAMS = Path(sys.executable).parent
ROUNDS = int(os.environ.get("ROUNDS", "5"))
SINGLES = 20
STYLE = (
    "prefer-robust-stmts,prefer-bigint-over-int,prefer-bigint-over-smallint,prefer-identity,"
    "prefer-text-field,prefer-timestamptz,require-timeout-settings,ban-char-field,prefer-repack"
)


def files(half: str, kind: str) -> list[Path]:
    """One quarter of the corpus."""
    return sorted((CORPUS / half / kind).glob("*.sql"))


def ours(paths: list[Path]) -> tuple[int, int]:
    """Files with a danger or an unknown, and files with any finding."""
    context = LintContext(in_transaction=False)
    alarms = some = 0
    for path in paths:
        findings = lint(path.read_text(encoding="utf-8"), context=context)
        alarms += any(one.severity != "caution" for one in findings)
        some += bool(findings)
    return alarms, some


def squawk(paths: list[Path], *options: str) -> int:
    """Files in which squawk finds anything."""
    command = [str(PROGRAMS / "squawk"), "--pg-version", "18.0", "--reporter", "json", *options]
    answer = subprocess.run([*command, *map(str, paths)], capture_output=True, check=False)
    return len({one["file"] for one in json.loads(answer.stdout)})


def share(part: int, whole: int) -> str:
    """A part as figure and percentage."""
    return f"{part}/{whole} ({part / whole:.1%})"


def medians_ms(act: Callable[[], object], rounds: int) -> tuple[float, float]:
    """The median duration of an act, and of the processor time that it took."""
    walls, processors = [], []
    for _ in range(rounds):
        started, before = time.perf_counter(), os.times()
        act()
        after = os.times()
        walls.append((time.perf_counter() - started) * 1000)
        processors.append(sum(after[:4]) - sum(before[:4]))
    return statistics.median(walls), statistics.median(processors) * 1000


def run(*command: str) -> Callable[[], object]:
    """Run a program, whatever it answers."""
    return lambda: subprocess.run(command, capture_output=True, check=False)


def findings_table() -> None:
    """Print what each tool says about each quarter."""
    print("| half | files | strongroom | with cautions | squawk | without style and timeouts |")
    print("|---|---|---|---|---|---|")
    for half in ("own", "reader"):
        for kind in ("dangerous", "safe"):
            paths = files(half, kind)
            alarms, some = ours(paths)
            every, safety = squawk(paths), squawk(paths, f"--exclude={STYLE}")
            count = len(paths)
            cells = [share(found, count) for found in (alarms, some, every, safety)]
            print(f"| {half} | {kind} | {' | '.join(cells)} |")


def times_table() -> None:
    """Print the time per file: inside one process, all files, and one process for each file."""
    everything = [
        path
        for half in ("own", "reader")
        for kind in ("dangerous", "safe")
        for path in files(half, kind)
    ]
    names, count = [str(path) for path in everything], len(everything)
    ours_command = [str(PROGRAMS / "strongroom"), "migrations", "lint"]
    squawk_command = [str(PROGRAMS / "squawk"), "--pg-version", "18.0"]
    print(f"\n{count} files, medians of {ROUNDS} rounds: milliseconds, processor milliseconds")
    show("strongroom, within a process", medians_ms(lambda: ours(everything), ROUNDS), count)
    for name, command in (("strongroom", ours_command), ("squawk", squawk_command)):
        show(f"{name}, all files in one call", medians_ms(run(*command, *names), ROUNDS), count)
        some = names[:: max(1, count // SINGLES)]
        each = [medians_ms(run(*command, one), 1) for one in some]
        walls, processors = zip(*each, strict=True)
        both = statistics.median(walls), statistics.median(processors)
        show(f"{name}, a call for each file", both, 1)


def show(what: str, times: tuple[float, float], count: int) -> None:
    """Print both times for one file."""
    print(f"  {what:34} {times[0] / count:8.3f} {times[1] / count:8.3f}")


def main() -> None:
    """Measure and print."""
    findings_table()
    times_table()


if __name__ == "__main__":
    main()
