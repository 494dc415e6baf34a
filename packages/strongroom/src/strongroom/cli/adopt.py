"""``strongroom adopt``: pin a database that exists already."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from strongroom.cli.configuring import new_document
from strongroom.cli.layout import next_line
from strongroom.cli.output import Output, pass_output
from strongroom.cli.quantities import count_text, size_text
from strongroom.config import CONFIGURATION_NAME, Configuration, parse
from strongroom.errors import ConfigurationError, ServerError, StateError
from strongroom.identity import Adoption, Judgement, adopt, check
from strongroom.identity.address import VARIABLE
from strongroom.identity.adopt import TableRows
from strongroom.identity.files import write_whole
from strongroom.identity.gate import check_unpinned
from strongroom.identity.usage import Access, Client

TABLES_SHOWN = 40


@click.command("adopt")
@click.option("--url", help="postgresql://… without a password, where there is no configuration.")
@click.option("--url-from", metavar="VARIABLE", help="The variable with the application's address.")
@click.option("--application", help="Name of the application; by default the directory's.")
@click.option("--dry-run", is_flag=True, help="Only show what is in the database.")
@pass_output
def command(
    output: Output,
    url: str | None,
    url_from: str | None,
    application: str | None,
    *,
    dry_run: bool,
) -> None:
    """Pin a database that exists already.

    Shows its size, its tables with exact counts, who is connected, and how. With --url or
    --url-from, and --environment, a strongroom.toml is written into this directory, or where
    --config says; of the variable only its name. --dry-run writes nothing.
    """
    url = f"${_variable(url_from)}" if url_from else url
    if url is None:
        configuration, document = _found(output), None
    else:
        path = _path_of_a_new_one(output)
        document = _document(path, output.environment, application, url)
        configuration = parse(path, document)
    adoption = _looked_at(output, configuration, is_new=document is not None)
    if not dry_run:
        with _written(configuration, document):
            adoption = adopt(configuration, progress=output.progress())
    following = "strongroom backup" if adoption.adopted else _without_dry_run()
    following = output.addressed(following)
    judgement = output.judgement(_judged(output, configuration, adoption).as_dict())
    output.result(
        {**judgement, **adoption.as_dict(), "exit_code": 0, "next": following},
        [*_lines(adoption), "", next_line(following)],
    )


def _judged(output: Output, configuration: Configuration, adoption: Adoption) -> Judgement:
    """The verdict beside what was seen; of a database whose state is lost, as of one unpinned."""
    try:
        return check(configuration, progress=output.progress())
    except StateError:
        if adoption.adopted:
            raise
        return check_unpinned(configuration, progress=output.progress())


def _variable(name: str) -> str:
    if not VARIABLE.fullmatch(f"${name}"):
        bare = VARIABLE.fullmatch(name)
        raise ConfigurationError(
            "--url-from takes the name of a variable, without a $ and not what it holds.",
            next_step=f"the same with --url-from {bare[1] if bare else 'DATABASE_URL'}",
        )
    return name


def _path_of_a_new_one(output: Output) -> Path:
    """Where the new configuration goes: where ``--config`` says, or into this directory."""
    path = output.config or Path.cwd()
    return path / CONFIGURATION_NAME if path.is_dir() else path.absolute()


@contextmanager
def _written(configuration: Configuration, document: str | None) -> Iterator[None]:
    """Have the new configuration there, and only if the database is pinned in the end."""
    if document is not None:
        write_whole(configuration.path, document.encode(), mode=0o644)
    try:
        yield
    except BaseException:
        if document is not None and not configuration.lock_path.exists():
            configuration.path.unlink(missing_ok=True)
        raise


def _found(output: Output) -> Configuration:
    """The configuration that is there; where none is, the way to one begins with an address."""
    try:
        return output.configuration()
    except ConfigurationError as error:
        if output.config is not None or (Path.cwd() / CONFIGURATION_NAME).exists():
            raise
        raise ConfigurationError(
            error.message,
            next_step="strongroom adopt --environment NAME --url-from DATABASE_URL --dry-run",
        ) from error


def _looked_at(output: Output, configuration: Configuration, *, is_new: bool) -> Adoption:
    """Look before anything is written; an address that leads nowhere is what has to be mended."""
    try:
        return adopt(configuration, dry_run=True, progress=output.progress())
    except (ServerError, ConfigurationError) as error:
        if is_new:  # no other command knows of this address yet
            error.next_step = _on_the_same_address(error.next_step)
        raise


def _on_the_same_address(next_step: str) -> str:
    if next_step == "strongroom check":
        return "correct the address, then the same again"
    begin, verb, end = next_step.partition(" adopt")
    if verb:
        given = shlex.join(_given())
        return f"{begin}{verb} {given}{end}"
    return next_step.replace("strongroom check", "the same again")


def _given() -> list[str]:
    """The options that describe the new configuration, as they were given."""
    given = click.get_current_context().params
    return [
        word
        for option in ("url", "url_from", "application")
        if given.get(option)
        for word in (f"--{option.replace('_', '-')}", given[option])
    ]


def _without_dry_run() -> str:
    """The command as it was given, without ``--dry-run``."""
    return shlex.join(["strongroom", "adopt", *_given()])


def _document(path: Path, environment: str | None, application: str | None, url: str) -> str:
    if path.exists():
        raise ConfigurationError(
            f"{path} exists already, and it names the database.",
            next_step="strongroom adopt --dry-run",
        )
    if environment is None:
        raise ConfigurationError(
            "A new configuration needs the name of its environment.",
            next_step="the same with --environment NAME",
        )
    return new_document(path, environment, application=application, url=url)


def _table_lines(tables: Sequence[TableRows]) -> list[str]:
    """The fullest tables, so that a person can tell whether it is the right database."""
    most = sorted(tables, key=lambda one: -(one.rows or 0))[:TABLES_SHOWN]
    shown = [one for one in tables if one in most]
    names = [_printable(one.table) for one in shown]
    width = max(map(len, names), default=0)
    lines = [
        f"  {name:{width}}  {'not counted' if one.rows is None else count_text(one.rows):>14}"
        for name, one in zip(names, shown, strict=True)
    ]
    if rest := len(tables) - len(shown):
        rows = sum(one.rows or 0 for one in tables) - sum(one.rows or 0 for one in shown)
        lines.append(f"  and {count_text(rest)} more with {count_text(rows)} rows: see --json")
    return lines or ["  none"]


def _printable(name: str) -> str:
    """A name may hold line breaks, or what a terminal obeys."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in name)


