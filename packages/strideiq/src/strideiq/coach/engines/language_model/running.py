"""One run of a model in this thread: pieces of text come out of it as they arrive.

The loop of the run turns only while somebody waits for the next piece, so that tools are called
in the thread, and with the database session, of whoever asked. Leaving it ends the run.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TypeVar

T = TypeVar("T")


class _Over:
    """The run has come to its end."""


def driven(run: Callable[[], AsyncIterator[T]], time_max_s: float) -> Iterator[T]:
    """Give what an asynchronous iterator gives.

    Raises:
        TimeoutError: it is not through in time, however long whoever reads has kept it waiting.
    """
    loop = asyncio.new_event_loop()
    pieces: asyncio.Queue[T | _Over] = asyncio.Queue()

    async def work() -> None:
        try:
            async with asyncio.timeout(time_max_s):
                async for piece in run():
                    pieces.put_nowait(piece)
        finally:
            pieces.put_nowait(_Over())

    task = loop.create_task(work())
    try:
        while not isinstance(piece := loop.run_until_complete(pieces.get()), _Over):
            yield piece
        loop.run_until_complete(task)
    finally:
        task.cancel()
        loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
