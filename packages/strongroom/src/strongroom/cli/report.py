"""``strongroom report``: the report of an incident, written from the record."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from strongroom.cli.layout import Whole
from strongroom.cli.output import Output, pass_output
from strongroom.errors import IncidentError
from strongroom.report.incident import Cause, IncidentReport, as_markdown, as_page, tell_incident


@click.command("report")
@click.argument("number", type=click.IntRange(min=1), required=False)
@click.option(
    "--page",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write it as one page of HTML, to read in a browser or to print.",
)
@click.option(
    "--audit",
    "audited",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Audit this, too, and tell what it finds among the causes; may be repeated.",
)
@pass_output
def command(
    output: Output, number: int | None, page: Path | None, audited: tuple[Path, ...]
) -> None:
    """Write the report of an incident: the newest, or NUMBER counted from the oldest.

    Timeline, what was at risk and what is there again table by table, causes with their
    evidence, what was done, what remains. Text is Markdown, so that it can go into a file.
    """
    configuration = output.configuration()
    findings = _causes(audited) if audited else ()
    report = tell_incident(
        configuration, number=number, findings=findings, progress=output.progress()
    )
    if report is None:
        nothing = "The record tells of no incident: nothing was refused, lost or brought back."
        output.result({"incidents": 0}, [nothing])
        return
    if page is not None:
        _write_page(report, page)
    document = {**report.as_dict(), "page": str(page) if page else None}
    if sys.stdout.isatty() and not output.as_json:
        output.close()
        _show(report)
    else:
        output.result(document, [Whole(line) for line in as_markdown(report).splitlines()])


def _causes(paths: tuple[Path, ...]) -> list[Cause]:
    """What an audit finds, as causes; notes alone lose nothing."""
    from strongroom.audit import audit

    return [
        Cause(one.what, (f"{one.rule} in {one.file}:{one.line}", one.why))
        for one in audit(paths).findings
        if one.severity != "note"
    ]


def _write_page(report: IncidentReport, page: Path) -> None:
    try:
        with page.open("xb") as file:
            file.write(as_page(report).encode())
    except FileExistsError as error:
        raise IncidentError(
            f"{page} exists already, and nothing is written over.",
            next_step="strongroom report --page, with a name that is not taken",
        ) from error
    except OSError as error:
        raise IncidentError(
            f"{page} cannot be written: {error.strerror}.",
            next_step="strongroom report --page, with a place that can be written to",
        ) from error


def _show(report: IncidentReport) -> None:
    """On a terminal headings, tables and lists look like what they are."""
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(as_markdown(report)))
