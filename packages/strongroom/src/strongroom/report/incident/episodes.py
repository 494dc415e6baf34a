"""Which acts of the ledger belong to one incident; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from strongroom.identity import REOPENED
from strongroom.ledger import Entry

BEGINS = frozenset({"refused", "freeze", "swap", "restore_aside", "migration_unverified"})
"""With these an incident begins: something was not as it should be, or was brought back."""
ENDS = frozenset({REOPENED, "swap", "undo", "accept", "adopt", "thaw", "restore_aside"})
"""With these the application has a database again, or somebody has decided what it is."""
PROVEN_WITHIN = timedelta(hours=24)
"""So long after its end, what was done belongs to an incident: cleaning up, a new backup."""
BACKGROUND = ("init", "adopt", "backup", "drill", "protect", "unprotect", "restore")
"""Acts of which the newest before an incident says how well it was provided for."""


@dataclass(frozen=True)
class Episode:
    """The acts of one incident, in their order."""

    before: tuple[Entry, ...]
    """The newest act of each kind in ``BACKGROUND`` before it."""
    acts: tuple[Entry, ...]
    """From what began it to what ended it; never empty."""
    after: tuple[Entry, ...] = ()
    """What was done next, up to the first proof of a new backup."""

    @property
    def began_at(self) -> datetime:
        """When it was noticed."""
        return _at(self.acts[0])

    @property
    def end(self) -> Entry | None:
        """The act that ended it; None while it goes on."""
        last = self.acts[-1]
        return last if _ends(last) else None

    @property
    def ended_at(self) -> datetime | None:
        """When it was over."""
        return _at(self.end) if self.end else None

    @property
    def refusals(self) -> tuple[Entry, ...]:
        """The refusals among its acts."""
        return tuple(one for one in self.acts if one.kind == "refused")

    @property
    def all_acts(self) -> tuple[Entry, ...]:
        """Background, acts and aftermath, in their order."""
        return (*self.before, *self.acts, *self.after)


def episodes(entries: Sequence[Entry]) -> list[Episode]:
    """Part the ledger into incidents, oldest first."""
    found: list[Episode] = []
    position = 0
    while (start := _next_start(entries, position)) is not None:
        end = _end_of(entries, start)
        acts = tuple(entries[start:end])
        position = max(_aftermath_end(entries, end, acts), end)
        found.append(Episode(_background(entries[:start]), acts, tuple(entries[end:position])))
    return found


def _next_start(entries: Sequence[Entry], position: int) -> int | None:
    numbers = range(position, len(entries))
    return next((n for n in numbers if entries[n].kind in BEGINS), None)


def _end_of(entries: Sequence[Entry], start: int) -> int:
    """Just after the act that ended it, or everything there is."""
    for number in range(start, len(entries)):
        if _ends(entries[number]):
            return number + 1
    return len(entries)


def _ends(entry: Entry) -> bool:
    return entry.kind in ENDS and entry.details.get("outcome", "done") == "done"


def _aftermath_end(entries: Sequence[Entry], end: int, acts: Sequence[Entry]) -> int:
    for number in range(end, len(entries)):
        entry = entries[number]
        if entry.kind in BEGINS or _at(entry) - _at(acts[-1]) > PROVEN_WITHIN:
            return number
        if entry.kind == "drill" and entry.details.get("verdict") == "proven":
            return number + 1
    return len(entries)


def _background(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    newest = {one.kind: one for one in entries if one.kind in BACKGROUND}
    return tuple(sorted(newest.values(), key=lambda one: one.n))


def _at(entry: Entry) -> datetime:
    return datetime.fromisoformat(entry.at)
