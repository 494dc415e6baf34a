"""What a running StrideIQ holds: settings, keys, and the way to its database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from strideiq.platform.database import session_factory
from strideiq.platform.home import EnvironmentPaths
from strideiq.platform.security import KeyRing
from strideiq.platform.settings import Settings

if TYPE_CHECKING:
    from strongroom import Configuration, OpenDatabase


@dataclass(frozen=True)
class Runtime:
    """One environment in use. ``database`` is None only where a test brings its own engine."""

    environment: str
    settings: Settings
    engine: Engine
    sessions: sessionmaker[Session]
    configuration: Configuration | None = None
    database: OpenDatabase | None = None

    @property
    def keys(self) -> KeyRing:
        """The keys that sign what browsers hold."""
        return KeyRing(self.settings.key_ring)


def runtime_of(
    environment: str,
    settings: Settings,
    engine: Engine,
    *,
    configuration: Configuration | None = None,
    database: OpenDatabase | None = None,
) -> Runtime:
    """Put a runtime together around an engine."""
    return Runtime(environment, settings, engine, session_factory(engine), configuration, database)


@contextmanager
def opened(paths: EnvironmentPaths) -> Iterator[Runtime]:
    """Open one environment's database through strongroom's gate, for a command that uses it.

    Raises:
        SettingsError: the environment file cannot be used.
        RefusedError: this is not the expected database; nothing was done to it.
    """
    from strideiq.platform.settings import load_settings  # noqa: PLC0415  the same
    from strongroom import load_configuration, open_database  # noqa: PLC0415  help does without
    from strongroom.integrations.sqlalchemy import guarded_engine  # noqa: PLC0415  the same

    settings = load_settings(paths.env_file)
    configuration = load_configuration(paths.configuration)
    with open_database(configuration) as database:
        engine = guarded_engine(database)
        try:
            yield runtime_of(
                configuration.environment,
                settings,
                engine,
                configuration=configuration,
                database=database,
            )
        finally:
            engine.dispose()
