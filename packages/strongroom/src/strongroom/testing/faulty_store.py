"""Stores that misbehave at one chosen call, each in front of a real one.

Faults that every verb must survive, with nothing lost, nothing falsely proven, an error that
says what to do, and a clean retry:

- ``fails``: the call is refused, and nothing was done;
- ``answer_lost``: the call was done, and its sender is told that it failed;
- ``slow``: the answer takes its time;
- ``cut``: what is read ends in its middle;
- ``breaks``: reading ends in the middle with an error;
- ``flipped``: one byte of what is read is another one;
- ``repeated``: the call is done twice, and its sender is told how the second one ended;
- ``lies``: the store says that it was done, and nothing was;
- ``hides``: an object is said to be missing, and a listing lacks its newest object;
- ``expires``: the credentials end; this call and every later one are denied;
- ``full``: there is no room left, at this call and at every later one that writes;
- ``killed``, ``killed_after``: the process ends by SIGKILL before the call, or after it.

``install`` puts such a store in front of every store that this process opens.
"""

from __future__ import annotations

import io
import os
import re
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from typing import BinaryIO, TypeVar

import strongroom.storage
from strongroom.errors import (
    NoSpaceError,
    ObjectMissingError,
    StorageError,
    StoreAccessError,
    StoreUnreachableError,
    StrongroomError,
)
from strongroom.storage.store import ObjectInfo, ObjectStore, ObjectWriter, TellsUnfinished

SLOW_S = 0.2

_ALWAYS = {"fails", "slow", "expires", "killed"}
_WRITES = _ALWAYS | {"full"}
_READS = _ALWAYS | {"hides"}
_DOES = {"answer_lost", "repeated", "lies", "killed_after"}
FAULTS_OF: dict[str, frozenset[str]] = {
    "put": frozenset(_WRITES | _DOES),
    "writer": frozenset(_WRITES),
    "write": frozenset(_WRITES | {"lies"}),
    "commit": frozenset(_WRITES | _DOES),
    "open": frozenset(_READS | {"cut", "breaks", "flipped"}),
    "get": frozenset(_READS | {"cut", "flipped"}),
    "stat": frozenset(_READS),
    "list": frozenset(_READS),
    "delete": frozenset(_ALWAYS | _DOES),
    "sweep": frozenset(_ALWAYS),
    "unfinished": frozenset(_ALWAYS),
    "free_bytes": frozenset(_ALWAYS),
}
"""Which faults each call of a store can have."""
FAULTS = tuple(sorted(frozenset().union(*FAULTS_OF.values())))
DEADLY = frozenset({"killed", "killed_after"})

_NAMES = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]+|[0-9a-f-]{16,}|\d{6,}")
_FILLING = frozenset({"put", "writer", "write", "commit"})
_T = TypeVar("_T")


@dataclass(frozen=True, order=True)
class Call:
    """One call of a run, named so that the next run of the same work has the same ones."""

    store: str
    operation: str
    about: str
    """The key or prefix, with ``*`` for what is another one in each run."""
    nth: int
    """Of the calls of this operation about such keys, counted from 1."""

    def __str__(self) -> str:
        return f"{self.operation} {self.about or 'everything'} in the {self.store}, no. {self.nth}"


class Misbehaviour:
    """Counts the calls of every store of this process, and lets one of them go wrong.

    Without a call it only counts, so that a later run can choose among ``calls``.
    """

    def __init__(self, at: Call | None = None, fault: str = "fails", share: float = 0.5) -> None:
        self.calls: list[Call] = []
        self.key: str | None = None
        """The key of the call that went wrong, once it has been reached."""
        self._at, self._fault, self._share = at, fault, share
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._lasting: Callable[[str], StrongroomError | None] = lambda _: None
        self._lock = threading.Lock()

    @property
    def reached(self) -> bool:
        """Whether the call went wrong."""
        return self.key is not None

    def act(
        self,
        store: str,
        operation: str,
        key: str,
        do: Callable[[], _T],
        *,
        undone: Callable[[], _T],
    ) -> _T:
        """Do a call, or what its fault makes of it; ``undone`` is what a lie answers."""
        with self._lock:
            about = _NAMES.sub("*", key)
            self._counts[store, operation, about] += 1
            call = Call(store, operation, about, self._counts[store, operation, about])
            self.calls.append(call)
            chosen = call == self._at
            if chosen:
                self.key = key
                self._begin_lasting()
            lasting = self._lasting(operation)
        if lasting is not None:
            raise lasting
        return self._misbehave(key, do, undone) if chosen else do()

    def _begin_lasting(self) -> None:
        if self._fault == "expires":
            self._lasting = lambda _: _denied()
        elif self._fault == "full":
            self._lasting = lambda operation: _full() if operation in _FILLING else None

    def _misbehave(self, key: str, do: Callable[[], _T], undone: Callable[[], _T]) -> _T:
        fault = self._fault
        if fault == "fails":
            raise _unreachable()
        if fault == "hides":
            return self._hidden(key, do)
        if fault == "lies":
            return undone()
        if fault == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if fault == "slow":
            time.sleep(SLOW_S)
        answer = do()
        if fault == "answer_lost":
            raise _unreachable()
        if fault == "repeated":
            return do()
        if fault == "killed_after":
            os.kill(os.getpid(), signal.SIGKILL)
        return self._spoilt(answer)

    def _hidden(self, key: str, do: Callable[[], _T]) -> _T:
        answer = do()
        if isinstance(answer, list):
            newest = max(answer, key=lambda one: one.modified_at, default=None)
            return [one for one in answer if one is not newest]  # type: ignore[return-value]
        if hasattr(answer, "close"):
            answer.close()
        raise ObjectMissingError(f"The store has no object {key}.", next_step="strongroom backups")

    def _spoilt(self, answer: _T) -> _T:
        if self._fault not in {"cut", "flipped", "breaks"}:
            return answer
        data = answer if isinstance(answer, bytes) else _read_whole(answer)
        at = min(int(len(data) * self._share), max(0, len(data) - 1))
        if self._fault == "flipped" and data:
            data = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        else:
            data = data[:at]
        if isinstance(answer, bytes):
            return data  # type: ignore[return-value]
        return _Breaking(data) if self._fault == "breaks" else io.BytesIO(data)  # type: ignore[return-value]


