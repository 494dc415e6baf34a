"""Which backups are kept and which may go. Pure: the same answer for the same input.

Counts of hours, days, weeks, months and years choose what is kept as time passes; rules that
no setting switches off keep what time must not take. An emptied database is backed up, and
proves, as perfectly as a full one: so being new and proven is never enough to push another
backup out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from strongroom.backups.manifest import Manifest
from strongroom.backups.retention_settings import RetentionSettings
from strongroom.config import Keep
from strongroom.identity.verdicts import keep_of
from strongroom.postgres.catalogue import STRONGROOM_SCHEMA

DrillVerdict = Literal["proven", "failed", "unreadable"]
"""What the drill that decides on a backup found; ``unreadable``: its record is damaged."""

_NAMED_MAX = 3
"""So many tables a reason names."""


@dataclass(frozen=True)
class Facts:
    """What retention needs to know of one backup."""

    backup_id: str
    started_at: datetime
    incarnation: str
    rows: Mapping[str, int | None]
    """By table, without strongroom's own; None where they were not counted."""
    parent: str | None = None
    counted: bool = True
    """Whether its rows were counted at all; else it tells of no table."""


@dataclass(frozen=True)
class Fate:
    """What becomes of one backup, and why. It is kept for each reason by itself."""

    backup: Facts
    kept_because: tuple[str, ...] = ()
    expired_because: tuple[str, ...] = ()

    @property
    def kept(self) -> bool:
        """Whether it stays."""
        return bool(self.kept_because)


def parent_of(manifest: Manifest) -> str | None:
    """The backup that this one builds on, if it builds on one."""
    return manifest.parent


def facts_of(manifest: Manifest) -> Facts:
    """Take from a manifest what decides on its fate."""
    return Facts(
        backup_id=manifest.backup_id,
        started_at=manifest.started_at,
        incarnation=manifest.incarnation,
        rows={
            table.name: None if table.method == "not_covered" else table.rows
            for table in manifest.tables
            if not table.name.startswith(f"{STRONGROOM_SCHEMA}.")
        },
        parent=parent_of(manifest),
        counted=manifest.unproven is None,
    )


def decide(
    backups: Collection[Facts],
    verdicts: Mapping[str, DrillVerdict],
    settings: RetentionSettings,
    *,
    keep: Mapping[str, Keep],
    now: datetime,
) -> list[Fate]:
    """Decide on every backup of one database, newest first.

    Args:
        backups: all that are whole, of every incarnation.
        verdicts: of the drill that decides on each backup that was drilled.
        settings: how many of each period are kept.
        keep: how tables are kept; the rows of those that are kept as ``none`` protect nothing.
        now: only to tell which backups are young, and never later than the newest of them.
    """
    history = _History(_newest_first(backups), verdicts, keep)
    because: dict[str, list[str]] = {one.backup_id: [] for one in history.backups}
    for rule in _PROTECTING:
        for backup, reason in rule(history):
            because[backup.backup_id].append(reason)
    for backup in _young(history, settings.keep_min_s, now):
        because[backup.backup_id].append("it is young")
    passed: dict[str, list[str]] = {one.backup_id: [] for one in history.backups}
    for period, count in _periods(settings):
        for bucket, members in _buckets(history.backups, period, count).items():
            chosen = max(members, key=history.rank)
            because[chosen.backup_id].append(f"it stands for the {period.name} {bucket}")
            for other in members:
                if other is not chosen:
                    told = f"{chosen.backup_id} stands for the {period.name} {bucket}"
                    passed[other.backup_id].append(told)
    _keep_chains(history, because)
    return [
        Fate(one, kept_because=tuple(kept))
        if (kept := because[one.backup_id])
        else Fate(one, expired_because=tuple(passed[one.backup_id]) or (_PAST_ALL,))
        for one in history.backups
    ]


def removal_order(expired: Collection[Fate]) -> list[Fate]:
    """In which order they go: what builds on another one before it, else the newest first.

    So a run that is killed leaves no backup without what it builds on, whatever clocks said.
    """
    by_id = {fate.backup.backup_id: fate.backup for fate in expired}

    def depth(backup: Facts) -> int:
        above: set[str] = set()
        while backup.parent in by_id and backup.parent not in above:
            above.add(backup.parent)
            backup = by_id[backup.parent]
        return len(above)

    fates = {fate.backup.backup_id: fate for fate in expired}
    newest_first = _newest_first(by_id.values())
    return [fates[one.backup_id] for one in sorted(newest_first, key=depth, reverse=True)]


_PAST_ALL = "it is older than every hour, day, week, month and year that is kept"


