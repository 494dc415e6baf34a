"""The keeper: takes a backup and proves it, after changes once they settle and every day.

It runs as one thread of ``strideiq up``. What it last did, and what it is doing now, is a value
that the page "Your data" shows. Changes are made known by touching a file in the environment's
run directory, so that an import by another process is noticed as well.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import strongroom
from strideiq.platform.logs import Log

MARKER = "data-changed"
POLL_S = 2.0
RETRY_S = 600.0


@dataclass(frozen=True)
class Work:
    """What the keeper is doing: ``phase`` is idle, backup or proof."""

    phase: str = "idle"
    detail: str = ""
    share: float | None = None
    """How much of the phase is done, 0 to 1, where that is known."""
    since: datetime = field(default_factory=lambda: datetime.now(tz=UTC))
    problem: str | None = None
    """Why the last attempt came to nothing, in a sentence with the next step."""


def note_change(run_directory: Path) -> None:
    """Say that the athlete's data changed, so that it is backed up once things are quiet."""
    run_directory.mkdir(parents=True, exist_ok=True)
    (run_directory / MARKER).touch()


class Keeper:
    """Decides when a backup is due, takes it, and proves it.

    ``settle_s`` is how long nothing may change before a backup after imports; ``interval_s``
    is the longest time between two backups.
    """

    def __init__(
        self,
        configuration: strongroom.Configuration,
        database: strongroom.OpenDatabase,
        run_directory: Path,
        *,
        settle_s: float = 30.0,
        interval_s: float = 24 * 3600.0,
    ) -> None:
        self._configuration = configuration
        self._database = database
        self._marker = run_directory / MARKER
        self._settle_s = settle_s
        self._interval_s = interval_s
        self._wake = threading.Event()
        self._asked = threading.Event()
        self._stopping = threading.Event()
        self._last_attempt_at: datetime | None = None
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self.work = Work()

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self, timeout_s: float = 60.0) -> None:
        """Finish what is being done and end the thread."""
        self._stopping.set()
        self._wake.set()
        self._thread.join(timeout_s)

    def ask(self) -> None:
        """Take a backup and prove it now."""
        self._asked.set()
        self._wake.set()

    @property
    def busy(self) -> bool:
        """Whether a backup or a proof is under way, or asked for."""
        return self.work.phase != "idle" or self._asked.is_set()

    def back_up_and_prove(
        self, progress: strongroom.Progress | None = None
    ) -> strongroom.DrillRecord:
        """Take a backup, restore it into a scratch server, compare; return the record of it.

        Raises:
            StrongroomError: the backup or the drill could not be done; nothing is proven.
        """
        shown = progress or _Shown(self._show)
        self._last_attempt_at = datetime.now(tz=UTC)
        try:
            self.work = Work(phase="backup")
            manifest = strongroom.backup(self._configuration, self._database, progress=shown)
            self.work = Work(phase="proof")
            record = strongroom.drill(self._configuration, manifest.backup_id, progress=shown)
        except strongroom.StrongroomError as error:
            self.work = Work(problem=f"{error.message} Next: {error.next_step}")
            raise
        self.work = Work()
        return record

    def due(self, now: datetime) -> bool:
        """Whether a backup should be taken: changes have settled, or the last one is a day old."""
        failed_at = self._last_attempt_at if self.work.problem else None
        if failed_at is not None and (now - failed_at).total_seconds() < RETRY_S:
            return False
        backups = strongroom.list_backups(self._configuration)
        newest = max((one.started_at for one in backups), default=None)
        if newest is None or (now - newest).total_seconds() > self._interval_s:
            return True
        changed_at = self._changed_at()
        if changed_at is None or changed_at <= newest:
            return False
        return (now - changed_at).total_seconds() > self._settle_s

    def _changed_at(self) -> datetime | None:
        try:
            return datetime.fromtimestamp(self._marker.stat().st_mtime, tz=UTC)
        except FileNotFoundError:
            return None

    def _run(self) -> None:
        log = Log("keeper")
        while not self._stopping.is_set():
            self._wake.wait(POLL_S)
            self._wake.clear()
            if self._stopping.is_set():
                return
            asked = self._asked.is_set()
            try:
                if asked or self.due(datetime.now(tz=UTC)):
                    record = self.back_up_and_prove()
                    log.info("backup_proven", verdict=record.verdict, backup=record.backup_id)
            except strongroom.StrongroomError as error:
                log.warning("backup_not_proven", code=error.code, reason=error.message)
            finally:
                if asked:
                    self._asked.clear()

    def _show(self, detail: str, share: float | None) -> None:
        self.work = replace(self.work, detail=detail, share=share)


class _Shown:
    """Turns strongroom's progress into what the page shows."""

    def __init__(self, show: Callable[[str, float | None], None]) -> None:
        self._show = show

    def step(self, name: str) -> None:
        """Show the part that was finished."""
        self._show(name, None)

    def amount(self, task: str, done: int, total: int | None, unit: str) -> None:
        """Show how much of the task is done."""
        del unit
        self._show(task, done / total if total else None)
