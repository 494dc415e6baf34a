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

# Nobody may add a row while these are looked at and removed. What refers to a leaked row and was
# not shown ends the whole removal, and so does any row that went and was not shown, whatever
# took it: a cascade, or a trigger. A policy that hides rows from the owner is an error.
_SCRIPT = sql.SQL("""
DO $leaks$
BEGIN
    SET LOCAL row_security = off;
{steps}
    IF EXISTS (
        SELECT FROM pg_catalog.pg_stat_xact_user_tables AS s
        FULL JOIN (VALUES {shown}) AS shown (relid, rows) ON shown.relid = s.relid
        WHERE coalesce(s.n_tup_del, 0) <> coalesce(shown.rows, 0)
          AND s.schemaname IS DISTINCT FROM 'strongroom'
          AND s.schemaname IS DISTINCT FROM 'strongroom_guard'
    ) THEN
        RAISE EXCEPTION 'strongroom: the rows are not those that were shown';
    END IF;
END
$leaks$
""")
_LOCK = sql.SQL("    LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE;")
_REFUSE = sql.SQL("""
    IF EXISTS (
        SELECT FROM ONLY {child} AS c JOIN ONLY {parent} AS p ON {condition}
        WHERE {parent_key} = ANY({keys}::text[]) AND NOT ({going})
    ) THEN
        RAISE EXCEPTION 'strongroom: rows have come to hang on those that were shown';
    END IF;""")
_AMONG = sql.SQL("{key} = ANY({keys}::text[])")
_DELETE = sql.SQL("    DELETE FROM ONLY {table} AS p WHERE {key} = ANY({keys}::text[]);")


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
    tables = {table.label: table for table in layout.tables}
    order = _children_first([tables[label] for label in leaks.rows], layout)
    links = [link for table in order for link in layout.links_to(table)]
    touched = {table.label: table for table in (*order, *(link.child for link in links))}
    steps: list[sql.Composable] = [_LOCK.format(touched[label].name) for label in sorted(touched)]
    steps += [_refusal(link, leaks) for link in links]
    steps += [
        _DELETE.format(table=one.name, key=one.key_of("p"), keys=_keys(one, leaks)) for one in order
    ]
    shown = [
        sql.SQL("({}::oid, {})").format(one.table.oid, len(leaks.rows[one.label])) for one in order
    ]
    return _SCRIPT.format(steps=sql.SQL("\n").join(steps), shown=sql.SQL(", ").join(shown))


def _refusal(link: Link, leaks: Leaks) -> sql.Composed:
    shown = link.child.label in leaks.rows
    return _REFUSE.format(
        child=link.child.name,
        parent=link.parent.name,
        condition=link.condition(),
        parent_key=link.parent.key_of("p"),
        keys=_keys(link.parent, leaks),
        going=_AMONG.format(key=link.child.key_of("c"), keys=_keys(link.child, leaks))
        if shown
        else sql.SQL("false"),
    )


def _keys(table: SearchedTable, leaks: Leaks) -> sql.Literal:
    return sql.Literal(sorted(leaks.rows[table.label]))


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
