"""What scheduled work last failed with, on this machine: a small file beside the state.

What succeeded needs no record: the store has it. So a damaged file loses nothing but the words
of a failure, and is read as none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from strongroom.config import Configuration
from strongroom.errors import StrongroomError
from strongroom.files import write_whole

FORMAT = 1
NAME = "schedule.json"

Job = Literal["backup", "drill", "prune"]


@dataclass(frozen=True)
class Failure:
    """The last failure of a job that has not succeeded since."""

    at: datetime
    failures: int
    """How often in a row."""
    code: str
    message: str
    next_step: str


@dataclass(frozen=True)
class ClockJump:
    """A watcher saw the clock being set."""

    at: datetime
    jump_s: float


@dataclass(frozen=True)
class Attempts:
    """What is known of scheduled work that failed."""

    failed: Mapping[str, Failure] = field(default_factory=dict)
    """By job."""
    clock_jump: ClockJump | None = None


def attempts_of(configuration: Configuration) -> Attempts:
    """Read the file; one that is missing or damaged tells of nothing."""
    try:
        document = json.loads((configuration.state_cache / NAME).read_bytes())
        if document["format"] != FORMAT:
            return Attempts()
        failed = {
            str(job): Failure(**{**one, "at": _moment(one["at"])})
            for job, one in document["failed"].items()
        }
        jump = document["clock_jump"]
        return Attempts(failed, ClockJump(_moment(jump["at"]), jump["jump_s"]) if jump else None)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Attempts()


def note_failure(
    configuration: Configuration, job: Job, error: StrongroomError, at: datetime
) -> Failure:
    """Remember a failure, and how many came before it. Raises OSError."""
    attempts = attempts_of(configuration)
    before = attempts.failed.get(job)
    failure = Failure(
        at, (before.failures if before else 0) + 1, error.code, error.message, error.next_step
    )
    _save(configuration, replace(attempts, failed={**attempts.failed, job: failure}))
    return failure


def note_success(configuration: Configuration, job: Job) -> None:
    """Forget what a job failed with. Raises OSError."""
    attempts = attempts_of(configuration)
    if job in attempts.failed:
        left = {name: one for name, one in attempts.failed.items() if name != job}
        _save(configuration, replace(attempts, failed=left))


def note_clock_jump(configuration: Configuration, at: datetime, jump_s: float) -> None:
    """Remember that the clock was set. Raises OSError."""
    jump = ClockJump(at, round(jump_s, 1))
    _save(configuration, replace(attempts_of(configuration), clock_jump=jump))


def _save(configuration: Configuration, attempts: Attempts) -> None:
    document: dict[str, Any] = {"format": FORMAT, **asdict(attempts)}
    data = json.dumps(document, indent=1, default=datetime.isoformat).encode()
    write_whole(configuration.state_cache / NAME, data)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without its zone")
    return moment
