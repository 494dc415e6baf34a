"""The verbs ``init``, ``up``, ``configure`` and ``where``."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strideiq.platform.errors import HomeError
from strideiq.platform.home import DEFAULT_ENVIRONMENT, EnvironmentPaths, home
from strideiq.platform.output import Output, pass_output

if TYPE_CHECKING:
    from strideiq.lifecycle.serve import Ready
    from strongroom import Manifest

LINES_MISSING = 5
DEMO_ENVIRONMENT = "demo"
DEMO_PASSWORD = "run-the-demo"  # noqa: S105  of invented data, shown to whoever starts it


@click.command("init")
@click.option("--demo", is_flag=True, help="A demo athlete, in an environment of its own.")
@click.option("--if-none", is_flag=True, help="Do nothing where anything has been initialised.")
@click.option("--email", help="Make the first account, with this address.")
@click.option("--name", default="", help="The name of the first account.")
@click.option(
    "--save-key",
    type=click.Path(path_type=Path),
    help="Save a copy of the backup key here, and prove that it opens a backup.",
)
@pass_output
def init(
    output: Output,
    *,
    demo: bool,
    if_none: bool,
    email: str | None,
    name: str,
    save_key: Path | None,
) -> None:
    r"""Make a new, empty StrideIQ (or a demo): configuration, key, pinned database.

    \b
    Exit status: 0 made · 1 there is one already, or it could not be made · 2 usage
    """
    if if_none and home().environments():
        output.result({"made": None, "environments": home().environments()})
        return
    environment = DEMO_ENVIRONMENT if demo else (output.environment or DEFAULT_ENVIRONMENT)
    if demo and output.environment not in {None, DEMO_ENVIRONMENT}:
        raise HomeError(
            f"Demo data lives in the environment {DEMO_ENVIRONMENT!r} only.",
            next_step="strideiq init --demo",
        )
    if environment == DEMO_ENVIRONMENT and not demo:
        raise HomeError(
            f"The environment {DEMO_ENVIRONMENT!r} is kept for the demo.",
            next_step="strideiq init --demo",
        )
    paths = home().environment(environment)
    document, lines = _make(output, paths, environment, demo=demo, email=email, name=name)
    _save_key(output, paths, save_key, document, lines, ask=not demo)
    following = _reaching(environment, "strideiq", "up")
    output.result({**document, "next": following}, [*lines, "", output.next_line(following)])


def _reaching(environment: str, program: str, verb: str) -> str:
    """The command as it must be typed to reach this environment, which others may stand before."""
    try:
        plain = home().choose().name == environment
    except HomeError:
        plain = False
    return f"{program} {verb}" if plain else f"{program} --environment {environment} {verb}"


def _make(
    output: Output,
    paths: EnvironmentPaths,
    environment: str,
    *,
    demo: bool,
    email: str | None,
    name: str,
) -> tuple[dict[str, object], list[str]]:
    from strideiq.lifecycle.initialise import initialise

    output.note(f"Making {paths.directory} …")
    password = DEMO_PASSWORD if demo else None
    made = initialise(
        paths, environment=environment, demo_password=password, progress=output.progress()
    )
    document: dict[str, object] = {
        "made": str(paths.directory),
        "environment": environment,
        "database_id": made.database_id,
        "pin": str(made.pin),
    }
    lines = [f"Made {paths.directory}, environment {environment}, database {made.database_id}."]
    if made.demo:
        document |= {
            "activities": made.demo.activities,
            "samples": made.demo.samples,
            "athlete": made.demo.email,
            "password": password,
        }
        lines.append(
            f"A demo athlete ran {made.demo.activities} times in three years "
            f"({made.demo.samples:,} samples)."
        )
    elif email:
        document["password"] = _first_account(paths, email, name)
        lines.append(f"Account {email}, password {document['password']} (shown this once).")
    return document, lines


def _first_account(paths: EnvironmentPaths, email: str, name: str) -> str:
    from strideiq.athletes.public import create
    from strideiq.platform.runtime import opened

    password = secrets.token_urlsafe(12)
    with opened(paths) as runtime, runtime.sessions.begin() as session:
        create(session, email=email, name=name or email.partition("@")[0], password=password)
    return password


def _save_key(
    output: Output,
    paths: EnvironmentPaths,
    destination: Path | None,
    document: dict[str, object],
    lines: list[str],
    *,
    ask: bool,
) -> None:
    """Save the backup key elsewhere and prove the copy; say how, where that was not done."""
    if destination is None and ask and not output.as_json and sys.stdin.isatty():
        output.note(
            "A lost key is a lost backup. Save a copy of it on another disk or a USB stick."
        )
        answer = click.prompt("Path for the copy (empty: later)", default="", show_default=False)
        destination = Path(answer).expanduser() if answer else None
    if destination is None:
        document["key_saved"] = None
        save = _reaching(paths.name, "strongroom", "key save PATH")
        lines += ["The backup key has no copy yet. Make one on another disk:", f"  {save}"]
        return
    import strongroom

    proof = strongroom.save_key(
        strongroom.load_configuration(paths.configuration), destination, progress=output.progress()
    )
    document["key_saved"] = proof.key_file
    lines.append(f"{proof.key_file} was proven: it opens the backup {proof.backup_id}.")


@click.command("up")
@click.option("--host", default="127.0.0.1", help="0.0.0.0 for the phone on the same network.")
@click.option("--port", type=click.IntRange(0, 65535), help="8000, or a free one when busy.")
@pass_output
def up(output: Output, *, host: str, port: int | None) -> None:
    r"""Open the database through the gate, prove a backup, and serve until Ctrl-C.

    \b
    Exit status: 0 stopped · 1 error · 2 usage · 3 already running · 10-17 refused (as strongroom
    check) · 20, 21 a backup could not be proven
    """
    from strideiq.lifecycle.serve import serve

    paths = output.paths()
    _tell_missing_lines(output, paths)

    def ready(state: Ready) -> None:
        document = _ready_document(state)
        output.result(document, _ready_lines(paths, state, document["environment"]))

    serve(paths, host=host, port=port, ready=ready, progress=output.progress())
    output.note("Stopped.")


def _tell_missing_lines(output: Output, paths: EnvironmentPaths) -> None:
    """Say that an older home's configuration lacks something; it is whose it is to change."""
    from strideiq.lifecycle.configuring import lacking

    missing = lacking(paths.configuration).names if paths.configuration.exists() else ()
    if missing:
        output.note(
            f"{paths.configuration} lacks {len(missing)} lines that this version expects: "
            "some changes will be refused until they are there."
        )
        output.note(output.next_line("strideiq configure"))


