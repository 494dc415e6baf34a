"""The ledger's file: JSON lines, each carrying the hash of the one before it.

Changing, removing or inserting a line breaks the chain. Cutting lines off the end does not,
and rewriting everything does not either; so each line is also put, write-once, into the
object store, and ``Ledger.verify`` compares the two.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from strongroom.errors import LedgerError, StorageError, StrongroomError
from strongroom.ledger.redaction import redacted

if TYPE_CHECKING:
    from strongroom.storage import ObjectStore

GENESIS = "0" * 64
_HASHED = ("n", "at", "kind", "details", "previous")


@dataclass(frozen=True)
class Entry:
    """One recorded act."""

    n: int
    at: str
    kind: str
    details: dict[str, Any]
    previous: str
    hash: str
    anchor_problem: str | None = None
    """Why this entry could not be anchored in the store; only known when it is recorded."""

    def as_dict(self) -> dict[str, Any]:
        """The entry as it stands in the file."""
        return {**{name: getattr(self, name) for name in _HASHED}, "hash": self.hash}


@dataclass(frozen=True)
class Finding:
    """Something that verifying found: a break (``failed``) or something to know (``warning``)."""

    n: int | None
    status: Literal["failed", "warning"]
    detail: str


class Ledger:
    """An append-only record; safe for several processes, and after a kill at any moment.

    Anchors are objects ``ledger/<name>/<chain>/<n>-<hash>``, where chain is the start of the
    first entry's hash.
    """

    def __init__(self, path: Path, anchor: ObjectStore | None, *, name: str = "main") -> None:
        self.path = path
        self._anchor = anchor
        self._prefix = f"ledger/{name}/"

    def record(self, kind: str, **details: object) -> Entry:
        """Append one act; secrets are taken out before it enters the chain.

        Raises:
            LedgerError: the file cannot be written. A store that cannot be reached is not an
                error: the entry then carries ``anchor_problem``.
        """
        try:
            with self._locked() as file:
                entry = _next_entry(*_end_of_chain(file), kind, redacted(details))
                file.seek(0, os.SEEK_END)
                file.write(_line(entry))
                file.flush()
                os.fsync(file.fileno())
                chain = _chain_of(file)
        except OSError as error:
            raise LedgerError(
                f"The ledger {self.path} cannot be written: {error.strerror}.",
                next_step=f"make {self.path.parent} writable for this user, then try again",
            ) from error
        return replace(entry, anchor_problem=self._put_anchor(entry, chain))

    def entries(self) -> Iterator[Entry]:
        """Read every whole entry, oldest first.

        Raises:
            LedgerError: a line is not an entry.
        """
        for number, line in enumerate(self._lines(), 1):
            yield _parsed(line, number)

    def readable(self) -> tuple[list[Entry], list[int]]:
        """Read what still is an entry, and name the lines that are none.

        For whoever has to go on with a damaged record: ``verify`` judges it.
        """
        entries, damaged = [], []
        for number, line in enumerate(self._lines(), 1):
            try:
                entries.append(_parsed(line, number))
            except LedgerError:
                damaged.append(number)
        return entries, damaged

    def contains(self, kind: str, **match: object) -> bool:
        """Say whether an act of this kind with these details was recorded, as far as is known."""
        entries, _ = self.readable()
        return any(
            entry.kind == kind and match.items() <= entry.details.items() for entry in entries
        )

    def newest(self, *kinds: str) -> Entry | None:
        """Find the newest act of these kinds, without reading what is of others.

        Raises:
            LedgerError: the file cannot be read.
        """
        marks = [f'"kind":"{kind}"'.encode() for kind in kinds]
        for line in reversed(list(self._lines())):
            if any(mark in line for mark in marks):
                with suppress(LedgerError):  # ``verify`` judges damage
                    entry = _parsed(line, number=0)
                    if entry.kind in kinds:
                        return entry
        return None

    def verify(self) -> list[Finding]:
        """Check the chain, and the chain against its anchors; an empty list is a clean bill."""
        findings: list[Finding] = []
        hashes: dict[int, str] = {}
        previous: str | None = GENESIS
        for number, line in enumerate(self._lines(), 1):
            try:
                entry = _parsed(line, number)
            except LedgerError as error:
                findings.append(Finding(number, "failed", error.message))
                previous = None  # nobody knows what the next one followed
                continue
            if entry.n != number or previous not in (None, entry.previous):
                findings.append(Finding(number, "failed", "does not follow the entry before it"))
            if entry.hash != _hash_of(entry):
                findings.append(Finding(number, "failed", "was changed after it was recorded"))
            hashes[number] = previous = entry.hash
        return findings + self._compare_anchors(hashes)

    def _compare_anchors(self, hashes: dict[int, str]) -> list[Finding]:
        if self._anchor is None:
            return []
        try:
            keys = [one.key for one in self._anchor.list(self._prefix)]
        except StorageError as error:
            return [Finding(None, "warning", f"the anchors could not be read: {error.message}")]
        chain = hashes.get(1, GENESIS)[:16]
        findings: list[Finding] = []
        others: set[str] = set()
        anchored: set[int] = set()
        for key in keys:
            its_chain, _, rest = key.removeprefix(self._prefix).partition("/")
            number, _, its_hash = rest.partition("-")
            if its_chain != chain:
                others.add(its_chain)
            elif hashes.get(int(number)) != its_hash:
                findings.append(
                    Finding(int(number), "failed", "is not the entry that was anchored")
                )
            else:
                anchored.add(int(number))
        findings += [
            Finding(None, "warning", f"the store anchors another ledger of this name: {other}")
            for other in sorted(others)
        ]
        if missing := sorted(hashes.keys() - anchored - {finding.n for finding in findings}):
            findings.append(Finding(missing[0], "warning", f"{len(missing)} entries not anchored"))
        return findings

    def _put_anchor(self, entry: Entry, chain: str) -> str | None:
        if self._anchor is None:
            return None
        try:
            self._anchor.put(
                f"{self._prefix}{chain[:16]}/{entry.n:010d}-{entry.hash}", _line(entry)
            )
        except StrongroomError as error:
            return error.message
        return None

    def _lines(self) -> Iterator[bytes]:
        try:
            with self.path.open("rb") as file:
                for line in file:
                    if line.endswith(b"\n"):  # a torn line was never recorded
                        yield line
        except FileNotFoundError:
            return
        except OSError as error:
            raise LedgerError(
                f"The ledger {self.path} cannot be read: {error.strerror}.",
                next_step=f"run this as the user that owns {self.path}",
            ) from error

    @contextmanager
    def _locked(self) -> Iterator[BinaryIO]:
        """Hold the file for one append; a line torn by a crash is set aside first."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self._set_torn_line_aside(file)
            yield file

    def _set_torn_line_aside(self, file: BinaryIO) -> None:
        whole = _end_of_whole_lines(file)
        file.seek(whole)
        if torn := file.read():
            with self.path.with_suffix(".torn").open("ab") as aside:
                aside.write(torn + b"\n")
                os.fsync(aside.fileno())
            file.truncate(whole)


