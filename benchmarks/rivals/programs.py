"""Each program's way to back up and to restore, as a person would type it."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rivals.measuring import shell
from rivals.pgbackrest import Twin
from rivals.world import World

STRONGROOM = Path(sys.executable).parent / "strongroom"
RESTIC_PASSWORD = {"RESTIC_PASSWORD": "of-a-benchmark"}


class Program(Protocol):
    """One rival, or ours."""

    name: str
    incremental: bool

    def backup(self, *, full: bool) -> None:
        """Take a backup into its own place."""

    def restore(self, target: Path) -> None:
        """Bring the newest backup back as files, or as whatever it has, below ``target``."""

    @property
    def stored(self) -> Path:
        """Where its backups lie."""


@dataclass(frozen=True)
class Ours:
    """``strongroom backup``, gate, digests and log included."""

    world: World
    name: str = "strongroom"
    incremental: bool = True

    def backup(self, *, full: bool) -> None:
        """Take a backup into its own place."""
        more = ["--full"] if full else []
        self._run("backup", "--method", "physical", *more)

    def restore(self, target: Path) -> None:
        """Bring the newest backup back."""
        del target  # it chooses a place of its own beside the data
        self._run("restore")

    def drill(self) -> str:
        """Prove the newest backup; the parts of it are in the answer."""
        return self._run("drill")

    def _run(self, *arguments: str) -> str:
        return shell([str(STRONGROOM), *arguments, "--json"], cwd=self.world.directory)

    @property
    def stored(self) -> Path:
        """Where its backups lie."""
        return self.world.directory / "store/backups"


@dataclass(frozen=True)
class Piped:
    """A program whose output goes through pipes into one file, and back the same way."""

    world: World
    name: str
    out: str
    """The pipe that makes ``{file}``."""
    back: str
    """The pipe that fills ``{target}`` from ``{file}``."""
    incremental: bool = False

    def backup(self, *, full: bool) -> None:
        """Take a backup into its own place."""
        del full
        self.stored.mkdir(exist_ok=True)
        shell(self._filled(self.out), env=self.world.environment)

    def restore(self, target: Path) -> None:
        """Bring the newest backup back."""
        shell(self._filled(self.back, target), env=self.world.environment)

    def _filled(self, pipe: str, target: Path | None = None) -> str:
        where = {name: self.world.tool(name) for name in ("pg_basebackup", "pg_dump", "psql")}
        return pipe.format(
            file=self.stored / "file",
            target=target,
            recipient=self.world.recipient,
            identity=self.world.identity,
            **where,
        )

    @property
    def stored(self) -> Path:
        """Where its backups lie."""
        return self.world.directory / "".join(filter(str.isalnum, self.name))


@dataclass(frozen=True)
class PgBackRest:
    """pgBackRest, reading a server of its own on the same files."""

    twin: Twin
    name: str = "pgbackrest"
    incremental: bool = True

    def backup(self, *, full: bool) -> None:
        """Take a backup into its own place."""
        self.twin.run(f"--type={'full' if full else 'incr'}", "backup")

    def restore(self, target: Path) -> None:
        """Bring the newest backup back."""
        self.twin.run(f"--pg1-path={target}", "restore")

    @property
    def stored(self) -> Path:
        """Where its backups lie."""
        return self.twin.repository


@dataclass(frozen=True)
class Restic:
    """``restic`` fed by ``pg_basebackup``: it keeps what it has not seen before."""

    world: World
    name: str = "pg_basebackup | restic"
    incremental: bool = True

    def backup(self, *, full: bool) -> None:
        """Take a backup into its own place."""
        if full:
            shutil.rmtree(self.stored, ignore_errors=True)
            self._run("init")
        base = f"{self.world.tool('pg_basebackup')} -D - -Ft -X fetch --checkpoint=fast"
        self._run("backup --stdin --stdin-filename base.tar", before=f"{base} |")

    def restore(self, target: Path) -> None:
        """Bring the newest backup back."""
        self._run("dump latest base.tar", after=f"| tar -x -C {target}")

    def _run(self, what: str, *, before: str = "", after: str = "") -> None:
        restic = f"restic --no-cache --quiet --repo {self.stored} {what}"
        shell(f"{before} {restic} {after}", env={**self.world.environment, **RESTIC_PASSWORD})

    @property
    def stored(self) -> Path:
        """Where its backups lie."""
        return self.world.directory / "restic"


def missing(world: World) -> list[str]:
    """Rivals that could be compared with, and why they are not."""
    told = []
    if world.twin is None:
        told.append(f"pgBackRest (not installed, or knows no PostgreSQL {world.major})")
    if not shutil.which("restic"):
        told.append("restic (not installed)")
    return told


def programs(world: World) -> list[Program]:
    """All that are on this machine, ours first."""
    fetched = "{pg_basebackup} -D - -Ft -X fetch --checkpoint=fast"
    found: list[Program] = [
        Ours(world),
        Piped(world, "pg_basebackup", f"{fetched} > {{file}}", "tar -x -C {target} -f {file}"),
        Piped(
            world,
            "pg_basebackup | zstd -1 | age",
            f"{fetched} | zstd -1 -q | age -r {{recipient}} > {{file}}",
            "age -d -i {identity} {file} | zstd -d -q | tar -x -C {target}",
        ),
        Piped(
            world,
            "pg_dump | gzip",
            "{pg_dump} b | gzip > {file}",
            "",
        ),
    ]
    if world.twin is not None:
        found.append(PgBackRest(world.twin))
    if shutil.which("restic"):
        found.append(Restic(world))
    return found
