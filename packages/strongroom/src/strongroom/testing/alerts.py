# ruff: noqa: S101 - assert is how a conformance suite speaks
"""The conformance suite for alert channels (needs pytest).

A channel is tested by a class of its own with fixtures that make one that works, with a way to
see what arrived, and one that cannot deliver::

    class TestMyChannel(ChannelConformance):
        @pytest.fixture
        def channel(self) -> Channel: ...

        @pytest.fixture
        def arrived(self) -> Callable[[], list[str]]: ...

        @pytest.fixture
        def broken_channel(self) -> Channel: ...

        @pytest.fixture
        def secrets(self) -> list[str]: ...

The broken one is to fail as its service fails in life: refused, unanswered, or turned away.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from strongroom.alerts import Channel, Event, Message, Notice, fingerprint_of
from strongroom.errors import AlertError

EVENTS: tuple[Event, ...] = ("new", "worse", "still", "ended")


def notice(message: str = "The newest backup is 30 h old.") -> Notice:
    """A notice such as channels get."""
    return Notice(
        kind="backup_old",
        severity="critical",
        subject="shop/production",
        message=message,
        next_step="strongroom backup",
        at=datetime(2026, 11, 27, 2, 30, tzinfo=UTC),
        fingerprint=fingerprint_of("backup_old", "shop", "production"),
    )


class ChannelConformance:
    """What every channel must do, whatever it leads to."""

    @pytest.mark.parametrize("event", EVENTS)
    def test_a_message_arrives_whole(
        self, channel: Channel, arrived: Callable[[], list[str]], event: Event
    ) -> None:
        """Whose it is, what is wrong, and what to do, unless it is over."""
        channel.send(Message(event, notice()))
        (text,) = arrived()
        assert "shop/production" in text
        assert "30 h old" in text
        assert ("strongroom backup" in text) == (event != "ended")

    def test_any_letter_arrives(self, channel: Channel, arrived: Callable[[], list[str]]) -> None:
        """Names of tables may be in any script, and markup is only text."""
        odd = "Table läufe_日本 <b>&amp; {x} %s $HOME"
        channel.send(Message("new", notice(odd)))
        (text,) = arrived()
        assert odd in text

    def test_each_message_arrives_once(
        self, channel: Channel, arrived: Callable[[], list[str]]
    ) -> None:
        """In their order."""
        for number in range(3):
            channel.send(Message("new", notice(f"message {number}.")))
        assert [f"message {n}." in text for n, text in enumerate(arrived())] == [True] * 3

    def test_what_was_not_delivered_is_an_error(self, broken_channel: Channel) -> None:
        """Silence would be the worst of all."""
        with pytest.raises(AlertError) as failed:
            broken_channel.send(Message("new", notice()))
        assert broken_channel.name in failed.value.message
        assert failed.value.next_step

    def test_no_secret_is_shown(
        self,
        broken_channel: Channel,
        secrets: list[str],
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        """Not in its name, its errors, or anybody's log."""
        caplog.set_level(logging.DEBUG)
        with pytest.raises(AlertError) as failed:
            broken_channel.send(Message("new", notice()))
        shown = [
            broken_channel.name,
            repr(broken_channel),
            str(failed.value),
            *getattr(failed.value, "__notes__", ()),
            caplog.text,
            *capfd.readouterr(),
        ]
        assert secrets
        assert not [secret for secret in secrets for text in shown if secret in text]