def _lines(adoption: Adoption) -> list[str]:
    done = "is pinned now" if adoption.adopted else "could be pinned; nothing was written"
    mark = click.style("●", fg="green" if adoption.adopted else "yellow")
    where, size = adoption.where[:1].upper() + adoption.where[1:], size_text(adoption.size_bytes)
    return [
        f"{mark} {where} {done}. It has {size}.",
        "",
        click.style("  tables and rows", dim=True),
        *_table_lines(adoption.tables),
        "",
        click.style("  how the application connects", dim=True),
        *_access_lines(adoption.access),
        "",
        click.style("  who is connected", dim=True),
        *(map(_client_line, adoption.clients) if adoption.clients else ["  nobody else"]),
        *(f"{click.style('▲', fg='yellow')} {one.message}" for one in adoption.cautions),
    ]


def _access_lines(access: Access) -> list[str]:
    rights = "superuser" if access.superuser else "owner of the tables" if access.owner else "user"
    way = access.tls or ("on this machine" if access.on_this_machine else "without TLS")
    pooler = ", through a pooler" if access.through_a_pooler else ""
    return [f"  {access.role} ({rights}), {way}{pooler}, PostgreSQL {access.server_version}"]


def _client_line(client: Client) -> str:
    rights = ", superuser" if client.superuser else ", owner" if client.owner else ""
    tls = {True: ", TLS", False: "", None: ""}[client.tls]
    name = client.application or "unnamed"
    return f"  {client.role} ({name}{rights}) from {client.address}{tls}: {client.connections}"
