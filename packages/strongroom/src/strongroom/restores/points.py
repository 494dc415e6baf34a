"""Points in time to return to: what is meant by one, and the backup that leads to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from strongroom.backups.catalogue import listed, load
from strongroom.backups.manifest import Manifest
from strongroom.backups.wal import (
    StoredLog,
    Target,
    branch_of_backup,
    reach_of,
    read_log,
    read_standing,
)
from strongroom.config import Configuration
from strongroom.drills import Onward
from strongroom.drills.unpack import record_of
from strongroom.errors import LogGapError, TargetError
from strongroom.identity.state_store import pinned_state_store
from strongroom.ledger import Entry, ledger_of
from strongroom.postgres.replication import position_of, text_of
from strongroom.storage import ObjectStore, open_store

LSN = re.compile(r"[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}")
NAME_MAX_BYTES = 63


def target_at(
    configuration: Configuration,
    *,
    time: str | None = None,
    lsn: str | None = None,
    name: str | None = None,
    before: str | None = None,
) -> Target | None:
    """Understand the one point that is given; None where none is.

    Raises:
        TargetError: more than one is given, or it is none that can be returned to.
    """
    given = [one for one in (time, lsn, name, before) if one is not None]
    if not given:
        return None
    if len(given) > 1:
        raise TargetError(
            "More than one point to return to is given.",
            next_step="name one of --to-time, --to-lsn, --to-name and --before",
        )
    if time is not None:
        return Target(time=_moment(time))
    if lsn is not None:
        return Target(position=_position(lsn))
    if name is not None:
        return Target(name=_name(name))
    return _before(configuration, given[0])


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise TargetError(
            f"{text!r} is no moment.", next_step=f"write it as {_example()}"
        ) from error
    if moment.tzinfo is None:
        raise TargetError(
            f"{text} says nothing of its time zone, and could be any of two dozen moments.",
            next_step=f"write it with an offset: {text}+00:00, for UTC",
        )
    if moment > datetime.now(UTC):
        raise TargetError(
            f"{text} is in the future.", next_step=f"name a moment that has passed: {_example()}"
        )
    return moment


def _example() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _position(text: str) -> int:
    if not LSN.fullmatch(text):
        raise TargetError(
            f"{text!r} is no position in the log.",
            next_step="write it as PostgreSQL does: 0/3000148",
        )
    return position_of(text)


def _name(text: str) -> str:
    if not text or not text.isprintable() or len(text.encode()) > NAME_MAX_BYTES:
        raise TargetError(
            f"{text!r} cannot be the name of a restore point.",
            next_step="give the name that pg_create_restore_point was given",
        )
    return text


def _before(configuration: Configuration, given: str) -> Target:
    """The moment just before an act that the ledger tells of."""
    entries = ledger_of(configuration).readable()[0]
    entry = next((one for one in entries if given == str(one.n)), None)
    if entry is None:
        raise TargetError(
            f"The ledger has no entry {given}.", next_step="strongroom ledger show, for its numbers"
        )
    told = f"before entry {entry.n} of the ledger ({entry.kind}, {entry.at})"
    act = _act_of(entries, entry)
    lsn, incarnation = act.details.get("lsn"), act.details.get("incarnation")
    if isinstance(lsn, str) and LSN.fullmatch(lsn):
        life = str(incarnation) if incarnation else None
        return Target(position=position_of(lsn), incarnation=life, told=told)
    told += "; by its time, for it has no position in the log: it may have begun before that"
    return Target(time=datetime.fromisoformat(entry.at), inclusive=False, told=told)


def _act_of(entries: Sequence[Entry], entry: Entry) -> Entry:
    """The entry with the position of an act: of a permit that of its use."""
    permit = entry.details.get("permit_id")
    if "lsn" in entry.details or permit is None:
        return entry
    used = [one for one in entries if one.details.get("permit_id") == permit]
    return next((one for one in used if "lsn" in one.details), entry)


def chosen(
    configuration: Configuration, backup_id: str | None, target: Target | None
) -> tuple[Manifest, Onward | None]:
    """Choose the backup to begin with: the named one, the newest, or one that leads to a target.

    Raises:
        TargetError, LogGapError: nothing leads to the target.
        NoSuchBackupError: there is none of this name, or none at all.
    """
    if target is None:
        return load(configuration, backup_id), None
    return backup_for(configuration, target, backup_id)


def backup_for(
    configuration: Configuration, target: Target, backup_id: str | None
) -> tuple[Manifest, Onward]:
    """Choose the backup to begin with, and what leads on from it to the target.

    Without a name it is the newest one from which the target can be reached. A position means
    something only on its own line of log: there the current life's backups come into question.

    Raises:
        TargetError, LogGapError: none leads there; the error is that of the newest one that
            lies before the target.
        NoSuchBackupError: there is none of this name.
    """
    logs = _Logs(configuration)
    if backup_id is not None:
        manifest = load(configuration, backup_id)
        return manifest, logs.onward(manifest, target)
    problem: TargetError | LogGapError | None = None
    for manifest in _candidates(configuration, target):
        try:
            return manifest, logs.onward(manifest, target)
        except (TargetError, LogGapError) as error:
            problem = problem if isinstance(problem, LogGapError) else error
            problem = problem or error
            if target.name is not None:
                break
    raise problem or _without_backup(configuration, target)


def _candidates(configuration: Configuration, target: Target) -> list[Manifest]:
    physical = [one for one in listed(configuration) if one.physical is not None]
    if target.time is not None:
        return [one for one in physical if one.finished_at <= target.time]
    life = target.incarnation or pinned_state_store(configuration).load().state.current.id
    own = [one for one in physical if one.incarnation == life]
    position = target.position
    if position is None:
        return own
    return [one for one in own if one.physical and position_of(one.physical.proof) <= position]


class _Logs:
    """The stored lines of log, each read once."""

    def __init__(self, configuration: Configuration) -> None:
        self._store: ObjectStore = open_store(configuration.store_url)
        self._standing = read_standing(configuration)
        self._read: dict[str, StoredLog] = {}

    def onward(self, manifest: Manifest, target: Target) -> Onward:
        """What leads from this backup to the target. Raises TargetError, LogGapError."""
        branch = branch_of_backup(manifest)
        if branch.prefix not in self._read:
            size_bytes = record_of(manifest).segment_size_bytes
            self._read[branch.prefix] = read_log(self._store, branch, size_bytes)
        log = self._read[branch.prefix]
        return Onward(target, reach_of(self._store, manifest, log, target, self._standing))


def _without_backup(configuration: Configuration, target: Target) -> TargetError:
    physical = [one for one in listed(configuration) if one.physical is not None]
    if not physical:
        return TargetError(
            "There is no physical backup, and only from one does the log lead on.",
            next_step="strongroom backup --method physical, for the points in time from then on",
        )
    oldest = min(physical, key=lambda one: one.started_at)
    proof = oldest.physical.proof if oldest.physical else ""
    return TargetError(
        f"{target} is before every usable backup of this life of the database: the oldest, "
        f"{oldest.backup_id}, is complete at {oldest.finished_at.isoformat()} ({proof}).",
        next_step=f"strongroom restore {oldest.backup_id}, the nearest there is"
        if target.position is None
        else f"strongroom restore BACKUP --to-lsn {text_of(target.position)}, naming a backup of "
        "that life",
    )
