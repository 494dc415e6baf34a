"""The manifest of a backup: what was backed up, and how to know it again.

It is one canonical JSON document, written last. Its name carries its own sha256, which also
stands in the ledger. The formats are documented in ``docs/reference/backup-format.md``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache, cached_property
from typing import Any, Literal, Self, get_args, get_origin, get_type_hints

from strongroom.backups.stream import StoredObject
from strongroom.errors import DamagedBackupError, NewerFormatError

FORMAT = 4
LARGE_OBJECTS_FORMAT = 4
"""What backups are written in whose large objects have a digest."""
DATABASES_FORMAT = 3
"""What physical backups are written in that tell of other databases, or of no proof point."""
PHYSICAL_FORMAT = 2
"""What physical backups are written in still that need nothing newer."""
LOGICAL_FORMAT = 1
"""What logical backups are written in still: nothing of theirs has changed."""
PREFIX = "backups/"
DRILLS_PREFIX = "drills/"
"""Where the records of drills lie, in a folder for each backup."""
DATA_NAME = "data.zst.age"
SINCE_3 = {"databases", "unproven"}
"""Fields of a physical backup that format 2 does not have."""


@dataclass(frozen=True)
class TableRecord:
    """One table's rows in the snapshot of the backup."""

    name: str
    rows: int
    digest: str
    """Independent of order; two seeded 64-bit sums, or one sha256 per column."""
    method: str
    reason: str | None = None
    """Why there is no digest, where the method is ``not_covered``."""


@dataclass(frozen=True)
class SequenceRecord:
    """Where a sequence stood before the dump began; the dump may hold a later value."""

    name: str
    last_value: int | None
    is_called: bool


@dataclass(frozen=True)
class ExtensionRecord:
    """An installed extension."""

    name: str
    version: str


@dataclass(frozen=True)
class RoleRecord:
    """A role that a restore has to make before the data; passwords are never in a backup."""

    name: str
    attributes: list[str]
    """``LOGIN``, ``SUPERUSER``, ``BYPASSRLS`` and so on: those that it has."""
    member_of: list[str]


UNREAD_LARGE_OBJECTS = "the backup's role may not read them, so they are not in the backup"
LARGE_OBJECTS_GAP = " large objects"
"""How the entry ends, after their number, that tells of large objects without a digest."""
UNLOGGED = "unlogged: a server's files hold none of it"


@dataclass(frozen=True)
class NotCovered:
    """Something that this backup does not hold, or that its digests do not cover."""

    what: str
    reason: str

    @property
    def is_absent(self) -> bool:
        """Whether data are missing from the backup that no restore brings back."""
        return self.reason in {UNREAD_LARGE_OBJECTS, UNLOGGED}

    def __str__(self) -> str:
        """As people are told of it."""
        return f"{self.what}: {self.reason}"


@dataclass(frozen=True)
class SnapshotRecord:
    """The moment that dump, counts and digests all show."""

    lsn: str | None


@dataclass(frozen=True)
class DatabaseRecord:
    """Another database of the same cluster, at the moment of the backup."""

    name: str
    tables: list[TableRecord]
    sequences: list[SequenceRecord]
    extensions: list[ExtensionRecord]
    schema_fingerprint: str


@dataclass(frozen=True)
class PhysicalRecord:
    """What a physical backup is made of, and what a server on it needs. Positions are in the log.

    The log that is stored with it begins with the segment of ``log_start`` and ends at
    ``log_end``; the tables and digests of the manifest are those of ``proof``.
    """

    kind: Literal["full", "incremental"]
    parent: str | None
    """The backup that an incremental one builds on."""
    system_identifier: int
    timeline: int
    segment_size_bytes: int
    log_start: str
    proof: str
    proof_method: Literal["quiet", "locks", "slot", "none"]
    log_end: str
    administrator: str
    """A superuser of the cluster that may log in, of several the first."""
    settings: dict[str, str]
    """What a standby must not have less of than its primary had."""
    other_databases: list[str]
    """Databases of the same cluster, which are in the backup too."""
    databases: list[DatabaseRecord] = field(default_factory=list)
    """Those of them that are compared as well."""
    unproven: str | None = None
    """Why there is no moment that it could be compared with; then no tables are told."""

    @property
    def format(self) -> int:
        """The lowest format that can tell all of it."""
        return DATABASES_FORMAT if self.databases or self.unproven else PHYSICAL_FORMAT


def format_for(tables: list[TableRecord], physical: PhysicalRecord | None) -> int:
    """The lowest format that can tell all of a backup: older readers keep what they can read."""
    beside = [
        table for record in (physical.databases if physical else ()) for table in record.tables
    ]
    if any(table.method == "large_objects" for table in (*tables, *beside)):
        return LARGE_OBJECTS_FORMAT
    return physical.format if physical else LOGICAL_FORMAT


