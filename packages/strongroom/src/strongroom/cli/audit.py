"""``strongroom audit``: settings, code and scripts that can lose data."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom.cli.output import Output, pass_output, to_json

if TYPE_CHECKING:
    from strongroom.audit import Audit, Finding

FOUND = 25
_COLOURS = {"danger": "red", "caution": "yellow", "note": "cyan"}
_MARKS = {"danger": "✗", "caution": "▲", "note": "·"}


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
@pass_output
def command(  # noqa: PLR0913  one parameter for each option
    output: Output,
    paths: tuple[Path, ...],
    compose_files: tuple[Path, ...],
    project_name: str | None,
    env_files: tuple[Path, ...],
    *,
    as_sarif: bool,
    fail_on: str,
    baseline: Path | None,
    write_baseline: Path | None,
) -> None:
    """Find what can lose data: in compose files, files of variables, code, scripts and CI.

    PATHS are files or directories, this one if none is given. Nothing is run or changed. Exit
    status 25: something is as bad as --fail-on, or worse. A comment allows a rule at its line:
    # strongroom: allow RULE because REASON.
    """
    from strongroom.audit import at_least, audit
    from strongroom.audit.baseline import compare
    from strongroom.audit.baseline import write_baseline as write
    from strongroom.audit.compose import Question

    question = Question(
        strict=False,
        environment={},
        project_name=project_name,
        env_files=tuple(one.absolute() for one in env_files),
    )
    answer = audit(
        paths or (Path(),),
        compose_files=[one.absolute() for one in compose_files],
        question=question,
    )
    findings: Sequence[Finding] = answer.findings
    known = 0
    if write_baseline is not None:
        write(write_baseline, findings)
    if baseline is not None:
        compared = compare(baseline, findings)
        findings, known = compared.new, len(compared.known)
    if as_sarif:
        from strongroom.audit.sarif import to_sarif

        output.close()
        click.echo(to_json(to_sarif(findings)))
    else:
        document = _document(answer, findings, known)
        output.result(document, [*_lines(answer, findings, known), *_next(output, findings)])
    if fail_on != "never" and any(at_least(one.severity, fail_on) for one in findings):  # type: ignore[arg-type]
        output.exit(FOUND)


def _document(answer: Audit, findings: Sequence[Finding], known: int) -> dict[str, object]:
    return {
        "candidates": [],
        "findings": [one.as_dict() for one in findings],
        "counts": _counts(findings),
        "known": known,
        "allowed": [one.as_dict() for one in answer.allowed],
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


def _lines(answer: Audit, findings: Sequence[Finding], known: int) -> list[str]:
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
    return [*lines, _summary(answer, findings, known)]


def _summary(answer: Audit, findings: Sequence[Finding], known: int) -> str:
    told = [f"{count} {name}" for name, count in _counts(findings).items() if count]
    read = f"{answer.tree.files_read} files, {len(answer.tree.projects)} compose projects"
    beside = [f"{known} known"] if known else []
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