def anchor_problem(key: str, data: bytes) -> str | None:
    """Say what is wrong with one anchor in the store; None when it is as it was written."""
    number, _, its_hash = key.rpartition("/")[2].partition("-")
    try:
        entry = _parsed(data, number=0)
    except LedgerError:
        return "it is not an entry of a ledger"
    if _line(entry) != data or entry.hash != _hash_of(entry):
        return "it was changed after it was recorded"
    if entry.hash != its_hash or f"{entry.n:010d}" != number:
        return "it is not the entry that its name says"
    return None


def _next_entry(n: int, previous: str, kind: str, details: object) -> Entry:
    if not isinstance(details, dict):  # only for the type checker: a mapping stays a mapping
        raise TypeError(details)
    entry = Entry(
        n=n,
        at=datetime.now(UTC).isoformat(),
        kind=kind,
        details=details,
        previous=previous,
        hash="",
    )
    return replace(entry, hash=_hash_of(entry))


def _hash_of(entry: Entry) -> str:
    return hashlib.sha256(_canonical({name: getattr(entry, name) for name in _HASHED})).hexdigest()


def _canonical(document: dict[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _line(entry: Entry) -> bytes:
    return _canonical(entry.as_dict()) + b"\n"


def _parsed(line: bytes, number: int) -> Entry:
    try:
        document = json.loads(line)
        datetime.fromisoformat(document["at"])
        return Entry(**{**document, "n": int(document["n"]), "details": {**document["details"]}})
    except (ValueError, TypeError, KeyError) as error:
        raise LedgerError(
            f"Line {number} of the ledger is not an entry.", next_step="strongroom ledger verify"
        ) from error


def _end_of_whole_lines(file: BinaryIO) -> int:
    size_bytes = os.fstat(file.fileno()).st_size
    if size_bytes == 0:
        return 0
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.rfind(b"\n") + 1


def _end_of_chain(file: BinaryIO) -> tuple[int, str]:
    """Number and predecessor of the next entry.

    Damage is left for ``verify`` and stops nothing: a restore must be able to go on.
    """
    if os.fstat(file.fileno()).st_size == 0:
        return 1, GENESIS
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        start = content.rfind(b"\n", 0, len(content) - 1) + 1
        try:
            last = _parsed(content[start:], number=-1)
        except LedgerError:
            return sum(1 for _ in iter(content.readline, b"")) + 1, _hash_of_line(content[start:])
    return last.n + 1, last.hash


def _chain_of(file: BinaryIO) -> str:
    """The hash of the first entry, which names the chain."""
    file.seek(0)
    line = file.readline()
    try:
        return _parsed(line, number=1).hash
    except LedgerError:
        return _hash_of_line(line)


def _hash_of_line(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
