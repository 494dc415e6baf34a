"""The verbs of the calculators: ``paces`` and ``equivalents``."""

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


@click.command()
@click.option(
    "--race",
    "races",
    nargs=2,
    multiple=True,
    required=True,
    metavar="DISTANCE TIME",
    help="A race you ran, as 5km 20:00; give it again for a second and a third.",
)
@pass_output
def equivalents(output: Output, races: tuple[tuple[str, str], ...]) -> None:
    """Show what races are worth over other distances, by three models side by side."""
    from strideiq.calculators import equivalents as side_by_side
    from strideiq.calculators import inputs
    from strideiq.platform.errors import InvalidInputError

    try:
        models = side_by_side.solve([inputs.read_race(*race) for race in races])
    except InvalidInputError as error:
        raise click.UsageError(f"{error.message} Please {error.next_step}.") from error
    output.result(side_by_side.document(models), side_by_side.lines(models))
