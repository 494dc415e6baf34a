"""Parsers in processes of their own, so that a file can take down its parser and nothing else.

Each parser process is started once and kept, limited in memory by the operating system and in
time by us. One that hangs, runs out of memory or dies costs its own file the verdict ``failed``;
the next file gets a fresh process.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import resource
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Self

from strideiq.imports.parsers import formats
from strideiq.imports.parsers.parsed import ParsedFile, UnreadableFileError

TIME_LIMIT_S = 60.0
"""Ordinary files take milliseconds; the largest damaged ones we know of take two seconds."""

MEMORY_LIMIT_BYTES = 1024 * 1024 * 1024
"""What one parser process may need beyond what it needs empty."""

EVERY_FORMAT = "strideiq.imports.parsers.reading:parse"
"""The parser, as ``module:function``: only its own processes import what it needs."""


class ParserPool:
    """At most ``size`` parser processes, started when first needed and shared between threads."""

    def __init__(
        self,
        size: int = 1,
        *,
        parser: str = EVERY_FORMAT,
        time_limit_s: float = TIME_LIMIT_S,
        memory_limit_bytes: int = MEMORY_LIMIT_BYTES,
    ) -> None:
        self.size = size
        self._idle: queue.LifoQueue[_ParserProcess | None] = queue.LifoQueue()
        for _ in range(size):
            self._idle.put(None)
        self._parser = parser
        self._time_limit_s = time_limit_s
        self._memory_limit_bytes = memory_limit_bytes

    def parse(self, name: str, content: bytes) -> ParsedFile:
        """Read one file, waiting for a free process.

        Raises:
            UnreadableFileError: with the parser's reason, or with what became of the parser.
        """
        process = self._idle.get()
        try:
            process = process or _ParserProcess(self._parser, self._memory_limit_bytes)
            try:
                return process.parse(name, content, self._time_limit_s)
            except _ParserLostError as error:
                process.end()
                process = None
                kind = formats.detect(content) or formats.claimed(name)
                raise UnreadableFileError(str(error), kind) from error
        finally:
            self._idle.put(process)

    def close(self) -> None:
        """End every process; the pool can be used again afterwards."""
        for _ in range(self.size):
            process = self._idle.get()
            if process is not None:
                process.end()
        for _ in range(self.size):
            self._idle.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _ParserLostError(Exception):
    """The process is of no use any more; the text is the reason, for people."""


class _ParserProcess:
    """One process that parses files, one after the other."""

    def __init__(self, parser: str, memory_limit_bytes: int) -> None:
        # A fresh interpreter: a fork of a server with threads could inherit a lock held for ever.
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, parser, memory_limit_bytes), daemon=True
        )
        self._process.start()
        theirs.close()
        self._ready = False

    def parse(self, name: str, content: bytes, time_limit_s: float) -> ParsedFile:
        try:
            if not self._ready:  # to start is not the file's fault, and takes no time from it
                self._connection.recv()
                self._ready = True
            self._connection.send((name, content))
            if not self._connection.poll(time_limit_s):
                raise _ParserLostError(
                    f"Reading the file took longer than {time_limit_s:.0f} s and was stopped."
                )
            answer: ParsedFile | Exception = self._connection.recv()
        except (EOFError, OSError) as error:
            raise _ParserLostError("The file made its parser crash; the file is kept.") from error
        if isinstance(answer, UnreadableFileError):
            raise answer
        if isinstance(answer, MemoryError):
            raise _ParserLostError("Reading the file needs more memory than a recording can need.")
        if isinstance(answer, Exception):
            raise _ParserLostError(f"The parser failed: {answer}")
        return answer

    def end(self) -> None:
        self._connection.close()
        self._process.kill()
        self._process.join()


def _serve(connection: Connection, parser: str, memory_limit_bytes: int) -> None:
    """The life of a parser process: it ends when the other side hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who waits for us
    with Path(os.devnull).open("wb") as nowhere:  # a dying parser's last words are for nobody
        os.dup2(nowhere.fileno(), sys.stderr.fileno())
    module, function = parser.split(":")
    parse: Callable[[str, bytes], ParsedFile] = getattr(import_module(module), function)
    _limit_memory(memory_limit_bytes)
    answer: ParsedFile | Exception
    with contextlib.suppress(EOFError, OSError):
        connection.send(None)
        while True:
            name, content = connection.recv()
            try:
                answer = parse(name, content)
            except UnreadableFileError as error:
                answer = error
            except MemoryError:
                answer = MemoryError()
            except Exception as error:  # noqa: BLE001  whatever a file provokes is its verdict
                answer = RuntimeError(f"{type(error).__name__}: {error}")
            del content
            connection.send(answer)


def _limit_memory(beyond_now_bytes: int) -> None:
    """Let the operating system refuse more; only Linux says how much is used already."""
    if sys.platform != "linux":
        return
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + beyond_now_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
