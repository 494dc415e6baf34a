"""``strongroom backups``: which backups there are, and which of them are proven."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom.cli.output import Output, pass_output
from strongroom.cli.quantities import age_text, count_text, plural, size_text

if TYPE_CHECKING:
    from strongroom.backups import Catalogue, Manifest
    from strongroom.drills import DrillRecord


@click.command("backups")
@click.option("--all", "with_others", is_flag=True, help="Also those of other databases.")
@click.option("--store", help="On a machine that knows nothing: list what lies in this store.")
@click.option(
    "--key", type=click.Path(path_type=Path), help="Beside --store: say what this key opens."
)
@pass_output
def command(output: Output, store: str | None, key: Path | None, *, with_others: bool) -> None:
    """List the backups, newest first, each with why it is kept, or what is wrong with it.

    Backups that the ledger tells of and the store lacks are named too.
    """
    from strongroom.backups import fates_of, read_catalogue
    from strongroom.cli.new_machine import list_store
    from strongroom.drills import as_verdicts, deciding_drills

    if store is not None:
        list_store(output, store, key)
        return
    configuration = output.configuration()
    catalogue, decided = read_catalogue(configuration), deciding_drills(configuration)
    fates = fates_of(configuration, catalogue.backups, as_verdicts(decided))
    because = {fate.backup.backup_id: fate.kept_because for fate in fates}
    lines = _lines(catalogue, decided, because) + _others(catalogue, with_others=with_others)
    if following := _following(catalogue, decided):
        lines += ["", output.next_line(following)]
    output.result(_document(catalogue, decided, because), lines)


def _following(catalogue: Catalogue, decided: Mapping[str, DrillRecord]) -> str | None:
    """The command that mends the newest backup, where it needs one."""
    newest = catalogue.backups[0].backup_id if catalogue.backups else ""
    if not newest or any(one.backup_id > newest for one in catalogue.damaged):
        return "strongroom backup"
    if newest not in decided:
        return "strongroom drill"
    return "strongroom backup" if decided[newest].verdict == "failed" else None


def _document(
    catalogue: Catalogue,
    decided: Mapping[str, DrillRecord],
    because: Mapping[str, Sequence[str]],
) -> dict[str, object]:
    return {
        "backups": [
            {
                **backup.as_dict(),
                "rows": backup.rows,
                "in_ledger": backup.backup_id not in catalogue.unrecorded,
                **_verdict(decided.get(backup.backup_id)),
                "kept_because": list(because[backup.backup_id]),
            }
            for backup in catalogue.backups
        ],
        "damaged": [
            {"backup_id": one.backup_id, **one.problem.as_dict()} for one in catalogue.damaged
        ],
        "missing": catalogue.missing,
        "of_others": [backup.as_dict() for backup in catalogue.of_others],
    }


def _verdict(drill: DrillRecord | None) -> dict[str, object]:
    return {
        "verdict": drill.verdict if drill else None,
        "proven_at": drill.at if drill and drill.verdict == "proven" else None,
    }


def _lines(
    catalogue: Catalogue,
    decided: Mapping[str, DrillRecord],
    because: Mapping[str, Sequence[str]],
) -> list[str]:
    from strongroom.backups import missing_warning

    now = datetime.now(UTC)
    lines: list[str] = []
    for backup in catalogue.backups:
        unrecorded = "" if backup.backup_id not in catalogue.unrecorded else "  not in the ledger"
        lines.append(_line(backup, decided.get(backup.backup_id), now) + unrecorded)
        lines.append(click.style(f"  {_kept(because[backup.backup_id])}", dim=True))
    lines += [
        f"{damage.backup_id}  {click.style('damaged', fg='red', bold=True)}  "
        f"{damage.problem.message}"
        for damage in catalogue.damaged
    ]
    if catalogue.backups:
        lines.append(_space(catalogue, because))
    else:
        lines.append("There is no whole backup.")
    if catalogue.missing:
        warning = missing_warning(catalogue.missing)
        mark = click.style(f"▲ {warning.code}", fg="yellow")
        lines.append(f"{mark}  {warning.message}")
    return lines


def _kept(reasons: Sequence[str]) -> str:
    return f"kept: {'; '.join(reasons)}" if reasons else "strongroom prune would remove it"


def _space(catalogue: Catalogue, because: Mapping[str, Sequence[str]]) -> str:
    used = sum(one.size_bytes for one in catalogue.backups)
    going = [one.size_bytes for one in catalogue.backups if not because[one.backup_id]]
    told = f"{plural(len(catalogue.backups), 'backup')}, {size_text(used)}"
    if not going:
        return told
    return f"{told}; strongroom prune would remove {len(going)}, {size_text(sum(going))}"


def _others(catalogue: Catalogue, *, with_others: bool) -> list[str]:
    """The backups of other databases in the same store: how many, or which."""
    if not catalogue.of_others:
        return []
    if not with_others:
        return [f"{len(catalogue.of_others)} more of other databases: strongroom backups --all"]
    return [
        f"{one.backup_id}  of database {one.database_id} ({one.environment})"
        for one in catalogue.of_others
    ]


def _line(backup: Manifest, drill: DrillRecord | None, now: datetime) -> str:
    if drill is None:
        proven = click.style("▲ not proven", fg="yellow")
    else:
        mark, colour = ("●", "green") if drill.verdict == "proven" else ("✗", "red")
        proven = click.style(f"{mark} {drill.verdict} {age_text(drill.at, now)}", fg=colour)
    taken = age_text(backup.started_at, now)
    size, rows = size_text(backup.size_bytes), count_text(backup.rows)
    return f"{backup.backup_id}  {taken:>18}  {size:>9}  {rows:>12} rows  {proven}"
