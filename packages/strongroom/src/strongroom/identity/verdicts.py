"""The nine verdicts, decided by the first rule that matches. Pure: no clock, no database.

The order of ``RULES`` is the contract. Each rule looks at what is expected and what was found
and either decides or passes on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from strongroom.config import Keep, Policy
from strongroom.identity.observation import Expected, Observation, Warned
from strongroom.identity.state import Incarnation, Mark

SMALL_TABLE_ROWS = 50
"""Up to this floor a share says little: such a table is ``shrunk`` when its last row is gone."""
_NAMED_MAX = 3
"""So many tables a sentence names; the judgement lists all of them."""


class Verdict(StrEnum):
    """The outcome of a check. Only ``match`` lets anything happen."""

    MATCH = "match"
    UNPINNED = "unpinned"
    EMPTY = "empty"
    FOREIGN = "foreign"
    WRONG_ENVIRONMENT = "wrong_environment"
    CLONE = "clone"
    ROLLED_BACK = "rolled_back"
    SHRUNK = "shrunk"
    UNREACHABLE = "unreachable"

    @property
    def exit_code(self) -> int:
        """The documented exit status: 0 for ``match``, 10 to 17 for the others."""
        return 0 if self is Verdict.MATCH else 9 + list(Verdict).index(self)


@dataclass(frozen=True)
class Decision:
    """A verdict and its reason, in one sentence or two."""

    verdict: Verdict
    message: str
    warnings: tuple[Warned, ...] = ()


@dataclass(frozen=True)
class Limits:
    """The policy that the later rules need."""

    policy: Policy
    keep: Mapping[str, Keep]


Rule = Callable[[Expected, Observation, Limits], Decision | None]


def decide(expected: Expected | None, found: Observation, limits: Limits) -> Decision:
    """Decide by the first rule that matches; ``expected`` is None without a pin."""
    if found.problem is not None:
        return Decision(Verdict.UNREACHABLE, found.problem)
    if expected is None:
        return Decision(Verdict.UNPINNED, "No database is pinned here: there is no lock file.")
    decisions = (rule(expected, found, limits) for rule in RULES)
    return next(decision for decision in decisions if decision is not None)


def _without_identity(expected: Expected, found: Observation, _: Limits) -> Decision | None:
    if found.identity is not None:
        return None
    if found.user_rows:
        return Decision(
            Verdict.FOREIGN,
            f"In {found.where} there is {found.holds}, and nothing in it says that it is "
            f"the pinned database of {expected.environment}.",
        )
    return Decision(
        Verdict.EMPTY,
        f"In {found.where} there is {found.holds}: no database of ours, and no rows at all. "
        "An empty database is never taken for a first start.",
    )


def _other_environment(expected: Expected, found: Observation, _: Limits) -> Decision | None:
    if found.identity is None:
        return None
    if found.identity.environment == expected.environment:
        return _edited_pin(expected)
    return Decision(
        Verdict.WRONG_ENVIRONMENT,
        f"This is the database of environment {found.identity.environment}; "
        f"environment {expected.environment} was expected. "
        f"To work on the other one, use --environment {found.identity.environment}.",
    )


def _edited_pin(expected: Expected) -> Decision | None:
    """The pin names its environment too; one without a checksum may have been edited."""
    if expected.pin.environment == expected.environment:
        return None
    return Decision(
        Verdict.WRONG_ENVIRONMENT,
        f"Database and configuration belong to environment {expected.environment}, and the lock "
        f"file says {expected.pin.environment}: it was edited, or is another environment's.",
    )


def _other_database(expected: Expected, found: Observation, _: Limits) -> Decision | None:
    if found.identity is None or found.identity.database_id == expected.pin.database_id:
        return None
    return Decision(
        Verdict.FOREIGN, "This is another protected database, not the one that is pinned."
    )


def _unknown_life(expected: Expected, found: Observation, _: Limits) -> Decision | None:
    """An incarnation or cluster that no act of ours has brought about."""
    known = expected.state.incarnation(found.identity.incarnation) if found.identity else None
    if known is None:
        return Decision(
            Verdict.CLONE,
            "The database has an incarnation that the state does not know, and no restore or "
            "swap to it was recorded: it is a copy that has gone its own way.",
        )
    if known.status == "retired":
        return Decision(
            Verdict.ROLLED_BACK,
            f"This is the database that was in use since {known.since} and was then replaced: "
            "it lacks everything written after the swap.",
        )
    if found.system_identifier and known.clusters and not _is_its_cluster(known, found):
        return Decision(
            Verdict.CLONE,
            "The database lives in a cluster that the state does not know, and no swap or "
            "upgrade was recorded: it is a copy in another server.",
        )
    return None


def _lagging_replica(expected: Expected, found: Observation, limits: Limits) -> Decision | None:
    last, common = _last_and_common(expected, found)
    if not found.in_recovery or last is None or common is None or common == last:
        return None
    if _beyond(common, found):
        return None
    lag_s = _loss_s(expected.life_of(found), common)
    if lag_s > limits.policy.replica_lag_max_s:
        return None
    warning = Warned(
        "replica_lagging", f"The replica is about {lag_s:.0f} s behind what was last seen."
    )
    matched = Decision(Verdict.MATCH, "This is a replica of the pinned database.", (warning,))
    return _shrunk_by(expected, found, limits, common) or matched


def _failed_over(expected: Expected, found: Observation, limits: Limits) -> Decision | None:
    """A promoted replica, or one that follows it: what it has beyond is of the new timeline."""
    last, common = _last_and_common(expected, found)
    if last is None or common is None or common == last:
        return None
    beyond = _beyond(common, found)
    timeline = found.timeline or (beyond[-1].timeline if beyond else None)
    if timeline is None or timeline <= last.timeline:
        return None
    if any(mark.timeline <= last.timeline for mark in beyond):
        return None
    if _loss_s(expected.life_of(found), common) > limits.policy.failover_loss_max_s:
        return None
    warning = Warned(
        "failed_over",
        f"A replica was promoted. What was written after {common.at} may be lost; "
        f"the old server was last seen at {last.at}.",
    )
    matched = Decision(Verdict.MATCH, "This is the pinned database after a failover.", (warning,))
    return _shrunk_by(expected, found, limits, common) or matched


def _diverged(expected: Expected, found: Observation, _: Limits) -> Decision | None:
    last, common = _last_and_common(expected, found)
    if last is None or common == last:
        return None
    if not any(mark.n == last.n for mark in found.marks):
        return None
    return Decision(
        Verdict.CLONE,
        f"At epoch {last.n} this database carries another mark than the one that was seen: "
        "two copies have both been in use, and this is the other one.",
    )


def _rolled_back(expected: Expected, found: Observation, _: Limits) -> Decision | None:
    last, common = _last_and_common(expected, found)
    if last is None or common == last:
        return None
    since = f"It ends before {common.at}, or soon after. " if common else ""
    return Decision(
        Verdict.ROLLED_BACK,
        f"The database lacks epoch {last.n} of {last.at}, which was seen in it before. {since}"
        "Either an older copy was put in its place, or this is a copy of a database that has "
        "moved on elsewhere.",
    )


def _shrunk(expected: Expected, found: Observation, limits: Limits) -> Decision | None:
    newest = found.marks[-1].n if found.marks else 0
    if found.in_recovery and (expected.life_of(found).floors_n or 0) > newest:
        return None  # a replica that has not come so far yet
    lost = list(_below_floor(expected.life_of(found), found, limits))
    if not lost:
        return None
    more = f" and {len(lost) - _NAMED_MAX} more tables" if len(lost) > _NAMED_MAX else ""
    return Decision(
        Verdict.SHRUNK,
        f"It is the pinned database, and rows are missing: {', '.join(lost[:_NAMED_MAX])}{more}. "
        "No planned deletion was recorded.",
    )


def _match(expected: Expected, found: Observation, _: Limits) -> Decision:
    life = expected.life_of(found)
    warnings = [
        Warned("floor_unchecked", _why_uncounted(table, found))
        for table in life.floors
        if found.counts.get(table, 0) is None
    ]
    if life.status == "pending":
        warnings.append(Warned("swap_unfinished", "A swap to this database was not finished."))
    return Decision(Verdict.MATCH, "This is the pinned database.", tuple(warnings))


def _why_uncounted(table: str, found: Observation) -> str:
    if table in found.unread:
        return f"The rows of {table} were not counted: this role may not read all of them."
    return f"Counting {table} ran out of time."


RULES: tuple[Rule, ...] = (
    _without_identity,
    _other_environment,
    _other_database,
    _unknown_life,
    _lagging_replica,
    _failed_over,
    _diverged,
    _rolled_back,
    _shrunk,
    _match,
)


def floor_limit(floor: int, keep: Keep, shrink_share: float) -> int:
    """The fewest rows that a table may have without being called shrunk."""
    if keep == "none":
        return 0
    if keep == "all":
        return floor
    if floor <= SMALL_TABLE_ROWS:
        return min(floor, 1)
    return floor - int(floor * shrink_share)


def keep_of(table: str, keep: Mapping[str, Keep]) -> Keep:
    """How a table is kept; tables of schema ``public`` may be named without it."""
    return keep.get(table) or keep.get(table.removeprefix("public.")) or "share"


def _below_floor(life: Incarnation, found: Observation, limits: Limits) -> Iterator[str]:
    for table, floor in life.expected_rows.items():
        count = found.counts.get(table, floor)
        keep = keep_of(table, limits.keep)
        if count is not None and count < floor_limit(floor, keep, limits.policy.shrink_share):
            yield f"{table} has {count:,} of {floor:,}"


def _last_and_common(expected: Expected, found: Observation) -> tuple[Mark | None, Mark | None]:
    """The last mark seen of this incarnation, and the newest remembered one it contains."""
    life = expected.life_of(found)
    contained = {(mark.n, mark.nonce) for mark in found.marks}
    common = [mark for mark in life.marks if (mark.n, mark.nonce) in contained]
    return life.last, common[-1] if common else None


def _is_its_cluster(life: Incarnation, found: Observation) -> bool:
    return found.system_identifier in life.clusters


def _beyond(common: Mark, found: Observation) -> list[Mark]:
    """What a database has after the newest mark that it shares with what was seen of it."""
    return [mark for mark in found.marks if mark.n > common.n]


def _loss_s(life: Incarnation, common: Mark) -> float:
    """At most so long before the last mark was that written which a database lacks.

    It ends at ``common``, so all that was written later may be missing; except for the time of
    which is known that nothing was. A clock that went back says nothing: infinite.
    """
    missing = [mark for mark in life.marks if mark.n > common.n]
    moments = [datetime.fromisoformat(mark.at) for mark in (common, *missing)]
    if moments != sorted(moments):
        return math.inf
    begin = moments[0]
    first = missing[0]
    if first.n == common.n + 1 and first.quiet_until is not None:
        begin = max(begin, min(datetime.fromisoformat(first.quiet_until), moments[1]))
    return (moments[-1] - begin).total_seconds()


def _shrunk_by(
    expected: Expected, found: Observation, limits: Limits, common: Mark
) -> Decision | None:
    """Missing rows of a database that ends early, by floors that it has certainly reached."""
    if (expected.life_of(found).floors_n or 0) > common.n:
        return None
    return _shrunk(expected, found, limits)
