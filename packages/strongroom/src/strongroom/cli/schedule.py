"""``strongroom schedule``: files for systemd, cron, compose and Kubernetes."""

from __future__ import annotations

import pwd
import shutil
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from strongroom.cli.output import Output, pass_output

if TYPE_CHECKING:
    from strongroom.schedule.emit import Kind

KINDS = ("systemd", "cron", "compose", "kubernetes")


@click.group("schedule")
def command() -> None:
    """Have another scheduler keep the schedule."""


@command.command("emit")
@click.argument("kind", type=click.Choice(KINDS))
@click.option(
    "--write",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the files into this directory; nothing is overwritten.",
)
@click.option("--program", help="The path of strongroom where it will run.")
@click.option("--image", help="The image with strongroom in it, for compose and kubernetes.")
@pass_output
def emit(
    output: Output, kind: str, write: Path | None, program: str | None, image: str | None
) -> None:
    """Print files, ready to use, that run what [schedule] of the configuration says."""
    from strongroom.schedule.emit import deployment_of, write_new
    from strongroom.schedule.emit import emit as emitted

    configuration = output.configuration()
    deployment = deployment_of(
        configuration,
        program=program or _program(),
        image=image or f"strongroom:{version('strongroom')}",
        user=_owner(configuration.path),
    )
    files = emitted(cast("Kind", kind), deployment)
    written = write_new(files, write) if write else []
    document = {
        "kind": kind,
        "files": [{"name": one.name, "text": one.text} for one in files],
        "written": written,
        "next": files[0].following,
    }
    if output.as_json or written:
        lines = [*(f"written: {path}" for path in written), ""]
        output.result(document, [*lines, output.next_line(files[0].following)])
        return
    for one in files:
        click.echo(f"# ---- {one.name}\n{one.text}" if len(files) > 1 else one.text, nl=False)
    output.note(output.next_line(files[0].following))


def _program() -> str:
    """The program that runs now, where it is ours; else the one beside Python, or in PATH."""
    called, beside = Path(sys.argv[0]), Path(sys.executable).with_name("strongroom")
    if called.name == "strongroom" and called.is_file():
        return str(called.absolute())
    return str(beside) if beside.is_file() else shutil.which("strongroom") or "strongroom"


def _owner(path: Path) -> str:
    user_id = path.stat().st_uid
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:
        return str(user_id)