@dataclass(frozen=True)
class Manifest:
    """Everything that is known of one backup. Times are in UTC."""

    format: int
    backup_id: str
    method: Literal["logical", "physical"]
    database_id: str
    incarnation: str
    environment: str
    application: str
    postgres_version: str
    started_at: datetime
    finished_at: datetime
    duration_s: float
    size_bytes: int
    """Of all stored objects together."""
    database_size_bytes: int
    objects: list[StoredObject]
    tables: list[TableRecord]
    not_covered: list[NotCovered]
    sequences: list[SequenceRecord]
    extensions: list[ExtensionRecord]
    roles: list[RoleRecord]
    schema_fingerprint: str
    alembic_revision: str | None
    snapshot: SnapshotRecord
    recipients: list[str]
    physical: PhysicalRecord | None = None

    @property
    def parent(self) -> str | None:
        """The backup without which this one cannot be restored."""
        return self.physical.parent if self.physical else None

    @property
    def unproven(self) -> str | None:
        """Why nothing was counted that it could be compared with; else None."""
        return self.physical.unproven if self.physical else None

    @property
    def rows(self) -> int:
        """Rows of all tables together."""
        return sum(table.rows for table in self.tables)

    def as_dict(self) -> dict[str, object]:
        """The document as it is written, with times in ISO 8601."""
        times = {"started_at": self.started_at, "finished_at": self.finished_at}
        document = {**asdict(self), **{name: time.isoformat() for name, time in times.items()}}
        if self.format == LOGICAL_FORMAT:
            del document["physical"]  # that format has no such field
        elif self.format == PHYSICAL_FORMAT and self.physical is not None:
            physical = asdict(self.physical)
            document["physical"] = {name: physical[name] for name in physical.keys() - SINCE_3}
        return document

    def to_bytes(self) -> bytes:
        """The canonical form: sorted keys, no spaces, UTF-8, one line break at the end."""
        text = json.dumps(self.as_dict(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return text.encode() + b"\n"

    @cached_property
    def sha256(self) -> str:
        """The hash of the canonical form."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    @property
    def key(self) -> str:
        """Where the manifest lies in the store."""
        return f"{PREFIX}{self.backup_id}/manifest-{self.sha256}.json"

    @classmethod
    def from_bytes(cls, data: bytes, key: str) -> Self:
        """Read the manifest that was found at ``key``, and believe nothing that does not fit.

        Raises:
            DamagedBackupError: name and content, or content and folder, do not fit.
            NewerFormatError: it was written by a newer strongroom.
        """
        backup_id, _, name = key.removeprefix(PREFIX).partition("/")
        if name != f"manifest-{hashlib.sha256(data).hexdigest()}.json":
            raise _damaged(key, "its content does not have the hash in its name")
        document = _document(data, key)
        try:
            if document["format"] == LOGICAL_FORMAT:
                document = {**document, "physical": None}
            elif document["format"] == PHYSICAL_FORMAT and document["physical"] is not None:
                newer: dict[str, object] = {"databases": [], "unproven": None}
                document = {**document, "physical": {**document["physical"], **newer}}
            manifest: Self = _built(cls, document)
        except (KeyError, TypeError, ValueError) as error:
            written = document["format"]
            raise _damaged(key, f"it is not a manifest of format {written} ({error})") from error
        if (manifest.method == "physical") != (manifest.physical is not None):
            raise _damaged(key, f"its method {manifest.method} does not fit what it describes")
        if manifest.backup_id != backup_id:
            raise _damaged(key, f"it describes the backup {manifest.backup_id!r}")
        if manifest.to_bytes() != data:
            raise _damaged(key, "it is not written in the canonical form")
        return manifest


def data_key(backup_id: str) -> str:
    """Where the data of a backup lies in the store."""
    return object_key(backup_id, DATA_NAME)


def object_key(backup_id: str, name: str) -> str:
    """Where an object of a backup lies in the store."""
    return f"{PREFIX}{backup_id}/{name}"


def _document(data: bytes, key: str) -> dict[str, Any]:
    try:
        document = json.loads(data)
        written = document["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(key, "it is not a manifest at all") from error
    if isinstance(written, int) and written > FORMAT:
        raise NewerFormatError(
            f"{key} has format {written}; this strongroom reads formats up to {FORMAT}.",
            next_step="upgrade strongroom, then try again",
        )
    if not isinstance(document, dict):
        raise _damaged(key, "it is not a manifest at all")
    return document


def _built(kind: Any, value: Any) -> Any:  # noqa: ANN401 - any declared type, any JSON value
    """Build a value of the declared type from JSON, field by field and checked."""
    if (record := _record_in(kind)) is not None:
        return None if value is None and record is not kind else _built_record(record, value)
    if get_origin(kind) in {list, dict}:
        return _built_many(kind, value)
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise ValueError(f"{value!r} is not known")
        return value
    if kind is datetime:
        return datetime.fromisoformat(value)
    allowed = get_args(kind) or (kind,)
    if type(value) not in allowed:
        raise TypeError(f"{value!r} is not {' or '.join(one.__name__ for one in allowed)}")
    return value


def _built_record(kind: Any, value: Any) -> Any:  # noqa: ANN401 - the same
    if not isinstance(value, Mapping):
        raise TypeError(f"{kind.__name__} is {type(value).__name__}")
    hints = _hints_of(kind)
    if value.keys() != hints.keys():
        raise ValueError(f"{kind.__name__} has other fields")
    return kind(**{name: _built(hint, value[name]) for name, hint in hints.items()})


@cache
def _hints_of(kind: type) -> Mapping[str, Any]:
    """The declared types of a record's fields; working them out takes longer than all the rest."""
    return get_type_hints(kind)


def _built_many(kind: Any, value: Any) -> Any:  # noqa: ANN401 - the same
    if not isinstance(value, get_origin(kind)):
        raise TypeError(f"a {get_origin(kind).__name__} is {type(value).__name__}")
    of = get_args(kind)[-1]
    if isinstance(value, dict):
        return {str(name): _built(of, item) for name, item in value.items()}
    return [_built(of, item) for item in value]


def _record_in(kind: Any) -> Any:  # noqa: ANN401 - any declared type
    """The record that a field holds, also where it may be absent; None for any other field."""
    records = (one for one in (kind, *get_args(kind)) if hasattr(one, "__dataclass_fields__"))
    return None if get_origin(kind) in {list, dict} else next(records, None)


def _damaged(key: str, what: str) -> DamagedBackupError:
    return DamagedBackupError(
        f"The manifest {key} is damaged: {what}.",
        next_step="strongroom backups, and use another one",
    )
