"""Code of a migration that opens no connection past the gate.

A revision and ``env.py`` are anybody's Python. While they are read, or run on a copy, a connection
that they open by a driver themselves would reach the real database, unjudged. Within ``isolated``
the drivers refuse that to this thread, and it starts no client of PostgreSQL's, such as ``psql``.
What it prints goes to the standard error: the standard output is the answer's, one document.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from functools import cache, wraps
from importlib import import_module
from importlib.util import find_spec
from operator import attrgetter
from typing import Any

from strongroom.errors import MigrationError

_ISOLATED: ContextVar[bool] = ContextVar("strongroom_isolated", default=False)
OURS = "application_name=strongroom"
"""What a connection of strongroom's own says of itself, such as that of the gate."""
_STARTS = frozenset({"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"})
_PROGRAMS = re.compile(r"\b(psql|pg_restore|pg_dump|createdb|dropdb|vacuumdb|alembic|manage\.py)\b")
"""Programs that reach databases; others, such as what a library looks for others by, may run."""
# Where all ways of connecting by a driver meet: a ``connect`` that was imported earlier as well.
_ENTRANCES = {
    "psycopg": ("Connection.__base__", "_connect_gen"),
    "psycopg2": ("", "_connect"),
    "asyncpg": ("connect_utils", "_connect"),
}


@contextmanager
def isolated() -> Iterator[None]:
    """Refuse this thread connections and clients of its own."""
    _watch()
    token = _ISOLATED.set(True)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        _ISOLATED.reset(token)


@contextmanager
def led() -> Iterator[None]:
    """Let a connection pass that leads where we lead it."""
    token = _ISOLATED.set(False)
    try:
        yield
    finally:
        _ISOLATED.reset(token)


@cache
def _watch() -> None:
    """Stand at every driver's door, for good: it costs a look at one variable."""
    sys.addaudithook(_heard)
    for package, (place, name) in _ENTRANCES.items():
        if find_spec(package) is None:
            continue
        module = import_module(package)
        home = attrgetter(place)(module) if place else module
        original = vars(home)[name]
        if isinstance(original, classmethod):
            setattr(home, name, classmethod(_refusing(original.__func__, package)))
        else:
            setattr(home, name, _refusing(original, package))


def _refusing(original: Callable[..., Any], package: str) -> Callable[..., Any]:
    @wraps(original)
    def connect(*arguments: Any, **parameters: Any) -> Any:  # noqa: ANN401  a driver's own
        if _ISOLATED.get() and OURS not in f"{arguments} {parameters}":
            raise _refusal(f"opens a connection of its own by {package}")
        return original(*arguments, **parameters)

    return connect


def _heard(event: str, about: tuple[object, ...]) -> None:
    if event in _STARTS and _ISOLATED.get() and (program := _PROGRAMS.search(str(about))):
        raise _refusal(f"starts {program.group()}")


def _refusal(what: str) -> MigrationError:
    return MigrationError(
        f"A revision, or env.py, {what}: it would reach a database past the gate. Nothing was "
        "changed by it.",
        next_step="let it use op.get_bind(), or the engine of env.py",
    )
