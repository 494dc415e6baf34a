"""A watched folder: files that appear there are imported, and left exactly as they are.

A file counts once it has stood still from one look to the next. Which file it is follows from
its path, size and time of change, so that it is taken once, also after a restart, and again when
it was changed. Nothing is ever moved, renamed or deleted.
"""

from __future__ import annotations

import stat
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from strideiq.athletes.public import all_athletes
from strideiq.imports.archives import zips
from strideiq.imports.files import FileOnDisk, listed_under
from strideiq.imports.parsers.formats import SIZE_MAX_BYTES
from strideiq.imports.queue import items, uploads

LOOK_S = 10.0
_UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".tmp", "~")
"""How programs call files that they are still writing."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Seen:
    """A file as one look found it."""

    path: Path
    size_bytes: int
    changed_ns: int

    @property
    def item_id(self) -> UUID:
        """The same for the same file as it is now."""
        return uuid5(NAMESPACE_URL, f"{self.path}\n{self.size_bytes}\n{self.changed_ns}")


class WatchedFolder:
    """Looks at a folder from time to time.

    Below it, a folder with an athlete's e-mail address as its name is that athlete's; where
    there is only one athlete, everything below it is theirs.
    """

    def __init__(self, folder: Path, sessions: sessionmaker[Session]) -> None:
        self._folder = folder
        self._sessions = sessions
        self._before: set[Seen] = set()

    def run(self, stopping: threading.Event) -> None:
        """Look until told to stop."""
        while not stopping.is_set():
            try:
                self.look()
            except (OSError, SQLAlchemyError) as error:
                log.warning("the watched folder cannot be read", error=str(error))
            stopping.wait(LOOK_S)

    def look(self) -> int:
        """Have the files imported that stood still since the last look; how many are new."""
        added = 0
        now: set[Seen] = set()
        for athlete_id, directory in self._folders().items():
            seen = list(_files(directory))
            now.update(seen)
            settled = [each for each in seen if each in self._before]
            added += self._enqueue(athlete_id, settled)
        self._before = now
        return added

    def _folders(self) -> Mapping[UUID, Path]:
        with self._sessions() as session:
            everybody = all_athletes(session)
        if len(everybody) == 1:
            return {everybody[0].athlete_id: self._folder}
        known = {each.email.casefold(): each.athlete_id for each in everybody}
        return {
            known[below.name.casefold()]: below
            for below in sorted(self._folder.iterdir())
            if below.is_dir() and below.name.casefold() in known
        }

    def _enqueue(self, athlete_id: UUID, settled: list[Seen]) -> int:
        with self._sessions() as session:
            new = [each for each in settled if not items.find(session, athlete_id, each.item_id)]
        if not new:
            return 0
        with self._sessions.begin() as session:
            batch_id = items.open_batch(session, athlete_id, "folder", None)
        for each in new:
            self._add(athlete_id, batch_id, each)
        return len(new)

    def _add(self, athlete_id: UUID, batch_id: UUID, seen: Seen) -> None:
        file = FileOnDisk(seen.path)
        archive = file.opened_if(zips.SIGNATURES)
        if archive is None:
            content = b"" if seen.size_bytes > SIZE_MAX_BYTES else seen.path.read_bytes()
            with self._sessions.begin() as session:
                items.add(
                    session, athlete_id, batch_id, file.name, item_id=seen.item_id, content=content
                )
            return
        with archive, self._sessions.begin() as session:
            upload = uploads.begin(
                session, athlete_id, file.name, seen.size_bytes, seen.changed_ns // 1_000_000
            )
            for number in range(upload.parts):
                part = archive.read(uploads.PART_BYTES)
                uploads.receive(session, upload, athlete_id, number, part)
            uploads.finish(
                session, athlete_id, uploads.upload(session, athlete_id, upload.upload_id)
            )
            items.add(
                session,
                athlete_id,
                batch_id,
                file.name,
                item_id=seen.item_id,
                upload_id=upload.upload_id,
                size_bytes=seen.size_bytes,
                is_archive=True,
            )


def _files(directory: Path) -> Iterator[Seen]:
    """Regular files that no program is still writing, by their names."""
    for file in listed_under(directory):
        name = file.path.name
        if name.startswith(".") or name.casefold().endswith(_UNFINISHED):
            continue
        try:
            facts = file.path.stat()
        except OSError:
            continue
        if stat.S_ISREG(facts.st_mode) and facts.st_size:
            yield Seen(file.path, facts.st_size, facts.st_mtime_ns)
