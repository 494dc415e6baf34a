"""What "Your data" shows: gathered from strongroom's records, never judged anew here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import Engine, column, func, select, table

import strongroom
from strideiq.athletes.public import AthleteView
from strideiq.platform.language import gettext as _
from strideiq.platform.language import marked

Level = Literal["proven", "attention", "refused"]

# What a runner calls the tables that hold what cannot be had again, and what is derived most.
TABLE_WORDS = {
    "public.activity": marked("activities"),
    "public.activity_observation": marked("what sources said of them"),
    "public.activity_split": marked("splits and laps"),
    "public.activity_stream": marked("recorded channels"),
    "public.activity_annotation": marked("names and notes of yours"),
    "public.source_file": marked("original files"),
    "public.best_effort": marked("best efforts"),
    "public.training_plan": marked("plans"),
    "public.planned_workout": marked("planned workouts"),
    "public.check_in_value": marked("answers of check-ins"),
    "public.nutrition_entry": marked("meals and drinks"),
    "public.injury": marked("injuries"),
    "public.gear": marked("shoes and other gear"),
    "public.coach_turn": marked("questions to the coach"),
    "public.athlete": marked("athletes"),
}
ACCOUNTS = "public.athlete"

VERDICTS = (marked("proven"), marked("failed"), marked("not proven"), marked("match"))
"""What is said of a backup and of a database; pages show them translated."""


@dataclass(frozen=True)
class BackupEvent:
    """One backup on the timeline, with what became of it. ``verdict`` None: not proven yet."""

    backup_id: str
    at: datetime
    size_bytes: int
    rows: int
    verdict: str | None
    proven_at: datetime | None
    restore_s: float | None
    """How long the restore took when it was proven: what bringing it back will take."""
    findings: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableCount:
    """A table: how much of it is the athlete's, and for administrators how much there is in all."""

    words: str
    mine: int
    now: int | None
    """Of all athletes of the server; None for who is no administrator."""
    proven: int | None
    """The same in the newest proven backup."""


@dataclass(frozen=True)
class Picture:
    """Whose database this is, how safe it is, and what there is to do."""

    level: Level
    headline: str
    explanation: str
    application: str
    environment: str
    database_id: str
    verdict: str
    warnings: tuple[str, ...]
    guarded: bool
    """Whether the database itself refuses to lose much at once, with nothing weakened."""
    backups: tuple[BackupEvent, ...]
    tables: tuple[TableCount, ...]
    at_risk: timedelta | None
    """How long ago the newest proven backup was taken: what came since could be lost."""

    @property
    def newest(self) -> BackupEvent | None:
        """The newest backup, proven or not."""
        return self.backups[0] if self.backups else None

    @property
    def newest_proven(self) -> BackupEvent | None:
        """The newest backup that was restored and compared with its source."""
        return next((one for one in self.backups if one.verdict == "proven"), None)


def backup_events(configuration: strongroom.Configuration) -> tuple[BackupEvent, ...]:
    """Every whole backup, newest first, with the newest verdict on it.

    A drill that came to no verdict takes nothing away, and proves nothing; nor does a record
    of a proof that strongroom does not vouch for.
    """
    decided = strongroom.deciding_drills(configuration)
    return tuple(
        _event(manifest, decided.get(manifest.backup_id))
        for manifest in strongroom.list_backups(configuration)
    )


def picture(
    configuration: strongroom.Configuration,
    judgement: strongroom.Judgement,
    engine: Engine,
    athlete: AthleteView,
    *,
    now: datetime | None = None,
) -> Picture:
    """Gather the whole picture of one database, as far as it is this athlete's to see."""
    now = now or datetime.now(tz=UTC)
    events = backup_events(configuration)
    proven = next((one for one in events if one.verdict == "proven"), None)
    level, headline, explanation = assess(events, now, configuration.policy.proof_age_max_s)
    return Picture(
        level=level,
        headline=headline,
        explanation=explanation,
        application=configuration.application,
        environment=configuration.environment,
        database_id=str(judgement.expected["database_id"]),
        verdict=str(judgement.verdict),
        warnings=tuple(one.message for one in judgement.warnings),
        guarded=not any(one.code.startswith("protection_") for one in judgement.warnings),
        backups=events,
        tables=_table_counts(configuration, engine, athlete, proven),
        at_risk=now - proven.at if proven else None,
    )


