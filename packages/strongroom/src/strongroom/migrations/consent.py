"""What a migration takes away, who agreed to it, and what nobody has agreed to yet.

Three sources are laid side by side: what the SQL's text says, what the rehearsal measured, and
what the revisions' authors declare. Measured losses that nobody declared are those that happen
silently.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from strongroom.config import Configuration
from strongroom.migrations.comparing import Loss as MeasuredLoss
from strongroom.migrations.lint import Loss as TextualLoss
from strongroom.migrations.lint import TableFacts
from strongroom.migrations.planning import Plan, declared_effects
from strongroom.migrations.rehearsal import Rehearsal
from strongroom.permits import KINDS, Effect, parse_effect
from strongroom.permits.settings import settings_of

ROWS_MARGIN, ROWS_SHARE = 50, 1.2
"""A little more than the copy lost, or a revision declares: writing goes on in between."""
COLUMN_KINDS = frozenset({"drop_column", "alter_type", "update"})
COUNTED_KINDS = frozenset({"delete", "update"})
BLIND_KINDS = frozenset({"drop_database", "disable_guard"})
"""What a copy cannot show: it has one database, and no guards."""
CHANGING_KINDS = frozenset({"delete", "update", "truncate", "convert", "unknown"})


@dataclass(frozen=True)
class Request:
    """What is to be agreed to before a migration is applied."""

    undeclared: tuple[Effect, ...]
    """Losses that no revision declares."""
    personal: tuple[str, ...]
    """Declared ones that policy wants a person for."""
    unseen: tuple[str, ...]
    """What could not be judged: no rehearsal has shown what it does."""
    fingerprint: str
    """Of exactly this migration on this database: what is agreed to is nothing else."""

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to agree."""
        return bool(self.undeclared or self.personal or self.unseen)

    def lines(self) -> list[str]:
        """What would happen, for people."""
        return [
            *(
                f"{effect}: lost on the copy, and declared by no revision"
                for effect in self.undeclared
            ),
            *(f"{effect}: policy wants a person" for effect in self.personal),
            *self.unseen,
        ]


Confirm = Callable[[Request], str | None]
"""Says who agreed to a request; None when nobody did."""


@dataclass(frozen=True)
class Effects:
    """Everything that a permit must allow, and the request that stands before it."""

    lossy: tuple[Effect, ...]
    structural: tuple[Effect, ...]
    """What the guards refuse although the copy lost nothing by it, such as an empty table."""
    request: Request
    confirmed_by: str | None = None
    """Who agreed to the request; None where nothing was asked."""


def effects_of_migration(
    configuration: Configuration,
    plan: Plan,
    rehearsal: Rehearsal | None,
    tables: Mapping[str, TableFacts],
    *,
    anything_to_lose: bool,
    stamped: bool = False,
) -> Effects:
    """Lay text, measure and declaration side by side.

    Raises:
        PermitError: a declaration cannot be understood.
    """
    declared = tuple(parse_effect(one) for one in declared_effects(plan.revisions))
    textual = [one for one in map(_of_text(tables), plan.losses) if one is not None]
    if rehearsal is not None:
        measured = [one for one in rehearsal.losses if one.certain or not _is_plain(plan)]
        blind = [one for one in textual if one.kind in BLIND_KINDS]
        loosened = [Effect(one.kind, one.table, one.columns) for one in rehearsal.loosened]
        found = [*map(_of_measure, measured), *loosened, *_agreeable(blind, declared)]
        lossy = tuple(dict.fromkeys(found))
    else:
        lossy = tuple(textual) if anything_to_lose else ()
    covered = {(one.kind, one.table, one.columns) for one in lossy}
    dropped = [_of_measure(one) for one in rehearsal.drops] if rehearsal else []
    structural = tuple(
        one
        for one in dict.fromkeys([*dropped, *textual])
        if (one.kind, one.table, one.columns) not in covered
        and one.kind not in COUNTED_KINDS | BLIND_KINDS
    )
    # The guards count rows, also those that lose nothing, such as the filling of a new column.
    handled = tuple(_of_measure(one) for one in rehearsal.handled) if rehearsal else ()
    undeclared = tuple(one for one in lossy if not any(_covers(it, one) for it in declared))
    asked = [one for one in lossy if one not in undeclared]
    personal = tuple(settings_of(configuration).confirmation_for(asked))
    unseen = _unseen(plan, stamped=stamped) if rehearsal is None or stamped else rehearsal.setbacks
    if not anything_to_lose:
        unseen = ()
    request = Request(
        undeclared, personal, unseen, _fingerprint(configuration, plan, undeclared, personal)
    )
    return Effects(lossy, (*structural, *handled), request)


