"""Exchange the data directory with another one, so that a kill at any step loses nothing.

Announced in the journal and in the state before anything moves; exchanged in one atomic step
while nobody can start the server; settled afterwards. ``settle_pending`` completes or takes
back what a killed process left behind.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from strongroom.config import Configuration
from strongroom.errors import RestoreError
from strongroom.identity import abandon_swap, finish_swap
from strongroom.ledger import ledger_of
from strongroom.progress import SILENT, Progress
from strongroom.restores import journal
from strongroom.restores.journal import Swap, mark_of
from strongroom.restores.plan import supervised
from strongroom.server.exchange import exchange_directories, sync_directory
from strongroom.server.supervisor import Supervisor

LOCK_NAME = "restore.lock"
SWAP_STEPS = ("journalled", "announced", "stopped", "exchanged", "kept", "recognised", "recorded")


def new_swap_id() -> str:
    """Name a swap by its time, with a random end."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


@contextmanager
def one_at_a_time(configuration: Configuration) -> Iterator[None]:
    """Let one process restore, swap or undo at a time.

    Raises:
        RestoreError: another one is at it.
    """
    configuration.state_cache.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(configuration.state_cache / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(descriptor)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise RestoreError(
            "Another process is restoring, swapping or undoing here.",
            next_step="wait until it has finished, then repeat",
        ) from error


def perform(
    configuration: Configuration, swap: Swap, announce: Callable[[], None], progress: Progress
) -> None:
    """Carry a swap out; whoever uses the server loses its connections for a moment.

    What fails on the way is settled at once, as it would be after a kill.

    Args:
        configuration: whose data directory.
        swap: what is to change places.
        announce: tells the state which incarnation is about to be in place.
        progress: told of each of ``SWAP_STEPS``.
    """
    try:
        journal.begin(configuration.state_cache, swap)
        progress.step(f"{swap.kind}.journalled")
        announce()
        progress.step(f"{swap.kind}.announced")
        _move(configuration, swap, progress)
        _start_again(configuration, swap.incarnation_in, progress)
        _settle(configuration, swap, progress)
    except Exception:
        settle_pending(configuration, SILENT)
        raise


def settle_pending(configuration: Configuration, progress: Progress) -> Swap | None:
    """Finish or take back a swap that was interrupted; return it if it was finished.

    Raises:
        RestoreError: neither of its two directories is in place any more.
    """
    swap = journal.pending_swap(configuration.state_cache)
    if swap is None:
        return None
    in_place = mark_of(supervised(configuration).data_directory)
    resolution = journal.resolution(swap, in_place)
    if resolution == "reverse":
        _start_again(configuration, swap.incarnation_out, progress)
        _take_back(configuration, swap)
        return None
    _put_aside(configuration, swap)
    _start_again(configuration, swap.incarnation_in, progress)
    _settle(configuration, swap, progress)
    return swap


def _move(configuration: Configuration, swap: Swap, progress: Progress) -> None:
    settings = supervised(configuration)
    with Supervisor(settings, progress=progress).exclusive(force=True):
        progress.step(f"{swap.kind}.stopped")
        _exchange(configuration, swap, settings.data_directory)
        progress.step(f"{swap.kind}.exchanged")
        _put_aside(configuration, swap)
        progress.step(f"{swap.kind}.kept")


def _exchange(configuration: Configuration, swap: Swap, data_directory: Path) -> None:
    incoming = _located(configuration, swap.incoming)
    kept = _located(configuration, swap.kept)
    if mark_of(data_directory) != swap.outgoing_mark:
        raise RestoreError(
            f"{data_directory} was replaced while the swap was being prepared. Nothing was moved.",
            next_step="see what lies there, then repeat",
        )
    if incoming is not None and swap.outgoing_mark is not None:
        exchange_directories(incoming, data_directory)
    elif incoming is not None:
        _rename(incoming, data_directory)
    elif kept is not None:
        _rename(data_directory, kept)


def _put_aside(configuration: Configuration, swap: Swap) -> None:
    """What lay in place now lies where the incoming one was; give it its name in ``kept``."""
    incoming, kept = _located(configuration, swap.incoming), _located(configuration, swap.kept)
    if incoming is not None and kept is not None and mark_of(incoming) == swap.outgoing_mark:
        _rename(incoming, kept)


def _settle(configuration: Configuration, swap: Swap, progress: Progress) -> None:
    """Make it known that the swap is done; each part may already have been."""
    if swap.incarnation_in is not None:
        finish_swap(configuration)
    progress.step(f"{swap.kind}.recognised")
    ledger = ledger_of(configuration)
    if not ledger.contains(swap.kind, swap_id=swap.swap_id, outcome="done"):
        ledger.record(
            swap.kind,
            swap_id=swap.swap_id,
            outcome="done",
            backup_id=swap.backup_id,
            kept=swap.kept,
            incarnation=swap.incarnation_in,
        )
    progress.step(f"{swap.kind}.recorded")
    journal.complete(configuration.state_cache)


def _take_back(configuration: Configuration, swap: Swap) -> None:
    """Nothing has moved, so only what was announced is taken back."""
    if swap.incarnation_in is not None:
        abandon_swap(configuration)
    ledger_of(configuration).record(swap.kind, swap_id=swap.swap_id, outcome="taken_back")
    journal.forget(configuration.state_cache)


def _start_again(configuration: Configuration, incarnation: str | None, progress: Progress) -> None:
    """Start the server for those who were using it before it was stopped.

    A directory that holds no known incarnation is left at rest: starting it would write to it.
    """
    supervisor = Supervisor(supervised(configuration), progress=progress)
    if incarnation is not None and supervisor.status().holders:
        with supervisor.running():
            progress.step("server.back")


def _located(configuration: Configuration, relative: str | None) -> Path | None:
    return None if relative is None else configuration.directory / relative


def _rename(source: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    source.rename(target)
    for parent in {source.parent, target.parent}:
        sync_directory(parent)
