"""Make one environment of a home: configuration, secret key, pinned database, schema."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import strongroom
from strideiq.athletes.public import all_athletes
from strideiq.demo.public import Demo, populate
from strideiq.platform.errors import HomeError
from strideiq.platform.home import EnvironmentPaths
from strideiq.platform.runtime import Runtime, opened
from strideiq.platform.schema import upgrade_database
from strideiq.platform.settings import write_environment_file
from strideiq.safety.public import note_change

APPLICATION = "strideiq"
TABLE_POLICY = """
[permits]
application_confirms = ["delete"]  # an athlete who wants an account gone is asked by the pages

[tables.keep]                 # what may become fewer without anybody having lost anything
"public.sign_in" = "none"
"public.api_token" = "none"    # revoked ones are gone, and so it is with what follows
"public.passkey" = "none"
"public.second_factor" = "none"
"public.recovery_code" = "none"
"public.account_event" = "none"  # only the newest are kept
"public.invitation" = "none"
"public.best_effort" = "none"  # derived: computed anew whenever a formula changes
"public.activity_split" = "none"  # derived, too; laps are kept with their observation
"public.activity_observation_stream" = "none"  # moves to and from activity_stream
"public.activity_place" = "none"  # the same, from positions
"public.time_effort" = "none"  # the same
"public.activity_load" = "none"  # the same
"public.workout_match" = "none"  # derived: matched anew whenever a run or a plan changes
"public.activity_loan" = "none"  # only lent by a service, whose terms want it gone in time
"public.activity_loan_stream" = "none"  # the same
"public.connection_job" = "none"  # what is still to be fetched; a job that is done is gone
"strongroom.epoch" = "none"
"""


@dataclass(frozen=True)
class Made:
    """What ``strideiq init`` made; ``demo`` is None where nobody was invented."""

    paths: EnvironmentPaths
    database_id: str
    pin: Path
    demo: Demo | None


def initialise(
    paths: EnvironmentPaths,
    *,
    environment: str,
    demo_password: str | None = None,
    progress: strongroom.Progress = strongroom.SILENT,
) -> Made:
    """Make a new environment; with ``demo_password``, with the demo athlete in it.

    A call that was killed at any point can be repeated, and goes on.

    Raises:
        HomeError: there is one already.
        StrongroomError: its database could not be made.
    """
    if paths.initialised:
        raise HomeError(
            f"{paths.directory} has been initialised already; it is never made again.",
            next_step="strideiq up",
        )
    paths.directory.mkdir(parents=True, exist_ok=True)
    if not paths.configuration.exists():
        paths.unfinished.touch()
        _write_configuration(paths, environment)
    write_environment_file(paths.env_file)
    configuration = strongroom.load_configuration(paths.configuration)
    _make_database(configuration, progress)
    with strongroom.open_database(configuration, progress=progress) as database:
        upgrade_database(database, progress=progress)
        database_id = str(database.judgement.expected["database_id"])
    strongroom.protect(configuration, progress=progress)
    demo = None
    if demo_password is not None:
        with opened(paths) as runtime:
            demo = _invent(runtime, demo_password, progress)
        note_change(paths.directory / "run")
    paths.unfinished.unlink(missing_ok=True)
    return Made(paths, database_id, configuration.lock_path, demo)


def _make_database(configuration: strongroom.Configuration, progress: strongroom.Progress) -> None:
    try:
        strongroom.init(configuration, progress=progress)
    except strongroom.StrongroomError as error:
        if error.code != "pin":  # pinned: an interrupted call of ours had come that far
            raise


def _write_configuration(paths: EnvironmentPaths, environment: str) -> None:
    text = strongroom.default_document(
        application=APPLICATION, environment=environment, database=APPLICATION
    )
    unfinished = paths.configuration.with_suffix(".new")
    unfinished.write_text(text + TABLE_POLICY, encoding="utf-8")
    unfinished.replace(paths.configuration)


def _invent(runtime: Runtime, password: str, progress: strongroom.Progress) -> Demo | None:
    """Put the demo athlete in, unless an interrupted call has done so already."""

    def report(done: int, total: int) -> None:
        progress.amount("demo.running_three_years", done, total, "activities")

    with runtime.sessions.begin() as session:
        if all_athletes(session):
            return None
        today = datetime.now(tz=UTC).date()
        return populate(session, password=password, today=today, report=report)
