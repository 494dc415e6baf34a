"""How ``strongroom restore --table`` and ``undo --aside`` tell what they do."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from strongroom.cli.layout import Whole
from strongroom.cli.quantities import plural

if TYPE_CHECKING:
    from strongroom.backups.wal import Target
    from strongroom.cli.output import Output
    from strongroom.config import Configuration
    from strongroom.restores.aside import Aside, TableAside


def bring(
    output: Output,
    configuration: Configuration,
    backup_id: str | None,
    *,
    tables: tuple[str, ...],
    schema: str | None,
    into: str | None,
    point: Target | None,
) -> None:
    """Bring tables of a backup or of a point in time aside, and tell what to do with them."""
    from strongroom.restores.aside import Wanted, restore_aside

    def tell(origin: str, target: str) -> None:
        what = f"schema {schema}" if schema else ", ".join(tables)
        lines = (
            f"  backup      {origin}",
            f"  brings      {what}",
            f"  into        the new schema {target}, compared with the manifest",
            "  untouched   everything that is there",
            "",
        )
        output.note("\n".join(lines))

    aside = restore_aside(
        configuration,
        Wanted(tables, schema, point),
        backup_id,
        into=into,
        progress=output.progress(),
        on_begin=tell,
    )
    following = output.addressed(f"strongroom undo --aside {shlex.quote(aside.schema)}")
    output.result(
        {**aside.as_dict(), "remove": following},
        [*aside_lines(aside), "", f"when it is no longer needed: {following}"],
    )


def aside_lines(aside: Aside) -> list[str]:
    """Lay out what was brought aside, with the statements that people may run."""
    done = click.style("restored", fg="green", bold=True)
    told = f"{plural(len(aside.tables), 'table')}, {plural(aside.rows, 'row')}"
    lines = [f"{done}  {told} into {aside.schema}, equal to {aside.origin}"]
    for table in aside.tables:
        lines += _table_lines(table)
    return lines


def _table_lines(table: TableAside) -> list[str]:
    lines = [f"  {table.name} is {table.aside}: {plural(table.rows, 'row')}"]
    if table.as_text:
        lines.append(f"    as text, their types are gone: {', '.join(table.as_text)}")
    if table.not_carried:
        lines.append(f"    not with it: {', '.join(table.not_carried)}")
    if table.statements.note:
        lines.append(f"    note: {table.statements.note}")
    if table.statements.compare:
        lines += ["    what is missing today:", Whole(f"      {table.statements.compare};")]
    if table.statements.insert:
        lines += ["    bring it back:", Whole(f"      {table.statements.insert};")]
    return lines


def remove(output: Output, schema: str) -> None:
    """Remove a schema that was brought aside, and tell what was in it."""
    from strongroom.restores.aside import remove_aside

    removed = remove_aside(output.configuration(), schema, progress=output.progress())
    told = f"removed  {schema} with {plural(len(removed), 'table')}; the backup has them still"
    output.result({"removed": schema, "tables": list(removed)}, [told])
