"""The guarded migration: gate, plan, lint, proven backup, rehearsal, permit, apply, verify."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from alembic.config import Config

from strongroom.config import Configuration
from strongroom.errors import MigrationError, MigrationRefusedError
from strongroom.identity import OpenDatabase, open_database
from strongroom.ledger import ledger_of
from strongroom.migrations import journal
from strongroom.migrations.acting import AlembicAct
from strongroom.migrations.aftermath import Aftermath
from strongroom.migrations.applying import PermitsFor, apply
from strongroom.migrations.consent import (
    Confirm,
    Effects,
    effects_of_migration,
    handled_anew,
    limits_of,
)
from strongroom.migrations.grants import Grants, allowed
from strongroom.migrations.lint import LintContext
from strongroom.migrations.outcome import Migrated, document_of
from strongroom.migrations.place import Place, migrating_place
from strongroom.migrations.planning import Plan, context_of, make_plan
from strongroom.migrations.project import Direction, Project
from strongroom.migrations.proving import Proof, prove_and_rehearse
from strongroom.migrations.settings import settings_of
from strongroom.progress import SILENT, Progress

STEPS = (
    "migrate.planned",
    "migrate.rehearsed",
    "migrate.permitted",
    "migrate.announced",
    "migrate.running",
    "migrate.applied",
    "migrate.verified",
    "migrate.recorded",
)
_DEFAULT_TARGETS = {"upgrade": "head", "downgrade": "-1", "stamp": "head"}


def migrate(
    where: OpenDatabase | Configuration,
    alembic: Config | Path | str,
    *,
    target: str | None = None,
    direction: Direction = "upgrade",
    rehearse: bool = True,
    confirm: Confirm | None = None,
    progress: Progress = SILENT,
) -> Migrated:
    """Bring a database to another revision, and lose nothing that nobody agreed to lose.

    Args:
        where: the open database, or the configuration of the one to open.
        alembic: the application's Alembic configuration, or the path of its ``alembic.ini`` or
            ``pyproject.toml``.
            ``env.py`` is used as it is; wherever it wants to connect, it is led to this database.
        target: a revision as Alembic takes it; by default ``head``, or one step down.
        direction: ``upgrade``, ``downgrade`` or ``stamp``.
        rehearse: whether to try it out on a restored copy first. Without it, only what the
            linter has nothing to say about is applied to a database that holds rows.
        confirm: asked who agrees to losses that no revision declares, and to those that policy
            wants a person for.
        progress: told of ``STEPS``, and of those of backup, drill and rehearsal.

    Raises:
        RefusedError: it is not the expected database; nothing was done.
        MigrationRefusedError: something would be lost that nobody agreed to; nothing was changed.
        MigrationError: it failed; what was committed before is said, with the way on.
    """
    wanted = target or _DEFAULT_TARGETS[direction]
    with _opened(where, progress) as database:
        settings = settings_of(database.configuration)
        with migrating_place(database, settings, progress) as place:
            project = Project(alembic)
            migration = _Migration(place, project, direction, wanted, confirm, progress)
            return migration.run(rehearse=rehearse)


def plan(
    where: OpenDatabase | Configuration,
    alembic: Config | Path | str,
    *,
    target: str | None = None,
    direction: Direction = "upgrade",
    progress: Progress = SILENT,
) -> Plan:
    """Say what ``migrate`` would run, and what its text tells; nothing is changed."""
    wanted = target or _DEFAULT_TARGETS[direction]
    with _opened(where, progress) as database:
        settings = settings_of(database.configuration)
        with migrating_place(database, settings, progress) as place:
            migration = _Migration(place, Project(alembic), direction, wanted, None, progress)
            return migration.planned()[0]


@contextmanager
def _opened(where: OpenDatabase | Configuration, progress: Progress) -> Iterator[OpenDatabase]:
    if isinstance(where, OpenDatabase):
        yield where
        return
    with open_database(where, progress=progress) as database:
        yield database


@dataclass
class _Migration:
    """One migration on its way."""

    place: Place
    project: Project
    direction: Direction
    target: str
    confirm: Confirm | None
    progress: Progress
    notes: list[str] = field(default_factory=list)
    before: dict[str, str] = field(default_factory=dict)
    """Where the log stood just before anything was applied."""

    @property
    def configuration(self) -> Configuration:
        return self.place.database.configuration

    def planned(self) -> tuple[Plan, LintContext, AlembicAct]:
        """Ask the database where it stands, and the project what is pending."""
        at = self.project.heads(self.place.target(), self.target)
        course = self.project.course(self.direction, self.target, at.revisions)
        context = context_of(self.place.reader)
        made = make_plan(self.project, course, at, context)
        return made, context, AlembicAct(self.project, course, at.version_table)

    def run(self, *, rehearse: bool) -> Migrated:
        """Do it, from the first step to the last."""
        begun_s = time.monotonic()
        plan, context, act = self.planned()
        if said := Aftermath(self.place, self.project, plan, None).settle():
            self.notes.append(said)
        self.progress.step("migrate.planned")
        if not plan.revisions:
            return Migrated(plan, (), None, 0, 0.0, tuple(self.notes))
        holds_rows = self.place.holds_rows(without=plan.version_table)
        # Even an empty table is dropped by permit only, and a permit wants a proven backup.
        guarded = any(plan.texts.values()) and self.place.is_protected()
        needed = holds_rows or guarded
        proof = self._proof(plan, act, rehearse=rehearse or guarded) if needed else None
        self.progress.step("migrate.rehearsed")
        effects = self._agreed(plan, proof, context, holds_rows=holds_rows)
        permits = self._permits(plan, proof, effects, context)
        self.progress.step("migrate.permitted")
        attempts = self._applied(plan, proof, act, permits)
        duration_s = round(time.monotonic() - begun_s, 3)
        applied = tuple(one.revision for one in plan.revisions)
        migrated = Migrated(plan, applied, proof, attempts, duration_s, tuple(self.notes))
        self._record(migrated, effects)
        journal.forget(self.configuration)
        self.progress.step("migrate.recorded")
        return migrated

    def _proof(self, plan: Plan, act: AlembicAct, *, rehearse: bool) -> Proof | None:
        silent = not plan.losses and all(one.severity == "caution" for one in plan.findings)
        if not rehearse:
            if silent and self.direction == "upgrade":
                return None
            raise self._refused(plan, None, "it can lose data or was not understood whole")
        # A backup from before may lack what was written since: then a new one is taken.
        fresh = not silent or self.direction != "upgrade"
        while True:
            proof = prove_and_rehearse(
                self.place.database,
                act,
                lambda _: self.place.session_on_copy(),
                fresh=fresh,
                current=plan.current,
                progress=self.progress,
            )
            failure = proof.rehearsal.failure
            if failure and fresh:
                raise MigrationRefusedError(
                    f"The migration failed on a restored copy: {failure} The database was not "
                    "touched.",
                    next_step="mend the revision, then strongroom migrate",
                    document=document_of(plan, proof),
                )
            if fresh or not (failure or proof.rehearsal.losses):
                return proof
            fresh = True

    def _agreed(
        self, plan: Plan, proof: Proof | None, context: LintContext, *, holds_rows: bool
    ) -> Effects:
        effects = effects_of_migration(
            self.configuration,
            plan,
            proof.rehearsal if proof else None,
            context.tables or {},
            anything_to_lose=holds_rows,
            stamped=self.direction == "stamp" and holds_rows,
        )
        if not effects.request.is_open:
            return effects
        by = self.confirm(effects.request) if self.confirm else None
        if by is None:
            raise self._refused(plan, proof, "; ".join(effects.request.lines()))
        return replace(effects, confirmed_by=by)

    def _refused(self, plan: Plan, proof: Proof | None, why: str) -> MigrationRefusedError:
        ledger_of(self.configuration).record(
            "migration_refused",
            direction=self.direction,
            revisions=[one.revision for one in plan.revisions],
            why=why,
        )
        return MigrationRefusedError(
            f"The migration would lose what nobody agreed to lose: {why}. Nothing was changed.",
            next_step="declare it in the revision's strongroom_effects, or strongroom migrate on a "
            "terminal, where a person is asked",
            document=document_of(plan, proof),
        )

    def _permits(
        self, plan: Plan, proof: Proof | None, effects: Effects, context: LintContext
    ) -> PermitsFor:
        """Grant each revision the permits that the guards inside the database want to see."""
        if proof is None or not self.place.is_protected():
            return lambda _: ()
        grants = Grants(
            self.place,
            plan,
            proof.backup,
            context,
            handled=handled_anew(proof.rehearsal),
            by=effects.confirmed_by or "rehearsal",
        )
        grants.grant_known(allowed((*effects.lossy, *effects.structural)))
        return grants.secrets_of

    def _applied(
        self, plan: Plan, proof: Proof | None, act: AlembicAct, permits: PermitsFor
    ) -> int:
        self.before = self.place.database.log_position()
        aftermath = Aftermath(self.place, self.project, plan, proof, self.before)
        before = aftermath.announce()
        self.progress.step("migrate.announced")
        try:
            limits = limits_of(proof.rehearsal) if proof else None
            attempts = apply(self.place, act, permits, self.progress, limits=limits)
        except MigrationError as error:
            raise aftermath.failed(error, before) from error
        aftermath.verify(before)
        self.progress.step("migrate.verified")
        return attempts

    def _record(self, migrated: Migrated, effects: Effects) -> None:
        ledger_of(self.configuration).record(
            "migrate",
            direction=self.direction,
            revisions=list(migrated.applied),
            backup_id=migrated.proof.manifest.backup_id if migrated.proof else None,
            losses=[str(one) for one in effects.lossy],
            confirmed_by=effects.confirmed_by,
            attempts=migrated.attempts,
            duration_s=migrated.duration_s,
            **self.before,
        )