def assess(
    events: Sequence[BackupEvent], now: datetime, proof_age_max_s: float
) -> tuple[Level, str, str]:
    """The one thing that matters first: a level, its headline, and what it means."""
    if not events:
        return (
            "attention",
            _("Not backed up yet"),
            _(
                "There is no backup of your data. The first one is taken and proven by itself; "
                "you can also ask for it now."
            ),
        )
    if events[0].verdict == "failed":
        return (
            "refused",
            _("The newest backup is not good"),
            _(
                "Restored and compared, it differs from what it should hold. Your data itself is "
                "untouched. Take a new backup and prove it."
            ),
        )
    proven = next((one for one in events if one.verdict == "proven"), None)
    if proven is None:
        return (
            "attention",
            _("Backed up, not proven"),
            _(
                "A backup counts only when it was restored and compared with its source. "
                "Nobody has done that with these yet."
            ),
        )
    age = now - proven.at
    if age.total_seconds() > proof_age_max_s:
        return (
            "attention",
            _("Proven %(age)s ago") % {"age": age_words(age)},
            _(
                "The newest proof is getting old. What you recorded since then is only in the "
                "database itself."
            ),
        )
    return (
        "proven",
        _("Proven %(age)s ago") % {"age": age_words(age)},
        _(
            "The newest proven backup was restored into an empty server and compared with your "
            "database as it was then, table by table: every row is there."
        ),
    )


def age_words(age: timedelta) -> str:
    """An age as people say it: ``6 h``, ``2 days``."""
    seconds = max(age.total_seconds(), 0)
    if seconds < 90:  # noqa: PLR2004  below this, minutes say less than seconds
        return _("%(count)s s") % {"count": f"{seconds:.0f}"}
    if seconds < 90 * 60:
        return _("%(count)s min") % {"count": f"{seconds / 60:.0f}"}
    if seconds < 36 * 3600:
        return _("%(count)s h") % {"count": f"{seconds / 3600:.0f}"}
    return _("%(count)s days") % {"count": f"{seconds / 86400:.0f}"}


def _event(manifest: strongroom.Manifest, record: strongroom.DrillRecord | None) -> BackupEvent:
    return BackupEvent(
        backup_id=manifest.backup_id,
        at=manifest.started_at,
        size_bytes=manifest.size_bytes,
        rows=manifest.rows,
        verdict=record.verdict if record else None,
        proven_at=record.at if record else None,
        restore_s=record.restore_s if record else None,
        findings=tuple(record.findings) if record else (),
    )


def _table_counts(
    configuration: strongroom.Configuration,
    engine: Engine,
    athlete: AthleteView,
    backup: BackupEvent | None,
) -> tuple[TableCount, ...]:
    """What of the athlete's is in the database now; for an administrator, beside that of all."""
    if not athlete.administrator:
        mine = _counted(engine, athlete.athlete_id)
        return tuple(
            TableCount(words, mine[name], None, None)
            for name, words in TABLE_WORDS.items()
            if name != ACCOUNTS
        )
    proven = _rows_in(configuration, backup)
    mine, now = _counted(engine, athlete.athlete_id), _counted(engine, None)
    return tuple(
        TableCount(words, mine[name], now[name], proven.get(name))
        for name, words in TABLE_WORDS.items()
    )


def _rows_in(configuration: strongroom.Configuration, backup: BackupEvent | None) -> dict[str, int]:
    for manifest in strongroom.list_backups(configuration):
        if backup is not None and manifest.backup_id == backup.backup_id:
            return {one.name: one.rows for one in manifest.tables}
    return {}


def _counted(engine: Engine, athlete_id: UUID | None) -> dict[str, int]:
    """The rows of each table that has a name here: of one athlete, or with None of all."""
    found = {}
    with engine.connect() as connection:
        for name in TABLE_WORDS:
            rows = table(name.removeprefix("public."), column("athlete_id"))
            count = select(func.count()).select_from(rows)
            if athlete_id is not None:
                count = count.where(rows.c.athlete_id == athlete_id)
            found[name] = connection.execute(count).scalar_one()
    return found
