"""Tell the channels what they are due; what fails is remembered and tried at the next run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from strongroom.alerts.channels import Channel
from strongroom.alerts.deciding import messages_due
from strongroom.alerts.memory import Memory, load
from strongroom.alerts.notice import Notice
from strongroom.errors import AlertError
from strongroom.server.holders import turn


@dataclass(frozen=True)
class Told:
    """The outcome of one round."""

    delivered: int
    failed: dict[str, str]
    """What was wrong with each channel that failed, by its name."""


def tell(
    path: Path,
    channels: Sequence[Channel],
    holding: Sequence[Notice],
    *,
    now: datetime,
    repeat_s: float,
    unknown: Collection[str] = (),
) -> Told:
    """Bring every channel up to date, and never raise because of one.

    The memory is written after each delivery: a process that is killed repeats at most one
    message. A memory that cannot be written is no reason to keep silent either. Of several
    processes on one machine, one tells at a time.
    """
    with _turn(path):
        return _tell(path, channels, holding, now=now, repeat_s=repeat_s, unknown=unknown)


def _tell(
    path: Path,
    channels: Sequence[Channel],
    holding: Sequence[Notice],
    *,
    now: datetime,
    repeat_s: float,
    unknown: Collection[str],
) -> Told:
    memory, failed, delivered = load(path), {}, 0
    for channel in channels:
        due = messages_due(
            memory, holding, channel=channel.name, now=now, repeat_s=repeat_s, unknown=unknown
        )
        for message in due:
            try:
                channel.send(message)
            except AlertError as error:
                memory.note_failure(channel.name, error.message, now)
                failed[channel.name] = error.message
                break  # the others would wait for the same time limit
            delivered += 1
            memory.note_delivery(channel.name, message, now)
            _save(memory, path, failed)
    unjudged = [one for one, alert in memory.alerts.items() if alert.notice.kind in unknown]
    memory.forget_ended(
        [*(notice.fingerprint for notice in holding), *unjudged], [one.name for one in channels]
    )
    _save(memory, path, failed)
    return Told(delivered, failed)


@contextmanager
def _turn(path: Path) -> Iterator[None]:
    """Wait for those who tell; where no lock can be had, two may tell the same."""
    with ExitStack() as stack:
        with suppress(OSError):
            stack.enter_context(turn(path.with_suffix(".lock"), waiting="alerts.waiting"))
        yield


def _save(memory: Memory, path: Path, failed: dict[str, str]) -> None:
    try:
        memory.save(path)
    except OSError as error:
        failed["memory"] = f"What was told cannot be kept in {path}: {error.strerror}."
