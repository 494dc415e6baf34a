"""The second line: every connection of a test run is judged before the test gets it.

The drivers are watched where all their ways of connecting meet, so that pools, SQLAlchemy,
Django and a ``connect`` that was imported earlier come by as well.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from types import ModuleType
from typing import Any

from strongroom.integrations.pytest.active import judging_run, original_of, replace
from strongroom.integrations.pytest.judging import Finding, Row, Run, refusal

_NOT_REPLICATING = {b"false", b"off", b"no", b"0"}


def guard_psycopg(module: ModuleType) -> None:
    """Judge whatever psycopg connects to, also by libpq itself."""
    base = module.Connection.__mro__[1]
    original = original_of(base, "_connect_gen", module)

    def _connect_gen(cls: type, *args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:  # noqa: ANN401  psycopg's own
        connection = yield from original.__func__(cls, *args, **kwargs)
        _admit_libpq(module, connection.pgconn)
        return connection

    replace(base, "_connect_gen", classmethod(_connect_gen))
    bare = original_of(module.pq, "PGconn", module)

    def connect(_: type, conninfo: bytes) -> Any:  # noqa: ANN401  psycopg's own
        if (ordinary := _ordinary(module, conninfo)) is not None:
            # A connection that replicates answers no questions: another one is asked before it.
            probe = bare.connect(ordinary)
            if probe.status == module.pq.ConnStatus.OK:
                _admit_libpq(module, probe)
            probe.finish()
            return bare.connect(conninfo)
        connection = bare.connect(conninfo)
        if connection.status == module.pq.ConnStatus.OK:
            _admit_libpq(module, connection)
        return connection

    replace(module.pq, "PGconn", _standing_for(bare, {"connect": classmethod(connect)}))


def _ordinary(module: ModuleType, conninfo: bytes) -> bytes | None:
    """The same address without replication; None where it has none."""
    told = {one.keyword: one.val for one in module.pq.Conninfo.parse(conninfo) if one.val}
    if told.pop(b"replication", b"false") in _NOT_REPLICATING:
        return None
    named = {name.decode(): value.decode() for name, value in told.items()}
    return str(module.conninfo.make_conninfo(**named)).encode()


def _admit_libpq(module: ModuleType, pgconn: Any) -> None:  # noqa: ANN401  psycopg's own
    def ask(question: str) -> Row | None:
        result = pgconn.exec_(question.encode())
        if result.status != module.pq.ExecStatus.TUPLES_OK:
            raise _UnansweredError(result.error_message.decode(errors="replace"))
        if not result.ntuples:
            return None
        values = (result.get_value(0, column) for column in range(result.nfields))
        return [None if value is None else value.decode() for value in values]

    try:
        _admit(pgconn.db.decode(errors="replace"), ask)
    except BaseException:
        pgconn.finish()
        raise


def guard_psycopg2(module: ModuleType) -> None:
    """Judge whatever psycopg2 connects to, also by the class of its connections."""
    original = original_of(module, "_connect", module)
    plain = original_of(module.extensions, "connection", module)

    def _connect(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  psycopg2's own
        connection = original(*args, **kwargs)
        _admit_psycopg2(module, connection)
        return connection

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401, N807  psycopg2's own
        plain.__init__(self, *args, **kwargs)
        _admit_psycopg2(module, self)

    replace(module, "_connect", _connect)
    replace(module.extensions, "connection", _standing_for(plain, {"__init__": __init__}))


def _admit_psycopg2(module: ModuleType, connection: Any) -> None:  # noqa: ANN401  psycopg2's own
    run = judging_run()
    if connection.async_ and run:  # it is not connected yet, and cannot be asked
        run.unverified[f"{connection.info.dbname} (asynchronous psycopg2)"] = "not asked"
        return

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
        _admit(connection.info.dbname, ask)
    except BaseException:
        connection.close()
        raise


def _standing_for(original: type, guarded: dict[str, object]) -> type:
    """A class that connects with a look; whatever is of the original is also of this one."""

    class Standing(type(original)):  # type: ignore[misc]  # whatever metaclass that has
        def __instancecheck__(cls, instance: object) -> bool:
            return cls.__subclasscheck__(type(instance))

        def __subclasscheck__(cls, other: type) -> bool:
            return (
                issubclass(other, original)
                if cls is standing
                else type.__subclasscheck__(cls, other)
            )

    standing: type = Standing(original.__name__, (original,), guarded)
    return standing


def guard_asyncpg(module: ModuleType) -> None:
    """Judge whatever asyncpg connects to."""
    place = module.connect_utils
    original = original_of(place, "_connect", module)

    async def _connect(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  asyncpg's own
        connection = await original(*args, **kwargs)
        run = judging_run()
        if run is None:
            return connection
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

    replace(place, "_connect", _connect)


class _UnansweredError(Exception):
    """A question was not answered."""


def _admit(database: str, ask: Callable[[str], Row | None]) -> None:
    """Judge a connection.

    Raises:
        RealDatabaseError: it leads to a real database.
    """
    run = judging_run()
    if run is None:
        return
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