@dataclass(frozen=True)
class _History:
    """The backups of one database, newest first, and what is known of them."""

    backups: Sequence[Facts]
    verdicts: Mapping[str, DrillVerdict]
    keep: Mapping[str, Keep]
    places: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        places = {one.backup_id: place for place, one in enumerate(self.backups)}
        object.__setattr__(self, "places", places)

    @property
    def proven(self) -> list[Facts]:
        return [one for one in self.backups if self.is_proven(one)]

    def is_proven(self, backup: Facts) -> bool:
        return self.verdicts.get(backup.backup_id) == "proven"

    def is_refuted(self, backup: Facts) -> bool:
        return self.verdicts.get(backup.backup_id) == "failed"

    def rank(self, backup: Facts) -> tuple[int, int]:
        """What stands for a period: a proven backup before others, a refuted one last."""
        order = {"failed": 0, "proven": 2}.get(self.verdicts.get(backup.backup_id, ""), 1)
        return order, -self.places[backup.backup_id]

    def rows_that_count(self, backup: Facts) -> Iterator[tuple[str, int]]:
        for table, rows in backup.rows.items():
            if rows and keep_of(table, self.keep) != "none":
                yield table, rows


Rule = Callable[[_History], Iterator[tuple[Facts, str]]]


def _newest_proven(history: _History) -> Iterator[tuple[Facts, str]]:
    """A life of the database that is over comes back from nowhere else."""
    seen: set[str] = set()
    for backup in history.proven:
        if backup.incarnation not in seen:
            seen.add(backup.incarnation)
            yield backup, "it is the newest proven backup of its incarnation"


def _not_yet_proven(history: _History) -> Iterator[tuple[Facts, str]]:
    """What nobody has drilled may be the only good one, until a newer one is proven."""
    settled: set[str] = set()
    for backup in history.backups:
        if history.is_proven(backup):
            settled.add(backup.incarnation)
        elif backup.incarnation not in settled and not history.is_refuted(backup):
            yield backup, "it is not proven yet, and no newer one of its incarnation is"


def _proven_with_most_rows(history: _History) -> Iterator[tuple[Facts, str]]:
    return _with_most_rows(history, history.proven, "it is the last proven backup with the most")


def _unproven_with_more_rows(history: _History) -> Iterator[tuple[Facts, str]]:
    """Rows that no proven backup has, in one that is not proven, or even refuted."""
    others = _with_most_rows(history, history.backups, "it is the last backup with the most")
    return ((one, reason) for one, reason in others if not history.is_proven(one))


def _with_most_rows(
    history: _History, backups: Sequence[Facts], told: str
) -> Iterator[tuple[Facts, str]]:
    """The last backup at each table's highest count, in every incarnation."""
    most: dict[tuple[str, str], tuple[int, Facts]] = {}
    for backup in backups:
        for table, rows in history.rows_that_count(backup):
            place = (backup.incarnation, table)
            if place not in most or rows > most[place][0]:
                most[place] = rows, backup
    tables: dict[str, list[str]] = {}
    for (_, table), (_, backup) in most.items():
        tables.setdefault(backup.backup_id, []).append(table)
    for backup in backups:
        if names := tables.get(backup.backup_id):
            yield backup, f"{told} rows of {_named(names)}"


_PROTECTING: tuple[Rule, ...] = (
    _newest_proven,
    _not_yet_proven,
    _proven_with_most_rows,
    _unproven_with_more_rows,
)


def _young(history: _History, keep_min_s: int, now: datetime) -> list[Facts]:
    """Counted back from the newest backup: where none is taken any more, none grows old."""
    if not history.backups:
        return []
    since = min(now, history.backups[0].started_at) - timedelta(seconds=keep_min_s)
    return [one for one in history.backups if one.started_at > since]


@dataclass(frozen=True)
class _Period:
    name: str
    format: str


def _periods(settings: RetentionSettings) -> tuple[tuple[_Period, int], ...]:
    return (
        (_Period("hour", "%Y-%m-%dT%HZ"), settings.hourly),
        (_Period("day", "%Y-%m-%d"), settings.daily),
        (_Period("week", "%G-W%V"), settings.weekly),
        (_Period("month", "%Y-%m"), settings.monthly),
        (_Period("year", "%Y"), settings.yearly),
    )


def _buckets(backups: Sequence[Facts], period: _Period, count: int) -> dict[str, list[Facts]]:
    """The newest ``count`` periods in UTC that have a backup at all, each with its backups."""
    buckets: dict[str, list[Facts]] = {}
    for backup in backups:
        bucket = backup.started_at.astimezone(UTC).strftime(period.format)
        if bucket in buckets or len(buckets) < count:
            buckets.setdefault(bucket, []).append(backup)
    return buckets


def _keep_chains(history: _History, because: Mapping[str, list[str]]) -> None:
    """Keep what a kept backup builds on, up to the full one."""
    by_id = {one.backup_id: one for one in history.backups}
    living = [one for one in history.backups if because[one.backup_id]]
    while living:
        child = living.pop()
        if child.parent in by_id:
            if not because[child.parent]:
                living.append(by_id[child.parent])
            because[child.parent].append(f"{child.backup_id} builds on it")


def _newest_first(backups: Collection[Facts]) -> list[Facts]:
    return sorted(backups, key=lambda one: (one.started_at, one.backup_id), reverse=True)


def _named(tables: Sequence[str]) -> str:
    shown = ", ".join(tables[:_NAMED_MAX])
    more = len(tables) - _NAMED_MAX
    return f"{shown} and {more} more" if more > 0 else shown
