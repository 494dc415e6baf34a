"""The verb ``paces``: training paces and equivalent races from one race or an index."""

from __future__ import annotations

import click

from strideiq.platform.output import Output, pass_output


@click.command()
@click.option(
    "--race",
    nargs=2,
    metavar="DISTANCE TIME",
    help="A race you ran, as 5km 20:00 or half 1:31:35.",
)
@click.option("--rpi", help="A running performance index instead of a race.")
@click.option(
    "--units",
    type=click.Choice(["metric", "imperial"]),
    default="metric",
    show_default=True,
    help="Paces per kilometre or per mile.",
)
@pass_output
def paces(output: Output, race: tuple[str, str] | None, rpi: str | None, units: str) -> None:
    """Show training paces and equivalent races, each with how far it may be off."""
    from strideiq.calculators import inputs, report
    from strideiq.calculators.answer import answer_index, answer_race
    from strideiq.calculators.document import document
    from strideiq.platform.errors import InvalidInputError

    if (race is None) == (rpi is None):
        raise click.UsageError("Give either --race DISTANCE TIME or --rpi INDEX.")
    try:
        if race is not None:
            answer = answer_race(inputs.read_race(*race))
        else:
            answer = answer_index(inputs.read_index(rpi or ""))
    except InvalidInputError as error:
        raise click.UsageError(f"{error.message} Please {error.next_step}.") from error
    output.result(document(answer, units), report.lines(answer, units))
