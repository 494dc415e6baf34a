"""Bringing an archive in takes a while: it is done in a thread, and a page shows how far it is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from strideiq.platform.errors import StrideiqError
from strideiq.platform.logs import Log
from strideiq.portability.bringing_in import BroughtIn, bring_in


@dataclass
class Work:
    """One archive on its way into one account."""

    file_name: str
    table: str = ""
    done: int = 0
    total: int = 0
    outcome: BroughtIn | None = None
    problem: str | None = None
    """Why nothing was brought in, with the next step."""
    finished: threading.Event = field(default_factory=threading.Event)

    @property
    def share(self) -> float:
        """How much is done, 0 to 1."""
        return self.done / self.total if self.total else 0.0


class Works:
    """The newest work of each athlete; one at a time."""

    def __init__(self) -> None:
        self._of: dict[UUID, Work] = {}
        self._lock = threading.Lock()

    def of(self, athlete_id: UUID) -> Work | None:
        """What is being brought in for this athlete, or was last."""
        return self._of.get(athlete_id)

    def begin(
        self,
        sessions: sessionmaker[Session],
        athlete_id: UUID,
        file: BinaryIO,
        file_name: str,
        after: Callable[[], None],
    ) -> Work:
        """Begin, unless the one before is still going on; the file is closed in the end."""
        with self._lock:
            current = self._of.get(athlete_id)
            if current is not None and not current.finished.is_set():
                file.close()
                return current
            work = self._of[athlete_id] = Work(file_name)
        arguments = (sessions, athlete_id, file, work, after)
        threading.Thread(target=_run, args=arguments, name="account archive", daemon=True).start()
        return work


def _run(
    sessions: sessionmaker[Session],
    athlete_id: UUID,
    file: BinaryIO,
    work: Work,
    after: Callable[[], None],
) -> None:
    def report(table: str, done: int, total: int) -> None:
        work.table, work.done, work.total = table, done, total

    try:
        with file, sessions.begin() as session:
            outcome = bring_in(session, athlete_id, file, report)
        work.outcome = outcome
        after()
    except StrideiqError as error:
        work.problem = error.sentences
    except Exception as error:  # noqa: BLE001  said on the page and in the log; nothing was committed
        Log().error("archive not brought in", exc_info=error)
        work.problem = "Something broke on our side. Nothing was brought in; it is in the log."
    finally:
        work.finished.set()
