"""The first line: before anything is collected, what could this run reach?"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from strongroom.errors import RealDatabaseError, StrongroomError
from strongroom.integrations.pytest.addresses import Address, in_django, in_environment, in_text
from strongroom.integrations.pytest.files import in_services, in_variables_of
from strongroom.integrations.pytest.judging import TEST, Run
from strongroom.integrations.pytest.opened import Opened

CONNECT_TIMEOUT_S = 2
PARALLEL_MAX = 8
CONFIGURATION, VARIABLE = "strongroom.toml", "STRONGROOM_CONFIG"
SETTINGS_MODULE = "DJANGO_SETTINGS_MODULE"
ITS_OWN = frozenset({"PYTEST_CURRENT_TEST"})
"""Variables that pytest itself changes all the time."""

_Problem = RealDatabaseError | str | None
_Place = tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]
"""An address, and what libpq adds to it from its variables."""


@dataclass
class Reach:
    """What one run could reach, as far as it has been looked at."""

    run: Run
    directory: Path
    opened: Sequence[Opened] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    """Texts of the project's settings and of pytest's arguments, by their name."""
    variables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Variables in files that applications read, by the file's path."""
    _judged: dict[_Place, _Problem] = field(default_factory=dict)
    _environment: Mapping[str, str] = field(default_factory=dict)
    _real: list[str] = field(default_factory=list)

    def real_now(self) -> list[str]:
        """Look again if the environment has changed since; say what real databases it leads to."""
        now = os.environ.copy()
        for name in ITS_OWN:
            now.pop(name, None)
        return self._real if now == self._environment else self.real()

    def real(self) -> list[str]:
        """Try every address that was not tried before; say which ones are real databases."""
        self._environment = {k: v for k, v in os.environ.items() if k not in ITS_OWN}
        found: list[str] = []
        places: dict[_Place, list[Address]] = {}
        added = tuple(sorted((k, v) for k, v in self._environment.items() if _is_libpqs(k)))
        for address in (*self._addresses(), *self._of_strongroom(found)):
            places.setdefault((address.conninfo, added), []).append(address)
        new = [place for place in places if place not in self._judged]
        if new:
            with ThreadPoolExecutor(PARALLEL_MAX) as pool:
                problems = pool.map(_look, [places[place][0] for place in new])
                self._judged.update(zip(new, problems, strict=True))
        for place, addresses in places.items():
            found += self._told(addresses, self._judged[place])
        self._close_unverified()
        self._real = found
        return found

    def _addresses(self) -> Iterator[Address]:
        for one in self.opened:
            yield one.address
        yield from in_environment(os.environ)
        yield from in_services(os.environ)
        for name, text in self.settings.items():
            yield from in_text(name, text)
        for source, variables in self.variables.items():
            yield from in_variables_of(source, variables, os.environ)
        yield from self._of_django()

    def _close_unverified(self) -> None:
        """Close what was open before anybody could judge it, and still cannot be judged."""
        unverified = {place for place, problem in self._judged.items() if isinstance(problem, str)}
        conninfos = {conninfo for conninfo, _ in unverified}
        for one in self.opened:
            if one.address.conninfo in conninfos:
                one.close()
        self.opened = ()

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
                elif configuration.environment != TEST and self._was_pinned(
                    configuration.lock_path
                ):
                    pinned = f"pinned as {configuration.environment}"
                    found.append(f"{path} leads to the database {pinned}")
        except StrongroomError as error:
            self.run.unverified[str(path)] = error.message

    def _was_pinned(self, lock: Path) -> bool:
        """Whether there is a pin, and not one that the run itself has made."""
        if not lock.exists():
            return False
        age_s = time.time() - lock.stat().st_mtime
        return not 0 <= age_s <= time.monotonic() - self.run.began

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


def _is_libpqs(variable: str) -> bool:
    return variable.startswith("PG") and variable != "PGAPPNAME"


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
