"""Make one environment of a home: configuration, secret key, pinned database, schema."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import strongroom
from strideiq.demo.public import Demo, populate
from strideiq.platform.home import EnvironmentPaths
from strideiq.platform.runtime import opened
from strideiq.platform.schema import upgrade_database
from strideiq.platform.settings import write_environment_file
from strideiq.safety.public import note_change

APPLICATION = "strideiq"
TABLE_POLICY = """
[tables.keep]                 # what may become fewer without anybody having lost anything
"public.sign_in" = "none"
"strongroom.epoch" = "none"
"""


@dataclass(frozen=True)
class Made:
    """What ``strideiq init`` made, or found finished from before."""

    paths: EnvironmentPaths
    database_id: str
    pin: Path


def initialise(
    paths: EnvironmentPaths, *, environment: str, progress: strongroom.Progress = strongroom.SILENT
) -> Made:
    """Make a new environment with an empty schema; finish one whose making was interrupted.

    Raises:
        StrongroomError: there is one already, or its database could not be made.
    """
    paths.directory.mkdir(parents=True, exist_ok=True)
    if not paths.configuration.exists():
        text = strongroom.default_document(
            application=APPLICATION, environment=environment, database=APPLICATION
        )
        unfinished = paths.configuration.with_suffix(".new")
        unfinished.write_text(text + TABLE_POLICY, encoding="utf-8")
        unfinished.replace(paths.configuration)
    write_environment_file(paths.env_file)
    configuration = strongroom.load_configuration(paths.configuration)
    made = strongroom.init(configuration, progress=progress)
    with strongroom.open_database(configuration, progress=progress) as database:
        upgrade_database(database)
    return Made(paths, made.database_id, Path(made.pin))


def invent_athlete(paths: EnvironmentPaths, *, password: str) -> Demo:
    """Put the demo athlete into an environment that was made for it."""
    with opened(paths) as runtime, runtime.sessions.begin() as session:
        demo = populate(session, password=password, today=datetime.now(tz=UTC).date())
    note_change(paths.directory / "run")
    return demo
