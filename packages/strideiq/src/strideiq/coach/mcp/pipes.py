"""One agent at our standard input and output: what it asked is answered before we end.

The library reads and writes; around it stands what it leaves open: a line that is no message is
answered, calls that still run when the input ends are waited for, a signal ends us as the end of
the input does, and an agent that has gone is no error.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from types import FrameType, TracebackType
from typing import Any, Self

import anyio
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from mcp_types import INVALID_REQUEST, ErrorData, JSONRPCError, JSONRPCNotification, JSONRPCRequest

from strideiq.coach.mcp.desk import Desk
from strideiq.coach.mcp.protocol import server_of

LibraryStream = Any
"""The library gives its streams no public names."""
Handler = Callable[[int, FrameType | None], Any] | int | None
INPUT = 0
PIECE_BYTES = 64 * 1024
STILL_RUNNING_S = 60.0
"""So long the calls that were made before the input ended are waited for."""
CANCELLED = "notifications/cancelled"
NO_MESSAGE = "This line is no JSON-RPC message; nothing was done. Send one object on each line."


def serve(desk: Desk) -> None:
    """Answer an agent until it, or a signal, ends us."""

    async def run() -> None:
        server = server_of(desk)
        async with _agent() as (asked, answers):
            await server.run(asked, answers, server.create_initialization_options())

    with suppress(BrokenPipeError), _gone_is_no_error():
        anyio.run(run)


@contextmanager
def _gone_is_no_error() -> Iterator[None]:
    try:
        yield
    except* BrokenPipeError:
        pass


@asynccontextmanager
async def _agent() -> AsyncIterator[tuple[_Asked, _Answers]]:
    ours, theirs = socket.socketpair()
    with ours, theirs, _ended_by_signals(theirs):
        threading.Thread(target=_pass_on, args=(theirs,), daemon=True).start()
        lines = anyio.wrap_file(ours.makefile("r", encoding="utf-8", errors="replace"))
        async with stdio_server(stdin=lines) as (read, write):
            answers = _Answers(write)
            yield _Asked(read, answers), answers


def _pass_on(to: socket.socket) -> None:
    """Pass the input on to where its end can also be told by a signal, which a read cannot."""
    with suppress(OSError):
        while piece := os.read(INPUT, PIECE_BYTES):
            to.sendall(piece)
    with suppress(OSError):
        to.shutdown(socket.SHUT_WR)


@contextmanager
def _ended_by_signals(to: socket.socket) -> Iterator[None]:
    """The first signal is the end of the input; a second one does what it always did."""

    def end(number: int, frame: FrameType | None) -> None:
        del frame
        signal.signal(number, before[number])
        with suppress(OSError):
            to.shutdown(socket.SHUT_WR)

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before: dict[int, Handler] = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, before[number])


class _Stream:
    """A stream around another one."""

    def __init__(self, inner: LibraryStream) -> None:
        self.inner = inner

    async def aclose(self) -> None:
        await self.inner.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        await self.aclose()


class _Answers(_Stream):
    """What goes to the agent, and which of its requests have no answer yet."""

    def __init__(self, inner: LibraryStream) -> None:
        super().__init__(inner)
        self.open: set[str | int] = set()
        self.settled = anyio.Event()

    async def send(self, message: SessionMessage) -> None:
        await self.inner.send(message)
        self.close(getattr(message.message, "id", None))

    def close(self, request: str | int | None) -> None:
        """Note that a request needs no answer any more."""
        self.open.discard(request if request is not None else "")
        if not self.open:
            self.settled.set()

    async def all_sent(self) -> None:
        """Wait until every request has its answer."""
        self.settled = anyio.Event()
        if self.open:
            with anyio.move_on_after(STILL_RUNNING_S):
                await self.settled.wait()


class _Asked(_Stream):
    """What comes from the agent; what is no message is answered at once."""

    def __init__(self, inner: LibraryStream, answers: _Answers) -> None:
        super().__init__(inner)
        self._answers = answers

    @property
    def last_context(self) -> LibraryStream:
        return self.inner.last_context

    async def receive(self) -> SessionMessage:
        """The next message.

        Raises:
            anyio.EndOfStream: there is none, and every request was answered.
        """
        while True:
            try:
                item = await self.inner.receive()
            except anyio.EndOfStream:
                await self._answers.all_sent()
                raise
            if isinstance(item, SessionMessage):
                self._note(item)
                return item
            await self._answers.send(_no_message())

    def _note(self, item: SessionMessage) -> None:
        message = item.message
        if isinstance(message, JSONRPCRequest):
            self._answers.open.add(message.id)
        elif isinstance(message, JSONRPCNotification) and message.method == CANCELLED:
            self._answers.close((message.params or {}).get("requestId"))

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None


def _no_message() -> SessionMessage:
    error = ErrorData(code=INVALID_REQUEST, message=NO_MESSAGE)
    return SessionMessage(JSONRPCError(jsonrpc="2.0", id=None, error=error))
