"""``strongroom metrics``: what is known, in the text format of Prometheus."""

from __future__ import annotations

from pathlib import Path

import click

from strongroom.cli.output import Output, pass_output


@click.command("metrics")
@click.option(
    "--write",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Replace this file in one step, for the node exporter's textfile collector.",
)
@pass_output
def command(output: Output, write: Path | None) -> None:
    """Print metrics of the database, its backups and proofs for Prometheus."""
    from datetime import UTC, datetime

    from strongroom.alerts import exposition, write_exposition
    from strongroom.report import collect, metrics_of

    facts = [collect(one) for one in output.configurations()]
    metrics = metrics_of(facts, datetime.now(UTC))
    document = {"metrics": [one.as_dict() for one in metrics], "written": write}
    if write is not None:
        write_exposition(metrics, write)
        output.result(document, [f"written to {write}"])
    elif output.as_json:
        output.result(document)
    else:
        click.echo(exposition(metrics), nl=False)
