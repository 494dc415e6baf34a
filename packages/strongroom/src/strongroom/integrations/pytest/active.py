"""The runs of pytest that go on in this process, and what was replaced while any of them does.

A run may start another one inside it. What guards the process belongs to all of them: it is
there from the beginning of the first until the end of the last, and the first one judges.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from strongroom.errors import ConfigurationError
from strongroom.integrations.pytest.judging import Run

_RUNS: list[Run] = []
_REPLACED: list[tuple[Any, str, object]] = []
"""What was guarded, and what it was before."""


def begin(run: Run) -> bool:
    """Take a run up; whether it is the only one."""
    _RUNS.append(run)
    return len(_RUNS) == 1


def end(run: Run) -> bool:
    """Let a run go; whether it was the last, and everything is as it was before."""
    _RUNS[:] = [one for one in _RUNS if one is not run]
    while _REPLACED and not _RUNS:
        place, name, original = _REPLACED.pop()
        setattr(place, name, original)
    return not _RUNS


def judging_run() -> Run | None:
    """The run that judges what this process does: the one that began first."""
    return _RUNS[0] if _RUNS else None


def original_of(place: Any, name: str, driver: ModuleType) -> Any:  # noqa: ANN401  a module or a class
    """What is going to be replaced.

    Raises:
        ConfigurationError: it is not there, so that the driver cannot be guarded.
    """
    found = vars(place).get(name)
    if found is None:
        raise ConfigurationError(
            f"The connections of this {driver.__name__} cannot be guarded: it has no {name}.",
            next_step=f"use a version of {driver.__name__} that strongroom knows, and report this",
        )
    return found


def replace(place: Any, name: str, guarded: object) -> None:  # noqa: ANN401  a module or a class
    """Put something guarded in its place until the last run ends."""
    _REPLACED.append((place, name, vars(place)[name]))
    setattr(place, name, guarded)
