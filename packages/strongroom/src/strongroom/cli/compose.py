"""``strongroom compose``: Compose, but nothing is started on a database that nobody meant."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom.cli.confirming import ask_person
from strongroom.cli.output import Output, pass_output
from strongroom.errors import ComposeError, ConfigurationError, EngineError

if TYPE_CHECKING:
    from strongroom.audit.compose import Project
    from strongroom.audit.compose_words import ComposeCall
    from strongroom.audit.engines import EngineView
    from strongroom.audit.guarding import Passed
    from strongroom.config import Configuration

REMOVING = {"down", "rm", "up", "create"}


@click.command(
    "compose",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[OPTIONS] VERB …")
@pass_output
def command(output: Output, arguments: tuple[str, ...]) -> None:
    """Call Compose with the same words, after a look at what they would do to data.

    What starts services (up, run, start, …) goes on only where their database lies on the volume
    that the pin knows: not on a new one, an empty one, or another database's. What removes
    volumes (down -v) needs a proven backup, and a person at a terminal. Everything else passes.

    Exit status: that of Compose; 11, 12, 14 and 17 like the verdicts, 30 for what was refused.
    """
    from strongroom.audit.compose_words import parse_call
    from strongroom.audit.guarding import STARTING

    call = parse_call(arguments)
    program = _program()
    project, passed = None, None
    if call.verb in STARTING | REMOVING:
        project = _project(call)
        configurations = _configurations(output, project)
        view = _view(configurations, call, needed=call.verb in STARTING)
        _let_remove(output, project, call, configurations, view)
        if call.verb in STARTING:
            passed = _let_start(output, project, call, view)
    code = _run(output, [*program, *arguments])
    if output.as_json:
        output.result(_document(call, project, passed, code))
    if code:
        output.exit(code)


def _program() -> list[str]:
    """``docker compose`` where Docker has it, else ``docker-compose``."""
    if docker := shutil.which("docker"):
        known = subprocess.run(
            [docker, "compose", "version"], capture_output=True, check=False, timeout=30
        )
        if known.returncode == 0:
            return [docker, "compose"]
    if alone := shutil.which("docker-compose"):
        return [alone]
    raise ComposeError(
        "Neither docker compose nor docker-compose is on this machine.",
        next_step="install Docker with its Compose plugin",
    )


def _project(call: ComposeCall) -> Project:
    """The project that Compose will see: the same files, variables and name."""
    from strongroom.audit.compose import Question, resolve

    directories = call.values("--project-directory", "--workdir")
    return resolve(
        Question(
            files=tuple(Path(one) for one in call.files),
            project_directory=Path(directories[-1]) if directories else None,
            project_name=call.project,
            env_files=tuple(Path(one) for one in call.values("--env-file")),
            profiles=call.values("--profile"),
            environment=dict(os.environ),
        )
    )


def _configurations(output: Output, project: Project) -> list[Configuration]:
    """What is configured here, or beside the compose file; nothing where nobody named it."""
    from strongroom.config import CONFIGURATION_NAME, load_all

    beside = project.directory / CONFIGURATION_NAME
    if output.config is None and output.environment is None and beside.is_file():
        return load_all(beside)
    try:
        return output.configurations()
    except ConfigurationError:
        if output.config is not None or output.environment is not None:
            raise
        return []


def _view(
    configurations: list[Configuration], call: ComposeCall, *, needed: bool
) -> EngineView | None:
    from strongroom.audit.engines import view_of

    hosts = call.values("-H", "--host")
    try:
        return view_of(configurations, os.environ, host=hosts[-1] if hosts else None)
    except EngineError:
        if needed:
            raise
        return None


def _let_start(
    output: Output, project: Project, call: ComposeCall, view: EngineView | None
) -> Passed | None:
    from strongroom.audit.guarding import require_known

    if view is None:
        return None
    passed = require_known(project, call, view)
    for one in passed.notes:
        output.note(f"{click.style('▲', fg='yellow', bold=True)} {one}")
    return passed


def _let_remove(
    output: Output,
    project: Project,
    call: ComposeCall,
    configurations: list[Configuration],
    view: EngineView | None,
) -> None:
    """Let volumes of databases go with a proven backup behind them, and a person's word."""
    from strongroom.audit.guarding import require_backup, volumes_removed
    from strongroom.ledger import ledger_of

    removed = volumes_removed(project, call)
    if not removed:
        return
    configuration = configurations[0] if len(configurations) == 1 else None
    proof = require_backup(removed, call, configuration, view)
    if proof is None or configuration is None:
        return
    names = [one.service.name for one in removed]
    told = [
        f"compose {call.verb} removes the data of {', '.join(names)}.",
        f"  behind it: backup {proof.backup_id} of {proof.taken_at:%Y-%m-%d %H:%M} UTC, proven",
    ]
    ask_person(output, configuration, told=told, next_step="the same, by a person at a terminal")
    ledger_of(configuration).record(
        "compose_removed", databases=", ".join(names), backup_id=proof.backup_id
    )


def _run(output: Output, words: list[str]) -> int:
    """Call Compose; under ``--json`` what it says goes to standard error."""
    output.close()
    sys.stdout.flush()
    stream = 2 if output.as_json else None
    return subprocess.run(words, stdout=stream, check=False).returncode


def _document(
    call: ComposeCall, project: Project | None, passed: Passed | None, code: int
) -> dict[str, object]:
    seen = passed.seen if passed is not None else ()
    return {
        "verb": call.verb,
        "project": project.name if project is not None else None,
        "databases": [
            {
                "service": one.database.service.name,
                "place": one.place.name,
                "standing": one.standing,
            }
            for one in seen
        ],
        "notes": list(passed.notes) if passed is not None else [],
        "exit_code": code,
    }
