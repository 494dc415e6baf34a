"""``strongroom watch``: back up, drill and tell on time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom.cli.output import Output, addressed, pass_output

if TYPE_CHECKING:
    from strongroom.config import Configuration
    from strongroom.schedule import Event
    from strongroom.schedule.watching import Round


@click.command("watch")
@click.option("--once", is_flag=True, help="Run what is due, tell who has to know, and end.")
@click.option("--jsonl", is_flag=True, help="Each event as a line of JSON on standard output.")
@pass_output
def command(output: Output, *, once: bool, jsonl: bool) -> None:
    """Keep the schedule: backups, drills, alerts, the dead-man ping, metrics.

    Of several watchers of one database, on any machines, one runs at a time. SIGTERM ends it
    after the current backup or drill; a second one abandons that. Exit status of --once: 0
    what was due was done, or nothing was; else that of the first job that failed.
    """
    from strongroom.schedule import Events, Watcher

    configurations = output.configurations()
    watcher = Watcher(
        configurations,
        Events(lambda event: _show(output, event, jsonl=jsonl)),
        addressed=_from_anywhere,
    )
    with watcher.stop.on_signals():
        if not once:
            watcher.watch()
        rounds = watcher.once() if once else []
    if output.as_json or not jsonl:
        output.result({"rounds": [one.as_dict() for one in rounds]}, _lines(rounds))
    output.exit(next((one.exit_code for one in rounds if one.exit_code), 0))


def _show(output: Output, event: Event, *, jsonl: bool) -> None:
    click.echo(event.as_line(), err=True)
    if jsonl and not output.as_json:
        click.echo(event.as_json())


def _from_anywhere(configuration: Configuration, following: str) -> str:
    """Whoever reads an alert stands in no particular directory."""
    from strongroom.config import MAIN

    path = Path(configuration.path)
    key = None if configuration.key == MAIN else configuration.key
    return addressed(following, path, None, database=key)


def _lines(rounds: list[Round]) -> list[str]:
    lines = []
    for one in rounds:
        jobs = ", ".join(
            f"{job.job} {'failed' if job.exit_code else 'done'}" for job in one.outcomes
        )
        lines.append(f"{one.watched.subject}: {jobs or 'nothing was due'}")
        lines += [f"  {notice.kind}: {notice.message}" for notice in one.watched.conditions.holding]
    return lines
