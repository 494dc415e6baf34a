"""``strongroom find``: find data that seems lost, wherever it is."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from strongroom.cli.layout import Whole, next_line
from strongroom.cli.output import Output, pass_output
from strongroom.cli.quantities import age_text, count_text, plural, size_text
from strongroom.errors import ConfigurationError

if TYPE_CHECKING:
    from strongroom.config import Configuration
    from strongroom.discovery import Candidate, DatabaseSeen, Found

NOTHING_FOUND = 24
SHOWN_MAX = 8
OURS = "strongroom."
"""Tables of ours, which say nothing of what is in a database."""
TABLES_SHOWN = 5
UNREADABLE_SHOWN = 5
_WORDS = {
    "volume": "volume",
    "bind_mount": "bind mount",
    "container_layer": "inside container",
    "directory": "directory",
    "server": "server",
    "database": "",
    "backup": "backup",
}


class Options(TypedDict):
    """What may be given."""

    paths: tuple[Path, ...]
    docker_roots: tuple[Path, ...]
    stores: tuple[str, ...]
    look: bool
    scratch: Path | None
    only: bool
    everything: bool
    time_limit: float


@click.command("find")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option(
    "--docker-root",
    "docker_roots",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A container engine's data root on disk, where it does not answer.",
)
@click.option("--store", "stores", multiple=True, help="Also the backups in this store.")
@click.option("--look", is_flag=True, help="Open copies, to read identity and count rows.")
@click.option("--scratch", type=click.Path(path_type=Path), help="Where those copies are made.")
@click.option("--only", is_flag=True, help="Only where this call and the configuration say.")
@click.option("--all", "everything", is_flag=True, help="Show every candidate with its way back.")
@click.option(
    "--time-limit", type=click.FloatRange(min=0), default=60.0, help="Seconds; by default 60."
)
@pass_output
def command(output: Output, /, **options: Unpack[Options]) -> None:
    """Find every PostgreSQL cluster and backup that may hold the data, the right one first.

    Looks into the volumes of Docker and Podman, also those that no container uses, into usual
    directories and PATHs, at servers that run, their sockets and ports, and into the stores.
    Nothing that is found is started or changed. Exit status: 24 where nothing is found, 2 where
    a PATH is not there.
    """
    from strongroom.discovery import Scope, find

    _require_there(options["paths"])
    scope = Scope(
        paths=options["paths"],
        docker_roots=options["docker_roots"],
        stores=options["stores"],
        machine=not options["only"],
        look=options["look"],
        scratch=options["scratch"],
        duration_max_s=options["time_limit"],
    )
    configuration, why_none = _configuration(output)
    found = find(configuration, scope, why_none=why_none, progress=output.progress())
    lines = found_lines(output, found, everything=options["everything"])
    output.result(_document(output, found), lines)
    output.exit(0 if found.candidates else NOTHING_FOUND)


def _require_there(paths: tuple[Path, ...]) -> None:
    """Refuse a path that is not there: a mistyped one is no reason to search all the machine."""
    for path in paths:
        with suppress(PermissionError):  # whether it is there cannot be told: the search says so
            if not path.exists():
                raise click.UsageError(f"{path} is not there; nothing was searched.")


def _configuration(output: Output) -> tuple[Configuration | None, str | None]:
    """The configuration that is meant; where nobody named one none is needed, and why it lacks."""
    try:
        several = output.configurations()
    except ConfigurationError as error:
        if output.config is not None or output.environment is not None:
            raise
        return None, error.message
    return (several[0] if len(several) == 1 else output.configuration()), None


def _document(output: Output, found: Found) -> dict[str, object]:
    """The search with commands that lead to the same configuration."""
    candidates = [
        {
            **one.as_dict(),
            "next": output.addressed(one.next),
            "then": output.addressed(one.ends) if one.ends else None,
        }
        for one in found.candidates
    ]
    findings = [
        {**one.as_dict(), "next": output.addressed(one.next) if one.next else None}
        for one in found.findings
    ]
    return {**found.as_dict(), "candidates": candidates, "findings": findings}


def found_lines(output: Output, found: Found, *, everything: bool) -> list[str]:
    """Lay a search out: what it comes to, each candidate, what was noticed, and what to do."""
    now = datetime.now(UTC)
    shown = found.candidates if everything else found.candidates[:SHOWN_MAX]
    lines = [_headline(found)]
    for number, one in enumerate(shown, start=1):
        lines += ["", *_candidate_lines(number, one, now)]
        if everything or number == 1:
            lines += _way_back(output, one)
    if len(shown) < len(found.candidates):
        more = len(found.candidates) - len(shown)
        lines += ["", f"and {count_text(more)} more: strongroom find --all"]
    lines += _noticed(output, found)
    advised = [output.addressed(one.next) for one in found.findings if one.next]
    if found.candidates:
        lines += ["", next_line(_following(output, found.candidates[0]))]
    elif advised:
        lines += ["", next_line(advised[0])]
    return lines


def _headline(found: Found) -> str:
    if not found.candidates:
        return f"{click.style('✗ nothing found', fg='red', bold=True)}  {_looked(found)}"
    first = found.candidates[0]
    if first.pinned and not first.whole:
        told = click.style("✗ found damaged", fg="red", bold=True)
        return f"{told}  The pinned database is {_where(first)}, and it is not whole."
    if first.pinned:
        told = click.style("● found", fg="green", bold=True)
        return f"{told}  The pinned database is {_where(first)}."
    places = plural(len(found.candidates), "place")
    told = click.style("▲ perhaps", fg="yellow", bold=True)
    why = "the first is a copy of ours" if first.clone else "ranked by what they hold"
    return f"{told}  {places} with data, and none that is known as the pinned database; {why}."


def _looked(found: Found) -> str:
    return f"Looked at {plural(len(found.looked), 'place')}; --json names them."


def _where(candidate: Candidate) -> str:
    if candidate.kind in {"volume", "bind_mount", "directory", "container_layer"}:
        return f"in {_title(candidate)}"
    return _title(candidate)


def _title(candidate: Candidate) -> str:
    holder = candidate.holder
    if candidate.kind == "volume" and holder.volume is not None:
        name = holder.volume.name
        return f"{'anonymous ' if holder.volume.anonymous else ''}volume {name}"
    if candidate.kind == "container_layer" and holder.container is not None:
        return f"container {holder.container.name}, in no volume"
    if candidate.kind == "backup":
        return f"backup {candidate.backup_id}"
    return f"{_WORDS[candidate.kind]} {candidate.path}".strip()


def _candidate_lines(number: int, candidate: Candidate, now: datetime) -> list[str]:
    lines = [
        f"{number:>2}  {_mark(candidate)}  {_title(candidate)}",
        f"    {_facts(candidate, now)}",
    ]
    if candidate.kind not in {"directory", "server", "database"}:
        lines.append(Whole(f"    {click.style(str(candidate.path), dim=True)}"))
    lines += [f"    {_database(one)}" for one in _telling(candidate)]
    lines += [f"    {click.style('▲', fg='yellow')} {one}" for one in candidate.problems]
    return lines


def _telling(candidate: Candidate) -> list[DatabaseSeen]:
    """The databases that have something in them; where none has, all of them."""
    filled = [one for one in candidate.databases if one.rows or one.user_bytes]
    return filled or candidate.databases


def _mark(candidate: Candidate) -> str:
    if not candidate.whole:
        told = "✗ pinned, damaged" if candidate.pinned else "✗ damaged"
        return click.style(told, fg="red", bold=candidate.pinned)
    if candidate.pinned:
        return click.style("● pinned", fg="green", bold=True)
    if candidate.clone:
        return click.style("▲ copy", fg="yellow")
    return "? other"


def _facts(candidate: Candidate, now: datetime) -> str:
    facts = [f"PostgreSQL {candidate.major}" if candidate.major else ""]
    facts.append(size_text(candidate.size_bytes) if candidate.size_bytes is not None else "")
    facts.append(age_text(candidate.as_of, now) if candidate.as_of else "")
    facts.append(_condition(candidate))
    if candidate.kind != "container_layer" and candidate.holder.container is not None:
        facts.append(f"container {candidate.holder.container.name}")
    elif candidate.kind == "volume":
        facts.append("no container")
    if candidate.configured:
        facts.append("where the configuration points")
    return " · ".join(one for one in facts if one)


def _condition(candidate: Candidate) -> str:
    if candidate.kind == "backup":
        return {True: "proven", False: "not proven", None: ""}[candidate.proven]
    if candidate.running:
        return "running"
    control = candidate.cluster.control if candidate.cluster else None
    if control is None or control.state is None:
        return ""
    return "not shut down cleanly" if control.state == "in production" else control.state


def _database(database: DatabaseSeen) -> str:
    from strongroom.discovery import shown

    name = shown(database.name or "a database whose name cannot be read")
    environment = f" ({shown(database.environment)})" if database.environment else ""
    if database.tables is None:
        return f"{name}{environment}: {size_text(database.user_bytes or 0)} in tables and indexes"
    own = {name: rows for name, rows in database.tables.items() if not name.startswith(OURS)}
    largest = sorted(own.items(), key=lambda one: -(one[1] or 0))
    named = [
        f"{shown(table.removeprefix('public.'))} {'?' if rows is None else count_text(rows)}"
        for table, rows in largest[:TABLES_SHOWN]
    ]
    more = len(largest) - TABLES_SHOWN
    if more > 0:
        named.append(f"{count_text(more)} more tables")
    return f"{name}{environment}: {', '.join(named) or 'no tables'}"


def _way_back(output: Output, candidate: Candidate) -> list[str]:
    """The change of a file, whole, what runs after it, and the other way if there is one."""
    lines = []
    if candidate.change is not None:
        lines.append(f"    {click.style(f'write into {candidate.change_in}:', dim=True)}")
        lines += [Whole(f"      {line}") for line in candidate.change.splitlines()]
    lines.append(f"    {click.style('then' if lines else 'to bring it back', dim=True)}")
    steps = [output.addressed(one) for one in (candidate.next, candidate.ends) if one]
    lines += [Whole(f"      {one}") for one in steps]
    if candidate.alternative is not None:
        told = "or, with the Compose file as it was:"
        lines += [f"    {click.style(told, dim=True)}", Whole(f"      {candidate.alternative}")]
    return lines


def _following(output: Output, candidate: Candidate) -> str:
    """The one next step, for the last line."""
    way = candidate.way(output.addressed)
    if candidate.change is None:
        return way
    return f"write what is shown into {candidate.change_in}, then {way}"


def _noticed(output: Output, found: Found) -> list[str]:
    lines: list[str] = []
    for one in found.findings:
        lines.append(f"{click.style(f'▲ {one.code}', fg='yellow')}  {one.message}")
        lines += [Whole(f"    {output.addressed(one.next)}")] if one.next else []
    lines += [f"? {one.path}: {one.why}" for one in found.unreadable[:UNREADABLE_SHOWN]]
    more = len(found.unreadable) - UNREADABLE_SHOWN
    if more > 0:
        lines.append(f"? {plural(more, 'more place')} could not be looked into; --json names them")
    return ["", *lines] if lines else []
