"""Break the safety mechanisms on purpose: every break must turn a test red.

Each mutation is one exact replacement in one source file, and the tests that must notice it. The
source tree is copied, so that a killed run leaves nothing broken behind. Usage: ``make mutations``,
or ``MUTATION_ARGS="--only NAME"``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from catalogue import MUTATIONS, PURE, Mutation

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Outcome:
    """What became of one mutation: ``caught`` is what we want."""

    mutation: Mutation
    verdict: str
    duration_s: float
    detail: str


def run(mutation: Mutation) -> Outcome:
    """Apply one mutation to a copy of the sources and run its tests there."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutation-") as scratch:
        copy = Path(scratch)
        copy.chmod(0o755)
        for name in ("packages", "tests", "pyproject.toml"):
            source = ROOT / name
            if source.is_dir():
                # With what is compiled of it: half of a run would be to compile it anew.
                shutil.copytree(
                    source, copy / name, ignore=shutil.ignore_patterns("node_modules", "vendor")
                )
            else:
                shutil.copy2(source, copy / name)
        target = copy / mutation.file
        text = target.read_text(encoding="utf-8")
        target.write_text(text.replace(mutation.old, mutation.new), encoding="utf-8")
        for compiled in target.parent.glob(f"__pycache__/{target.stem}.*"):
            compiled.unlink()
        result = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *mutation.tests],
            cwd=copy,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(
                    str(copy / "packages" / package / "src")
                    for package in ("strongroom", "strideiq")
                ),
            },
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
    lines = result.stdout.strip().splitlines() or [result.stderr.strip()[-300:]]
    # 1 is "tests failed"; anything else (no tests, usage) would be no proof at all.
    verdict = {0: "SURVIVED", 1: "caught"}.get(result.returncode, f"broken ({result.returncode})")
    failed = next((line for line in lines if line.startswith("FAILED")), lines[-1])
    return Outcome(mutation, verdict, time.monotonic() - started, failed)


def stale() -> list[str]:
    """Name the mutations that no longer fit the code: they would break nothing."""
    found = []
    for one in MUTATIONS:
        places = (ROOT / one.file).read_text(encoding="utf-8").count(one.old)
        if places != 1:
            found.append(f"stale  {one.name}: {places} places in {one.file} match")
    return found


def main() -> int:
    """Run the mutations; 0 only when every one is caught."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="run the mutations whose name contains this")
    parser.add_argument(
        "--quick", action="store_true", help="only those whose tests need no server"
    )
    parser.add_argument("--check", action="store_true", help="only see that each fits the code")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    if found := stale():
        print(*found, sep="\n")
        return 1
    if options.check:
        return 0
    chosen = [one for one in MUTATIONS if not options.only or options.only in one.name]
    if options.quick:
        chosen = [one for one in chosen if one.tests in PURE]
    with ThreadPoolExecutor(options.jobs) as pool:
        outcomes = list(pool.map(run, chosen))
    for outcome in outcomes:
        print(
            f"{outcome.verdict:9} {outcome.duration_s:6.1f} s  {outcome.mutation.name:52} "
            f"{outcome.detail[:90]}"
        )
    caught = sum(outcome.verdict == "caught" for outcome in outcomes)
    print(f"{caught} of {len(outcomes)} mutations caught")
    return 0 if caught == len(outcomes) and outcomes else 1


if __name__ == "__main__":
    sys.exit(main())
