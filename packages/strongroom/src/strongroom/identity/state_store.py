"""Where the state's versions live: one write-once object each, and a local copy of the newest.

Objects are ``state/<database id>/<sequence>.json``. Whoever writes the next sequence first has
moved the state forward; everybody else reads again and repeats its change on top. Where the newest
object is damaged, the newest whole one decides, here or in the store, with a warning; the next
change is then written beyond the damaged one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from pathlib import Path
from typing import Any

from strongroom.config import Configuration
from strongroom.errors import (
    NoSpaceError,
    ObjectExistsError,
    ObjectLockedError,
    ObjectMissingError,
    PinError,
    StateError,
    StorageError,
    UnverifiedObjectError,
)
from strongroom.identity.files import write_whole
from strongroom.identity.lives import caught_up, newest_marks
from strongroom.identity.pin import nothing_pinned, pin_of
from strongroom.identity.state import State, state_from
from strongroom.identity.state_object import decode_state, encode_state
from strongroom.storage import ObjectInfo, ObjectStore, open_store

CACHE_NAME = "state.json"
VERSIONS_KEPT = 20
PRUNED_AFTER = timedelta(hours=1)
"""Younger versions stay, so that a slow writer cannot take a number that is in the past."""
_ATTEMPTS = 50
_VERSION = re.compile(r"(\d{10,})\.json")

Change = Callable[[State], State]


@dataclass(frozen=True)
class Known:
    """The state as far as it could be learnt; ``stale`` says why it is only the local copy."""

    state: State
    stale: str | None
    confirmed_at: datetime
    """When store and local copy last agreed, in UTC."""
    unsent: bool = False
    """The local copy has marks that were seen while the store could not be reached."""
    confirmed: Mapping[str, str] = field(default_factory=dict)
    """The newest marks when store and local copy last agreed."""
    highest: int = 0
    """The highest number that is taken in the store, by a damaged version too."""


@dataclass(frozen=True)
class _Stored:
    """The newest whole version in the store; ``highest`` is beyond it where others are damaged."""

    state: State | None
    modified_at: datetime
    highest: int

    @property
    def is_damaged(self) -> bool:
        return self.state is None or self.state.sequence < self.highest


class StateStore:
    """Reads the state, and moves it forward by compare-and-swap."""

    def __init__(self, store: ObjectStore, cache: Path, database_id: str) -> None:
        self._store = store
        self._cache = cache
        self._database_id = database_id
        self._prefix = f"state/{database_id}/"

    def load(self) -> Known:
        """Read the newest state; where the store cannot tell, the local copy.

        Raises:
            StateError: neither store nor local copy has a whole state of this database.
            NewerFormatError: a newer strongroom wrote it.
        """
        cached = self._cached()
        try:
            stored = self._stored()
        except StorageError as error:
            if cached is None:
                raise StateError(
                    f"The state cannot be read, and there is no local copy: {error.message}",
                    next_step=error.next_step,
                ) from error
            return replace(cached, stale=error.message)
        if stored is not None and stored.is_damaged:
            return self._beside_damage(stored, cached)
        whole = stored.state if stored else None
        if whole is not None and (cached is None or cached.state.sequence <= whole.sequence):
            return self._remember(whole, unsent=cached if cached and cached.unsent else None)
        if cached is None:
            raise StateError(
                f"A database is pinned ({self._database_id}), but its state is gone: the store "
                f"has no {self._prefix}, and there is no local copy. Without it, an older copy "
                "could not be told from the right database.",
                next_step="strongroom state rebuild",
            )
        return replace(cached, stale="the store has an older state than this machine")

    def _beside_damage(self, stored: _Stored, cached: Known | None) -> Known:
        """What is known where the newest version in the store cannot be read."""
        why = "the newest state in the store is damaged, and the newest whole one decides"
        if cached and not (stored.state and stored.state.sequence > cached.state.sequence):
            return replace(cached, stale=why, highest=stored.highest)
        if stored.state is None:
            raise StateError(
                f"Every state in the store is damaged ({self._prefix}), and there is no local "
                "copy. Without it, an older copy could not be told from the right database.",
                next_step="strongroom state rebuild",
            )
        return Known(stored.state, why, stored.modified_at, highest=stored.highest)

    def peek(self) -> State | None:
        """The newest state that store or local copy can tell; nothing at all is written."""
        cached = self._cached()
        try:
            stored = self._stored()
        except StorageError:
            stored = None
        told = [cached.state if cached else None, stored.state if stored else None]
        return max((one for one in told if one), key=lambda one: one.sequence, default=None)

    def exists(self) -> bool:
        """Whether the store or this machine has a state that can be read.

        Raises:
            StateError: the store cannot be asked.
        """
        try:
            stored = self._stored()
        except StorageError as error:
            raise StateError(
                f"Whether there is a state cannot be told: {error.message}",
                next_step=error.next_step,
            ) from error
        return bool(stored and stored.state) or self._cached() is not None

    def create(self, state: State) -> None:
        """Write a first state, or one that replaces a lost or damaged one."""
        latest = max(self._sequences(), default=0)
        begun = replace(state, sequence=latest + 1)
        self._put(begun)
        self._remember(begun)

    def advance(self, change: Change, *, required: bool = True) -> State:
        """Move the state forward by ``change``, a pure function of the newest state.

        Args:
            change: repeated on the then newest state when another writer came first.
            required: if not, an unreachable store is tolerated: the change then lives in the
                local copy until the store can be reached.

        Raises:
            StateError: the store cannot be written, or other writers never rest.
        """
        for _ in range(_ATTEMPTS):
            known = self.load()
            newest = max(known.state.sequence, known.highest)
            wanted = replace(change(known.state), sequence=newest + 1)
            unchanged = replace(wanted, sequence=newest) == known.state
            if unchanged and not known.unsent:
                return known.state
            try:
                if self._put_next(wanted):
                    self._remember(wanted)
                    self._prune(wanted.sequence)
                    return wanted
            except (StorageError, NoSpaceError) as error:
                if required:
                    raise StateError(
                        f"The state could not be moved forward: {error.message}",
                        next_step=error.next_step,
                    ) from error
                return self._remember_locally(known, change)
        raise StateError(
            "The state could not be moved forward: other processes change it all the time.",
            next_step="try again",
        )

    def _put_next(self, state: State) -> bool:
        """Write a version; False when another writer was first, or we were far behind.

        Raises:
            UnverifiedObjectError: the store said that it was written, and it is not there.
        """
        try:
            self._put(state)
        except ObjectExistsError:
            return False
        sequences = self._sequences()
        if state.sequence not in sequences:
            raise UnverifiedObjectError(
                f"The store said that it had {self._key(state.sequence)}, and does not show it.",
                next_step="check the store, then try again",
            )
        if sequences[sequences.index(state.sequence) :] == list(
            range(state.sequence, sequences[-1] + 1)
        ):
            return True
        with suppress(ObjectLockedError):  # then it is pruned when the store lets go of it
            self._store.delete(self._key(state.sequence))  # a number in the past, pruned long ago
        return False

    def _put(self, state: State) -> None:
        self._store.put(self._key(state.sequence), encode_state(state))

    def _stored(self) -> _Stored | None:
        for _ in range(_ATTEMPTS):
            versions = sorted(self._versions(), key=itemgetter(0))
            if not versions:
                return None
            with suppress(ObjectMissingError):  # pruned since it was listed
                return self._newest_whole(versions)
        return None

    def _newest_whole(self, versions: list[tuple[int, ObjectInfo]]) -> _Stored:
        highest, last = versions[-1]
        for sequence, one in reversed(versions):
            with suppress(StateError):  # a damaged version does not hide the one before it
                state = decode_state(self._store.get(self._key(sequence)))
                return _Stored(replace(state, sequence=sequence), one.modified_at, highest)
        return _Stored(None, last.modified_at, highest)

    def _sequences(self) -> list[int]:
        return sorted(sequence for sequence, _ in self._versions())

    def _versions(self) -> list[tuple[int, ObjectInfo]]:
        """Every version; what others have put beside them (copies of a tool) is none."""
        return [
            (int(name[1]), one)
            for one in self._store.list(self._prefix)
            if (name := _VERSION.fullmatch(one.key.removeprefix(self._prefix)))
        ]

    def _prune(self, newest: int) -> None:
        """Remove old versions; a version that stays longer than needed does no harm."""
        limit = datetime.now(UTC) - PRUNED_AFTER
        with suppress(StorageError):
            for sequence, one in self._versions():
                if sequence <= newest - VERSIONS_KEPT and one.modified_at < limit:
                    self._store.delete(one.key)

    def _key(self, sequence: int) -> str:
        return f"{self._prefix}{sequence:010d}.json"

    def _cached(self) -> Known | None:
        try:
            document: dict[str, Any] = json.loads(self._cache.read_bytes())
            state = state_from(document["state"])
            confirmed_at = datetime.fromisoformat(document["confirmed_at"])
            unsent = bool(document.get("unsent"))
            confirmed = dict(document.get("confirmed_marks", {}))
        except (OSError, ValueError, KeyError, TypeError):
            return None  # only a copy: a damaged one counts as none
        if state.database_id != self._database_id:
            return None
        return Known(state, None, confirmed_at, unsent=unsent, confirmed=confirmed)

    def _remember(self, stored: State, *, unsent: Known | None = None) -> Known:
        """Copy what the store has, and add the marks that it could not be told of."""
        state = caught_up(stored, unsent.state, unsent.confirmed) if unsent else stored
        confirmed = newest_marks(stored)
        known = Known(
            state, None, datetime.now(UTC), unsent=unsent is not None, confirmed=confirmed
        )
        self._write_cache(known)
        return known

    def _remember_locally(self, known: Known, change: Change) -> State:
        state = change(known.state)
        self._write_cache(replace(known, state=state, unsent=True))
        return state

    def _write_cache(self, known: Known) -> None:
        document = {
            "confirmed_at": known.confirmed_at.isoformat(),
            "unsent": known.unsent,
            "confirmed_marks": dict(known.confirmed),
            "state": known.state.as_dict(),
        }
        with suppress(OSError):  # only a copy: a read-only disk must not stop a check
            write_whole(self._cache, json.dumps(document).encode())


def pinned_state_store(configuration: Configuration) -> StateStore:
    """Open the state of the database that is pinned.

    Raises:
        PinError: nothing is pinned.
    """
    pin = pin_of(configuration)
    if pin is None:
        raise PinError(
            nothing_pinned(configuration),
            next_step=f"strongroom init --environment {configuration.environment}",
        )
    return state_store_of(configuration, pin.database_id)


def state_store_of(configuration: Configuration, database_id: str) -> StateStore:
    """Open the state of one pinned database."""
    return StateStore(
        open_store(configuration.state_url), configuration.state_cache / CACHE_NAME, database_id
    )
