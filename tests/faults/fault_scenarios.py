"""The acts that faults are injected into: what each begins with, does, and does again.

To add one: a line in ``fault_plan.SCENARIOS``, and an ``Act`` here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fault_home import Home, State

from strongroom.backups import (
    Manifest,
    StoreCopies,
    copy_backups,
    fsck,
    load,
    plan_pruning,
    prune,
    take,
)
from strongroom.drills import drill, drill_verdicts, require_as_written
from strongroom.errors import StrongroomError
from strongroom.progress import Progress
from strongroom.restores import restore, undo
from strongroom.storage import open_store


class IncompleteError(StrongroomError):
    """An act that tells of its failure in what it returns."""


@dataclass(frozen=True)
class Act:
    """One scenario, as it is run."""

    begins_with: str
    """The state of the home."""
    do: Callable[[Home, Progress], object]
    with_data: bool = False
    """Whether the act may exchange the data directory."""
    may_become: str | None = None
    """The state whose rows may be in place afterwards instead."""
    drilled: Callable[[State], str] | None = None
    """The backup that it says something about."""
    goes: Callable[[Home], set[str]] = lambda _: set()
    """The backups that it is right to remove."""


def _take(home: Home, progress: Progress, *, method: str, full: bool = False) -> Manifest:
    outcomes: list[StoreCopies] = []
    manifest = take(
        home.configuration,
        method="logical" if method == "logical" else "physical",
        full=full,
        progress=progress,
        on_copies=outcomes.extend,
    )
    _require_complete(outcomes)
    return manifest


def _copy(home: Home, progress: Progress) -> list[StoreCopies]:
    outcomes = copy_backups(home.configuration, progress=progress)
    _require_complete(outcomes)
    return outcomes


def _require_complete(outcomes: list[StoreCopies]) -> None:
    for outcome in outcomes:
        for problem in outcome.problems:
            raise problem
        if not outcome.complete:
            raise IncompleteError("Something is missing in a copy.", next_step="strongroom copy")


def _first(state: State) -> str:
    return next(iter(state.backups))


def _last(state: State) -> str:
    return [*state.backups][2]


def _logical(home: Home) -> str:
    return _first(home.states["plain"])


def _chain(home: Home) -> str:
    return _last(home.states["plain"])


def _fsck(home: Home, progress: Progress) -> object:
    return fsck(
        home.configuration,
        check_drill=require_as_written,
        read_data=True,
        repair=True,
        copies=[open_store(url) for url in home.configuration.copies],
        progress=progress,
    )


def _expired(home: Home) -> set[str]:
    pruning = plan_pruning(home.configuration, drill_verdicts)
    assert pruning.frozen is None, pruning.frozen
    return {fate.backup.backup_id for fate in pruning.expired}


ACTS = {
    "logical": Act("plain", lambda home, progress: _take(home, progress, method="logical")),
    "full": Act("plain", lambda home, progress: _take(home, progress, method="full", full=True)),
    "incremental": Act("plain", lambda home, progress: _take(home, progress, method="physical")),
    "copy": Act("uncopied", _copy),
    "drill": Act(
        "plain",
        lambda home, progress: drill(home.configuration, _logical(home), progress=progress),
        drilled=_first,
    ),
    "drill_chain": Act(
        "plain",
        lambda home, progress: drill(home.configuration, _chain(home), progress=progress),
        drilled=_last,
    ),
    "restore": Act(
        "plain",
        lambda home, progress: restore(home.configuration, _logical(home), progress=progress),
    ),
    "restore_chain": Act(
        "plain",
        lambda home, progress: restore(home.configuration, _chain(home), progress=progress),
    ),
    "swap": Act(
        "written",
        lambda home, progress: restore(
            home.configuration, _logical(home), swap=True, progress=progress
        ),
        with_data=True,
        may_become="plain",
    ),
    "undo": Act(
        "swapped",
        lambda home, progress: undo(home.configuration, progress=progress),
        with_data=True,
        may_become="written",
    ),
    "prune": Act(
        "aged",
        lambda home, progress: prune(home.configuration, drill_verdicts, progress=progress),
        goes=_expired,
    ),
    "fsck": Act("damaged", _fsck),
}


def chain_keys(home: Home, backup_id: str) -> Iterator[str]:
    """Name every object that a backup is restored from."""
    name: str | None = backup_id
    while name is not None:
        manifest = load(home.configuration, name)
        yield from (stored.key for stored in manifest.objects)
        name = manifest.parent
