"""The second line: every connection of a test run is judged before the test gets it.

The drivers are watched where all their ways of connecting meet, so that pools, SQLAlchemy,
Django and a ``connect`` that was imported earlier come by as well. A driver is only touched
when the run imports it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from strongroom.errors import ConfigurationError
from strongroom.integrations.pytest.judging import Finding, Row, Run, refusal

Guard = Callable[[ModuleType, Run], None]
_REPLACED: list[tuple[Any, str, object]] = []
"""What was guarded, and what it was before."""


def watch(run: Run) -> None:
    """Guard the drivers that are imported already, and the others when they are."""
    for name, guard in _GUARDS.items():
        if name in sys.modules:
            guard(sys.modules[name], run)
    sys.meta_path.insert(0, _Watcher(run))


def unwatch(run: Run) -> None:
    """Leave the drivers as they were before the run."""
    sys.meta_path[:] = [one for one in sys.meta_path if getattr(one, "run", None) is not run]
    while _REPLACED:
        place, name, original = _REPLACED.pop()
        setattr(place, name, original)


class _Watcher(MetaPathFinder):
    """Finds the drivers as ever, and guards each as soon as it has been imported."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        guard = _GUARDS.get(fullname)
        spec = PathFinder.find_spec(fullname, path, target) if guard else None
        if guard is None or spec is None or spec.loader is None:
            return None
        spec.loader = _GuardedLoader(spec.loader, guard, self.run)
        return spec


class _GuardedLoader(Loader):
    def __init__(self, loader: Loader, guard: Guard, run: Run) -> None:
        self._loader, self._guard, self._run = loader, guard, run

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        self._guard(module, self._run)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  resources and sources, as ever
        return getattr(self._loader, name)


def _guard_psycopg(module: ModuleType, run: Run) -> None:
    base = module.Connection.__mro__[1]
    original = _original(base, "_connect_gen", module)

    def _connect_gen(cls: type, *args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:  # noqa: ANN401  psycopg's own
        connection = yield from original.__func__(cls, *args, **kwargs)
        answered = module.pq.ExecStatus.TUPLES_OK

        def ask(question: str) -> Row | None:
            result = connection.pgconn.exec_(question.encode())
            if result.status != answered:
                raise _UnansweredError(result.error_message.decode(errors="replace"))
            if not result.ntuples:
                return None
            values = (result.get_value(0, column) for column in range(result.nfields))
            return [None if value is None else value.decode() for value in values]

        try:
            _admit(run, connection.info.dbname, ask)
        except BaseException:
            connection.pgconn.finish()
            raise
        return connection

    _replace(base, "_connect_gen", classmethod(_connect_gen))


def _guard_psycopg2(module: ModuleType, run: Run) -> None:
    original = _original(module, "_connect", module)

    def _connect(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  psycopg2's own
        connection = original(*args, **kwargs)
        if connection.async_:  # it is not connected yet, and cannot be asked
            run.unverified[f"{connection.info.dbname} (asynchronous psycopg2)"] = "not asked"
            return connection

        def ask(question: str) -> Row | None:
            try:
                with connection.cursor(cursor_factory=module.extensions.cursor) as cursor:
                    cursor.execute(question)
                    row: Row | None = cursor.fetchone()
                    return row
            except module.Error as error:
                raise _UnansweredError(str(error)) from error
            finally:
                connection.rollback()

        try:
            _admit(run, connection.info.dbname, ask)
        except BaseException:
            connection.close()
            raise
        return connection

    _replace(module, "_connect", _connect)


def _guard_asyncpg(module: ModuleType, run: Run) -> None:
    place = module.connect_utils
    original = _original(place, "_connect", module)

    async def _connect(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  asyncpg's own
        connection = await original(*args, **kwargs)
        questions, seen = run.questions(), False
        question = next(questions)
        try:
            while True:
                row = await connection.fetchrow(question)
                question = questions.send(row and list(row.values()))
                seen = True
        except StopIteration as end:
            finding: Finding = end.value
        except module.PostgresError as error:
            finding = _unanswered(run, args, str(error), pinned=seen)
        if not finding.allowed:
            connection.terminate()
            raise refusal(finding)
        return connection

    _replace(place, "_connect", _connect)


_GUARDS: dict[str, Guard] = {
    "psycopg": _guard_psycopg,
    "psycopg2": _guard_psycopg2,
    "asyncpg": _guard_asyncpg,
}


class _UnansweredError(Exception):
    """A question was not answered."""


def _admit(run: Run, database: str, ask: Callable[[str], Row | None]) -> None:
    """Judge a connection.

    Raises:
        RealDatabaseError: it leads to a real database.
    """
    asked: list[str] = []

    def asking(question: str) -> Row | None:
        asked.append(question)
        return ask(question)

    try:
        finding = run.judge(asking)
    except _UnansweredError as error:
        finding = _unanswered(run, database, str(error), pinned=len(asked) > 1)
    if not finding.allowed:
        raise refusal(finding)


def _unanswered(run: Run, database: object, why: str, *, pinned: bool) -> Finding:
    """Decide about silence: of a pinned database it refuses; else (no database) it is told."""
    if pinned:
        return Finding("hidden")
    run.unverified[f"a connection to {database}"] = why.strip().partition("\n")[0]
    return Finding("unpinned")


def _original(place: Any, name: str, driver: ModuleType) -> Any:  # noqa: ANN401  a module or a class
    found = vars(place).get(name)
    if found is None:
        raise ConfigurationError(
            f"The connections of this {driver.__name__} cannot be guarded: it has no {name}.",
            next_step=f"use a version of {driver.__name__} that strongroom knows, and report this",
        )
    return found


def _replace(place: Any, name: str, guarded: object) -> None:  # noqa: ANN401  a module or a class
    _REPLACED.append((place, name, vars(place)[name]))
    setattr(place, name, guarded)