class FaultyStore:
    """A store whose calls pass through a ``Misbehaviour``."""

    def __init__(self, real: ObjectStore, name: str, misbehaviour: Misbehaviour) -> None:
        self._real, self._name, self._misbehaviour = real, name, misbehaviour

    def put(self, key: str, data: bytes) -> None:
        """Write a whole object."""
        self._act("put", key, lambda: self._real.put(key, data), undone=lambda: None)

    @contextmanager
    def writer(self, key: str) -> Iterator[ObjectWriter]:
        """Write an object piece by piece."""
        writing = self._real.writer(key)
        inner = self._act("writer", key, writing.__enter__)
        try:
            yield _FaultyWriter(inner, self, key)
        except BaseException:
            writing.__exit__(*sys.exc_info())
            raise
        committing = _Committing(self._real, key, writing)
        try:
            self._act("commit", key, committing.commit, undone=committing.abandon)
        except StrongroomError:
            committing.abandon()
            raise

    def open(self, key: str) -> BinaryIO:
        """Read an object as a stream."""
        return self._act("open", key, lambda: self._real.open(key))

    def get(self, key: str) -> bytes:
        """Read a small object whole."""
        return self._act("get", key, lambda: self._real.get(key))

    def stat(self, key: str) -> ObjectInfo:
        """Look at an object without reading it."""
        return self._act("stat", key, lambda: self._real.stat(key))

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Every object whose key starts with ``prefix``."""
        return iter(self._act("list", prefix, lambda: [*self._real.list(prefix)]))

    def delete(self, key: str) -> None:
        """Remove an object."""
        self._act("delete", key, lambda: self._real.delete(key), undone=lambda: None)

    def free_bytes(self) -> int | None:
        """Room that is left."""
        return self._act("free_bytes", "", self._real.free_bytes)

    def sweep(self) -> int:
        """Remove what writers left that have died."""
        return self._act("sweep", "", self._real.sweep)

    def unfinished(self) -> int:
        """Count what writers left that have died."""
        if not isinstance(self._real, TellsUnfinished):
            return 0
        return self._act("unfinished", "", self._real.unfinished)

    def _act(
        self,
        operation: str,
        key: str,
        do: Callable[[], _T],
        *,
        undone: Callable[[], _T] | None = None,
    ) -> _T:
        return self._misbehaviour.act(self._name, operation, key, do, undone=undone or do)


class _FaultyWriter:
    """Takes the pieces of one object."""

    def __init__(self, real: ObjectWriter, store: FaultyStore, key: str) -> None:
        self._real, self._store, self._key = real, store, key

    def write(self, data: bytes, /) -> int:
        """Append ``data`` and return its length."""
        return self._store._act(  # noqa: SLF001  the two are one
            "write", self._key, lambda: self._real.write(data), undone=lambda: len(data)
        )


class _Committing:
    """The end of writing one object: done at most once, and else abandoned."""

    def __init__(
        self, real: ObjectStore, key: str, writing: AbstractContextManager[ObjectWriter]
    ) -> None:
        self._real, self._key, self._writing = real, key, writing
        self._ended = False

    def commit(self) -> None:
        """Commit; a second time, try to write what is there already."""
        if self._ended:
            with self._real.writer(self._key):
                return
        self._ended = True
        self._writing.__exit__(None, None, None)

    def abandon(self) -> None:
        """Leave nothing, unless it was committed."""
        if self._ended:
            return
        self._ended = True
        failure = _unreachable()
        with suppress(StorageError):
            self._writing.__exit__(type(failure), failure, None)


class _Breaking(io.BytesIO):
    """A stream that ends with an error."""

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if not data:
            raise _unreachable()
        return data


_current: list[Misbehaviour] = []
_opened: list[Callable[[str], ObjectStore]] = []


def install(name_of: Callable[[str], str] = lambda _: "store") -> None:
    """Let every store that this process opens from now on misbehave when it is told to.

    Args:
        name_of: gives a store its name in ``Call``, by its address.
    """
    if _opened:
        return
    real = strongroom.storage.open_store
    _opened.append(real)

    def open_store(url: str) -> ObjectStore:
        store = real(url)
        return FaultyStore(store, name_of(url), _current[-1]) if _current else store

    for name, module in list(sys.modules.items()):
        if name.startswith("strongroom") and getattr(module, "open_store", None) is real:
            module.open_store = open_store  # type: ignore[attr-defined]


@contextmanager
def misbehaving(misbehaviour: Misbehaviour) -> Iterator[Misbehaviour]:
    """Let all stores that are opened inside pass through ``misbehaviour``; needs ``install``."""
    _current.append(misbehaviour)
    try:
        yield misbehaviour
    finally:
        _current.remove(misbehaviour)


def _read_whole(stream: object) -> bytes:
    with stream as opened:  # type: ignore[attr-defined]
        return bytes(opened.read())


def _unreachable() -> StoreUnreachableError:
    return StoreUnreachableError("The store did not answer.", next_step="try again")


def _denied() -> StoreAccessError:
    return StoreAccessError("The store's credentials have expired.", next_step="renew them")


def _full() -> NoSpaceError:
    return NoSpaceError("The store has no room left.", next_step="make room, then try again")
