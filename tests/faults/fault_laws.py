"""What must be true after every run, whatever went wrong in it."""

from __future__ import annotations

import hashlib
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fault_home import Home, State
from fault_scenarios import Act, chain_keys

from strongroom.backups import Manifest, fsck, listed, open_archive
from strongroom.backups.archive import open_object
from strongroom.drills import DrillRecord, drill, proven_backups, require_as_written
from strongroom.errors import StrongroomError
from strongroom.identity import check
from strongroom.ledger import ledger_of
from strongroom.postgres.tools import running_tool
from strongroom.restores.journal import pending_swap
from strongroom.server.binaries import find_binaries

PROGRAMS = frozenset(
    {"pg_dump", "pg_restore", "pg_basebackup", "pg_combinebackup", "pg_verifybackup", "initdb"}
)
ENDING_MAX_S = 10.0
SPOILING = frozenset({"cut", "flipped", "breaks"})
_RANDOM_LINES = re.compile(rb"^(--.*|\\(un)?restrict .*)$", re.MULTILINE)


@dataclass(frozen=True)
class Violation:
    """A law that was broken: ``lost``, ``falsely_proven``, ``error``, ``secret`` and so on."""

    law: str
    what: str


def after_fault(home: Home, act: Act, state: State, gone: set[str]) -> Iterator[Violation]:
    """Nothing that was there is lost, and nothing is called proven that was not proven."""
    yield from nothing_lost(home, act, state, gone)
    yield from _listed_is_whole(home, state)
    verdict = check(home.configuration).verdict
    if verdict != "match":
        yield Violation("lost", f"the database is judged as {verdict}")
    for finding in ledger_of(home.configuration).verify():
        if finding.status == "failed":
            yield Violation("lost", f"the ledger's entry {finding.n} {finding.detail}")


def nothing_lost(home: Home, act: Act, state: State, gone: set[str]) -> Iterator[Violation]:
    """Rows, backups and their copies are as they were; so are the proofs."""
    yield from _rows(home, act, state)
    yield from _earlier_objects(home, state, gone)
    yield from _proofs(home, state)


def of_error(home: Home, error: BaseException) -> Iterator[Violation]:
    """It says what to do, and no secret."""
    if not isinstance(error, StrongroomError):
        yield Violation("error", f"{type(error).__name__} instead of an error of ours: {error}")
    elif not (error.message.strip() and error.next_step.strip()):
        yield Violation("error", f"{type(error).__name__} says too little: {error}")
    told = [str(error), *getattr(error, "__notes__", [])]
    if any(secret in text for secret in home.secrets for text in told):
        yield Violation("secret", f"{type(error).__name__} tells a secret")


def of_verdict(
    home: Home, act: Act, state: State, answer: object, spoilt: str | None
) -> Iterator[Violation]:
    """A drill that was given other bytes than those that are stored has proven nothing."""
    if act.drilled is None or spoilt is None or not isinstance(answer, DrillRecord):
        return
    backup_id = act.drilled(state)
    if answer.verdict == "proven" and spoilt in set(chain_keys(home, backup_id)):
        yield Violation("falsely_proven", f"{backup_id}, although {spoilt} was spoilt")


def after_retry(
    home: Home, state: State, *, told_wrongly: bool, thorough: bool
) -> Iterator[Violation]:
    """The clean repetition has left nothing half done, and what it made can be restored."""
    ledger = home.configuration.ledger_path.read_text()
    if any(secret in ledger for secret in home.secrets):
        yield Violation("secret", "the ledger holds a secret")
    if pending_swap(home.configuration.state_cache) is not None:
        yield Violation("leftover", "a swap is pending")
    for place in home.configuration.scratch_directory.glob("scratch-*"):
        yield Violation("leftover", f"{place.name} is left")
    found = fsck(home.configuration, check_drill=require_as_written, read_data=True)
    for finding in found.findings:
        if not told_wrongly:  # then it is enough that it is found
            yield Violation("fsck", f"{finding.kind} {finding.key}: {finding.what}")
    yield from _copies(home)
    for manifest in listed(home.configuration):
        if manifest.backup_id not in state.backups:
            yield from _new_backup(home, state, manifest, thorough=thorough)
    yield from _processes(home)


