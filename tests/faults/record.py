"""Write the record of a long run as a page: ``record.py FAULT_LOG… > benchmarks/results/….md``.

The log is what the tests write where ``FAULT_LOG`` names a file: one line for each run.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Line = dict[str, Any]


def read(paths: Iterable[str]) -> list[Line]:
    """Every run of every log, by its seed."""
    lines = [json.loads(line) for path in paths for line in Path(path).read_text().splitlines()]
    return sorted(lines, key=lambda one: one["seed"])


def page(runs: list[Line]) -> str:
    """The counts, the acts, the faults, and each law that was broken."""
    broken = [one for one in runs if one["violations"]]
    laws = Counter(law["law"] for one in runs for law in one["violations"])
    reached = sum(one["reached"] for one in runs)
    durations = [one["duration_s"] for one in runs]
    return "\n".join(
        [
            "| what | count |",
            "|---|---|",
            f"| runs, seeds {_ranges([one['seed'] for one in runs])} | {len(runs):,} |",
            f"| reached their fault | {reached:,} |",
            f"| lost | {laws['lost']} |",
            f"| falsely proven | {laws['falsely_proven'] + laws['falsely_listed']} |",
            f"| that broke any law | {len(broken)} |",
            f"| seconds a run, median | {statistics.median(durations):.1f} |",
            "",
            *_table("act", "scenario", runs),
            "",
            *_table("fault", "fault", runs),
            *(["", *map(_told, broken)] if broken else []),
        ]
    )


def _table(title: str, name: str, runs: list[Line]) -> list[str]:
    """Of each act or fault: runs, how many said that something was wrong, laws broken."""
    rows = [f"| {title} | runs | ended with an error of ours | laws broken |", "|---|---|---|---|"]
    for value in sorted({one[name] for one in runs}):
        of_it = [one for one in runs if one[name] == value]
        errors = sum(one["error"] is not None for one in of_it)
        laws = sum(bool(one["violations"]) for one in of_it)
        rows.append(f"| `{value}` | {len(of_it)} | {errors} | {laws} |")
    return rows


def _told(one: Line) -> str:
    laws = "; ".join(f"{law['law']}: {law['what'].splitlines()[-1]}" for law in one["violations"])
    return (
        f"- `FAULT_SEED={one['seed']}`, {one['scenario']}, {one['fault']} at {one['place']}: {laws}"
    )


def _ranges(seeds: list[int]) -> str:
    """Whole ranges of seeds, as text."""
    found: list[list[int]] = []
    for seed in seeds:
        if found and seed == found[-1][1] + 1:
            found[-1][1] = seed
        else:
            found.append([seed, seed])
    return ", ".join(f"{first} to {last}" for first, last in found)


if __name__ == "__main__":
    sys.stdout.write(page(read(sys.argv[1:])) + "\n")
