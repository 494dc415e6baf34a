"""Follow a database's log for as long as it is wanted, whatever happens to server and store."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from strongroom.backups.wal.figures import server_position
from strongroom.backups.wal.opening import Opened, Source, judged_source, opened_receiver
from strongroom.backups.wal.receiving import Receiver
from strongroom.backups.wal.standing import Standing, read_standing, write_standing
from strongroom.config import Configuration
from strongroom.errors import LogBusyError, LogError, LogGoneError, RefusedError, StrongroomError
from strongroom.identity.state_store import pinned_state_store
from strongroom.ledger.redaction import redacted
from strongroom.postgres.replication import position_of, text_of
from strongroom.progress import SILENT, Progress
from strongroom.server.directory import CONTROL_FILE, live_postmaster

STEPS = (
    "wal.opened",
    "wal.encrypted",
    "wal.stored",
    "wal.verified",
    "wal.recorded",
    "wal.acknowledged",
    "wal.superseded",
)
"""What a receiver reports as done; all but the first come again with each piece."""

BACKOFF_S, BACKOFF_MAX_S, DOUBLINGS_MAX = 1.0, 60.0, 10
REFUSED_S = 600.0
"""Each judgement that refuses is recorded, and does not change by being repeated."""
CATCH_UPS_MAX = 3
"""How often a server at rest is started for the end of its log, before it ran by itself again."""
REST_S = 2.0
"""How often it looks whether a server that is at rest runs again."""
STANDBY_S = 10.0
WRITE_S = 5.0
LIFE_S = 30.0
"""How often it makes sure that the database still is the life of which it receives the log."""

Tell = Callable[..., None]
"""Told of what happens: a name, and details by name."""


class Stopping(Protocol):
    """A wish to end."""

    @property
    def requested(self) -> bool:
        """Whether to end."""

    def wait(self, timeout_s: float) -> None:
        """Wait so long, or until there is the wish."""


def _silent(name: str, **details: object) -> None:
    del name, details


@dataclass
class Follower:
    """Receives the log of one database, and begins again after whatever ended that."""

    configuration: Configuration
    stop: Stopping
    tell: Tell = _silent
    progress: Progress = SILENT
    _begun_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _failures: int = 0
    _from_slot: bool = False
    _standing: Standing | None = None
    _written_s: float = field(default=0.0)
    _looked_s: float = field(default=0.0)
    _pieces: int = 0
    _control: int | None = None
    """When the control file of a server at rest was written; it tells whether that ran again."""
    _end: str | None = None
    """Where the log of a server at rest ends."""
    _catch_ups: int = 0

    def behind_s(self, now: datetime) -> float:
        """Commits of at most so many seconds would be lost now; for another thread to ask."""
        standing = self._standing
        if standing is not None and standing.phase == "standby":
            return 0.0
        since = (standing and standing.stored_at) or self._begun_at
        return max(0.0, (now - since).total_seconds())

    def follow(self) -> None:
        """Receive until a stop is wished for; nothing else ends it."""
        self._standing = read_standing(self.configuration)
        while not self.stop.requested:
            try:
                server = self.configuration.server
                if server is None or live_postmaster(server.data_directory) is not None:
                    self._receive()
                else:
                    self._rest(server.data_directory)
            except LogGoneError:
                self._from_slot = True
            except LogBusyError:
                self._stand_by()
            except Exception as error:  # noqa: BLE001  it has to go on, whatever this one met
                self._fail(_as_ours(error))
        self._write(phase="ended")

    def _receive(self) -> None:
        """Receive from a server that others use, without holding it."""
        self._catch_ups, self._control = 0, None
        with judged_source(self.configuration, self.progress) as source:
            pass
        with self._opened(source) as receiver:
            receiver.run(lambda: self._is_wanted(source))

    def _catch_up(self, end: str) -> None:
        """Start a server that ran while nobody received, for as long as that takes."""
        self._catch_ups += 1
        with (
            judged_source(self.configuration, self.progress) as source,
            self._opened(source) as receiver,
        ):
            until = max(position_of(end), position_of(server_position(self.configuration) or end))
            receiver.run(lambda: not self.stop.requested and receiver.stored < until)

    @contextmanager
    def _opened(self, source: Source) -> Iterator[Receiver]:
        with opened_receiver(
            self.configuration, source, from_slot=self._from_slot, progress=self.progress
        ) as opened:
            self._begin(opened)
            opened.receiver.tell = self._follow_up
            yield opened.receiver

    def _begin(self, opened: Opened) -> None:
        receiver, slot = opened.receiver, opened.slot
        self.progress.step("wal.opened")
        if self._from_slot or slot.before == "lost":
            self.tell("wal.gap", slot=slot.name, next="strongroom backup --full")
        self._from_slot, self._pieces = False, 0
        self.tell("wal.receiving", slot=slot.name, start=text_of(receiver.start))
        branch = receiver.keeper.branch
        # What failed before is mended when something is stored, not when it is begun anew.
        well = {} if self._failures else {"phase": "receiving", "problem": None, "next": None}
        self._write(
            incarnation=branch.incarnation,
            timeline=branch.timeline,
            stored=text_of(receiver.stored),
            limit_bytes=slot.limit_bytes,
            **well,
        )

    def _follow_up(self, receiver: Receiver) -> None:
        if self._failures and not self._is_mended(receiver):
            return
        mended, self._failures = self._failures > 0, 0
        is_news = mended or receiver.pieces != self._pieces
        if not is_news and time.monotonic() - self._written_s < WRITE_S:
            return
        self._pieces = receiver.pieces
        self._write(
            phase="receiving",
            problem=None,
            next=None,
            stored=text_of(receiver.stored),
            server=text_of(max(receiver.stream.server_position, receiver.stored)),
            stored_at=receiver.stored_at or (self._standing and self._standing.stored_at),
        )

    def _is_mended(self, receiver: Receiver) -> bool:
        """Something was stored again, or for a while there was nothing to store."""
        quiet = receiver.stored >= receiver.stream.server_position > 0
        return bool(receiver.pieces) or (quiet and time.monotonic() - self._written_s >= WRITE_S)

    def _is_wanted(self, source: Source) -> bool:
        if self.stop.requested:
            return False
        now_s = time.monotonic()
        if now_s - self._looked_s < LIFE_S:
            return True
        self._looked_s = now_s
        state = pinned_state_store(self.configuration).load().state
        return state.current.id == source.incarnation

    def _rest(self, data_directory: Path) -> None:
        """Wait for a server that nobody runs; what it wrote before is stored first."""
        path = data_directory / CONTROL_FILE
        control = path.stat().st_mtime_ns if path.exists() else None
        if control != self._control:
            self._control, self._end = control, server_position(self.configuration)
        stored = self._standing.stored if self._standing else None
        if stored and self._end and position_of(stored) < position_of(self._end):
            if self._catch_ups < CATCH_UPS_MAX:
                self._catch_up(self._end)
                return
            self._write(phase="at_rest")
        elif stored and self._end:
            self._write(phase="at_rest", server=stored, stored_at=datetime.now(UTC))
        else:
            self._write(phase="at_rest")
        self.stop.wait(REST_S)

    def _stand_by(self) -> None:
        """Be ready to take over from the process that receives it now."""
        if self._standing is None or self._standing.phase != "standby":
            self.tell("wal.standby")
        self._write(phase="standby", problem=None, next=None)
        self.stop.wait(STANDBY_S)

    def _fail(self, error: StrongroomError) -> None:
        self._failures += 1
        if self._failures == 1 or not self._standing or self._standing.problem != error.message:
            self.tell("wal.failed", code=error.code, message=error.message, next=error.next_step)
        self._write(phase="failing", problem=error.message, next=error.next_step)
        longest_s = REFUSED_S if isinstance(error, RefusedError) else BACKOFF_MAX_S
        shortest_s = BACKOFF_S if longest_s == BACKOFF_MAX_S else longest_s
        self.stop.wait(min(longest_s, shortest_s * 2 ** min(self._failures - 1, DOUBLINGS_MAX)))

    def _write(self, **changes: object) -> None:
        """Write how things stand; that they cannot be written stops nothing."""
        now = datetime.now(UTC)
        before = self._standing or Standing(now, "at_rest")
        self._standing = replace(before, at=now, **changes)  # type: ignore[arg-type]  # its fields
        self._written_s = time.monotonic()
        try:
            write_standing(self.configuration, self._standing)
        except OSError as error:
            self.tell("wal.unwritten", message=error.strerror)


def _as_ours(error: Exception) -> StrongroomError:
    if isinstance(error, StrongroomError):
        return error
    return LogError(
        f"Something unexpected happened: {type(error).__name__}: {redacted(str(error))}",
        next_step="strongroom wal receive, to see more",
    )
