"""Which candidate is the one that is looked for. Pure: what was learnt goes in, an order comes out.

First the pinned database; then clones of it, the newest first; then everything else by what
it holds, and by size. What is damaged comes after what is whole. Of several copies with one system
identifier that one is the pinned one whose log has come furthest, for a log only ever grows.
"""

from __future__ import annotations

from collections.abc import Sequence

from strongroom.discovery.candidates import Candidate, DatabaseSeen
from strongroom.discovery.knowledge import Knowledge


def ranked(candidates: Sequence[Candidate], knowledge: Knowledge) -> list[Candidate]:
    """Say of each candidate whether it is the pinned one or a clone, and put them in order."""
    ours = [one for one in candidates if _may_be_pinned(one, knowledge)]
    pinned = max(ours, key=_claim, default=None)
    for one in candidates:
        one.pinned = one is pinned
        one.clone = one is not pinned and _is_of_ours(one, knowledge)
    return sorted(candidates, key=_place, reverse=True)


def _may_be_pinned(candidate: Candidate, knowledge: Knowledge) -> bool:
    """Whether a living database may be ours; a backup never is it, only a copy of it."""
    if candidate.kind == "backup":
        return False
    if candidate.looked_into or candidate.kind == "database":
        return any(_is_current(one, knowledge) for one in candidate.databases)
    return candidate.system_identifier in knowledge.current


def _is_current(database: DatabaseSeen, knowledge: Knowledge) -> bool:
    """Whether the identity that was read is ours; a life that is not known is a clone."""
    if database.database_id not in knowledge.database_ids:
        return False
    return not knowledge.incarnations or database.incarnation in knowledge.incarnations


def _is_of_ours(candidate: Candidate, knowledge: Knowledge) -> bool:
    if candidate.system_identifier in knowledge.current | knowledge.earlier:
        return True
    return any(one.database_id in knowledge.database_ids for one in candidate.databases)


def _claim(candidate: Candidate) -> tuple[object, ...]:
    """How much speaks for this copy among several that may be ours."""
    return (
        candidate.whole,
        candidate.newest_mark,
        candidate.advanced,
        _moment(candidate),
        candidate.configured,
    )


def _place(candidate: Candidate) -> tuple[object, ...]:
    """Where it stands; greater comes first."""
    ours = 2 if candidate.pinned else 1 if candidate.clone else 0
    return (
        ours,
        candidate.whole,
        _moment(candidate) if ours else 0.0,
        candidate.content,
        candidate.size_bytes or 0,
        candidate.path or "",
    )


def _moment(candidate: Candidate) -> float:
    return candidate.as_of.timestamp() if candidate.as_of else 0.0
