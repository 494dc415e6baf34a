"""The first line: before anything is collected, what could this run reach?"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from strongroom.errors import RealDatabaseError, StrongroomError
from strongroom.integrations.pytest.addresses import (
    Address,
    in_django,
    in_environment,
    in_text,
)
from strongroom.integrations.pytest.judging import TEST, Run

CONNECT_TIMEOUT_S = 2
PARALLEL_MAX = 8
CONFIGURATION, VARIABLE = "strongroom.toml", "STRONGROOM_CONFIG"
SETTINGS_MODULE = "DJANGO_SETTINGS_MODULE"

_Problem = RealDatabaseError | str | None


@dataclass
class Reach:
    """What one run could reach, as far as it has been looked at."""

    run: Run
    directory: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    """Texts of pytest's own settings and arguments, by their name."""
    _judged: set[tuple[tuple[str, str], ...]] = field(default_factory=set)

    def real(self) -> list[str]:
        """Look at every address not looked at before; say which ones are real databases."""
        found: list[str] = []
        new: dict[tuple[tuple[str, str], ...], list[Address]] = {}
        for address in (*self._addresses(), *self._of_strongroom(found)):
            if address.conninfo not in self._judged:
                new.setdefault(address.conninfo, []).append(address)
        self._judged.update(new)
        if new:
            with ThreadPoolExecutor(PARALLEL_MAX) as pool:
                problems = pool.map(_look, [addresses[0] for addresses in new.values()])
                for addresses, problem in zip(new.values(), problems, strict=True):
                    found += self._told(addresses, problem)
        return found

    def _addresses(self) -> Iterator[Address]:
        yield from in_environment(os.environ)
        for name, text in self.settings.items():
            yield from in_text(name, text)
        yield from self._of_django()

    def _of_django(self) -> Iterator[Address]:
        """Read Django's settings where the run has any: named by its variable, or made already."""
        if not os.environ.get(SETTINGS_MODULE) and "django.conf" not in sys.modules:
            return
        try:
            from django.conf import settings  # noqa: PLC0415  only where the run uses Django

            if os.environ.get(SETTINGS_MODULE) or settings.configured:
                yield from in_django(settings.DATABASES)
        except Exception as error:  # noqa: BLE001  a project's settings are a project's code
            self.run.unverified["Django's settings"] = f"{type(error).__name__} in them"
        else:
            self.run.unverified.pop("Django's settings", None)

    def _of_strongroom(self, found: list[str]) -> Iterator[Address]:
        """Read the strongroom.toml that this run would find.

        A supervised database needs no address to be reached; it goes to ``found``.
        """
        path = self._configuration()
        if path is None:
            return
        from strongroom.config import load_all  # noqa: PLC0415  only where there is one
        from strongroom.identity.address import connection_of  # noqa: PLC0415  the same

        try:
            for configuration in load_all(path):
                if configuration.url is not None:
                    info = connection_of(configuration)
                    given = tuple((key, str(value)) for key, value in info.items())
                    yield Address(str(path), given)
                elif configuration.environment != TEST and configuration.lock_path.exists():
                    pinned = f"pinned as {configuration.environment}"
                    found.append(f"{path} leads to the database {pinned}")
        except StrongroomError as error:
            self.run.unverified[str(path)] = error.message

    def _configuration(self) -> Path | None:
        """The configuration that ``strongroom.find_configuration()`` would take first."""
        if named := os.environ.get(VARIABLE):
            path = Path(named)
            return path / CONFIGURATION if path.is_dir() else path
        places = (self.directory, *self.directory.parents)
        return next(
            (one / CONFIGURATION for one in places if (one / CONFIGURATION).is_file()), None
        )

    def _told(self, addresses: Iterable[Address], problem: _Problem) -> Iterator[str]:
        """Tell a real database; remember one that could not be reached."""
        for address in addresses:
            if isinstance(problem, RealDatabaseError):
                yield f"{address.source} leads to {problem.found} ({address.where})"
            elif problem is not None:
                self.run.unverified[f"{address.source} ({address.where})"] = problem


def _look(address: Address) -> _Problem:
    """Try one address. The connection is guarded like every other one of the run."""
    import psycopg  # noqa: PLC0415  only where there is an address

    given = {**dict(address.conninfo), "connect_timeout": str(CONNECT_TIMEOUT_S)}
    try:
        psycopg.connect(**given).close()  # type: ignore[arg-type]  # libpq's names
    except RealDatabaseError as error:
        return error
    except psycopg.Error as error:
        return str(error).strip().partition("\n")[0]
    return None
