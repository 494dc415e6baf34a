from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strongroom.alerts import Memory, Message, Notice, Severity, tell
from strongroom.alerts.deciding import messages_due
from strongroom.alerts.memory import load
from strongroom.errors import AlertError
from strongroom.testing.alerts import notice

DAY_S = 86_400
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


class Recorder:
    """A channel that keeps what it is told, and fails while it is told to."""

    def __init__(self, name: str = "recorder 1") -> None:
        self.name, self.told, self.broken = name, list[tuple[str, str]](), False

    def send(self, message: Message) -> None:
        if self.broken:
            raise AlertError(f"The channel {self.name} failed.", next_step="mend it")
        self.told.append((message.event, message.notice.kind))


def condition(kind: str, severity: Severity = "warning") -> Notice:
    return replace(notice(), kind=kind, severity=severity, fingerprint=kind)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state/alerts.json"


def round_of(
    path: Path, channels: list[Recorder], *kinds: Notice, hours: float = 0, unknown: str = ""
) -> dict[str, str]:
    now = NOW + timedelta(hours=hours)
    told = tell(path, channels, kinds, now=now, repeat_s=DAY_S, unknown=[unknown])
    return told.failed


def test_a_condition_is_told_once_again_after_a_day_and_when_it_ends(path: Path) -> None:
    channel, old = Recorder(), condition("backup_old")
    for hours in (0, 1, 23, 24, 30):
        round_of(path, [channel], old, hours=hours)
    round_of(path, [channel], hours=31)
    round_of(path, [channel], hours=32)
    assert channel.told == [(one, "backup_old") for one in ("new", "still", "ended")]
    assert load(path).alerts == {}
    round_of(path, [channel], old, hours=33)
    assert channel.told[-1] == ("new", "backup_old")


def test_what_gets_worse_is_told_at_once_and_what_gets_better_is_not(path: Path) -> None:
    channel = Recorder()
    for hours, severity in enumerate(("warning", "critical", "critical", "warning", "critical")):
        round_of(path, [channel], condition("store_full", severity), hours=hours)  # type: ignore[arg-type]
    assert [event for event, _ in channel.told] == ["new", "worse"]


def test_a_channel_that_failed_hears_at_the_next_run_and_the_others_only_once(path: Path) -> None:
    good, bad, old = Recorder("good 1"), Recorder("bad 1"), condition("backup_old")
    bad.broken = True
    assert round_of(path, [bad, good], old) == {"bad 1": "The channel bad 1 failed."}
    assert load(path).failing["bad 1"].since == NOW
    round_of(path, [bad, good], old, hours=1)
    assert load(path).failing["bad 1"].since == NOW
    bad.broken = False
    assert round_of(path, [bad, good], old, hours=2) == {}
    assert good.told == bad.told == [("new", "backup_old")]
    assert load(path).failing == {}


def test_the_end_is_told_to_those_who_heard_the_beginning(path: Path) -> None:
    heard, deaf, old = Recorder("heard 1"), Recorder("deaf 1"), condition("backup_old")
    deaf.broken = True
    round_of(path, [heard, deaf], old)
    heard.broken, deaf.broken = True, False
    round_of(path, [heard, deaf], hours=1)
    assert deaf.told == [], "it never heard of it"
    heard.broken = False
    round_of(path, [heard, deaf], hours=2)
    assert heard.told == [("new", "backup_old"), ("ended", "backup_old")]
    assert load(path).alerts == {}