def _is_plain(plan: Plan) -> bool:
    """Whether the text is understood whole, and says of no row that it goes or changes."""
    understood = not any(one.unrendered for one in plan.revisions)
    return understood and not any(one.kind in CHANGING_KINDS for one in plan.losses)


def _agreeable(blind: Iterable[Effect], declared: Iterable[Effect]) -> list[Effect]:
    """Leave out the triggers that nobody declares: a guard refuses without a permit anyway."""
    named = {(one.kind, one.table) for one in declared}
    return [one for one in blind if one.kind != "disable_guard" or (one.kind, one.table) in named]


def _of_measure(loss: MeasuredLoss) -> Effect:
    columns = (loss.column,) if loss.column else ()
    rows = loss.rows if loss.kind in COUNTED_KINDS else None
    return Effect(loss.kind, loss.table, columns, rows)  # type: ignore[arg-type]  # its four kinds


def _of_text(tables: Mapping[str, TableFacts]) -> Callable[[TextualLoss], Effect | None]:
    def effect(loss: TextualLoss) -> Effect | None:
        """What of the text is about something that is there."""
        is_table = loss.kind not in {"drop_schema", "drop_sequence", "drop_database"}
        if loss.kind not in KINDS or loss.table is None or (is_table and loss.table not in tables):
            return None
        known = tables[loss.table].rows if loss.table in tables else None
        rows = max(known or 1, 1) if loss.kind in COUNTED_KINDS else None
        columns = loss.columns if loss.kind in COLUMN_KINDS else ()
        return Effect(loss.kind, loss.table, columns, rows)  # type: ignore[arg-type]  # in KINDS

    return effect


def _covers(declared: Effect, lost: Effect) -> bool:
    if (declared.kind, declared.table) != (lost.kind, lost.table):
        return False
    if declared.columns and not set(lost.columns) <= set(declared.columns):
        return False
    limit = with_margin(declared).rows_max
    return limit is None or lost.rows_max is None or lost.rows_max <= limit


def with_margin(effect: Effect) -> Effect:
    """Allow a little more rows than were counted."""
    rows = effect.rows_max
    if rows is None:
        return effect
    return replace(effect, rows_max=_with_room(rows))


def limits_of(rehearsal: Rehearsal) -> dict[str, tuple[int, int]]:
    """How many rows of each table may be updated and deleted, as the copy has shown.

    Where nothing was deleted on the copy, nothing is deleted.
    """
    counts = dict.fromkeys(rehearsal.rows_before, (0, 0))
    for one in rehearsal.handled:
        updated, deleted = counts[one.table]
        counts[one.table] = (one.rows, deleted) if one.kind == "update" else (updated, one.rows)
    return {
        table: (_with_room(updated), _with_room(deleted) if deleted else 0)
        for table, (updated, deleted) in counts.items()
    }


def handled_anew(rehearsal: Rehearsal) -> list[Effect]:
    """What the guards must let happen to tables that the migration makes itself."""
    return [_of_measure(one) for one in rehearsal.handled_anew]


def _with_room(rows: int) -> int:
    return max(int(rows * ROWS_SHARE), rows + ROWS_MARGIN)


def _unseen(plan: Plan, *, stamped: bool) -> tuple[str, ...]:
    if stamped:
        names = ", ".join(one.revision for one in plan.revisions)
        return (f"stamp: says that the schema is at {names} without running anything",)
    unknown = [one for one in plan.findings if one.severity == "unknown"]
    return tuple(f"{one.rule}: {one.why}" for one in unknown)


def _fingerprint(
    configuration: Configuration,
    plan: Plan,
    undeclared: Iterable[Effect],
    personal: Iterable[str],
) -> str:
    # Without counts: rows may come and go between the question and the answer.
    seen = [
        configuration.environment,
        plan.direction,
        list(plan.current),
        [(one.revision, one.sql) for one in plan.revisions],
        sorted(f"{one.kind} {one.table} {one.columns}" for one in undeclared),
        sorted(" ".join(one.split()[:2]) for one in personal),
    ]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:16]
