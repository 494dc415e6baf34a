"""Random lives of a few activities, with a model of what their athlete must find afterwards.

The model knows nothing of tables: only what was said, taken back and merged. Every step is one
that an athlete, a watch or a service takes; after each one everything ever said must stand.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session, sessionmaker
from truth_runs import LearningPool, Run, Version, gpx, tcx

from strideiq.activities import public as activities
from strideiq.imports.files import ReceivedFile
from strideiq.imports.reprocessing import Reprocessor
from strideiq.imports.service import Importer

ZONE = ZoneInfo("Europe/Zurich")
STEPS = 14
LOOK_EVERY = 5
"""Nothing that was said can come back by itself, so that a loss is seen later, too."""


class History:
    """One athlete's random history, played on a real database and on the model."""

    def __init__(
        self, sessions: sessionmaker[Session], athlete_id: UUID, pool: LearningPool, seed: int
    ) -> None:
        self.sessions = sessions
        self.athlete_id = athlete_id
        self.random = random.Random(seed)  # noqa: S311  a seed is what is wanted
        self.seed = seed
        self.pool = pool
        self.runs: dict[UUID, Run] = {}
        self.files: list[bytes] = []
        self.steps: list[str] = []
        self.day = 0
        self.parser_version = 1

    def play(self, steps: int = STEPS) -> None:
        """Take random steps, and look after some of them and after all."""
        acts: Mapping[Callable[[], str | None], int] = {
            self.annotate: 8,
            self.say_an_earlier_version_again: 2,
            self.import_a_run: 2,
            self.import_a_known_file: 2,
            self.import_a_changed_file: 4,
            self.import_another_format: 2,
            self.hear_from_a_service: 1,
            self.delete_upstream: 1,
            self.merge: 3,
            self.unmerge: 3,
            self.merge_and_unmerge_at_once: 1,
            self.set_apart: 1,
            self.choose_a_source: 2,
            self.reprocess: 2,
            self.recompute: 1,
            self.delete: 2,
            self.undelete: 2,
        }
        self.step(self.import_a_run)
        self.step(self.import_a_run)
        for act in self.random.choices(list(acts), weights=list(acts.values()), k=steps):
            self.step(act)
        self.step(self.check)

    def step(self, act: Callable[[], str | None]) -> None:
        try:
            told = act()
            if told is not None:
                self.steps.append(told)
            if len(self.steps) % LOOK_EVERY == 0:
                self.check()
        except Exception as error:
            error.add_note(f"history {self.seed}: {'; '.join(self.steps)}; then {act.__name__}")
            raise

    def check(self) -> None:
        """Everything that was ever said stands, and every activity is where it was left."""
        with self.sessions() as session:
            for activity_id, run in self.runs.items():
                shown = activities.activity(session, self.athlete_id, activity_id)
                now = run.now()
                assert activities.annotations(session, self.athlete_id, activity_id) == now
                assert shown.annotated == frozenset(now)
                for name in activities.FIELDS:
                    expected = now[name] if name in now else shown.original(name)
                    assert shown.value(name) == expected, name
                history = activities.annotation_history(session, self.athlete_id, activity_id)
                told: dict[str, list[Any]] = {}
                for each in sorted(history, key=lambda each: each.version):
                    told.setdefault(each.field, []).append(each.value)
                assert told == {
                    name: [version.value for version in versions]
                    for name, versions in run.said.items()
                }
                assert shown.merged_into == run.merged_into
            listed = activities.list_activities(session, self.athlete_id, limit=1000)
            gone = activities.list_activities(session, self.athlete_id, limit=1000, deleted=True)
            assert {each.activity_id for each in listed} == set(self.visible())
            assert {each.activity_id for each in gone} == {
                each for each, run in self.runs.items() if run.deleted
            }

    def visible(self) -> list[UUID]:
        return [
            each for each, run in self.runs.items() if not run.deleted and run.merged_into is None
        ]

    def remembered(self) -> dict[UUID, Run]:
        """What must be found again after a restore of a backup that is taken now."""
        return deepcopy(self.runs)

    def _any(self, candidates: list[UUID]) -> UUID | None:
        return self.random.choice(candidates) if candidates else None

    def _import(self, content: bytes) -> Any:
        self.files.append(content)
        importer = Importer(self.sessions, self.athlete_id, ZONE, self.pool)
        return importer.import_file(ReceivedFile("a file", content))

    # What the athlete does.

    def annotate(self) -> str | None:
        activity_id = self._any(list(self.runs))
        if activity_id is None:
            return None
        name = self.random.choice(list(activities.FIELDS))
        value = None if self.random.random() < 0.2 else self._value(name)
        with self.sessions.begin() as session:
            activities.annotate(session, self.athlete_id, activity_id, name, value)
        self.runs[activity_id].say(name, value)
        return f"say {name}={value!r}"

    def _value(self, name: str) -> Any:
        number = self.random.randint(1, 9)
        return {
            "name": f"Name {number}",
            "sport": f"sport_{number}",
            "started_at": datetime(2025, 2, number, 5, 30, 0, number, tzinfo=UTC),
            "elapsed_s": 5000.0 + number,
            "moving_s": number * 5 + 1 / 3,
            "average_heart_rate_bpm": 100.0 + number / 7,
            "max_heart_rate_bpm": 180.0 + number,
            "notes": f"Notes {number}\n“ünïcode” 100 %",
            "effort": number,
            "feeling": self.random.choice(activities.FEELINGS),
            "race": number % 2 == 0,
            "surface": self.random.choice(activities.SURFACES),
            "gear_id": UUID(int=number),
            "weather": f"Weather {number}",
            "time_zone": self.random.choice(["Asia/Tokyo", "America/New_York", "UTC"]),
        }.get(name, number * 5 + 1 / 3)

    def say_an_earlier_version_again(self) -> str | None:
        activity_id = self._any([each for each, run in self.runs.items() if run.said])
        if activity_id is None:
            return None
        run = self.runs[activity_id]
        name = self.random.choice(list(run.said))
        version = self.random.randint(0, len(run.said[name]))
        with self.sessions.begin() as session:
            activities.restore_version(session, self.athlete_id, activity_id, name, version)
        run.say(name, run.said[name][version - 1].value if version else None)
        return f"say version {version} of {name} again"

    def delete(self) -> str | None:
        activity_id = self._any(self.visible())
        if activity_id is None:
            return None
        with self.sessions.begin() as session:
            activities.delete(session, self.athlete_id, activity_id)
        self.runs[activity_id].deleted = True
        return "delete"

    def undelete(self) -> str | None:
        activity_id = self._any([each for each, run in self.runs.items() if run.deleted])
        if activity_id is None:
            return None
        with self.sessions.begin() as session:
            activities.undelete(session, self.athlete_id, activity_id)
        self.runs[activity_id].deleted = False
        return "undelete"

    def merge(self) -> str | None:
        if len(self.visible()) < 2:
            return None
        kept, other = self.random.sample(self.visible(), 2)
        with self.sessions.begin() as session:
            activities.merge(session, self.athlete_id, kept, other)
        self._merged(kept, other)
        return "merge"

    def _merged(self, kept: UUID, other: UUID) -> None:
        now = self.runs[kept].now()
        for name, value in self.runs[other].now().items():
            if name not in now:
                self.runs[kept].say(name, value, other)
        self.runs[other].merged_into = kept

    def unmerge(self) -> str | None:
        other = self._any([each for each, run in self.runs.items() if run.merged_into])
        if other is None:
            return None
        with self.sessions.begin() as session:
            activities.unmerge(session, self.athlete_id, other)
        self._unmerged(other)
        return "unmerge"

    def _unmerged(self, other: UUID) -> None:
        kept = self.runs[other].merged_into
        assert kept is not None
        theirs = {other}
        for _ in self.runs:
            theirs |= {each for each, run in self.runs.items() if run.merged_into in theirs}
        for versions in self.runs[kept].said.values():
            if versions[-1].value is not None and versions[-1].merged_from in theirs:
                versions.append(Version(None))
        self.runs[other].merged_into = None

    def merge_and_unmerge_at_once(self) -> str | None:
        if len(self.visible()) < 2:
            return None
        both = self.random.sample(self.visible(), 2)
        before = [self.everything(each) for each in both]
        with self.sessions.begin() as session:
            activities.merge(session, self.athlete_id, *both)
        with self.sessions.begin() as session:
            activities.unmerge(session, self.athlete_id, both[1])
        assert [self.everything(each) for each in both] == before
        self._merged(*both)
        self._unmerged(both[1])
        return "merge and unmerge at once"

    def everything(self, activity_id: UUID) -> tuple[Any, ...]:
        """All that is shown of an activity, to the last sample."""
        with self.sessions() as session:
            streams = activities.streams(session, self.athlete_id, activity_id)
            return (
                activities.activity(session, self.athlete_id, activity_id),
                {name: values.tobytes() for name, values in streams.items()},
                [
                    activities.splits(session, self.athlete_id, activity_id, kind)
                    for kind in ("lap", "km")
                ],
            )

    def set_apart(self) -> str | None:
        for activity_id in self.random.sample(list(self.runs), len(self.runs)):
            with self.sessions.begin() as session:
                sources = activities.sources_of(session, self.athlete_id, activity_id)
                mine = [
                    source
                    for source, said in sources.newest.items()
                    if said.activity_id == activity_id and said.sample_count
                ]
                if len(mine) < 2:
                    continue
                new = activities.set_apart(
                    session, self.athlete_id, activity_id, self.random.choice(mine)
                )
            whole = self.runs[activity_id]
            self.runs[new] = Run(whole.start, whole.serial)
            return "set apart"
        return None

    def choose_a_source(self) -> str | None:
        activity_id = self._any(list(self.runs))
        if activity_id is None:
            return None
        with self.sessions.begin() as session:
            sources = activities.sources_of(session, self.athlete_id, activity_id)
            source = self.random.choice(list(sources.newest))
            said = list(sources.newest[source].said)
            if sources.newest[source].sample_count:
                said += ["*", "streams"]
            name = self.random.choice(said)
            chosen = None if self.random.random() < 0.2 else source
            activities.choose_source(session, self.athlete_id, activity_id, name, chosen)
        return f"choose {name} from {chosen}"

    # What arrives.

    def import_a_run(self) -> str | None:
        self.day += 1
        start = datetime(2026, 1, 1, 6, tzinfo=UTC) + timedelta(days=self.day)
        serial = self.random.randint(1, 10**8)
        verdict = self._import(tcx(start, 60, serial))
        assert verdict.verdict == "imported", verdict
        self.runs[verdict.activities[0].activity_id] = Run(start, serial)
        return "import a run"

    def import_a_known_file(self) -> str | None:
        verdict = self._import(self.random.choice(self.files))
        assert verdict.verdict == "duplicate", verdict
        return "import a known file"

    def import_a_changed_file(self) -> str | None:
        run = self.random.choice(list(self.runs.values()))
        verdict = self._import(tcx(run.start, self.random.randint(60, 400), run.serial))
        assert verdict.verdict == "duplicate", verdict
        return "import a changed file"

    def import_another_format(self) -> str | None:
        run = self.random.choice(list(self.runs.values()))
        name = f"Phone {self.random.randint(1, 9)}"
        verdict = self._import(gpx(run.start, self.random.randint(50, 60), name))
        assert verdict.verdict == "duplicate", verdict
        return "import another format"

    def hear_from_a_service(self) -> str | None:
        activity_id = self.random.choice(list(self.runs))
        said = {"name": f"Upstream {self.random.randint(1, 9)}", "notes": "From upstream"}
        with self.sessions.begin() as session:
            activities.observe_fields(
                session,
                self.athlete_id,
                activity_id,
                activities.Source("archive", name="service"),
                said,
                f"service:{activity_id}",
            )
        self.runs[activity_id].upstream = True
        return "hear from a service"

    def delete_upstream(self) -> str | None:
        activity_id = self._any([each for each, run in self.runs.items() if run.upstream])
        if activity_id is None:
            return None
        before = self.everything(activity_id)
        with self.sessions.begin() as session:
            activities.deleted_upstream(session, self.athlete_id, f"service:{activity_id}")
        assert self.everything(activity_id) == before
        return "delete upstream"

    # What we do ourselves.

    def reprocess(self) -> str | None:
        self.parser_version += 1
        self.pool.version = self.random.randint(1, 500)
        reprocessor = Reprocessor(
            self.sessions, self.athlete_id, ZONE, self.pool, self.parser_version
        )
        for told in reprocessor.reprocess(reprocessor.waiting()):
            assert told.outcome in {"same", "changed"}, told
        return "reprocess"

    def recompute(self) -> str | None:
        with self.sessions.begin() as session:
            every = activities.every_activity(session, self.athlete_id)
            for derivation in activities.derivations():
                derivation.recompute(session, self.athlete_id, every)
        return "recompute"
