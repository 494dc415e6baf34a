"""``strongroom wal``: the log, stored as it is written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from strongroom.cli.output import Output, pass_output
from strongroom.cli.quantities import duration_text, size_text

if TYPE_CHECKING:
    from strongroom.backups.wal import LogFigures


@click.group("wal")
def command() -> None:
    """Store the log as it is written, and see how far it is."""


@command.command("receive")
@click.option("--jsonl", is_flag=True, help="Each event as a line of JSON on standard output.")
@pass_output
def receive(output: Output, *, jsonl: bool) -> None:
    """Store the write-ahead log as it is written, until SIGTERM or Ctrl-C.

    "strongroom watch" does the same where wal.keep is true; this is for where it does not run.
    """
    from strongroom.backups.wal import Follower, figures_of
    from strongroom.report import subject_of
    from strongroom.schedule import Event
    from strongroom.schedule.stopping import Stop

    configuration, stop = output.configuration(), Stop()

    def tell(name: str, **details: object) -> None:
        event = Event(datetime.now(UTC), name, subject_of(configuration), details)
        click.echo(event.as_line(), err=True)
        if jsonl and not output.as_json:
            click.echo(event.as_json())

    with stop.on_signals():
        Follower(configuration, stop, tell, output.progress()).follow()
    if output.as_json or not jsonl:
        figures = figures_of(configuration, datetime.now(UTC))
        output.result(figures.as_dict(), figures_lines(figures))


@command.command("status")
@pass_output
def status(output: Output) -> None:
    """Show how far the stored log reaches, and what would be lost with the server now."""
    from strongroom.backups.wal import figures_of

    figures = figures_of(output.configuration(), datetime.now(UTC))
    output.result(figures.as_dict(), figures_lines(figures))


def figures_lines(figures: LogFigures) -> list[str]:
    """Lay out what is known of a log for a terminal."""
    if figures.stored is None:
        lines = ["No log of this life of the database is stored."]
    else:
        risk = "" if figures.at_risk_s is None else duration_text(figures.at_risk_s)
        lag = "not known here" if figures.lag_bytes is None else size_text(figures.lag_bytes)
        committed = figures.commit_at.isoformat() if figures.commit_at else "none"
        lines = [
            f"  stored      from {figures.start} to {figures.stored}, timeline {figures.timeline}",
            f"  last commit {committed}",
            f"  behind      {lag}",
            f"  at risk     commits of the last {risk}",
        ]
    lines += [
        f"  ✗ gap       from {gap['start']} to {gap['end']}: no point in time in it can be reached"
        for gap in figures.as_dict()["gaps"]
    ]
    receiver = figures.receiver
    if receiver is None:
        return [*lines, "  receiver    none has run on this machine"]
    seen = duration_text((datetime.now(UTC) - receiver.at).total_seconds())
    lines.append(f"  receiver    {receiver.phase.replace('_', ' ')}, {seen} ago")
    if receiver.incarnation and receiver.limit_bytes is None:
        lines.append(
            "  ▲ kept      the server keeps what is not stored without a limit, and its disk may "
            "fill: set max_slot_wal_keep_size there"
        )
    if receiver.problem:
        lines += [f"  ▲ {receiver.problem}", f"    next: {receiver.next}"]
    return lines
