"""``strongroom leaks``: find and remove rows that tests left in a real database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from strongroom.cli.output import Output, pass_output
from strongroom.cli.quantities import count_text
from strongroom.errors import PermitError

if TYPE_CHECKING:
    from strongroom.leaks import Leaks

SHOWN_MAX = 50
SEPARATOR = "\x1f"
"""Stands between the values of a key of several columns."""


@click.command("leaks")
@click.option("--remove", "permit_id", metavar="PERMIT", help="Remove them, with this permit.")
@click.option("--found", metavar="FINGERPRINT", help="The rows to remove, as they were shown.")
@pass_output
def command(output: Output, permit_id: str | None, found: str | None) -> None:
    """Find rows that tests have left in the database. Nothing is changed.

    A row is listed when it carries the mark of a test run, or when it has an address as tests
    make them up and one sign more; never when it is in use since. With --remove exactly the
    rows that were shown are removed, in one transaction, with a permit for them.
    """
    if (permit_id is None) != (found is None):
        raise click.UsageError("--remove and --found belong together.")
    if permit_id is not None and found is not None:
        _remove(output, permit_id, found)
        return
    from strongroom.identity import open_database
    from strongroom.leaks import ask_command, find_leaks
    from strongroom.postgres.connections import connect

    configuration = output.configuration()
    with (
        open_database(configuration, read_only=True, progress=output.progress()) as database,
        connect(database.conninfo("backup")) as connection,
    ):
        database.verify_connection(connection)
        leaks = find_leaks(connection)
    following = ask_command(leaks) if leaks.leaks else "strongroom check"
    output.result(
        {**leaks.as_dict(), "next": output.addressed(following)},
        [*leaks_lines(leaks), output.next_line(following)],
    )


def _remove(output: Output, permit_id: str, found: str) -> None:
    from strongroom.identity import open_database
    from strongroom.leaks import remove_leaks
    from strongroom.permits import secret_path

    configuration = output.configuration()
    path = secret_path(configuration, permit_id)
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise PermitError(
            f"The secret of permit {permit_id} is not in {path}.",
            next_step="strongroom permit list",
        ) from error
    with open_database(configuration, progress=output.progress()) as database:
        removed = remove_leaks(
            configuration, database, fingerprint=found, permit_id=permit_id, secret=secret
        )
    path.unlink(missing_ok=True)
    rows = {table: len(keys) for table, keys in removed.rows.items()}
    output.result(
        {"removed": rows, "permit_id": permit_id},
        [
            *(f"  removed {count_text(count)} rows of {table}" for table, count in rows.items()),
            output.next_line("strongroom backup"),
        ],
    )


def leaks_lines(leaks: Leaks) -> list[str]:
    """Lay out what was found, what goes with it, and what was left out."""
    lines = [f"{count_text(len(leaks.leaks))} rows look as if tests had left them."]
    for leak in leaks.leaks[:SHOWN_MAX]:
        at = f"{leak.created_at:%Y-%m-%d %H:%M:%S}" if leak.created_at else "at an unknown time"
        lines.append(f"  {leak.table}  {', '.join(leak.shown.values())}  {at}")
        lines.append(f"      {', '.join(leak.signs)}")
    if len(leaks.leaks) > SHOWN_MAX:
        lines.append(f"  and {count_text(len(leaks.leaks) - SHOWN_MAX)} more, shown by --json")
    for table, keys in leaks.hanging.items():
        named = ", ".join(map(_key_text, sorted(keys)[:SHOWN_MAX]))
        more = ", …" if len(keys) > SHOWN_MAX else ""
        lines.append(f"  with them go {count_text(len(keys))} rows of {table}: {named}{more}")
    lines += [
        f"  left out: {one.table}  {_key_text(one.key)}  ({', '.join(one.signs)}; {one.why})"
        for one in leaks.left_out[:SHOWN_MAX]
    ]
    lines += [f"  not searched: {table} ({why})" for table, why in leaks.not_searched.items()]
    if leaks.leaks:
        lines.append(f"  fingerprint {leaks.fingerprint}")
    return lines


def _key_text(key: str) -> str:
    """A key of several columns as people read it."""
    return key.replace(SEPARATOR, "/")
