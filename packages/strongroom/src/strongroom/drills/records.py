"""The stored outcome of a drill: written once, never changed, checked when it is read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from strongroom.backups.manifest import DRILLS_PREFIX
from strongroom.drills.comparison import Check, TableResult, Verdict, findings_of
from strongroom.errors import BackupError, NewerFormatError

FORMAT = 1
PREFIX = DRILLS_PREFIX
RESTORING = ("prepare", "load", "unpack", "start", "recover", "open")
"""The parts of a drill that every restore has; ``download`` goes on within one of them."""


@dataclass(frozen=True)
class Coverage:
    """How much of a backup a sample has compared row by row; the rest was counted."""

    tables: int
    tables_compared: int
    rows: int
    rows_compared: int
    together_with: tuple[str, ...]
    """Earlier drills of the same backup that compared what this one did not."""
    complete: bool
    """Whether they have compared every table of it together."""


@dataclass(frozen=True)
class DrillRecord:
    """What a drill of one backup found, when, and how long each part took.

    ``tables`` are those that the digests cover; ``not_covered`` says what they do not, and why.
    """

    drill_id: str
    backup_id: str
    manifest_sha256: str | None
    """None when the manifest itself could not be read."""
    verdict: Verdict
    at: datetime
    duration_s: float
    tables: tuple[TableResult, ...] = ()
    checks: tuple[Check, ...] = ()
    parts_s: Mapping[str, float] = field(default_factory=dict)
    not_covered: tuple[str, ...] = ()
    coverage: Coverage | None = None
    """None for a drill that compared everything."""

    @property
    def sampled_well(self) -> bool:
        """Whether nothing but the choice of a sample stands between the backup and its proof."""
        open_ = {check.name for check in self.checks if check.status == "inconclusive"}
        return self.verdict == "inconclusive" and open_ == {"coverage"}

    @property
    def key(self) -> str:
        """Where the record lies in the object store."""
        return f"{PREFIX}{self.backup_id}/{self.drill_id}.json"

    @property
    def restore_s(self) -> float:
        """How long the backup took to be brought back, without what only a drill does."""
        return round(sum(self.parts_s.get(part, 0.0) for part in RESTORING), 3)

    @property
    def rows(self) -> int:
        """How many rows the copy held."""
        return sum(table.found_rows or 0 for table in self.tables)

    @property
    def findings(self) -> list[str]:
        """Why the verdict is not ``proven``."""
        return findings_of(self.checks)

    def as_dict(self) -> dict[str, Any]:
        """The record as stored and as shown by ``--json``."""
        document = {**asdict(self), "at": self.at.isoformat(), "rows": self.rows}
        if self.coverage is None:
            del document["coverage"]  # as records have always been written
        return document


def encode(record: DrillRecord) -> bytes:
    """Write a record as the object that is stored, with a hash over its own contents."""
    body = record.as_dict()
    document = {"format": FORMAT, "sha256": _sha256(body), "record": body}
    return json.dumps(document, indent=1, sort_keys=True).encode()


def decode(data: bytes, key: str) -> DrillRecord:
    """Read a stored record.

    Raises:
        NewerFormatError: a newer strongroom wrote it.
        BackupError: it is damaged, and proves nothing.
    """
    try:
        document = json.loads(data)
        if document["format"] > FORMAT:
            raise NewerFormatError(
                f"The drill record {key} has format {document['format']}; this strongroom reads "
                f"up to {FORMAT}.",
                next_step="upgrade strongroom",
            )
        return _record(document["record"], document["sha256"])
    except (ValueError, KeyError, TypeError) as error:
        raise BackupError(
            f"The drill record {key} is damaged ({error}) and proves nothing.",
            next_step="strongroom drill",
        ) from error


def _record(body: dict[str, Any], sha256: str) -> DrillRecord:
    if sha256 != _sha256(body):
        raise ValueError("its hash does not fit its contents")
    del body["rows"]
    return DrillRecord(
        **{
            **body,
            "at": datetime.fromisoformat(body["at"]),
            "tables": tuple(TableResult(**table) for table in body["tables"]),
            "checks": tuple(Check(**check) for check in body["checks"]),
            "not_covered": tuple(body["not_covered"]),
            "coverage": _coverage(body.get("coverage")),
        }
    )


def _coverage(written: dict[str, Any] | None) -> Coverage | None:
    if written is None:
        return None
    return Coverage(**{**written, "together_with": tuple(written["together_with"])})


def _sha256(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
