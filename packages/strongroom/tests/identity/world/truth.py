"""What really happened in a made-up world: databases as logs, and who may be let in.

A database is the list of everything that was ever committed in it. Copies share the beginning
of their logs. The oracle looks at logs, times of writes and recorded acts only; it knows nothing
of marks, nonces and rules, so that it can catch them being wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

HEARTBEAT_S = 50.0
LAG_MAX_S, LOSS_MAX_S = 300.0, 60.0
SHARE = 0.2
SMALL = 50
TABLES = ("public.run", "public.route")

Answer = Literal["in", "out", "either"]


@dataclass(frozen=True)
class Event:
    """Something that was committed: a mark of the epoch, or a change of rows."""

    uid: int
    at_s: float
    rows: Mapping[str, int] | None = None
    """Rows added or taken away, by table; None for a mark."""
    watched: bool = True
    """Of a mark: whether a process can tell how old the writes may be that it marks."""
    clock_offset_s: float = 0.0
    """How wrong the server's clock was."""
    timeline: int = 1
    totals: Mapping[str, int] = field(default_factory=dict)
    """Rows by table after it."""


Log = tuple[Event, ...]


@dataclass
class Copy:
    """One physical database, wherever it lies."""

    name: str
    life: str
    cluster: int
    timeline: int
    log: Log
    following: Copy | None = None
    """Of whom it is a replica; None for one that can be written to."""
    promoted_from: Log | None = None
    """What it had received when it was promoted last."""
    clock_offset_s: float = 0.0
    stamped: int = 1
    """How long its log was when it was given this life: it has no older moment."""

    @property
    def rows(self) -> dict[str, int]:
        return dict(self.log[-1].totals)


@dataclass
class Life:
    """What was recorded of one incarnation, and what was seen of it."""

    status: Literal["current", "pending", "retired"]
    clusters: set[int]
    seen: Log = ()
    """The log up to the newest mark that the state was told of."""
    seen_timeline: int = 1
    floors: dict[str, int] = field(default_factory=dict)
    floors_seen: Log = ()
    """What the database contained when the floors were counted."""
    planned: dict[str, int] = field(default_factory=dict)
    """Rows that were announced to go since the floors were counted."""
    just_accepted: bool = False
    """Nobody has opened it since, and only its newest mark is known."""
    accepts: int = 0
    """How often a person has accepted a copy as this life."""


def contains(log: Log, beginning: Log) -> bool:
    """Whether a log begins with another one; events are unique, so the last one tells."""
    return not beginning or (
        len(log) >= len(beginning) and log[len(beginning) - 1] is beginning[-1]
    )


def shared(log: Log, other: Log) -> Log:
    """The common beginning of two logs."""
    both = min(len(log), len(other))
    while both and log[both - 1] is not other[both - 1]:
        both -= 1
    return log[:both]


def allowed(copy: Copy, life: Life | None) -> tuple[Answer, str]:
    """Whether a database must be let in, and why."""
    if life is None or life.status == "retired":
        return "out", "its life is not in use"
    if copy.cluster not in life.clusters:
        return "out", "no act of ours put it into this cluster"
    if contains(copy.log, life.seen):
        return _complete(copy, life)
    answer, why = _with_a_lost_tail(copy, life)
    if answer != "out" and contains(copy.log, life.floors_seen) and _rows_are_missing(copy, life):
        return "out", "rows are missing"
    return answer, why


def _complete(copy: Copy, life: Life) -> tuple[Answer, str]:
    if not _rows_are_missing(copy, life):
        return "in", "complete"
    beyond = copy.log[len(life.floors_seen) :] if contains(copy.log, life.floors_seen) else ()
    if copy.following is not None and all(event.rows is not None for event in beyond):
        return "either", "a replica, and what is missing was counted after its last mark"
    return "out", "rows are missing"


def _with_a_lost_tail(copy: Copy, life: Life) -> tuple[Answer, str]:
    common = shared(copy.log, life.seen)
    if copy.following is not None:
        answer, why = _within(LAG_MAX_S, common, life, "a replica that lags")
        beyond = copy.log[len(common) :]
        if not beyond:
            return answer, why
        if all(event.rows is not None for event in beyond):
            return ("out" if answer == "out" else "either"), "a replica of an old server, unmarked"
    received = copy.promoted_from or (copy.following and copy.following.promoted_from)
    if received is None or copy.timeline <= life.seen_timeline:
        return "out", "it lacks what was seen"
    answer, why = _within(LOSS_MAX_S, common, life, "a failover")
    # What an earlier failover has added on the way is the new server's; it was lost by nobody.
    old = [event for event in received[len(common) :] if event.timeline <= life.seen_timeline]
    if any(event.rows is None for event in old):
        return "out", "it lacks what was seen"
    if old and answer != "out":
        return "either", "promoted from a server whose last writes nobody marked"
    return answer, why


def _within(limit_s: float, common: Log, life: Life, what: str) -> tuple[Answer, str]:
    """By the time between the first event that is missing and the end of what was seen.

    Heartbeats date a loss to 50 s: in that margin below the limit either answer is right. So it
    is when a process ended between a write and its next beat: nobody dated that write. And a
    clock that was set dates nothing.
    """
    missing = life.seen[len(common) :]
    marks = [number for number, event in enumerate(common) if event.rows is None]
    lost_s = missing[-1].at_s - missing[0].at_s
    if not marks or _clock_was_set(life.seen[marks[-1] :]):
        return "either", what
    if lost_s > limit_s:
        return "out", f"{what}, too old"
    first = next(event for event in missing if event.rows is None)
    if lost_s > limit_s - HEARTBEAT_S or not first.watched or life.just_accepted:
        return "either", what
    return "in", what


def _clock_was_set(log: Log) -> bool:
    return len({event.clock_offset_s for event in log}) > 1


def _rows_are_missing(copy: Copy, life: Life) -> bool:
    rows = copy.rows
    return any(
        rows[table] < least(max(floor - life.planned.get(table, 0), 0))
        for table, floor in life.floors.items()
    )


def least(floor: int) -> int:
    """The fewest rows that a table may have: four fifths of its floor, or one of a few."""
    return min(floor, 1) if floor <= SMALL else floor - int(floor * SHARE)
