"""Remove leaked rows: exactly those that were shown, with a permit, in one transaction."""

from __future__ import annotations

import psycopg
from psycopg import sql

from strongroom.config import Configuration
from strongroom.errors import LeaksError
from strongroom.identity import OpenDatabase, plan_deletion
from strongroom.leaks.finding import Leaks, find_leaks
from strongroom.leaks.tables import Layout, Link, SearchedTable, layout_of
from strongroom.ledger import ledger_of
from strongroom.permits import Effect, listed
from strongroom.postgres.connections import connect
from strongroom.protection import administered, run_permitted

# Nobody may add a row while these are counted and removed. What hangs on a leaked row and was
# not shown would be removed by a cascade, so it ends the whole removal instead.
_SCRIPT = sql.SQL("""
DO $leaks$
DECLARE removed bigint;
BEGIN
{steps}
END
$leaks$
""")
_LOCK = sql.SQL("    LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE;")
_DELETE = sql.SQL("""
    IF EXISTS ({hanging}) THEN
        RAISE EXCEPTION 'strongroom: rows have come to hang on those that were shown';
    END IF;
    DELETE FROM ONLY {table} AS p WHERE {key} = ANY({keys}::text[]);
    GET DIAGNOSTICS removed = ROW_COUNT;
    IF removed <> {rows} THEN
        RAISE EXCEPTION 'strongroom: the rows are not those that were shown';
    END IF;""")
_HANGING = sql.SQL(
    "SELECT FROM ONLY {child} AS c JOIN ONLY {table} AS p ON {condition} "
    "WHERE {key} = ANY({keys}::text[])"
)
_NOTHING = sql.SQL("SELECT FROM pg_class WHERE false")


def effects_of(leaks: Leaks) -> tuple[Effect, ...]:
    """What a permit for the removal must name."""
    return tuple(Effect("delete", table, rows_max=len(keys)) for table, keys in leaks.rows.items())


def remove_leaks(
    configuration: Configuration,
    database: OpenDatabase,
    *,
    fingerprint: str,
    permit_id: str,
    secret: str,
) -> Leaks:
    """Remove the rows that were shown under ``fingerprint``, all or none.

    Raises:
        LeaksError: other rows are found now, or the permit is for something else.
        PermitError: the permit cannot be opened.
        DatabaseError: PostgreSQL refused; nothing was removed, and the permit was given back.
    """
    with connect(database.conninfo("backup")) as connection:
        database.verify_connection(connection)
        leaks = find_leaks(connection)
        layout = layout_of(connection)
    if leaks.fingerprint != fingerprint:
        raise LeaksError(
            f"The rows found now ({leaks.fingerprint}) are not those that were shown "
            f"({fingerprint}). Nothing was removed.",
            next_step="strongroom leaks",
        )
    with administered(configuration, database=database) as connection:
        _require_permitted(connection, leaks, permit_id)
    script = _script(leaks, layout)
    with connect(database.conninfo("backup")) as connection:
        text = script.as_string(connection)
    # First, so that the gate never refuses the right database for rows that went on purpose.
    for effect in effects_of(leaks):
        plan_deletion(
            configuration, table=effect.table, rows=effect.rows_max or 0, permit_id=permit_id
        )
    run_permitted(database, secret, text)
    removed = {table: len(keys) for table, keys in leaks.rows.items()}
    ledger_of(configuration).record(
        "leaks_removed", rows=removed, permit_id=permit_id, fingerprint=fingerprint
    )
    return leaks


def _require_permitted(connection: psycopg.Connection, leaks: Leaks, permit_id: str) -> None:
    """Small deletes pass the guards by themselves; here every row needs the permit."""
    permit = next((one for one in listed(connection) if one.id == permit_id), None)
    allowed = {
        effect.table: effect.rows_max or 0
        for effect in (permit.effects if permit else ())
        if effect.kind == "delete"
    }
    lacking = [one for one in effects_of(leaks) if allowed.get(one.table, 0) < (one.rows_max or 0)]
    if lacking:
        raise LeaksError(
            f"Permit {permit_id} does not allow: {'; '.join(map(str, lacking))}.",
            next_step=ask_command(leaks),
        )


def ask_command(leaks: Leaks) -> str:
    """The command that asks for the permit."""
    effects = " ".join(f"'{effect}'" for effect in effects_of(leaks))
    return f"strongroom permit ask {effects} --reason 'rows that tests left'"


def _script(leaks: Leaks, layout: Layout) -> sql.Composed:
    tables = {table.table.label: table for table in layout.tables}
    order = _children_first([tables[label] for label in leaks.rows], layout)
    touched = {table.table.label: table for table in order}
    for table in order:
        touched |= {link.child.table.label: link.child for link in layout.links_to(table)}
    steps: list[sql.Composable] = [_LOCK.format(touched[label].name) for label in sorted(touched)]
    steps += [_deletion(table, sorted(leaks.rows[table.table.label]), layout) for table in order]
    return _SCRIPT.format(steps=sql.SQL("\n").join(steps))


def _deletion(table: SearchedTable, keys: list[str], layout: Layout) -> sql.Composed:
    hanging = [_hanging(link, keys) for link in layout.links_to(table)]
    return _DELETE.format(
        hanging=sql.SQL(" UNION ALL ").join(hanging) if hanging else _NOTHING,
        table=table.name,
        key=table.key_of("p"),
        keys=sql.Literal(keys),
        rows=len(keys),
    )


def _hanging(link: Link, keys: list[str]) -> sql.Composed:
    return _HANGING.format(
        child=link.child.name,
        table=link.parent.name,
        condition=link.condition(),
        key=link.parent.key_of("p"),
        keys=sql.Literal(keys),
    )


def _children_first(tables: list[SearchedTable], layout: Layout) -> list[SearchedTable]:
    """Order tables so that what refers comes before what it refers to."""
    ordered: list[SearchedTable] = []
    waiting: list[SearchedTable] = []

    def place(table: SearchedTable) -> None:
        if table in ordered or table in waiting:
            return
        waiting.append(table)
        for link in layout.links_to(table):
            if link.child in tables:
                place(link.child)
        waiting.remove(table)
        ordered.append(table)

    for table in tables:
        place(table)
    return ordered