def _rows(home: Home, act: Act, state: State) -> Iterator[Violation]:
    permitted = [state.contents]
    if act.may_become is not None:
        permitted.append(home.states[act.may_become].contents)
    if (found := home.contents()) not in permitted:
        yield Violation("lost", f"rows of the database in place: {found}")


def _earlier_objects(home: Home, state: State, gone: set[str]) -> Iterator[Violation]:
    found = home.objects()
    good = home.states["plain"].objects
    for store, objects in state.objects.items():
        for key, sha256 in objects.items():
            backup_id = key.split("/")[1]
            kept = found[store].get(key)
            if kept in (sha256, good[store].get(key)) and kept is not None:
                continue
            if kept is None and (backup_id in gone or backup_id not in state.backups):
                continue
            if store == "store" and sha256 != good[store].get(key) == found["copies"].get(key):
                continue  # it was damaged before, and its copy is still to be brought back
            yield Violation("lost", f"{key} in the {store}: {'changed' if kept else 'gone'}")


def _proofs(home: Home, state: State) -> Iterator[Violation]:
    for backup_id in proven_backups(home.configuration):
        if backup_id not in state.proven:
            yield Violation("falsely_proven", f"{backup_id} was never drilled")


def _listed_is_whole(home: Home, state: State) -> Iterator[Violation]:
    """A backup that appeared is there in full, whatever the act said of it."""
    for manifest in listed(home.configuration):
        if manifest.backup_id in state.backups:
            continue
        try:
            for index in range(len(manifest.objects)):
                with open_object(home.configuration, manifest, index):
                    pass  # leaving the block compares all of it with the manifest
        except StrongroomError as error:
            yield Violation("falsely_listed", f"{manifest.backup_id}: {error.message}")


def _copies(home: Home) -> Iterator[Violation]:
    """What lies in the store of copies is byte for byte what lies in the store."""
    found = home.objects()
    for key, sha256 in found["copies"].items():
        if found["store"].get(key, sha256) != sha256:
            yield Violation("lost", f"the copy of {key} is another one")


def _new_backup(
    home: Home, state: State, manifest: Manifest, *, thorough: bool
) -> Iterator[Violation]:
    """Compare what a new backup would restore with what the source holds."""
    if manifest.method == "logical":
        known = next(one for one in state.backups.values() if one.method == "logical")
        if _sql_of(home, manifest) != _sql_of(home, known):
            yield Violation("lost", f"{manifest.backup_id} holds other rows than the source")
    if thorough:
        record = drill(home.configuration, manifest.backup_id)
        if record.verdict != "proven":
            yield Violation("lost", f"{manifest.backup_id}: {record.verdict} {record.findings}")


_known_sql: dict[str, str] = {}


def _sql_of(home: Home, manifest: Manifest) -> str:
    """The hash of the statements that a logical backup is restored by."""
    if (name := manifest.objects[0].sha256) in _known_sql:
        return _known_sql[name]
    program = find_binaries(18).tool("pg_restore")
    arguments = ["--file=-", "--schema=public"]
    with (
        open_archive(home.configuration, manifest) as archive,
        running_tool(
            program, arguments, {}, stdin=archive.fileno(), stdout=subprocess.PIPE
        ) as tool,
    ):
        assert tool.process.stdout is not None
        text = tool.process.stdout.read()
        tool.finish()
    assert b"COPY public.run " in text
    _known_sql[name] = hashlib.sha256(_RANDOM_LINES.sub(b"", text)).hexdigest()
    return _known_sql[name]


def _processes(home: Home) -> Iterator[Violation]:
    """Nothing that was started runs on, but the server in place."""
    until = time.monotonic() + ENDING_MAX_S
    while (found := [*_started(home)]) and time.monotonic() < until:
        time.sleep(0.05)  # who was killed a moment ago may not have ended yet
    for one in found:
        yield Violation("process", one)


def _started(home: Home) -> Iterator[str]:
    in_place = home.directory / "data"
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            directory = (entry / "cwd").readlink()
            name = (entry / "comm").read_text().strip()
            began_here = str(home.directory).encode() in (entry / "environ").read_bytes()
        except (OSError, ValueError):
            continue  # it has ended, or is a thread of the system
        if directory.is_relative_to(home.directory) and directory != in_place:
            yield f"{name} in {directory.name}"
        elif name in PROGRAMS and began_here:
            yield name
