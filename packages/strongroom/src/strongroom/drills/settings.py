"""``[drill]`` of strongroom.toml: what is compared, what must be true, what a drill may take."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from strongroom.config import Configuration, unusable
from strongroom.postgres.bounds import Bounds, Io

Tables = Literal["all", "sample"]
KNOWN = {
    "tables",
    "sample_share",
    "full_every",
    "nice",
    "io",
    "memory_mb",
    "parallel_workers",
    "max_duration_s",
    "network",
    "python",
    "python_memory_mb",
    "invariants",
}
OF_AN_INVARIANT = {"name", "sql", "python", "timeout_s"}
FUNCTION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
FULL_EVERY_MAX = 1_000
NICE_MAX, MEMORY_MIN_MB, WORKERS_MAX = 19, 64, 64
INVARIANT_TIMEOUT_S = 300.0


@dataclass(frozen=True)
class Invariant:
    """Something that must be true of every restored copy: by a query, or by a function."""

    name: str
    sql: str | None = None
    """Returns a row for each thing that is wrong, and none where nothing is."""
    python: str | None = None
    """``package.module:function``; returns a text for each thing that is wrong."""
    timeout_s: float = INVARIANT_TIMEOUT_S


@dataclass(frozen=True)
class DrillSettings:
    """What ``[drill]`` says."""

    tables: Tables = "all"
    """What a scheduled drill compares row by row."""
    sample_share: float = 0.2
    full_every: int = 7
    """Of so many drills at least one compares everything, whatever ``tables`` says."""
    nice: int = 10
    io: Io = "low"
    memory_mb: int = 256
    """What the scratch server plans with: buffers, sorting, building of indexes."""
    parallel_workers: int = 2
    max_duration_s: float | None = None
    network: bool = False
    """Whether the restored copy may reach a network."""
    python: Path = Path(sys.executable)
    """The interpreter that has the application's modules."""
    python_memory_mb: int = 2048
    invariants: tuple[Invariant, ...] = field(default=())

    def bounds(self, begun_s: float) -> Bounds:
        """What programs may take, of a drill that began then by ``time.monotonic``."""
        limit_s = self.max_duration_s
        return Bounds(
            nice=self.nice,
            io=self.io,
            limit_s=limit_s,
            ends_at_s=None if limit_s is None else begun_s + limit_s,
            cut_off=not self.network,
        )

    @property
    def server(self) -> dict[str, str]:
        """Settings of the scratch server."""
        workers = str(self.parallel_workers)
        return {
            "shared_buffers": f"{self.memory_mb // 4}MB",  # a copy is read once
            "maintenance_work_mem": f"{self.memory_mb // 4}MB",
            "work_mem": f"{max(1, self.memory_mb // 64)}MB",
            "max_parallel_workers_per_gather": workers,
            "max_parallel_maintenance_workers": workers,
        }


def drill_settings(configuration: Configuration) -> DrillSettings:
    """Read the table; what is not said has its default.

    Raises:
        ConfigurationError: it says something that is not known, or means nothing.
    """
    written = configuration.drill
    if unknown := written.keys() - KNOWN:
        raise unusable(configuration.path, f"drill.{min(unknown)} is not known")
    try:
        return _settings(configuration, written)
    except ValueError as error:
        raise unusable(configuration.path, f"drill.{error}") from error


def _settings(configuration: Configuration, written: Mapping[str, Any]) -> DrillSettings:
    io = written.get("io", DrillSettings.io)
    if io not in get_args(Io):
        raise ValueError(f"io is {io!r}: use {', '.join(get_args(Io))}")
    network = written.get("network", False)
    if not isinstance(network, bool):
        raise ValueError("network must be true or false")  # noqa: TRY004  all become one error
    limited = "max_duration_s" in written
    tables = written.get("tables", DrillSettings.tables)
    if tables not in get_args(Tables):
        raise ValueError(f"tables is {tables!r}: use {' or '.join(get_args(Tables))}")
    return DrillSettings(
        tables=tables,
        sample_share=_share(written, "sample_share", DrillSettings.sample_share),
        full_every=_whole(written, "full_every", DrillSettings.full_every, 1, FULL_EVERY_MAX),
        nice=_whole(written, "nice", DrillSettings.nice, 0, NICE_MAX),
        io=io,
        memory_mb=_whole(written, "memory_mb", DrillSettings.memory_mb, MEMORY_MIN_MB),
        parallel_workers=_whole(
            written, "parallel_workers", DrillSettings.parallel_workers, 0, WORKERS_MAX
        ),
        max_duration_s=_seconds(written, "max_duration_s", 0) if limited else None,
        network=network,
        python=configuration.directory / _text(written, "python", sys.executable),
        python_memory_mb=_whole(
            written, "python_memory_mb", DrillSettings.python_memory_mb, MEMORY_MIN_MB
        ),
        invariants=_invariants(written.get("invariants", [])),
    )


def _invariants(written: object) -> tuple[Invariant, ...]:
    if not isinstance(written, list) or not all(isinstance(one, dict) for one in written):
        raise ValueError("invariants must be tables: [[drill.invariants]]")
    invariants = tuple(_invariant(one) for one in written)
    names = [one.name for one in invariants]
    if repeated := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"invariants has the name {repeated[0]!r} twice")
    return invariants


def _invariant(written: Mapping[str, Any]) -> Invariant:
    name = _text(written, "name", "")
    if not name:
        raise ValueError("invariants has one without a name")
    if unknown := written.keys() - OF_AN_INVARIANT:
        raise ValueError(f"invariants, {name!r}: {min(unknown)} is not known")
    query, function = _text(written, "sql", ""), _text(written, "python", "")
    if bool(query) == bool(function):
        raise ValueError(f"invariants, {name!r}: give it either sql or python")
    if function and not FUNCTION.fullmatch(function):
        raise ValueError(f"invariants, {name!r}: python must be package.module:function")
    timeout_s = _seconds(written, "timeout_s", INVARIANT_TIMEOUT_S)
    return Invariant(name, query.strip() or None, function or None, timeout_s)


def _whole(
    written: Mapping[str, Any], name: str, default: int, least: int, most: int | None = None
) -> int:
    value = written.get(name, default)
    if type(value) is not int or value < least or (most is not None and value > most):
        limits = f"from {least} to {most}" if most is not None else f"of at least {least}"
        raise ValueError(f"{name} is {value!r}: use a whole number {limits}")
    return value


def _share(written: Mapping[str, Any], name: str, default: float) -> float:
    value = written.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise ValueError(f"{name} is {value!r}: use a share above 0, up to 1")
    return float(value)


def _seconds(written: Mapping[str, Any], name: str, default: float) -> float:
    value = written.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise ValueError(f"{name} is {value!r}: use a number of seconds above 0")
    return float(value)


def _text(written: Mapping[str, Any], name: str, default: str) -> str:
    value = written.get(name, default)
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a text")  # noqa: TRY004  all become one error
    return value
