"""How quickly everything is derived anew: after a new formula, and from the originals.

The activities are an hour long, one sample a second (see ``import_files``), imported for real
and then made stale: by an older formula, and by an older parser with one that measures a little
differently, so that every file gives another observation. ``per core`` divides by the processor
time of this process and of its parsers; the server's is beside it where the system tells it.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from import_files import FILES, an_hour, processor_s
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

import strideiq.features  # noqa: F401  what can be derived anew is registered there
import strongroom
from strideiq.activities import public as activities
from strideiq.athletes import public as athletes
from strideiq.imports.parsers.parsed import ParsedFile
from strideiq.imports.public import Importer, ParserPool, ReceivedFile, Reprocessor
from strideiq.lifecycle.initialise import TABLE_POLICY
from strideiq.platform import schema
from strideiq.platform.database import session_factory
from strongroom.integrations.sqlalchemy import guarded_engine

BATCH = 100
SAID_M = 4711.0
"""What the athlete says of every distance."""
UTC = ZoneInfo("UTC")


class LearnedPool(ParserPool):
    """The real parsers, which have learned to measure one per mille more."""

    def parse(self, name: str, content: bytes) -> ParsedFile:
        """Parse, and say something else than before."""
        parsed = super().parse(name, content)
        learned = tuple(
            replace(each, distance_m=(each.distance_m or 0.0) * 1.001) for each in parsed.activities
        )
        return replace(parsed, activities=learned)


def measured(what: str, amount: int, work: Callable[[], object]) -> None:
    """Do something once, and print how quickly."""
    before_s, started = processor_s(), time.perf_counter()
    work()
    wall_s = time.perf_counter() - started
    used_s = processor_s() - before_s
    rate = f"{amount / wall_s:7.0f} a second of wall time"
    print(f"  {what:<22}{rate}, {amount / used_s:7.0f} per core")


def derive(sessions: sessionmaker[Session], athlete_id: UUID, name: str) -> None:
    """Derive everything of one kind anew, as the verb does it."""
    [derivation] = [each for each in activities.derivations() if each.name == name]
    with sessions() as session:
        every = activities.every_activity(session, athlete_id)
    for begin in range(0, len(every), BATCH):
        with sessions.begin() as session:
            derivation.recompute(session, athlete_id, every[begin : begin + BATCH])


def measure(sessions: sessionmaker[Session]) -> None:
    """Import, then derive and read everything again."""
    with sessions.begin() as session:
        athlete_id = athletes.create(
            session,
            email="bench@example.com",
            name="Bench",
            password="not a secret at all",  # noqa: S106  of a database that is removed
        ).athlete_id
    files = [ReceivedFile(f"{day}.fit", an_hour(day)) for day in range(FILES)]
    with ParserPool(1) as pool:
        list(Importer(sessions, athlete_id, UTC, pool).import_files(files))
    with sessions.begin() as session:
        found = activities.list_activities(session, athlete_id, limit=FILES + 1)
        for each in found:
            activities.annotate(session, athlete_id, each.activity_id, "distance_m", SAID_M)
    if len(found) != FILES:
        raise SystemExit(f"{len(found)} activities of {FILES} files")
    for derivation in activities.derivations():
        name = derivation.name
        measured(name, FILES, lambda name=name: derive(sessions, athlete_id, name))
    with LearnedPool(1) as pool:
        reprocessor = Reprocessor(sessions, athlete_id, UTC, pool, 1_000_000)
        pool.parse("warm.fit", files[0].content)
        waiting = reprocessor.waiting()
        measured("from originals", FILES, lambda: list(reprocessor.reprocess(waiting)))
    with sessions() as session:
        said = session.scalar(
            text("SELECT count(*) FROM activity_annotation WHERE value = '4711.0'")
        )
        shown = activities.list_activities(session, athlete_id, limit=FILES + 1)
        kept = sum(each.distance_m == SAID_M for each in shown)
    print(f"  annotations that stand: {kept} of {said}")
    if (kept, said) != (FILES, FILES):
        raise SystemExit("an annotation was lost")


def main() -> None:
    """Measure in a pinned database with its guards, and print."""
    print(f"{FILES} activities of 3600 samples; load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "strongroom.toml")
        document = strongroom.default_document(
            application="strideiq", environment="bench", database="strideiq"
        )
        path.write_text(document + TABLE_POLICY)
        configuration = strongroom.load_configuration(path)
        strongroom.init(configuration)
        with strongroom.open_database(configuration) as database:
            schema.upgrade_database(database)
            strongroom.protect(configuration)
            engine = guarded_engine(database)
            measure(session_factory(engine))
            engine.dispose()


if __name__ == "__main__":
    main()
