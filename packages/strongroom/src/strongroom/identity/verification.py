"""What a new connection must prove before it is used, through whatever driver it was made.

The ordinary case is one query on one table: the identity row is ours and names the newest mark
that this process knows. Where others have appended since, a second query looks that mark up in
the chain. Only if that fails too is the database judged again, **through the very connection in
question**: another one of our own could lead to another server. What is expected is read anew
for that, since a swap or an accepted verdict may have moved it. Rows are not counted there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from strongroom.errors import ServerError
from strongroom.identity.observation import Expected, Observation
from strongroom.identity.questions import Failed, Paramstyle, Rows, Statement, questions

Answer = Rows | Failed
Result = TypeVar("Result")
Dialogue = Generator[Statement, Answer, Result]
Run = Callable[[str, Sequence[Any]], Rows]
"""Runs one query outside any transaction of the application and returns its rows.

After an error the connection must be usable again: in autocommit, or rolled back."""
RunAsync = Callable[[str, Sequence[Any]], Awaitable[Rows]]
Errors = type[Exception] | tuple[type[Exception], ...]
"""What the driver raises when the server refuses a statement."""

_NEWEST = """
SELECT i.database_id::text, i.environment, i.incarnation::text, i.newest_n, i.newest_nonce::text
FROM strongroom.identity AS i
"""
_CONTAINS = """
SELECT i.database_id::text, i.environment, i.incarnation::text,
       EXISTS (SELECT FROM strongroom.epoch AS e
               WHERE e.n = %s::bigint AND e.nonce = %s::text::uuid)
FROM strongroom.identity AS i
"""
_REFUSES_WRITES = Statement(
    "SELECT current_setting('default_transaction_read_only') = 'on' OR pg_is_in_recovery()"
)


@dataclass(frozen=True)
class Verification:
    """What is to be proved, as of the moment when it was asked for: take a new one each time."""

    database: tuple[str, str, str]
    """Database id, environment and incarnation."""
    newest: tuple[int, str] | None
    """Number and nonce of the newest mark that this process knows."""
    in_one_table: bool
    """Whether the identity row names the newest mark (format 2 of the schema)."""
    where: str
    expectation: Callable[[], Expected | None]
    settle: Callable[[Expected | None, Observation], None]
    """Raises ``RefusedError``, or takes what was found for what is known from now on."""
    learn: Callable[[tuple[int, str]], None]
    """Is told of a newer mark in a database that was proved to be ours."""
    read_only: bool = False
    """Whether the connection must refuse to write, too."""

    def query(self, paramstyle: Paramstyle) -> tuple[str, tuple[Any, ...]]:
        """The first query, and in the ordinary case the only one."""
        return self._first().rendered(paramstyle)

    def holds(self, row: Sequence[Any] | None) -> bool:
        """Whether the row of that query is proof enough; if not, it may still be the database."""
        if row is None or self.newest is None or tuple(row[:3]) != self.database:
            return False
        proof = self.newest if self.in_one_table else (True,)
        return tuple(row[3:]) == proof

    def verify(self, run: Run, *, paramstyle: Paramstyle, errors: Errors) -> None:
        """Verify a connection of a blocking driver.

        Raises:
            RefusedError: it does not lead to the pinned database and must not be used.
        """
        drive(self.dialogue(), run, paramstyle=paramstyle, errors=errors)

    async def verify_async(self, run: RunAsync, *, paramstyle: Paramstyle, errors: Errors) -> None:
        """Verify a connection of an asynchronous driver.

        Raises:
            RefusedError: it does not lead to the pinned database and must not be used.
        """
        await drive_async(self.dialogue(), run, paramstyle=paramstyle, errors=errors)

    def dialogue(self) -> Dialogue[None]:
        """Ask until it is proved, or refused."""
        if not (yield from self.proof()):
            expected = self.expectation()
            self.settle(expected, (yield from _observation(expected, self.where)))

    def proof(self) -> Dialogue[bool]:
        """Ask at most twice whether this is the database that is known, by its newest mark.

        Raises:
            ServerError: it was opened for reading, and this connection could write.
        """
        if self.read_only and (yield _REFUSES_WRITES) != [(True,)]:
            raise ServerError(
                f"The database was opened for reading, and a connection to {self.where} could "
                "write: something in between drops the setting that forbids it.",
                next_step="give the server's own address: its pooler cannot keep a connection "
                "read-only",
            )
        answer = yield self._first()
        row = answer[0] if answer and not isinstance(answer, Failed) else None
        if self.holds(row):
            return True
        if row is None or self.newest is None or not self._may_have_grown(row):
            return False
        answer = yield Statement(_CONTAINS, self.newest)
        if isinstance(answer, Failed) or [tuple(one) for one in answer] != [(*self.database, True)]:
            return False
        self.learn((row[3], row[4]))
        return True

    def _first(self) -> Statement:
        if self.in_one_table:
            return Statement(_NEWEST)
        return Statement(_CONTAINS, self.newest or (None, None))

    def _may_have_grown(self, row: Sequence[Any]) -> bool:
        """Whether others have appended to our database since."""
        known = self.newest and self.newest[0]
        ours = self.in_one_table and tuple(row[:3]) == self.database
        return bool(ours and known and row[3] and row[3] > known)


def drive(
    dialogue: Dialogue[Result], run: Run, *, paramstyle: Paramstyle, errors: Errors
) -> Result:
    """Carry a dialogue's statements to a server, and its answers back."""
    try:
        statement = next(dialogue)
        while True:
            answer: Answer
            try:
                answer = run(*statement.rendered(paramstyle))
            except errors as error:
                answer = _failed(error)
            statement = dialogue.send(answer)
    except StopIteration as end:
        result: Result = end.value
        return result


async def drive_async(
    dialogue: Dialogue[Result], run: RunAsync, *, paramstyle: Paramstyle, errors: Errors
) -> Result:
    """Do as ``drive`` does, through a driver that is awaited."""
    try:
        statement = next(dialogue)
        while True:
            answer: Answer
            try:
                answer = await run(*statement.rendered(paramstyle))
            except errors as error:
                answer = _failed(error)
            statement = dialogue.send(answer)
    except StopIteration as end:
        result: Result = end.value
        return result


def _observation(expected: Expected | None, where: str) -> Dialogue[Observation]:
    """Ask everything; a refused question makes the observation a problem."""
    asked = questions(expected, where=where)
    try:
        statement = next(asked)
        while True:
            answer = yield statement
            if isinstance(answer, Failed):
                return Observation(where, holds="", problem=f"{where}: {answer.why}.")
            statement = asked.send(answer)
    except StopIteration as end:
        found: Observation = end.value
        return replace(found, by_program=True)


def _failed(error: Exception) -> Failed:
    """Name the error only: a driver's words may quote values."""
    return Failed(f"PostgreSQL refused to tell whose database it is ({type(error).__name__})")
