"""A watched folder: files that appear there are imported, and left exactly as they are.

A file counts once it has stood still from one look to the next and is all there; one that does
not end as its format says may still be growing and is given a while. Which file it is follows
from its path, size and time of change, so that it is taken once, also after a restart, and again
when it was changed. Nothing is ever moved, renamed or deleted. The folder, or the device that is
mounted there, may go at any moment and come back.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from strideiq.athletes.public import all_athletes
from strideiq.imports.archives import zips
from strideiq.imports.files import FileOnDisk
from strideiq.imports.parsers.formats import looks_whole
from strideiq.imports.queue import items, uploads
from strideiq.imports.queue.folder_files import (
    ChangedMeanwhileError,
    Seen,
    archive_looks_whole,
    called,
    seen_in,
)
from strideiq.imports.verdicts import FileVerdict
from strideiq.platform.errors import StrideiqError
from strideiq.platform.logs import Log

LOOK_S = 10.0
PATIENCE_S = 15 * 60.0
"""So long a file may stand still and not be whole, or not be readable, before that is told."""

log = Log()


class WatchedFolder:
    """Looks at a folder from time to time.

    Below it, a folder with an athlete's e-mail address as its name is that athlete's; where
    there is only one athlete, everything below it is theirs.
    """

    def __init__(
        self,
        folder: Path,
        sessions: sessionmaker[Session],
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._sessions = sessions
        self._clock_s = clock_s
        self._before: Mapping[Path, Seen] = {}
        self._since_s: Mapping[Seen, float] = {}
        self._done: set[tuple[UUID, UUID]] = set()
        """The items that are known to be here, so that they are not asked for at every look."""
        self._trouble: str | None = None

    def run(self, stopping: threading.Event) -> None:
        """Look until told to stop."""
        while not stopping.is_set():
            try:
                self.look()
                self._trouble = None
            except (OSError, SQLAlchemyError, StrideiqError) as error:
                if str(error) != self._trouble:
                    log.warning("the watched folder cannot be read", error=str(error))
                self._trouble = str(error)
            stopping.wait(LOOK_S)

    def look(self) -> int:
        """Have the files imported that stood still since the last look; how many are new.

        Raises:
            OSError: the folder is not there.
        """
        added = 0
        now: dict[Path, Seen] = {}
        for athlete_id, directory in self._folders().items():
            seen = list(seen_in(directory, self._before))
            now.update((each.path, each) for each in seen)
            settled = [each for each in seen if self._before.get(each.path) == each]
            added += self._enqueue(athlete_id, settled)
        self._before = now
        self._since_s = {
            each: self._since_s.get(each, self._clock_s()) for each in self._before.values()
        }
        return added

    def _folders(self) -> Mapping[UUID, Path]:
        with self._sessions() as session:
            everybody = all_athletes(session)
        below = sorted(self._folder.iterdir())
        if len(everybody) == 1:
            return {everybody[0].athlete_id: self._folder}
        known = {each.email.casefold(): each.athlete_id for each in everybody}
        return {
            known[each.name.casefold()]: each
            for each in below
            if each.is_dir() and each.name.casefold() in known
        }

    def _enqueue(self, athlete_id: UUID, settled: Sequence[Seen]) -> int:
        """Add what is new; a file that cannot be read keeps none of the others waiting."""
        asked = [each for each in settled if (athlete_id, each.item_id) not in self._done]
        if not asked:
            return 0
        with self._sessions() as session:
            known = items.known(session, athlete_id, [each.item_id for each in asked])
        self._done.update((athlete_id, each) for each in known)
        batch_id, added = uuid4(), 0
        for each in asked:
            if each.item_id in known:
                continue
            try:
                added += self._add(athlete_id, batch_id, each)
            except ChangedMeanwhileError:
                continue
            except OSError as error:
                self._unreadable(athlete_id, batch_id, each, f"{error.strerror}.")
            except StrideiqError as error:
                self._unreadable(athlete_id, batch_id, each, error.message)
        return added

    def _add(self, athlete_id: UUID, batch_id: UUID, seen: Seen) -> bool:
        """Have a worker read a file; False while it may still be growing."""
        archive = FileOnDisk(seen.path).opened_if(zips.SIGNATURES)
        if archive is not None:
            with archive:
                if not self._waited_for(seen) and not archive_looks_whole(
                    seen.path, seen.size_bytes
                ):
                    return False
                return self._add_archive(athlete_id, batch_id, seen, archive.read)
        content = seen.read()
        if not looks_whole(content) and not self._waited_for(seen):
            return False
        with self._sessions.begin() as session:
            items.open_batch(session, athlete_id, "folder", batch_id)
            items.add(
                session, athlete_id, batch_id, called(seen), item_id=seen.item_id, content=content
            )
        return True

    def _add_archive(
        self, athlete_id: UUID, batch_id: UUID, seen: Seen, read: Callable[[int], bytes]
    ) -> bool:
        with self._sessions.begin() as session:
            items.open_batch(session, athlete_id, "folder", batch_id)
            upload = uploads.begin(
                session, athlete_id, called(seen), seen.size_bytes, seen.changed_ns // 1_000_000
            )
            left_bytes = seen.size_bytes
            for number in range(upload.parts):
                part = read(min(uploads.PART_BYTES, left_bytes))
                if len(part) != min(uploads.PART_BYTES, left_bytes):
                    raise ChangedMeanwhileError
                uploads.receive(session, upload, athlete_id, number, part)
                left_bytes -= len(part)
            uploads.finish(
                session, athlete_id, uploads.upload(session, athlete_id, upload.upload_id)
            )
            items.add(
                session,
                athlete_id,
                batch_id,
                called(seen),
                item_id=seen.item_id,
                upload_id=upload.upload_id,
                size_bytes=seen.size_bytes,
                is_archive=True,
            )
        return True

    def _waited_for(self, seen: Seen) -> bool:
        now_s = self._clock_s()
        return now_s - self._since_s.get(seen, now_s) >= PATIENCE_S

    def _unreadable(self, athlete_id: UUID, batch_id: UUID, seen: Seen, why: str) -> None:
        """Say once that a file which stays there cannot be read; it is tried on."""
        if not self._waited_for(seen) or (athlete_id, seen.unreadable_id) in self._done:
            return
        self._done.add((athlete_id, seen.unreadable_id))
        reason = f"The file cannot be read: {why} It is tried again by itself."
        with self._sessions.begin() as session:
            if items.known(session, athlete_id, [seen.unreadable_id]):
                return
            items.open_batch(session, athlete_id, "folder", batch_id)
            verdict = FileVerdict(called(seen), "failed", reason)
            items.note_verdict(session, athlete_id, batch_id, verdict, item_id=seen.unreadable_id)
