"""An incident as a report: everything that it says, once, for text, Markdown, page and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from strongroom.alerts import Notice
from strongroom.config import Configuration
from strongroom.errors import IncidentError, StrongroomError
from strongroom.identity import REOPENED, Judgement, check
from strongroom.ledger import Entry, ledger_of, tell_entry
from strongroom.progress import SILENT, Progress
from strongroom.protection import protection_warnings
from strongroom.report.conditions import evaluate
from strongroom.report.facts import collect, subject_of
from strongroom.report.incident.causes import Cause, contributing_causes, primary_cause
from strongroom.report.incident.episodes import Episode, episodes
from strongroom.report.incident.fates import TableFate, fates

_ACTS = frozenset({"restore", "swap", "undo", "accept", "adopt", "freeze", "thaw", REOPENED})
_CARE = frozenset({"backup", "drill", "protect", "leaks_removed", "migrate", "state_rebuilt"})


@dataclass(frozen=True)
class Moment:
    """One line of the timeline: an act, or several of one kind in a row."""

    at: datetime
    what: str
    entries: tuple[int, int]
    """The first and the last number in the ledger."""
    during: bool
    """Whether it belongs to the incident itself, not to what came before it or after it."""

    def as_dict(self) -> dict[str, Any]:
        """As documented for ``--json``."""
        return {
            "at": self.at,
            "what": self.what,
            "entries": list(self.entries),
            "during": self.during,
        }


@dataclass(frozen=True)
class IncidentReport:
    """What happened, to what, why, what was done, and what remains."""

    subject: str
    number: int
    """Of the incident, counted from 1; the newest has the highest."""
    of: int
    written_at: datetime
    began_at: datetime
    ended_at: datetime | None
    summary: str
    timeline: tuple[Moment, ...]
    tables: tuple[TableFate, ...]
    counted: str
    """Where the rows of now are from."""
    primary: Cause
    contributing: tuple[Cause, ...]
    done: tuple[Moment, ...]
    remains: tuple[Notice, ...]
    record: tuple[str, ...]
    """What is wrong with the ledger itself; empty when its chain is whole."""

    @property
    def state(self) -> Literal["over", "going on"]:
        """Whether the application has its database again."""
        return "over" if self.ended_at else "going on"

    @property
    def duration_s(self) -> float | None:
        """From when it was noticed until it was over."""
        return (self.ended_at - self.began_at).total_seconds() if self.ended_at else None

    def as_dict(self) -> dict[str, Any]:
        """As documented for ``--json``."""
        return {
            "subject": self.subject,
            "incident": self.number,
            "incidents": self.of,
            "state": self.state,
            "began_at": self.began_at,
            "ended_at": self.ended_at,
            "duration_s": self.duration_s,
            "summary": self.summary,
            "timeline": [one.as_dict() for one in self.timeline],
            "tables": [one.as_dict() for one in self.tables],
            "counted": self.counted,
            "primary_cause": self.primary.as_dict(),
            "contributing_causes": [one.as_dict() for one in self.contributing],
            "done": [one.as_dict() for one in self.done],
            "remains": [one.as_dict() for one in self.remains],
            "record": list(self.record),
        }


def tell_incident(
    configuration: Configuration,
    *,
    number: int | None = None,
    findings: Sequence[Cause] = (),
    progress: Progress = SILENT,
) -> IncidentReport | None:
    """Write the report of one incident from what was recorded, and from how things stand now.

    Args:
        configuration: whose database.
        number: which incident, counted from 1 for the oldest; the newest by default.
        findings: what an audit of the surroundings found, told among the contributing causes.
        progress: told of a server that has to be started to count rows.

    Returns:
        None where the record tells of no incident.

    Raises:
        IncidentError: there is none of this number.
        LedgerError: the record cannot be read.
    """
    entries, damaged = ledger_of(configuration).readable()
    found = episodes(entries)
    if not found:
        return None
    number = len(found) if number is None else number
    if not 1 <= number <= len(found):
        raise IncidentError(
            f"There is no incident {number}; the record tells of {len(found)}.",
            next_step="strongroom report",
        )
    episode = found[number - 1]
    judgement = _judged_now(configuration, progress)
    tables, counted = fates(
        configuration,
        episode,
        matches=judgement is not None and judgement.matches,
        progress=progress,
    )
    timeline = tuple(_timeline(episode))
    return IncidentReport(
        subject=subject_of(configuration),
        number=number,
        of=len(found),
        written_at=datetime.now(UTC),
        began_at=episode.began_at,
        ended_at=episode.ended_at,
        summary=_summary(episode, tables),
        timeline=timeline,
        tables=tables,
        counted=counted,
        primary=primary_cause(episode),
        contributing=tuple(contributing_causes(episode, configuration.policy, findings)),
        done=tuple(_done(episode)),
        remains=evaluate(collect(configuration, judgement=judgement)).holding,
        record=tuple(_record_problems(configuration, damaged)),
    )


def _judged_now(configuration: Configuration, progress: Progress) -> Judgement | None:
    try:
        return check(configuration, inspect=protection_warnings, progress=progress)
    except StrongroomError:
        return None


def _summary(episode: Episode, tables: Sequence[TableFate]) -> str:
    at_risk = sum(one.at_risk for one in tables)
    missing = [one.missing for one in tables]
    noticed = f"{at_risk:,} rows in {sum(1 for one in tables if one.at_risk)} tables were at risk"
    if not any(one.refused for one in tables):
        noticed = "The record does not say what was at risk"
    if episode.end is None:
        return f"{noticed}. The application has no database that matches yet."
    if not tables or None in missing:
        return f"{noticed}. What is there now could not be counted."
    lost = sum(one or 0 for one in missing)
    if lost:
        return f"{noticed}; {lost:,} are missing now."
    compared = all(one.content == "identical" for one in tables if one.rows_before)
    how = "with the same content" if compared else "by their counts"
    return f"{noticed}; every one is there again, {how}."


def _timeline(episode: Episode) -> Iterator[Moment]:
    """Every act; the same refusal many times in a row is one line."""
    acts = {one.n for one in episode.acts}
    for group in _groups(episode.all_acts):
        first, last = group[0], group[-1]
        words = tell_entry(first)
        if len(group) > 1:
            words = f"{words} {len(group)} times, until {_clock(last)}."
        yield Moment(_at(first), words, (first.n, last.n), first.n in acts)


def _groups(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    group: list[Entry] = []
    for entry in entries:
        if group and not _repeats(group[-1], entry):
            yield group
            group = []
        group.append(entry)
    if group:
        yield group


def _repeats(before: Entry, entry: Entry) -> bool:
    return (
        before.kind == entry.kind == "refused"
        and before.n + 1 == entry.n
        and before.details.get("fingerprint") == entry.details.get("fingerprint")
    )


def _done(episode: Episode) -> Iterator[Moment]:
    for entry in (*episode.acts, *episode.after):
        if entry.kind in _ACTS | _CARE and entry.details.get("outcome", "done") == "done":
            yield Moment(_at(entry), tell_entry(entry), (entry.n, entry.n), entry in episode.acts)


def _record_problems(configuration: Configuration, damaged: Sequence[int]) -> Iterator[str]:
    for line in damaged:
        yield f"line {line} of the ledger is damaged and is not in this report"
    for finding in ledger_of(configuration).verify():
        if finding.status == "failed" and finding.n not in damaged:
            yield f"entry {finding.n} of the ledger {finding.detail}"


def _at(entry: Entry) -> datetime:
    return datetime.fromisoformat(entry.at)


def _clock(entry: Entry) -> str:
    return f"{_at(entry).astimezone(UTC):%H:%M:%S} UTC"