def test_nobody_is_told_that_something_is_over_that_could_not_be_judged(path: Path) -> None:
    channel = Recorder()
    round_of(path, [channel], condition("backup_old"))
    round_of(path, [channel], condition("store_unreachable"), hours=1, unknown="backup_old")
    assert channel.told == [("new", "backup_old"), ("new", "store_unreachable")]
    round_of(path, [channel], condition("backup_old"), hours=2)
    assert channel.told[2:] == [("ended", "store_unreachable")], "and it is not told anew"


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b'{"format": 2}', b'{"format": 1, "alerts": [{}], "failing": {}}', b"\xff"],
)
def test_a_damaged_memory_means_telling_again(path: Path, damage: bytes) -> None:
    channel, old = Recorder(), condition("backup_old")
    round_of(path, [channel], old)
    path.write_bytes(damage)
    round_of(path, [channel], old, hours=1)
    assert [event for event, _ in channel.told] == ["new", "new"]
    round_of(path, [channel], old, hours=2)
    assert len(channel.told) == 2, "and it is mended"


def test_a_memory_that_cannot_be_written_keeps_nobody_silent(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the directory should be")
    channel = Recorder()
    failed = round_of(tmp_path / "state/alerts.json", [channel], condition("backup_old"))
    assert channel.told == [("new", "backup_old")]
    assert "cannot be kept" in failed["memory"]


def test_told_in_the_future_means_that_the_clock_went_back(path: Path) -> None:
    channel, old = Recorder(), condition("backup_old")
    round_of(path, [channel], old, hours=48)
    round_of(path, [channel], old)
    assert [event for event, _ in channel.told] == ["new", "still"]


def test_of_many_who_tell_at_once_one_is_heard(path: Path) -> None:
    channel, start = Recorder(), threading.Barrier(6)

    def tell_it() -> None:
        start.wait()
        round_of(path, [channel], condition("backup_old"))

    threads = [threading.Thread(target=tell_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert channel.told == [("new", "backup_old")]


TELL_AND_DIE = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from strongroom.alerts import tell
from strongroom.testing.alerts import notice
from dataclasses import replace
class Channel:
    name = "file 1"
    def send(self, message):
        with open(sys.argv[2], "a") as file:
            file.write(message.notice.kind + "\\n")
        if message.notice.kind == sys.argv[3]:
            os.kill(os.getpid(), signal.SIGKILL)
holding = [replace(notice(), kind=kind, fingerprint=kind) for kind in ("a", "b", "c")]
tell(Path(sys.argv[1]), [Channel()], holding, now=datetime.now(UTC), repeat_s=86400)
"""


def test_killed_while_telling_at_most_one_message_is_repeated(path: Path, tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    for kind in ("b", "none"):
        command = [sys.executable, "-c", TELL_AND_DIE, str(path), str(heard), kind]
        ended = subprocess.run(command, check=False, env=os.environ).returncode
        assert ended == (-signal.SIGKILL if kind == "b" else 0)
    assert heard.read_text().split() == ["a", "b", "b", "c"]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["none", "warning", "critical"]),
            st.integers(min_value=0, max_value=90_000),
            st.booleans(),
        ),
        max_size=30,
    )
)
def test_whatever_happens_each_beginning_has_one_end_and_nothing_is_told_too_often(
    history: list[tuple[str, int, bool]],
) -> None:
    """A model of one condition and one channel that fails at times."""
    memory, now, told = Memory(), NOW, list[tuple[str, datetime]]()
    for severity, later_s, works in history:
        now += timedelta(seconds=later_s)
        holding = [] if severity == "none" else [condition("x", severity)]  # type: ignore[arg-type]
        due = messages_due(memory, holding, channel="c", now=now, repeat_s=DAY_S)
        assert len(due) <= 1
        for message in due if works else ():
            memory.note_delivery("c", message, now)
            told.append((message.event, now))
        memory.forget_ended([one.fingerprint for one in holding], ["c"])
        if works:
            assert bool(memory.alerts) == bool(holding), "who can be told, is told"
    expected = "new"
    for event, _ in told:
        assert (event == "new") == (expected == "new")
        expected = "new" if event == "ended" else "more"
    stills = [
        later - earlier
        for (_, earlier), (event, later) in itertools.pairwise(told)
        if event == "still"
    ]
    assert all(one >= timedelta(seconds=DAY_S) for one in stills)
