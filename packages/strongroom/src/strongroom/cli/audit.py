"""``strongroom audit``: settings, code and scripts that can lose data."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypedDict, Unpack

import click

from strongroom.cli.layout import Whole
from strongroom.cli.output import Output, pass_output, to_json
from strongroom.cli.quantities import plural

if TYPE_CHECKING:
    from strongroom.audit import Audit, Finding
    from strongroom.audit.engines import EngineView
    from strongroom.audit.tree import Tree
    from strongroom.config import Configuration

FOUND = 25
_COLOURS = {"danger": "red", "caution": "yellow", "note": "cyan"}
_MARKS = {"danger": "✗", "caution": "▲", "note": "·"}


class Options(TypedDict):
    """What may be given."""

    paths: tuple[Path, ...]
    compose_files: tuple[Path, ...]
    project_name: str | None
    env_files: tuple[Path, ...]
    as_sarif: bool
    fail_on: Literal["note", "caution", "danger", "never"]
    baseline: Path | None
    write_baseline: Path | None
    fix: bool
    yes: bool
    engine: bool


@click.command("audit")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "-f",
    "--file",
    "compose_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Audit the project that these compose files make; in the order Compose is given them.",
)
@click.option("-p", "--project-name", help="The project's name, as Compose is given it.")
@click.option(
    "--env-file",
    "env_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A file of variables, as Compose is given it.",
)
@click.option("--sarif", "as_sarif", is_flag=True, help="Print one SARIF 2.1.0 document.")
@click.option(
    "--fail-on",
    type=click.Choice(["note", "caution", "danger", "never"]),
    default="danger",
    show_default=True,
    help="From which severity on the exit status is 25.",
)
@click.option("--baseline", type=click.Path(path_type=Path), help="Known findings: not told again.")
@click.option(
    "--write-baseline", type=click.Path(path_type=Path), help="Write today's findings as known."
)
@click.option("--fix", is_flag=True, help="Mend what is mechanical: shows the change, then asks.")
@click.option("--yes", is_flag=True, help="With --fix: write without asking.")
@click.option(
    "--engine/--no-engine", default=True, help="Ask the container engine, where one answers."
)
@pass_output
def command(output: Output, /, **options: Unpack[Options]) -> None:
    """Find what can lose data: in compose files, files of variables, code, scripts and CI.

    PATHS are files or directories, this one if none is given. Nothing is run, and nothing is
    changed without --fix. Exit status 25: something is as bad as --fail-on, or worse. A comment
    allows a rule at its line: # strongroom: allow RULE because REASON.
    """
    from strongroom.audit import at_least
    from strongroom.audit.baseline import compare, write_baseline

    answer = _audited(output, options)
    findings, known = answer.findings, 0
    if options["write_baseline"] is not None:
        write_baseline(options["write_baseline"], findings)
    if options["baseline"] is not None:
        compared = compare(options["baseline"], findings)
        findings, known = compared.new, len(compared.known)
    fixed = _mend(output, findings, sure=options["yes"]) if options["fix"] else []
    findings = tuple(one for one in findings if one not in fixed)
    _tell(output, answer, findings, known=known, fixed=fixed, as_sarif=options["as_sarif"])
    threshold = options["fail_on"]
    if threshold != "never" and any(at_least(one.severity, threshold) for one in findings):
        output.exit(FOUND)


def _audited(output: Output, options: Options) -> Audit:
    from strongroom.audit import audit
    from strongroom.audit.compose import Question

    question = Question(
        strict=False,
        environment={},
        project_name=options["project_name"],
        env_files=tuple(one.absolute() for one in options["env_files"]),
    )
    return audit(
        options["paths"] or (Path(),),
        compose_files=[one.absolute() for one in options["compose_files"]],
        question=question,
        look=(lambda tree: _engine(output, tree)) if options["engine"] else None,
    )


def _engine(output: Output, tree: Tree) -> EngineView | None:
    """The engine, where one answers and there is a database to ask it about."""
    from strongroom.audit.engines import view_of
    from strongroom.errors import EngineError

    if not any(one.is_postgresql for one in tree.databases):
        return None
    try:
        return view_of(_configurations(output, tree), os.environ)
    except EngineError as error:
        output.note(f"{error.message} What is in the volumes is not known.")
        return None


def _configurations(output: Output, tree: Tree) -> list[Configuration]:
    """What is configured here, or among the files that were read."""
    from strongroom.config import load_all
    from strongroom.errors import ConfigurationError

    try:
        return output.configurations()
    except ConfigurationError:
        if output.config is not None or output.environment is not None:
            raise
    found: list[Configuration] = []
    for path in tree.texts:
        if path.name == "strongroom.toml":
            with contextlib.suppress(ConfigurationError):
                found += load_all(path)
    return found


def _mend(output: Output, findings: Sequence[Finding], *, sure: bool) -> list[Finding]:
    """Show the mends, ask, write; the findings that are mended."""
    from strongroom.audit.mending import mends_for
    from strongroom.errors import ConfirmationNeededError

    mends = mends_for(findings)
    if not mends:
        output.note("Nothing here can be mended mechanically.")
        return []
    shown = [line for one in mends for line in one.diff(_near(one.path))]
    output.ask_about([Whole(_coloured(line)) for line in shown])
    if not sure:
        if not sys.stdin.isatty():
            raise ConfirmationNeededError(
                "Nothing was written: nobody is here to agree to it.",
                next_step="the same with --yes, after a look at the change",
            )
        if not click.confirm("Write this?", err=True):
            return []
    for one in mends:
        one.write()
    return [finding for one in mends for finding in one.findings]


def _coloured(line: str) -> str:
    colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
    return click.style(line, fg=colour) if colour else line


def _tell(
    output: Output,
    answer: Audit,
    findings: Sequence[Finding],
    *,
    known: int,
    fixed: Sequence[Finding],
    as_sarif: bool,
) -> None:
    if as_sarif:
        from strongroom.audit.sarif import to_sarif

        output.close()
        click.echo(to_json(to_sarif(findings)))
        return
    document = _document(answer, findings, known, fixed)
    output.result(document, [*_lines(answer, findings, known, fixed), *_next(output, findings)])


def _document(
    answer: Audit, findings: Sequence[Finding], known: int, fixed: Sequence[Finding]
) -> dict[str, object]:
    neighbours = {one.volume.name: one for seen in answer.seen for one in seen.neighbours}
    return {
        "candidates": [one.as_dict() for one in neighbours.values()],
        "findings": [one.as_dict() for one in findings],
        "counts": _counts(findings),
        "known": known,
        "allowed": [one.as_dict() for one in answer.allowed],
        "fixed": [one.as_dict() for one in fixed],
        "engine": answer.engine,
        "volumes": [
            {
                "service": one.database.service.name,
                "place": one.place.name,
                "standing": one.standing,
                "file": str(one.database.project.files[-1]),
            }
            for one in answer.seen
        ],
        "projects": [
            {
                "name": one.name,
                "name_source": one.name_source,
                "files": [str(path) for path in one.files],
                "volumes": {key: volume.name for key, volume in one.volumes.items()},
            }
            for one in answer.tree.projects
        ],
        "files_read": answer.tree.files_read,
    }


def _counts(findings: Sequence[Finding]) -> dict[str, int]:
    return {name: sum(one.severity == name for one in findings) for name in _COLOURS}


def _lines(
    answer: Audit, findings: Sequence[Finding], known: int, fixed: Sequence[Finding]
) -> list[str]:
    lines: list[str] = []
    told: set[str] = set()
    ordered = sorted(findings, key=lambda one: str(one.file))
    for file, group in groupby(ordered, key=lambda one: one.file):
        lines += [click.style(_near(file), bold=True)]
        for one in group:
            mark = click.style(_MARKS[one.severity], fg=_COLOURS[one.severity], bold=True)
            rule = click.style(one.rule, fg=_COLOURS[one.severity])
            lines += [f"  {mark} {one.line:>4}  {rule}  {one.what}"]
            if one.severity != "note" and one.rule not in told:
                told.add(one.rule)
                lines += [f"          {one.why}", f"          fix: {one.fix}"]
        lines += [""]
    return [*lines, _summary(answer, findings, known, fixed)]


def _summary(
    answer: Audit, findings: Sequence[Finding], known: int, fixed: Sequence[Finding]
) -> str:
    told = [f"{count} {name}" for name, count in _counts(findings).items() if count]
    files, projects = answer.tree.files_read, len(answer.tree.projects)
    read = f"{plural(files, 'file')} and {plural(projects, 'compose project')}"
    beside = [f"{known} known"] if known else []
    beside += [f"{len(fixed)} mended"] if fixed else []
    beside += [f"{len(answer.allowed)} allowed"] if answer.allowed else []
    return f"{', '.join([*told, *beside]) or 'nothing found'} in {read}."


def _next(output: Output, findings: Sequence[Finding]) -> list[str]:
    if not findings:
        return []
    worst = findings[0]
    return [output.next_line(f"read {worst.docs}, and mend {_near(worst.file)}:{worst.line}")]


def _near(path: Path) -> str:
    try:
        return os.path.relpath(path)
    except ValueError:
        return str(path)
