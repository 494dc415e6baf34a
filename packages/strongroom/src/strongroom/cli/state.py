"""``strongroom state``: show what is known of the database from outside, or make it again."""

from __future__ import annotations

from datetime import datetime

import click

from strongroom.cli.output import Output, pass_output
from strongroom.cli.quantities import count_text, moment_text
from strongroom.identity.state import Incarnation
from strongroom.identity.state_store import Known, pinned_state_store


@click.group("state")
def command() -> None:
    """Show what was last seen of the database, or make a lost state again."""


@command.command("show")
@pass_output
def show(output: Output) -> None:
    """Show what is known of the database from outside it; nothing is opened."""
    known = pinned_state_store(output.configuration()).load()
    document = {
        **known.state.as_dict(),
        "confirmed_at": known.confirmed_at.isoformat(),
        "stale": known.stale,
    }
    output.result(document, _lines(known))


@command.command("rebuild")
@pass_output
def rebuild(output: Output) -> None:
    """Make a lost state again, from the backups and the database; refused where there is one.

    The exit status is that of check where the database lacks something of its backups.
    """
    from strongroom.backups.state_rebuild import rebuild_state

    rebuilt = rebuild_state(output.configuration(), progress=output.progress())
    following = output.addressed("strongroom check")
    lines = [
        f"The state of incarnation {rebuilt.incarnation} was made again.",
        f"{rebuilt.tables} tables have at least the rows of backup {rebuilt.backup_id}.",
        f"Rows written after {rebuilt.last_seen} may be missing: no backup tells of them.",
        output.next_line("strongroom check"),
    ]
    output.result({**rebuilt.as_dict(), "next": following}, lines)


def _lines(known: Known) -> list[str]:
    state = known.state
    confirmed = moment_text(known.confirmed_at)
    lines = [f"database {state.database_id}, state {state.sequence}, confirmed {confirmed}"]
    if known.stale:
        lines.append(f"{click.style('▲ state_stale', fg='yellow')}  {known.stale}")
    for life in sorted(state.incarnations, key=lambda one: one.since, reverse=True):
        lines += ["", *_life_lines(life)]
    return lines


def _life_lines(life: Incarnation) -> list[str]:
    clusters = ", ".join(str(one) for one in life.clusters) or "unknown"
    rows = sum(life.expected_rows.values())
    lines = [
        f"{click.style(life.status, bold=True)}  {life.id}, from {life.origin}, since {life.since}",
        f"  cluster {clusters}",
        f"  expects {count_text(rows)} rows in {len(life.floors)} tables"
        + (f", as counted in {life.floors_from}" if life.floors_from else ""),
    ]
    if life.last:
        at = moment_text(datetime.fromisoformat(life.last.at))
        lines.append(f"  epoch {life.last.n} of {at}, timeline {life.last.timeline}")
    lines += [
        f"  {count_text(one.rows)} rows of {one.table} may go, by permit {one.permit_id}"
        for one in life.planned
    ]
    return lines
