"""Which message each channel is due: pure, and the same for the same input."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from strongroom.alerts.memory import Memory, Telling
from strongroom.alerts.notice import Event, Message, Notice, is_graver

CLOCK_TOLERANCE = timedelta(minutes=5)


def messages_due(
    memory: Memory,
    holding: Iterable[Notice],
    *,
    channel: str,
    now: datetime,
    repeat_s: float,
    unknown: Collection[str] = (),
) -> list[Message]:
    """What a channel has to be told now, the gravest first.

    Args:
        memory: what was told before.
        holding: the conditions that hold, in the order of their weight.
        channel: the name of the channel.
        now: in UTC.
        repeat_s: after how long an open condition is told again.
        unknown: kinds that could not be judged; nobody is told that they are over.
    """
    open_now = {notice.fingerprint: notice for notice in holding}
    due = []
    for name, notice in open_now.items():
        alert = memory.alerts.get(name)
        event = _event(alert.told.get(channel) if alert else None, notice, now, repeat_s)
        if event is not None:
            due.append(Message(event, notice))
    return due + [
        Message("ended", alert.notice)
        for name, alert in memory.alerts.items()
        if name not in open_now and alert.notice.kind not in unknown and channel in alert.told
    ]


def _event(told: Telling | None, notice: Notice, now: datetime, repeat_s: float) -> Event | None:
    if told is None:
        return "new"
    if is_graver(notice.severity, told.severity):
        return "worse"
    age = now - told.at
    # Told in the future: the clock went back, and nobody knows how long ago it was.
    if age >= timedelta(seconds=repeat_s) or age < -CLOCK_TOLERANCE:
        return "still"
    return None
