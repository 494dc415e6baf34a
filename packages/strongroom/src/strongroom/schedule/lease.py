"""A lease: of all watchers of one database, on all machines, one runs at a time.

It lives in the store as write-once objects with rising numbers; the highest tells who has it.
Taking, renewing and giving back each write the next number, and of several who try, one wins.
Whoever waits compares no clocks: a lease is dead when its number stood still for as long as it
lasts, by the steady clock of the one who waits. On one machine a locked file tells at once.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal

from strongroom.config import MAIN, Configuration
from strongroom.errors import LeaseLostError, ObjectExistsError, StorageError, StrongroomError
from strongroom.schedule.clock import Clock, SystemClock
from strongroom.storage import open_store

FORMAT = 1
LASTS_S = 90.0
RENEWALS = 6
"""How often it is renewed in the time that it lasts."""
LOCK_NAME = "watch.lock"
_PLACE_BYTES = 16


@dataclass(frozen=True)
class Mark:
    """One object of a lease."""

    number: int
    holder: str
    state: Literal["held", "released"]
    lasts_s: float
    host: str = ""
    place: str = ""
    """Which state directory the holder locks."""


class Hold:
    """The lease while it is ours. ``number`` is greater than that of everybody before."""

    def __init__(self, lease: Lease, mark: Mark) -> None:
        self.number = mark.number
        self._lease, self._mark = lease, mark
        self._renewed_s = lease.clock.steady_s()
        self._lost, self._ended = False, threading.Event()

    def require(self) -> None:
        """Make sure that the lease is still ours; asks nobody, so that every step can.

        Raises:
            LeaseLostError: another has it, or it could not be renewed in time.
        """
        if self._lost or self._lease.clock.steady_s() - self._renewed_s >= self._mark.lasts_s:
            raise LeaseLostError(
                "Another watcher may have taken over: the lease could not be renewed.",
                next_step="strongroom watch, when the store can be reached",
            )

    def renew(self) -> None:
        """Write the next number, unless somebody else did. Raises StorageError."""
        begun_s = self._lease.clock.steady_s()
        following = self._lease.write_after(self._mark)
        if following is None:
            self._lost = True
        else:
            self._mark, self._renewed_s = following, begun_s

    def renew_until_ended(self) -> None:
        """Renew in time, until ``stop_renewing``; what fails is tried again while there is time."""
        while not self._ended.wait(self._mark.lasts_s / RENEWALS):
            with suppress(StrongroomError):
                self.renew()
            if self._lost:
                return

    def stop_renewing(self) -> None:
        """Let ``renew_until_ended`` return."""
        self._ended.set()

    def give_back(self) -> None:
        """Let others have the lease at once, where it is still ours."""
        if not self._lost:
            # One that cannot be given back ends by itself.
            with suppress(StrongroomError):
                self._lease.write_after(self._mark, state="released")


class Lease:
    """The lease of one database, as one watcher sees it; keep it to see others die."""

    def __init__(
        self, configuration: Configuration, *, lasts_s: float = LASTS_S, clock: Clock | None = None
    ) -> None:
        part = "" if configuration.key == MAIN else f"-{configuration.key}"
        name = f"{configuration.application}-{configuration.environment}{part}"
        self.clock = clock or SystemClock()
        self._prefix = f"schedule/{name}/lease/"
        self._store = open_store(configuration.store_url)
        self._lock_path = configuration.state_cache / LOCK_NAME
        self._holder, self._lasts_s = secrets.token_hex(8), lasts_s
        self._seen: tuple[int, float] | None = None
        self._place = ""

    @contextmanager
    def held(self) -> Iterator[Hold | None]:
        """Hold the lease for the length of a ``with`` block; None where another has it.

        Raises:
            StorageError: the store cannot be asked.
        """
        with self._locked() as place:
            hold = self._taken(place) if place else None
            if hold is None:
                yield None
                return
            thread = threading.Thread(
                target=hold.renew_until_ended, name="strongroom-lease", daemon=True
            )
            thread.start()
            try:
                yield hold
            finally:
                hold.stop_renewing()
                thread.join()
                hold.give_back()

    def write_after(
        self, mark: Mark, *, state: Literal["held", "released"] = "held"
    ) -> Mark | None:
        """Write the number after a mark, and be sure that it is the newest; None where it is not.

        Raises:
            StorageError: the store failed.
        """
        following = Mark(
            mark.number + 1, self._holder, state, self._lasts_s, socket.gethostname(), self._place
        )
        document = {"format": FORMAT, **vars(following)}
        try:
            self._store.put(self._key(following.number), json.dumps(document).encode())
        except ObjectExistsError:
            # Ours, where a store said that it failed and had stored it all the same.
            if self._read(following.number) != following:
                return None
        numbers = self._numbers()
        # Who was slow may have written a number that was used up and swept away long ago.
        if max(numbers, default=0) != following.number:
            self._sweep([following.number])
            return None
        self._sweep([number for number in numbers if number < mark.number])
        return following

    def _taken(self, place: str) -> Hold | None:
        self._place = place
        numbers = self._numbers()
        newest = self._read(max(numbers)) if numbers else Mark(0, "", "released", 0)
        if newest.state == "held" and not self._is_dead(newest):
            return None
        mark = self.write_after(newest)
        return Hold(self, mark) if mark else None

    def _is_dead(self, mark: Mark) -> bool:
        if mark.place == self._place:
            return True  # it would still have the file locked that we have locked now
        now_s = self.clock.steady_s()
        if self._seen is None or self._seen[0] != mark.number:
            self._seen = (mark.number, now_s)
            return False
        return now_s - self._seen[1] >= mark.lasts_s

    def _read(self, number: int) -> Mark:
        """Read a mark; one that is damaged counts as held, and dies like others."""
        try:
            document = json.loads(self._store.get(self._key(number)))
            return Mark(
                number,
                str(document["holder"]),
                "released" if document["state"] == "released" else "held",
                float(document["lasts_s"]),
                str(document["host"]),
                str(document["place"]),
            )
        except (ValueError, KeyError, TypeError):
            return Mark(number, "", "held", self._lasts_s)

    def _numbers(self) -> list[int]:
        keys = (one.key.removeprefix(self._prefix) for one in self._store.list(self._prefix))
        return [int(key[:-5]) for key in keys if key.endswith(".json") and key[:-5].isdigit()]

    def _sweep(self, numbers: list[int]) -> None:
        for number in numbers:
            with suppress(StorageError):  # a store that keeps everything may refuse
                self._store.delete(self._key(number))

    def _key(self, number: int) -> str:
        return f"{self._prefix}{number:012d}.json"

    @contextmanager
    def _locked(self) -> Iterator[str | None]:
        """Lock this machine's file; yields the name of the place, None where it is locked."""
        try:
            self._lock_path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StorageError(
                f"The lock {self._lock_path} cannot be used: {error.strerror}.",
                next_step=f"make {self._lock_path.parent} writable",
            ) from error
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
                return
            yield _place_in(descriptor)
        finally:
            os.close(descriptor)


def _place_in(descriptor: int) -> str:
    """The random name that the lock file holds; written by whoever locks it first."""
    name = os.pread(descriptor, 2 * _PLACE_BYTES, 0).decode(errors="replace")
    if len(name) != 2 * _PLACE_BYTES:
        name = secrets.token_hex(_PLACE_BYTES)
        os.pwrite(descriptor, name.encode(), 0)
    return name
