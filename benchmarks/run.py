"""Run every benchmark, one after the other: ``make bench``, or ``BENCH_ARGS=NAME`` for some.

Each script prints the machine-independent part (ratios, medians, the shape of its data) by
itself; nothing here judges.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Run the scripts whose names contain one of the arguments, or all."""
    wanted = sys.argv[1:]
    scripts = [path for path in sorted(HERE.glob("*.py")) if path.name != "run.py"]
    chosen = [path for path in scripts if not wanted or any(name in path.stem for name in wanted)]
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()}")
    failed = 0
    for path in chosen:
        print(f"\n## {path.stem}\n", flush=True)
        failed += subprocess.run([sys.executable, str(path)], check=False).returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
