"""How long the command line takes cold: ``strongroom --help`` and ``strongroom check``.

A fresh process each time, beside a bare interpreter; ``check`` with its server running and an
empty database. Alternating rounds, medians.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import strongroom

ROUNDS = int(os.environ.get("ROUNDS", "15"))
BIN = Path(sys.executable).parent


def whole_process_ms(*command: str) -> float:
    """Run one command to its end; milliseconds."""
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
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
        commands = {
            "python -c pass": (sys.executable, "-c", "pass"),
            "strongroom --help": (str(BIN / "strongroom"), "--help"),
            "strideiq --help": (str(BIN / "strideiq"), "--help"),
            "strongroom check": (str(BIN / "strongroom"), "--config", str(path), "check"),
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        with strongroom.open_database(configuration):
            for number in range(ROUNDS + 1):
                for name, command in commands.items():
                    taken = whole_process_ms(*command)
                    if number:
                        times[name].append(taken)
    print(f"rounds {ROUNDS}, one of each in turn; medians of whole processes")
    for name, values in times.items():
        print(f"  {name:18} {statistics.median(values):6.0f} ms")


if __name__ == "__main__":
    main()
