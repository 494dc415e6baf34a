"""Build the small client where a compiler is, and keep it beside the user's other programs."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from strongroom.command_guard.hosts.settings import home
from strongroom.command_guard.resident import NotServedError, socket_path

DIRECTORY = ".local/share/strongroom"
NAME = "strongroom-guard-client"
COMPILE_TIMEOUT_S = 60


def built() -> Path | None:
    """The client for this package and this interpreter, compiled when it is not there yet.

    None where there is no compiler, or no place for the daemon's socket: then Python answers.
    """
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    source = Path(__file__).parent.parent / "client.c"
    try:
        defines = {"GUARD_SOCKET": socket_path(), "GUARD_PYTHON": sys.executable}
        text = source.read_bytes()
    except (OSError, NotServedError):
        return None
    given = [f"-D{name}={_quoted(value)}" for name, value in defines.items()]
    digest = hashlib.sha256(text + "\0".join(given).encode(errors="surrogatepass")).hexdigest()[:16]
    path = home() / DIRECTORY / f"{NAME}-{digest}"
    if os.access(path, os.X_OK):
        return path
    if compiler is None:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as directory:
        made = Path(directory, NAME)
        try:
            subprocess.run(
                [compiler, "-O2", "-o", str(made), *given, str(source)],
                check=True,
                capture_output=True,
                timeout=COMPILE_TIMEOUT_S,
            )
            made.replace(path)
        except (OSError, subprocess.SubprocessError):
            return None
    return path


def remove() -> None:
    """Remove every client that was built, when no hook uses one any more."""
    for path in (home() / DIRECTORY).glob(f"{NAME}-*"):
        path.unlink(missing_ok=True)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
