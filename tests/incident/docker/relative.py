"""A relative of the founding incident: a recipe, played without the defence and then with it."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from stack import DATABASE, Stack
from waiting import connected
from way_back import follow
from world import Rows, World, missing_rows, rows_at

from strongroom.identity import Verdict

FAMILIES = Path(__file__).parent / "relatives"
_TABLES = "SELECT oid::regclass::text FROM pg_class WHERE oid >= 16384 AND relkind = 'r'"
_RELATIONS = "SELECT oid::regclass::text FROM pg_class WHERE oid >= 16384 ORDER BY 1"


@dataclass(frozen=True)
class Relative:
    """One recipe, and what is expected of it; the fields are those of ``relatives/*.toml``."""

    family: str
    """Which file it stands in."""
    incident: str
    """The entry of the field guide, whose source the table names."""
    what: str
    recipe: str
    """What is typed in the project's directory, where the stack runs and holds the rows."""
    stack: str = "usual"
    before: str = "docker-compose up -d"
    home: str = "production"
    """The environment that the application's pin is of; the rows are always production's."""
    database: str = DATABASE
    port: str = "own"
    verdict: str = "empty"
    snapshot: bool = False
    """Rows are added and backed up after the cluster was copied."""
    harm: str = ""
    """What happens without the defence where rows are not what is lost."""
    mend: str = ""
    """What a person does who is told in words, not by a command, what is wrong."""
    opened: bool = False
    """The application was started there before, so that it is known where its address led."""
    reads_env: bool = False
    """Its address stands in ``.env``, which is read at each start."""
    compose: str = "docker-compose"
    """How Compose is called in this project."""
    ci: bool = False


@dataclass
class Scene:
    """Everything that a play needs: the worlds, the other engine, a place for the project."""

    stack: Stack
    worlds: Mapping[str, World]
    expected: Rows = field(default_factory=dict)


def relatives() -> Iterator[Relative]:
    """All of them, family by family."""
    for path in sorted(FAMILIES.glob("*.toml")):
        for one in tomllib.loads(path.read_text())["relative"]:
            yield Relative(family=path.stem, **one)


def set_up(relative: Relative, scene: Scene) -> None:
    """Bring the stack to where the recipe begins: it runs, and holds the rows."""
    stack, production = scene.stack, scene.worlds["production"]
    stack.reads_env = relative.reads_env
    scene.worlds[relative.home].give_home(stack.directory)
    production.place(stack)
    stack.run(relative.before + "\n")
    connected(stack.address()).close()
    scene.expected = production.rows
    if relative.opened:
        started = stack.start("--guarded", "--wait")
        assert started.code == 0, started.err
    if relative.snapshot:
        added = stack.start("--guarded", "--more")
        assert added.code == 0, added.err
        stack.strongroom("backup", "--method", "logical")
        scene.expected = rows_at(stack.address())


def act(relative: Relative, scene: Scene) -> str:
    """Do what the recipe says; return the address that the application gets to then."""
    stack = scene.stack
    stack.run(relative.recipe)  # the shell stays as it leaves it
    port = int(stack.variables["OTHER_PORT"]) if relative.port == "other" else stack.port
    if not relative.reads_env:
        stack.variables["DATABASE_URL"] = stack.url(port, relative.database)
    address = stack.address(port, relative.database)
    if relative.verdict != "unreachable":
        connected(address).close()
    return address


def happens(relative: Relative, scene: Scene, address: str) -> str:
    """Start the application without the defence: something must be lost, or this is no replay."""
    if relative.harm:
        begun = rows_at(address)
        assert scene.stack.start("--seed").code == 0
        assert rows_at(address) != begun, "nothing was written: nothing is replayed"
        return relative.harm
    answer = scene.stack.start()
    if answer.code:
        return "the application does not start, and nothing is left"
    lost = missing_rows(scene.expected, rows_at(address))
    assert lost, "without the defence nothing was lost: nothing is replayed"
    return told(lost)


def rewind(address: str, begun: list[str] | None) -> bool:
    """Take away what a start without the defence has made; say whether all is as it was."""
    if begun is None:
        return True
    with psycopg.connect(address, autocommit=True) as connection:
        tables = {name for (name,) in connection.execute(_TABLES).fetchall()}
        for name in sorted(tables - set(begun)):
            connection.execute(f"DROP TABLE {name} CASCADE".encode())
    return relations(address) == begun


def told(lost: Mapping[str, int]) -> str:
    """A loss as the athlete would tell it."""
    words = [
        f"{count:,} of {name.replace('_', ' ')}"
        for name, count in sorted(lost.items(), key=lambda one: -one[1])
    ]
    return f"gone: {', '.join(words[:3])}{' and more' if len(words) > 3 else ''}"


def refuses(relative: Relative, scene: Scene, address: str) -> tuple[list[str], float]:
    """Start it with the defence: stopped before anything is written, and brought back.

    Returns:
        What was typed to bring it back, and how many seconds that took.
    """
    begun = relations(address)
    answer = scene.stack.start("--guarded")
    verdict = Verdict(relative.verdict)
    expected = verdict.exit_code if begun is not None else 1  # its driver gets no connection
    assert answer.code == expected, f"{answer.code}: {answer.err}"
    assert relations(address) == begun, "refused, and written to all the same"
    started = time.monotonic()
    commands = follow(scene.stack, relative.mend, relative.compose)
    recovery_s = time.monotonic() - started
    again = scene.stack.start("--guarded")
    assert again.code == 0, again.err
    found = rows_at(scene.stack.environment["DATABASE_URL"].replace("+psycopg", ""))
    lost = missing_rows(scene.expected, found)
    assert not lost, f"brought back, and not whole: {lost}"
    return commands, recovery_s


def relations(address: str) -> list[str] | None:
    """Whatever somebody made in a database; None where there is none to ask."""
    try:
        with psycopg.connect(address, autocommit=True) as connection:
            return [name for (name,) in connection.execute(_RELATIONS).fetchall()]
    except psycopg.OperationalError:
        return None
