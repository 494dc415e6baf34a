"""What a migration leaves: verified, taken back, or interrupted, and then the way on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from strongroom.config import Configuration
from strongroom.errors import MigrationError
from strongroom.identity import check
from strongroom.identity.swaps import push_floors
from strongroom.ledger import ledger_of
from strongroom.migrations import journal
from strongroom.migrations.place import Place
from strongroom.migrations.planning import Plan
from strongroom.migrations.project import Project
from strongroom.migrations.proving import Proof
from strongroom.migrations.shape import Shape, shape_of


@dataclass(frozen=True)
class Aftermath:
    """The database around one migration: announced before, judged after."""

    place: Place
    project: Project
    plan: Plan
    proof: Proof | None
    position: Mapping[str, str] = field(default_factory=dict)
    """Where the log stood before, as the ledger is told."""

    @property
    def configuration(self) -> Configuration:
        """Whose database it is."""
        return self.place.database.configuration

    def announce(self) -> Shape:
        """Write down what is about to change, and expect no more than both sides of it have.

        A kill between here and the end then locks nobody out.
        """
        before = shape_of(self.place.reader)
        journal.begin(self.configuration, _pending(self.plan, self.proof, before))
        if self.proof:
            then, after = self.proof.rehearsal.rows_before, self.proof.rehearsal.rows_after
            both = {
                table: min(rows, after[table]) for table, rows in then.items() if table in after
            }
            self._push_floors(both)
        return before

    def verify(self, before: Shape) -> None:
        """See that the database is where it should be, and looks like the copy that was tried.

        Raises:
            MigrationError: it does not; the backup from before is named.
        """
        problems = [*self._pending_problems(), *self._shape_problems(before)]
        judgement = check(self.configuration)
        if not judgement.matches:
            problems.append(judgement.message)
        if problems:
            ledger_of(self.configuration).record(
                "migration_unverified", problems=problems, **self.position
            )
            backup = f" {self.proof.manifest.backup_id}" if self.proof else ""
            raise MigrationError(
                "The migration ran, and its outcome is not what was expected: "
                f"{'; '.join(problems)}.",
                next_step=f"strongroom restore{backup}, beside it, to compare with before",
            )
        if self.proof:
            self._push_floors(self.proof.rehearsal.rows_after)

    def failed(self, error: MigrationError, before: Shape) -> MigrationError:
        """Say what a failure has left: nothing, or the revisions that were committed before it."""
        heads = self._heads()
        broken = self._broken(before.invalid_indexes)
        ledger_of(self.configuration).record(
            "migration_failed",
            revisions=[one.revision for one in self.plan.revisions],
            at=list(heads),
            why=error.message,
            **self.position,
        )
        unchanged = set(heads) == set(self.plan.current)
        if unchanged and self.proof:
            self._push_floors(self.proof.rehearsal.rows_before)
        if not broken:
            journal.forget(self.configuration)
        where = "The database is as before" if unchanged else f"It stands at {_place(heads)}"
        return MigrationError(
            f"{error.message} {where}.{_broken_words(broken)}",
            next_step=_way_on(broken) or error.next_step,
        )

    def settle(self) -> str | None:
        """Finish what an interrupted migration left; return what is to be said of it.

        Raises:
            MigrationError: it left an invalid index, which only its owner can remove.
        """
        pending = journal.pending_migration(self.configuration)
        if pending is None:
            return None
        broken = self._broken(pending.invalid)
        if broken:
            raise MigrationError(
                f"A migration was interrupted on {pending.started_at}."
                f"{_broken_words(broken)} Nothing was done now.",
                next_step=_way_on(broken) or "strongroom migrate",
            )
        moved = set(self.plan.current) != set(pending.current)
        if moved and pending.floors_after is not None and not self.plan.revisions:
            push_floors(
                self.configuration,
                pending.floors_after,
                backup_id=pending.backup_id or "",
                at=datetime.fromisoformat(pending.floors_at or pending.started_at),
                incarnation=pending.incarnation,
            )
        ledger_of(self.configuration).record(
            "migration_settled", moved=moved, at=list(self.plan.current)
        )
        journal.forget(self.configuration)
        if moved and pending.reaches and set(self.plan.current) != set(pending.reaches):
            return (
                "An interrupted migration had been committed in part: the database stands at "
                f"{_place(self.plan.current)}. That is recorded now, and what is left "
                "is planned anew."
            )
        if moved:
            return "An interrupted migration had been committed; it is recorded now."
        return "An interrupted migration had changed nothing; it is begun again."

    def _pending_problems(self) -> list[str]:
        heads, wanted = self._heads(), self.plan.reaches
        if set(heads) == set(wanted):
            return []
        return [f"it stands at {_place(heads)}, and was to come to {_place(wanted)}"]

    def _heads(self) -> tuple[str, ...]:
        return self.project.heads(self.place.target(), self.plan.target).revisions

    def _broken(self, known: Collection[str]) -> tuple[str, ...]:
        """Indexes that are invalid, and were not so before."""
        now = shape_of(self.place.reader).invalid_indexes
        return tuple(one for one in now if one not in known)

    def _shape_problems(self, before: Shape) -> list[str]:
        now = shape_of(self.place.reader)
        broken = [one for one in now.invalid_indexes if one not in before.invalid_indexes]
        problems = [f"the index {one} is invalid" for one in broken]
        if self.proof and (tried := self.proof.rehearsal.shape) is not None:
            # What was made or changed since an older backup is no work of this migration.
            known = {*before.differences(self.proof.rehearsal.shape_before)}
            differing = [one for one in now.differences(tried) if one not in known]
            problems += [f"{one} differs from the copy" for one in differing]
        return problems

    def _push_floors(self, rows: Mapping[str, int]) -> None:
        if self.proof is not None:
            push_floors(
                self.configuration,
                rows,
                backup_id=self.proof.manifest.backup_id,
                at=self.proof.manifest.started_at,
                incarnation=self.proof.manifest.incarnation,
            )


def _place(heads: tuple[str, ...]) -> str:
    return ", ".join(heads) or "base"


def _pending(plan: Plan, proof: Proof | None, before: Shape) -> journal.Pending:
    return journal.Pending(
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        direction=plan.direction,
        current=plan.current,
        revisions=tuple(one.revision for one in plan.revisions),
        backup_id=proof.manifest.backup_id if proof else None,
        floors_after=proof.rehearsal.rows_after if proof else None,
        floors_at=proof.manifest.started_at.isoformat() if proof else None,
        incarnation=proof.manifest.incarnation if proof else None,
        reaches=plan.reaches,
        invalid=before.invalid_indexes,
    )


def _broken_words(broken: tuple[str, ...]) -> str:
    if not broken:
        return ""
    return f" It left {', '.join(broken)} invalid: no query uses it, and every write pays for it."


def _way_on(broken: tuple[str, ...]) -> str | None:
    if not broken:
        return None
    drops = " ".join(f"DROP INDEX CONCURRENTLY {one};" for one in broken)
    return f"{drops} as the owner, then strongroom migrate"