def _ready_document(state: Ready) -> dict[str, object]:
    backup = state.backup
    return {
        "verdict": str(state.judgement.verdict),
        "warnings": state.judgement.as_dict()["warnings"],
        "environment": state.judgement.expected["environment"],
        "address": state.address,
        "backup": None
        if backup is None
        else {
            "backup_id": backup.backup_id,
            "verdict": state.proof.verdict if state.proof else None,
            "rows": backup.rows,
            "activities": _activities(backup),
        },
        "problem": state.problem,
    }


def _ready_lines(paths: EnvironmentPaths, state: Ready, environment: object) -> list[str]:
    verdict = click.style(str(state.judgement.verdict), fg="green", bold=True)
    lines = [f"{verdict}   the {environment} database of {paths.directory}"]
    lines += [
        f"{click.style('▲ ' + warning.code, fg='yellow')}  {warning.message}"
        for warning in state.judgement.warnings
    ]
    if state.backup and state.proof and state.problem is None:
        proven = click.style(state.proof.verdict, fg="green", bold=True)
        lines.append(
            f"{proven}  backup {state.backup.backup_id}: {state.backup.rows:,} rows, "
            f"{_activities(state.backup):,} activities, restored and compared"
        )
    else:
        lines.append(f"{click.style('not proven', fg='red', bold=True)}  {state.problem}")
    lines += ["", f"  {state.address}"]
    if environment == DEMO_ENVIRONMENT:
        from strideiq.demo.public import EMAIL

        lines.append(f"  sign in as {EMAIL} with the password {DEMO_PASSWORD}")
    else:
        lines.append("  sign in, or sign up on the first page")
    return [*lines, "  Ctrl-C stops it."]


def _activities(backup: Manifest) -> int:
    return next((one.rows for one in backup.tables if one.name == "public.activity"), 0)


@click.command("configure")
@click.option("--apply", "applied", is_flag=True, help="Write the lines, and renew the guards.")
@pass_output
def configure(output: Output, *, applied: bool) -> None:
    r"""Show what strongroom.toml lacks of what this version expects; --apply adds it.

    A line that is there is never changed, whatever it says. The former file stays beside the new.

    \b
    Exit status: 0 nothing is missing (any more) · 1 error · 2 usage · 5 lines are missing
    """
    from strideiq.lifecycle.configuring import complete, lacking

    paths = output.paths()
    missing = lacking(paths.configuration)
    document: dict[str, object] = {"missing": list(missing.names), "applied": False, "kept": None}
    if not missing.names:
        output.result(document, [f"{missing.path} has every line that it needs."])
        return
    if not applied:
        following = "strideiq configure --apply"
        lines = [*missing.difference, "", output.next_line(following)]
        output.result({**document, "next": following}, lines)
        raise SystemExit(LINES_MISSING)
    import strongroom

    kept = complete(missing)
    strongroom.protect(
        strongroom.load_configuration(paths.configuration), progress=output.progress()
    )
    lines = [f"Added {len(missing.names)} lines. The former file is {kept}.", "Guards renewed."]
    output.result({**document, "applied": True, "kept": str(kept)}, lines)


@click.command("where")
@pass_output
def where(output: Output) -> None:
    """Show every path that StrideIQ uses."""
    from strongroom import load_configuration

    paths = output.paths()
    configuration = load_configuration(paths.configuration)
    server = configuration.server
    document: dict[str, object] = {
        "home": str(paths.directory.parent),
        "environment": configuration.environment,
        "environments": home().environments(),
        "configuration": str(paths.configuration),
        "pin": str(configuration.lock_path),
        "settings": str(paths.env_file),
        "data": str(server.data_directory) if server else configuration.url,
        "store": configuration.store_url,
        "state": str(configuration.state_cache),
        "ledger": str(configuration.ledger_path),
        "key": str(configuration.private_key),
        "passwords": str(configuration.passwords),
        "logs": str(paths.logs),
        "run": str(paths.directory / "run"),
        "kept": str(configuration.kept_directory),
    }
    width = max(map(len, document))
    output.result(document, [f"{name:{width}}  {value}" for name, value in document.items()])
