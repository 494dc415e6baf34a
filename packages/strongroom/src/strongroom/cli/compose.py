"""``strongroom compose``: Compose, but nothing is started on a database that nobody meant."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom.cli.confirming import ask_person
from strongroom.cli.output import Output, pass_output
from strongroom.errors import (
    ComposeError,
    ComposeRefusedError,
    ConfigurationError,
    EngineError,
    StrongroomError,
)

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
    volumes (down -v) needs a permit with a proven backup behind it; of a database without guards
    a person at a terminal. Everything else passes.

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
        _let_remove(output, project, call, configurations, view, arguments)
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
    from strongroom.audit.engine_chosen import view_of

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
    arguments: tuple[str, ...],
) -> None:
    """Let volumes of databases go with a proven backup behind them, and a permit."""
    from strongroom.audit.guarding import require_backup, volumes_removed
    from strongroom.ledger import ledger_of

    removed = volumes_removed(project, call)
    if not removed:
        return
    configuration = configurations[0] if len(configurations) == 1 else None
    proof = require_backup(removed, call, configuration, view)
    if proof is None or configuration is None:
        return
    names = ", ".join(one.service.name for one in removed)
    by = _use_permit(configuration, names, project, call, arguments)
    if by is None:
        taken = f"{proof.taken_at:%Y-%m-%d %H:%M} UTC"
        told = [
            f"compose {call.verb} removes the data of {names}.",
            f"  behind it: backup {proof.backup_id} of {taken}, proven",
        ]
        following = "the same, by a person at a terminal"
        ask_person(output, configuration, told=told, next_step=following)
    ledger_of(configuration).record(
        "compose_removed", databases=names, backup_id=proof.backup_id, permit_id=by
    )


def _use_permit(
    configuration: Configuration,
    names: str,
    project: Project,
    call: ComposeCall,
    arguments: tuple[str, ...],
) -> str | None:
    """Use up the permit for exactly this call; None where the database can have no permits.

    That is one without guards, and one that cannot be reached: a container that does not start
    may be just why its volume is to go.

    Raises:
        ComposeRefusedError: there is none.
    """
    from strongroom.command_guard.acting import use_permit
    from strongroom.command_guard.judging import fingerprint_of
    from strongroom.protection import administered, is_protected

    if not is_protected(configuration):
        return None
    words = shlex.join(["strongroom", "compose", *arguments])
    fingerprint = fingerprint_of(f"{words}\0{project.name}\0{names}", project.directory)
    try:
        if (permit_id := use_permit(configuration, fingerprint)) is not None:
            return permit_id
        with administered(configuration):
            pass
    except StrongroomError:
        return None
    raise ComposeRefusedError(
        f"compose {call.verb} would remove the data of {names}, and there is no permit for it.",
        next_step=f"strongroom permit ask 'run_command {fingerprint}' --reason WHY, then "
        f"strongroom permit grant, then {words}",
    )


def _run(output: Output, words: list[str]) -> int:
    """Call Compose; under ``--json`` what it says goes to standard error."""
    output.close()
    sys.stdout.flush()
    process = subprocess.Popen(words, stdout=2 if output.as_json else None)
    with _signals_left_to(process):
        code = process.wait()
    return code if code >= 0 else 128 - code  # as a shell tells a signal


@contextmanager
def _signals_left_to(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Let Compose end in its own time: it stops containers when it is asked to end.

    A terminal sends Ctrl-C to both of us; any other way the signal reaches us alone.
    """

    def pass_on(number: int, _frame: object) -> None:
        if number != signal.SIGINT or not sys.stdin.isatty():
            process.send_signal(number)

    wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {one: signal.signal(one, pass_on) for one in wanted}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


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
