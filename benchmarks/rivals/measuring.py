"""What one program cost: time, memory, and the processor time of the whole machine."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """One run of one program."""

    taken_s: float
    cpu_s: float
    """Of the whole machine: the server's part belongs to the price of a backup."""
    peak_mb: float
    """The largest process of the run, this one's child of 29 MB included; no server's are."""
    stored_mb: float = 0.0


def measured(run: Callable[[], object]) -> Cost:
    """Let ``run`` happen in a child process, and say what it cost."""
    busy_s, started_s = _busy_s(), time.perf_counter()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            run()
            status = 0
        finally:
            os._exit(status)
    _, status, usage = os.wait4(child, 0)
    taken_s = time.perf_counter() - started_s
    if status != 0:
        raise SystemExit(f"a measured program ended with status {status}")
    return Cost(taken_s, _busy_s() - busy_s, usage.ru_maxrss / 1024)


def shell(
    command: str | Sequence[str], *, env: Mapping[str, str] | None = None, **options: object
) -> str:
    """Run a program, or a pipe as a person would type it; its output, or its complaint."""
    if isinstance(command, str):
        command = ["bash", "-o", "pipefail", "-c", command]
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **(env or {})},
        **options,  # type: ignore[call-overload]  # of subprocess.run: user, group, cwd
    )
    if done.returncode != 0:
        raise SystemExit(f"{command}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return str(done.stdout)


def size_of(path: Path) -> int:
    """How many bytes a file has, or all files below a directory."""
    if path.is_file():
        return path.stat().st_size
    return sum(_file_size(one) for one in path.rglob("*"))


def _file_size(path: Path) -> int:
    """A running server removes files while they are counted."""
    try:
        return path.stat().st_size if path.is_file() else 0
    except FileNotFoundError:
        return 0


def _busy_s() -> float:
    """Read how long all processors together have worked since the machine was started."""
    user, nice, system, _idle, _wait, irq, softirq, *_ = (
        int(word) for word in Path("/proc/stat").read_text("ascii").split("\n", 1)[0].split()[1:]
    )
    return (user + nice + system + irq + softirq) / TICKS
