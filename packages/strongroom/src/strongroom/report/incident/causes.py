"""Why an incident happened, as far as the record shows: pure rules, each with its evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from strongroom.config import Policy
from strongroom.ledger import Entry
from strongroom.report.ages import span
from strongroom.report.incident.episodes import Episode

_PRIMARY = {
    "unpinned": "Nothing said which database is the right one: there was no pin.",
    "empty": "The application was led to a database that is empty and is not its own.",
    "foreign": "The application was led to a database that belongs to something else.",
    "wrong_environment": "The application was led to the database of another environment.",
    "clone": "The application was led to a copy of its database that lives a life of its own.",
    "rolled_back": "The database was put back to an older state: what came after it is not there.",
    "shrunk": "Rows vanished from the right database.",
    "unreachable": "The database could not be reached.",
}


@dataclass(frozen=True)
class Cause:
    """One cause, and what in the record shows it."""

    what: str
    evidence: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """As documented for ``--json``."""
        return {"what": self.what, "evidence": list(self.evidence)}


def primary_cause(episode: Episode) -> Cause:
    """The nearest cause: what the first act of the incident found."""
    first = next((one for one in episode.refusals if "verdict" in one.details), None)
    if first is not None:
        verdict = str(first.details["verdict"])
        what = _PRIMARY.get(verdict, f"The database was refused as {verdict}.")
        return Cause(what, tuple(_of_refusal(first)))
    begun = episode.acts[0]
    if begun.kind == "refused":
        return Cause(str(begun.details.get("message")), (_number(begun),))
    if begun.kind == "migration_unverified":
        what = "A migration ran, and its outcome was not what had been rehearsed."
        return Cause(what, (_number(begun),))
    what = "The record does not show it: nothing was refused before data were brought back."
    return Cause(what, (f"begun by {begun.kind}, {_number(begun)}",))


def _of_refusal(entry: Entry) -> Iterator[str]:
    found, expected = entry.details.get("found") or {}, entry.details.get("expected") or {}
    yield f"{entry.details.get('message')} ({_number(entry)})"
    if found.get("where"):
        yield f"The address led to {found['where']}, which holds {found.get('holds')}."
    for name, label in _COMPARED.items():
        if expected.get(name) != found.get(name) and expected.get(name):
            there = found.get(name) or "none"
            yield f"{label}: expected {expected[name]}, found {there}."


_COMPARED = {
    "cluster": "Cluster (system identifier)",
    "database_id": "Database id",
    "environment": "Environment",
    "epoch": "Newest epoch",
}


def contributing_causes(
    episode: Episode, policy: Policy, findings: Sequence[Cause] = ()
) -> list[Cause]:
    """What made it possible or worse; ``findings`` are those of an audit of the surroundings."""
    newest = {one.kind: one for one in episode.before}
    causes = [*_of_backups(episode, newest, policy), *_of_guards(newest)]
    causes += [*_of_warnings(episode), *_of_tests(episode)]
    return [*causes, *findings]


def _of_backups(episode: Episode, newest: dict[str, Entry], policy: Policy) -> Iterator[Cause]:
    backup, drill = newest.get("backup"), newest.get("drill")
    if backup is None:
        yield Cause("No backup had ever been taken.", ("the record names none before",))
        return
    age_s = (episode.began_at - datetime.fromisoformat(backup.at)).total_seconds()
    if age_s > policy.backup_age_max_s:
        limit = span(policy.backup_age_max_s)
        what = f"The newest backup was {span(age_s)} old; the limit is {limit}."
        yield Cause(what, (f"backup {backup.details.get('backup_id')}, {_number(backup)}",))
    if drill is None:
        yield Cause("No backup had been proven by a restore.", (_number(backup),))
    elif drill.details.get("verdict") != "proven":
        name = drill.details.get("backup_id")
        what = f"The newest drill had not proven backup {name}: {drill.details.get('verdict')}."
        yield Cause(what, (_number(drill),))


def _of_guards(newest: dict[str, Entry]) -> Iterator[Cause]:
    guarded, taken_out = newest.get("protect"), newest.get("unprotect")
    if guarded is None:
        yield Cause("No guards stood in the database.", ("the record names no strongroom protect",))
    elif taken_out is not None and taken_out.n > guarded.n:
        yield Cause("The guards had been taken out of the database.", (_number(taken_out),))


def _of_warnings(episode: Episode) -> Iterator[Cause]:
    told: set[str] = set()
    for refusal in episode.refusals:
        for warning in refusal.details.get("warnings") or ():
            message = str(warning.get("message"))
            if message not in told:
                told.add(message)
                yield Cause(message, (f"warned of at {_number(refusal)}",))


def _of_tests(episode: Episode) -> Iterator[Cause]:
    for entry in (*episode.acts, *episode.after):
        if entry.kind == "leaks_removed":
            rows = entry.details.get("rows")
            told = (
                ", ".join(f"{n} of {t}" for t, n in rows.items())
                if isinstance(rows, dict)
                else rows
            )
            yield Cause(f"Tests had written into the real database: {told}.", (_number(entry),))


def _number(entry: Entry) -> str:
    return f"entry {entry.n} of the ledger"
