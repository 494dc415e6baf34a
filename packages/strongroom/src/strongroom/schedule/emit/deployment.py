"""What the files of every scheduler have in common: program, paths, names of secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from strongroom.alerts import settings_of as alert_settings_of
from strongroom.alerts.addresses import VARIABLE
from strongroom.config import MAIN, Configuration
from strongroom.schedule.settings import ScheduleSettings, settings_of


@dataclass(frozen=True)
class Deployment:
    """One configuration, as another scheduler is to run it."""

    name: str
    """Of units, services and jobs: letters, digits and hyphens."""
    program: str
    """The path of ``strongroom`` on the machine."""
    image: str
    """Which has ``strongroom`` in it."""
    user: str
    """Who runs it: the owner of the configuration."""
    configuration: Path
    arguments: tuple[str, ...]
    """Behind the program, for a verb."""
    directories: tuple[Path, ...]
    """What it has to write to."""
    variables: tuple[str, ...]
    """Names of environment variables that it needs; their values are secrets."""
    settings: ScheduleSettings

    @property
    def title(self) -> str:
        """What the files say of themselves."""
        return f"strongroom: backups, drills and alerts of {self.configuration}"


def deployment_of(
    configuration: Configuration, *, program: str, image: str, user: str
) -> Deployment:
    """Describe a configuration for other schedulers.

    Raises:
        ConfigurationError: ``[schedule]`` or ``[alerts]`` cannot be used.
    """
    alerts = alert_settings_of(configuration)
    key = "" if configuration.key == MAIN else f"-{configuration.key}"
    written = [
        configuration.url,
        configuration.administrator,
        *alerts.urls,
        alerts.ping,
    ]
    database = [] if configuration.key == MAIN else ["--database", configuration.key]
    return Deployment(
        name=_name(f"strongroom-{configuration.application}-{configuration.environment}{key}"),
        program=program,
        image=image,
        user=user,
        configuration=configuration.path,
        arguments=("--config", str(configuration.path), *database),
        directories=tuple(_outermost(_directories(configuration))),
        variables=tuple(
            dict.fromkeys(
                matched[1] for text in written if text and (matched := VARIABLE.fullmatch(text))
            )
        ),
        settings=settings_of(configuration),
    )


def _directories(configuration: Configuration) -> list[Path]:
    urls = [configuration.store_url, configuration.state_url]
    found = [configuration.directory, configuration.state_cache]
    found += [Path(url.removeprefix("file://")) for url in urls if _is_local(url)]
    if configuration.server is not None:
        server = configuration.server
        found += [server.data_directory, server.run_directory, server.log_directory]
    return found


def _is_local(url: str) -> bool:
    return "://" not in url or url.startswith("file:///")


def _outermost(paths: Iterable[Path]) -> list[Path]:
    """Those that lie in no other of them, in their order."""
    distinct = list(dict.fromkeys(paths))
    return [one for one in distinct if not any(other in one.parents for other in distinct)]


def _name(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:52]  # what a CronJob may be called
