"""``strongroom ledger``: show the record of every act, or verify its chain."""

from __future__ import annotations

from datetime import datetime

import click

from strongroom.cli.output import Output, pass_output
from strongroom.cli.quantities import moment_text
from strongroom.ledger import Entry, ledger_of, tell_entry

VERIFY = "strongroom ledger verify"


@click.group("ledger")
def command() -> None:
    """Show or verify the record of every act."""


@command.command("show")
@click.option("--kind", help="Only acts of this kind, for example refused.")
@click.option(
    "--last", type=click.IntRange(min=1), default=20, show_default=True, help="How many acts."
)
@pass_output
def show(output: Output, kind: str | None, last: int) -> None:
    """Show the newest acts, oldest first; --json has every detail of each."""
    ledger = ledger_of(output.configuration())
    readable, damaged = ledger.readable()
    entries = [entry for entry in readable if kind in (None, entry.kind)][-last:]
    lines = [_line(entry) for entry in entries] or ["Nothing has been recorded yet."]
    if damaged:
        lines += [f"{len(damaged)} damaged lines are left out.", output.next_line(VERIFY)]
    output.result(
        {
            "ledger": str(ledger.path),
            "entries": [entry.as_dict() for entry in entries],
            "damaged_lines": damaged,
        },
        lines,
    )


@command.command("verify")
@pass_output
def verify(output: Output) -> None:
    """Check the chain of hashes, and that its anchors in the store agree."""
    ledger = ledger_of(output.configuration())
    findings = ledger.verify()
    broken = any(finding.status == "failed" for finding in findings)
    count = sum(1 for _ in ledger.entries()) if not broken else None
    lines = [f"{one.status}: {f'entry {one.n} ' if one.n else ''}{one.detail}" for one in findings]
    if broken:
        anew = f"strongroom ledger show; then move {ledger.path} aside, and a new one begins"
        lines += ["The ledger was changed. Backup, restore and undo go on.", output.next_line(anew)]
    else:
        lines.append(f"The chain of {count} entries is whole.")
    output.result(
        {"whole": not broken, "entries": count, "findings": [vars(one) for one in findings]}, lines
    )
    if broken:
        output.exit(1)


def _line(entry: Entry) -> str:
    at = moment_text(datetime.fromisoformat(entry.at))
    return f"{at:>22}  {click.style(f'{entry.kind:10}', bold=True)}  {tell_entry(entry)}"
