"""Make the files of one scheduler, and write them where nothing is yet."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from strongroom.errors import ScheduleError
from strongroom.schedule.emit.compose import compose
from strongroom.schedule.emit.cron import crontab
from strongroom.schedule.emit.deployment import Deployment
from strongroom.schedule.emit.kubernetes import cron_job
from strongroom.schedule.emit.systemd import service, timer

Kind = Literal["systemd", "cron", "compose", "kubernetes"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Emitted:
    """One file: its name, its text, and what to do with it."""

    name: str
    text: str
    following: str


def emit(kind: Kind, deployment: Deployment) -> list[Emitted]:
    """The files of one scheduler, ready to be put in place."""
    return _EMITTERS[kind](deployment)


def write_new(files: list[Emitted], directory: Path) -> list[Path]:
    """Write files into a directory, each of them new, or none.

    Raises:
        ScheduleError: one is there already, or cannot be written.
    """
    paths = [directory / one.name for one in files]
    if there := [path for path in paths if path.exists() or path.is_symlink()]:
        raise ScheduleError(
            f"{there[0]} is there already, and nothing is overwritten.",
            next_step=f"compare it with what is printed without --write, then move {there[0]}",
        )
    written: list[Path] = []
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for path, one in zip(paths, files, strict=True):
            with path.open("x", encoding="utf-8") as file:
                written.append(path)
                file.write(one.text)
                file.flush()
                os.fsync(file.fileno())
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        raise ScheduleError(
            f"The files cannot be written into {directory}: {error.strerror}.",
            next_step="the same with a directory that can be written to",
        ) from error
    return written


def _systemd(deployment: Deployment) -> list[Emitted]:
    following = (
        f"put both into /etc/systemd/system, then systemctl enable --now {deployment.name}.timer"
    )
    return [
        Emitted(f"{deployment.name}.service", service(deployment), following),
        Emitted(f"{deployment.name}.timer", timer(deployment), following),
    ]


def _cron(deployment: Deployment) -> list[Emitted]:
    following = f"add the line by crontab -e as {deployment.user}"
    return [Emitted(f"{deployment.name}.crontab", crontab(deployment), following)]


def _compose(deployment: Deployment) -> list[Emitted]:
    name = f"{deployment.name}.compose.yaml"
    return [Emitted(name, compose(deployment), f"docker compose -f {name} up -d")]


def _kubernetes(deployment: Deployment) -> list[Emitted]:
    name = f"{deployment.name}.cronjob.yaml"
    return [Emitted(name, cron_job(deployment), f"kubectl apply -f {name}")]


_EMITTERS: dict[Kind, Callable[[Deployment], list[Emitted]]] = {
    "systemd": _systemd,
    "cron": _cron,
    "compose": _compose,
    "kubernetes": _kubernetes,
}
