"""The permits of a migration: each revision's own, opened in the transaction that runs it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from psycopg import sql

from strongroom.migrations.consent import with_margin
from strongroom.migrations.lint import LintContext
from strongroom.migrations.lint import Loss as TextualLoss
from strongroom.migrations.place import Place
from strongroom.migrations.planning import Plan
from strongroom.permits import COUNTED, UNGUARDED, Effect, ProvenBackup, issue

LASTS = timedelta(hours=1)
_STRUCTURAL = frozenset({"drop_table", "drop_column", "drop_sequence", "alter_type", "truncate"})
_WITH_COLUMNS = frozenset({"drop_column", "alter_type"})


class Grants:
    """Grants permits for one migration, and remembers their secrets until it ends.

    ``handled``: rows that the copy saw changed in tables that the migration makes itself.
    """

    def __init__(
        self,
        place: Place,
        plan: Plan,
        backup: ProvenBackup,
        context: LintContext,
        *,
        handled: Iterable[Effect],
        by: str,
    ) -> None:
        self._place, self._plan, self._backup, self._by = place, plan, backup, by
        self._known = context.tables or {}
        self._texts = plan.texts
        self._handled = handled
        self._secrets: dict[str, list[str]] = {}
        self._late: set[str] = set()

    def grant_known(self, effects: Iterable[Effect]) -> None:
        """Grant what concerns tables that are there before anything runs."""
        for revision, its in split_by_revision(self._plan, effects, self._texts).items():
            if its:
                self._grant(revision, its)

    def secrets_of(self, revision: str) -> tuple[str, ...]:
        """The secrets for a revision that begins now.

        What earlier revisions of the same run have made and committed can only be named now;
        nothing of it was there when the backup was taken.
        """
        if revision not in self._late:
            self._late.add(revision)
            its = [one for one in map(self._of_this_run, self._texts[revision]) if one]
            handled = [one for one in self._handled if self._is_there(one.table)]
            its += split_by_revision(self._plan, allowed(handled), self._texts)[revision]
            if its:
                self._grant(revision, list(dict.fromkeys(its)))
        return tuple(self._secrets.get(revision, ()))

    def _of_this_run(self, loss: TextualLoss) -> Effect | None:
        if (
            loss.kind not in _STRUCTURAL | COUNTED
            or loss.table is None
            or loss.table in self._known
        ):
            return None
        if not self._is_there(loss.table):
            return None
        columns = loss.columns if loss.kind in _WITH_COLUMNS else ()
        rows = self._rows(loss.table) if loss.kind in COUNTED else None
        return Effect(loss.kind, loss.table, columns, rows)  # type: ignore[arg-type]  # of those above

    def _rows(self, label: str) -> int:
        """All that it holds now: none of it was there before this migration."""
        name = sql.SQL(label)
        query = sql.SQL("SELECT greatest(count(*), 1) FROM {}").format(name)
        return int(self._place.reader.execute(query).fetchall()[0][0])

    def _is_there(self, label: str) -> bool:
        there = self._place.reader.execute("SELECT to_regclass(%s)", [label]).fetchone()
        return there is not None and there[0] is not None

    def _grant(self, revision: str, effects: list[Effect]) -> None:
        permit = issue(
            self._place.reader,
            self._place.database.configuration,
            _with_types_together(effects),
            self._backup,
            expires_in=LASTS,
            confirmed_by=self._by,
            reason=f"{self._plan.direction} to {revision}",
        )
        self._secrets.setdefault(revision, []).append(permit.secret)


def _with_types_together(effects: Iterable[Effect]) -> list[Effect]:
    """One effect for all changed types of a table: a guard sees every column changed so far."""
    found: dict[object, Effect] = {}
    for one in effects:
        key = (one.kind, one.table) if one.kind == "alter_type" else one
        known = found.get(key)
        if known is None:
            found[key] = one
        elif known.columns and one.columns:
            columns = tuple(dict.fromkeys((*known.columns, *one.columns)))
            found[key] = Effect(one.kind, one.table, columns)
        else:
            found[key] = Effect(one.kind, one.table)
    return list(found.values())


def allowed(effects: Iterable[Effect]) -> list[Effect]:
    """Turn what was measured into what a permit allows.

    The guards count the rows of a table, not of its columns; so updates of several columns
    become one effect.
    """
    found: dict[object, Effect] = {}
    for one in effects:
        if one.kind in UNGUARDED:
            continue
        key = ("update", one.table) if one.kind == "update" else (one.kind, one.table, one.columns)
        known = found.get(key)
        if known is not None and one.rows_max is not None:
            columns = tuple(dict.fromkeys((*known.columns, *one.columns)))
            rows = max(known.rows_max or 0, one.rows_max)
            found[key] = Effect(one.kind, one.table, columns, rows)
        else:
            found[key] = one
    return [with_margin(one) for one in found.values()]


def split_by_revision(
    plan: Plan, effects: Iterable[Effect], texts: Mapping[str, tuple[TextualLoss, ...]]
) -> dict[str, list[Effect]]:
    """Say which revision each effect belongs to, so that each transaction gets its own permit.

    An effect that no revision's text names (a cascade, a DO block) may come from any of them.
    """
    names = [one.revision for one in plan.revisions]
    found: dict[str, list[Effect]] = {name: [] for name in names}
    for effect in effects:
        named = [
            name
            for name in names
            if any((one.kind, one.table) == (effect.kind, effect.table) for one in texts[name])
        ]
        for name in named or names:
            found[name].append(effect)
    return found
