"""How long it takes from ``pip install`` to the first refusal, by following the tutorial.

A new virtual environment, a server of somebody else's, and the commands of
``docs/tutorial/adopt-your-application.md`` as they are written; only what is installed is this
checkout. Prints the seconds of each step. Most of them are the package index's.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "packages/strongroom/tests/integrations"))

from servers import their_server

from strongroom.server.binaries import find_binaries

ROOT = Path(__file__).resolve().parents[1]
TUTORIAL = ROOT / "docs/tutorial/adopt-your-application.md"
PIP = f'pip install --quiet --disable-pip-version-check "{ROOT}/packages/strongroom[sqlalchemy]"'
STEPS = ("install", "look first", "pin it", "start", "refuse")


def main() -> None:
    """Follow it once."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", TUTORIAL.read_text(), re.MULTILINE | re.DOTALL)
    blocks = [block for language, block in found if not language][: len(STEPS)]
    blocks[0] = PIP
    with (
        tempfile.TemporaryDirectory() as work,
        their_server(Path(work) / "server", major=18, tls=False) as theirs,
    ):
        with theirs.administrator() as admin:
            admin.execute("ALTER ROLE shop CREATEDB")
        directory = Path(work) / "application"
        shutil.copytree(ROOT / "examples/sqlalchemy", directory)
        programs = [f"{work}/venv/bin", str(find_binaries().directory), os.environ["PATH"]]
        environment = {
            **os.environ,
            "DATABASE_URL": theirs.url(theirs.create("shop")),
            "PATH": os.pathsep.join(programs),
        }
        subprocess.run([sys.executable, "-m", "venv", f"{work}/venv"], check=True)
        total_s = 0.0
        for step, block in zip(STEPS, blocks, strict=True):
            begun = time.monotonic()
            ended = subprocess.run(
                ["bash", "-euc", block],  # noqa: S607  the reader's own shell
                check=False,
                cwd=directory,
                env=environment,
                capture_output=True,
                text=True,
            )
            total_s += time.monotonic() - begun
            print(f"{step:12} {time.monotonic() - begun:6.1f} s   exit status {ended.returncode}")
            if (ended.returncode != 0) != (step == "refuse"):
                sys.exit(ended.stderr)
        print(f"{'together':12} {total_s:6.1f} s")
        print(ended.stderr.strip().splitlines()[-1])


if __name__ == "__main__":
    main()
