"""The permits of a migration: each revision's own, opened in the transaction that runs it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from strongroom.migrations.consent import with_margin
from strongroom.migrations.lint import LintContext, effects_of
from strongroom.migrations.lint import Loss as TextualLoss
from strongroom.migrations.place import Place
from strongroom.migrations.planning import Plan
from strongroom.permits import UNGUARDED, Effect, ProvenBackup, issue

LASTS = timedelta(hours=1)
_STRUCTURAL = frozenset({"drop_table", "drop_column", "drop_sequence", "alter_type"})
_WITH_COLUMNS = frozenset({"drop_column", "alter_type"})


class Grants:
    """Grants permits for one migration, and remembers their secrets until it ends."""

    def __init__(
        self,
        place: Place,
        plan: Plan,
        backup: ProvenBackup,
        context: LintContext,
        *,
        by: str,
    ) -> None:
        self._place, self._plan, self._backup, self._by = place, plan, backup, by
        self._known = context.tables or {}
        self._texts = {one.revision: effects_of(one.sql) for one in plan.revisions}
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
            if its := [one for one in map(self._of_this_run, self._texts[revision]) if one]:
                self._grant(revision, list(dict.fromkeys(its)))
        return tuple(self._secrets.get(revision, ()))

    def _of_this_run(self, loss: TextualLoss) -> Effect | None:
        if loss.kind not in _STRUCTURAL or loss.table is None or loss.table in self._known:
            return None
        there = self._place.reader.execute("SELECT to_regclass(%s)", [loss.table]).fetchone()
        if not there or there[0] is None:
            return None
        columns = loss.columns if loss.kind in _WITH_COLUMNS else ()
        return Effect(loss.kind, loss.table, columns)  # type: ignore[arg-type]  # of those above

    def _grant(self, revision: str, effects: list[Effect]) -> None:
        permit = issue(
            self._place.reader,
            self._place.database.configuration,
            effects,
            self._backup,
            expires_in=LASTS,
            confirmed_by=self._by,
            reason=f"{self._plan.direction} to {revision}",
        )
        self._secrets.setdefault(revision, []).append(permit.secret)


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
