"""How the acts of strongroom change what is known of a database's lives. Pure.

Each function takes a state and returns the next one. They are kept apart from storage so that
thousands of made-up histories can be played through them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from strongroom.identity.floors import with_counts
from strongroom.identity.observation import Observation
from strongroom.identity.state import Incarnation, Mark, State


def with_floors(
    state: State,
    floors: Mapping[str, int],
    *,
    backup_id: str,
    at: str,
    incarnation: str | None,
    now: datetime | None = None,
) -> State:
    """Take the counts of a backup as floors, unless a newer backup has given its own."""
    life = state.incarnation(incarnation or state.current.id)
    if life is None:
        return state
    return state.with_incarnation(with_counts(life, floors, backup_id=backup_id, at=at, now=now))


def announced(state: State, new: Incarnation) -> State:
    """Announce an incarnation that is about to be in place.

    One that is known already comes back with all that is known of it. An earlier announcement
    that nobody has settled ends here: whatever is in place is about to be replaced.
    """
    pending = state.pending
    if pending is not None and pending.id != new.id:
        state = state.with_incarnation(replace(pending, status="retired"))
    known = state.incarnation(new.id)
    if known is not None and known.status == "current":
        return state
    return state.with_incarnation(replace(known or new, status="pending"))


def arrived(state: State) -> State:
    """Say that the announced incarnation is in place."""
    pending = state.pending
    return state.with_current(pending.id) if pending else state


def withdrawn(state: State) -> State:
    """Take an announcement back: nothing was moved."""
    pending = state.pending
    if pending is None:
        return state
    if pending.marks:  # it was in use once, and may be wanted again
        return state.with_incarnation(replace(pending, status="retired"))
    return state.without(pending.id)


def accepted(state: State, found: Observation, floors: Mapping[str, int], *, since: str) -> State:
    """Make what was found the expected database: its cluster, its marks, the rows that it has."""
    identity = found.identity
    if identity is None:
        return state
    life = state.incarnation(identity.incarnation) or Incarnation(
        id=identity.incarnation, status="current", origin="accept", since=since
    )
    counted = {table: rows for table, rows in found.counts.items() if rows is not None}
    dated = {(one.n, one.nonce): one for one in life.marks}
    taken = replace(
        life,
        clusters=(found.system_identifier,) if found.system_identifier else life.clusters,
        marks=tuple(dated.get((one.n, one.nonce), one) for one in found.marks),
        accepted_at=since,
        floors={**floors, **counted},
        planned=(),
        floors_at=since,
        floors_n=found.marks[-1].n + 1 if found.marks else None,
    )
    return state.with_incarnation(taken).with_current(taken.id)


def appended(state: State, judged: Incarnation, mark: Mark, recent: Collection[Mark]) -> State:
    """Take note of a mark that was committed in a database that was judged to be ``judged``.

    Where the newest mark of the state is not in that database, the state has been moved by
    somebody in another copy, and the state stays: whoever advanced first is the one that is
    followed. It gives way only if it is as it was at the judgement: then the database was let
    in without that mark (a failover), and what was lost with it is expected no longer.

    Args:
        state: what is known by now.
        judged: the life as it was known when the database was judged.
        mark: what was appended.
        recent: the newest marks in that database; those that nobody lived to tell of are learnt
            with it.
    """
    life = state.incarnation(judged.id)
    if life is None or life.accepted_at != judged.accepted_at:
        return state
    there = {(one.n, one.nonce) for one in recent}
    if life.last is None or (life.last.n, life.last.nonce) in there:
        kept = life
    elif judged.last is not None and life.last.nonce == judged.last.nonce:
        oldest = min((one.n for one in recent), default=0)
        marks = [one for one in life.marks if one.n < oldest or (one.n, one.nonce) in there]
        kept = replace(life, marks=tuple(marks))
    else:
        return state
    return state.with_incarnation(kept.seen(*recent, mark))


def newest_marks(state: State) -> dict[str, str]:
    """The nonce of each life's newest mark."""
    return {life.id: life.last.nonce for life in state.incarnations if life.last}


def caught_up(stored: State, seen: State, confirmed: Mapping[str, str]) -> State:
    """Add the marks that a process saw while the store was away.

    Newer ones only where they lead on from what the store knows: else somebody in another copy
    was first.

    Args:
        stored: what the store knows.
        seen: what this machine knows.
        confirmed: ``newest_marks`` when the two last agreed. While the store was away for long
            those marks may have been forgotten here, as the oldest.
    """
    for life in seen.incarnations:
        known = stored.incarnation(life.id)
        if known is None or known.accepted_at != life.accepted_at:
            continue
        seen_there = {(one.n, one.nonce) for one in life.marks}
        leads_on = (
            known.last is None
            or (known.last.n, known.last.nonce) in seen_there
            or known.last.nonce == confirmed.get(life.id)
        )
        marks = [one for one in life.marks if leads_on or (known.last and one.n < known.last.n)]
        stored = stored.with_incarnation(known.seen(*marks))
    return stored
