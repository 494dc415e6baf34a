"""``strongroom protect``: put the guards into the database."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
from psycopg.conninfo import conninfo_to_dict

from strongroom.cli.confirming import ask_person, confirmed
from strongroom.cli.layout import next_line
from strongroom.cli.output import Output, pass_output
from strongroom.cli.quantities import plural
from strongroom.config import Configuration
from strongroom.identity.address import has_administrator
from strongroom.identity.tokens import issue_token
from strongroom.postgres.connections import ConnectionInfo
from strongroom.protection import Weakness, plan_move, protect, unprotect
from strongroom.protection.inspecting import PROTECT

PURPOSE = "remove protection"
ADMINISTRATOR_ADDRESS = "postgresql://ADMINISTRATOR@HOST/DATABASE"
_SHOWN = 12


@click.command("protect")
@click.option("--dry-run", is_flag=True, help="Only say what is missing, and what would be done.")
@click.option(
    "--administrator",
    metavar="ADDRESS",
    help="On a server of others: how to connect with the rights to do it, without a password.",
)
@click.option(
    "--move-ownership",
    is_flag=True,
    help="Also give tables that login roles own to an owner nobody logs in as.",
)
@click.option("--remove", is_flag=True, help="Take the guards out; a person confirms.")
@click.option(
    "--issue-token",
    "token_for",
    type=click.Path(path_type=Path),
    help="With --remove: write a one-use token for where there is no terminal.",
)
@click.option("--token-file", type=click.Path(path_type=Path), help="Use such a token up.")
@pass_output
def command(
    output: Output,
    dry_run: bool,  # noqa: FBT001  click gives flags by position
    administrator: str | None,
    move_ownership: bool,  # noqa: FBT001  the same
    remove: bool,  # noqa: FBT001  the same
    token_for: Path | None,
    token_file: Path | None,
) -> None:
    """Put guards into the database, or mend those that are there.

    They refuse DROP, TRUNCATE, destructive ALTER, DROP DATABASE, and deletes and updates of
    more than a share of a table, whoever asks; a permit lets one such act pass. The exit status
    is 0 when everything is in place, 1 when something is missing still, 30 where a person has to
    confirm.
    """
    configuration = output.configuration()
    address = conninfo_to_dict(administrator) if administrator else None
    given = {name: str(value) for name, value in address.items() if value} if address else None
    if remove:
        _remove(output, configuration, given, token_for, token_file)
        return
    done = protect(
        configuration,
        administrator=given,
        dry_run=dry_run,
        move_ownership=move_ownership,
        progress=output.progress(),
    )
    moves = plan_move(configuration, given) if dry_run and move_ownership else done.moved
    left = done.before if dry_run else done.after
    following = output.addressed(
        _following(configuration, left, moves, administrator, dry_run=dry_run)
    )
    document = {**done.as_dict(), "dry_run": dry_run, "moves": list(moves), "next": following}
    lines = [_headline(done.tables, left, dry_run=dry_run), *_told(left)]
    lines += _moves(moves, dry_run=dry_run)
    output.result(document, [*lines, "", next_line(following)] if following else lines)
    if left and not dry_run:
        output.exit(1)


def _following(
    configuration: Configuration,
    left: tuple[Weakness, ...],
    moves: tuple[str, ...],
    administrator: str | None,
    *,
    dry_run: bool,
) -> str:
    """The command that does what is missing; a hint where only other hands can mend it."""
    if not left:
        return ""
    _, command, option = left[0].hint.partition(PROTECT)
    if dry_run:
        option = " --move-ownership" if moves else ""
    elif not command:
        return left[0].hint
    return PROTECT + _by(configuration, administrator) + option.removesuffix(" as a superuser")


def _by(configuration: Configuration, given: str | None) -> str:
    """The option that says who is administrator, where the next call has to be told again."""
    if configuration.server is not None or (given is None and has_administrator(configuration)):
        return ""
    told = ADMINISTRATOR_ADDRESS
    if given is not None and "password" not in conninfo_to_dict(given):
        told = shlex.quote(given)
    return f" --administrator {told}"


def _headline(tables: int, left: tuple[Weakness, ...], *, dry_run: bool) -> str:
    if left:
        what = "Nothing was changed. What is missing:" if dry_run else "Some of it is missing:"
        return f"{click.style('▲', fg='yellow')} {what}"
    return f"{click.style('●', fg='green')} The database is protected: {plural(tables, 'table')}."


def _told(left: tuple[Weakness, ...]) -> list[str]:
    lines = [f"  {one.name}: {one.hint}" for one in left[:_SHOWN]]
    return [*lines, f"  … and {len(left) - _SHOWN} more"] if len(left) > _SHOWN else lines


def _moves(moves: tuple[str, ...], *, dry_run: bool) -> list[str]:
    head = "Ownership would move:" if dry_run else "Ownership moved:"
    return ["", head, *(f"  {one}" for one in moves)] if moves else []


def _remove(
    output: Output,
    configuration: Configuration,
    administrator: ConnectionInfo | None,
    token_for: Path | None,
    token_file: Path | None,
) -> None:
    told = ["Nothing inside the database will refuse a loss any more. Open permits end."]
    following = "strongroom protect --remove, on a terminal"
    if token_for is not None:
        ask_person(output, configuration, told=told, next_step=following)
        issue_token(configuration, purpose=PURPOSE, destination=token_for)
        output.result({"token_file": str(token_for)}, [f"A token was written to {token_for}."])
        return
    by = confirmed(
        output,
        configuration,
        purpose=PURPOSE,
        token_file=token_file,
        told=told,
        next_step=following,
    )
    unprotect(configuration, confirmed_by=by, administrator=administrator)
    output.result(
        {"protected": False, "next": "strongroom protect"},
        ["The guards were removed.", next_line("strongroom protect")],
    )
