from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from strongroom.alerts import Address, Channel, Message, addresses_of, open_channels, settings_of
from strongroom.config import Configuration, default_document, parse
from strongroom.errors import AlertError, ConfigurationError
from strongroom.testing.alerts import ChannelConformance, notice
from strongroom.testing.http_sink import Sink

SECRETS = ["user-name", "pass-word", "path-token"]


def address(port: int) -> Address:
    return Address("json 1", f"json://user-name:pass-word@127.0.0.1:{port}/path-token?rto=2")


def channel_to(port: int) -> Channel:
    (channel,) = open_channels([address(port)])
    return channel


class Common(ChannelConformance):
    @pytest.fixture
    def channel(self, sink: Sink) -> Channel:
        return channel_to(sink.port)

    @pytest.fixture
    def arrived(self, sink: Sink) -> Callable[[], list[str]]:
        def read() -> list[str]:
            bodies = [json.loads(one.body) for one in sink.requests]
            return [f"{one['title']}\n{one['message']}" for one in bodies]

        return read

    @pytest.fixture
    def secrets(self) -> list[str]:
        return SECRETS


class TestTurnedAway(Common):
    @pytest.fixture
    def broken_channel(self, sink: Sink) -> Channel:
        sink.status = 500
        return channel_to(sink.port)


class TestUnanswered(Common):
    @pytest.fixture
    def broken_channel(self, sink: Sink) -> Channel:
        sink.answers.clear()
        return channel_to(sink.port)


class TestRefused(Common):
    @pytest.fixture
    def broken_channel(self) -> Channel:
        return channel_to(1)


class TestNoSuchService(Common):
    @pytest.fixture
    def broken_channel(self) -> Channel:
        (channel,) = open_channels([Address("nonsense 1", "nonsense://pass-word@path-token")])
        return channel


def configuration(tmp_path: Path, alerts: str) -> Configuration:
    text = default_document(application="shop", environment="production", database="shop")
    return parse(tmp_path / "strongroom.toml", f"{text}\n[alerts]\n{alerts}\n")


def test_addresses_come_from_variables_files_and_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALERTS", "json://one/secret-1")
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys/alerts.txt").write_text(
        "# mine\n\njson://two/secret-2\nmailto://three@x.org\n"
    )
    alerts = settings_of(
        configuration(
            tmp_path, 'urls = ["$ALERTS", "file:keys/alerts.txt", "json://four/secret-4"]'
        )
    )
    found = addresses_of(configuration(tmp_path, ""), alerts.urls)
    assert [one.name for one in found] == ["json 1", "json 2", "mailto 1", "json 3"]
    assert [one.secret.partition("://")[2] for one in found] == [
        "one/secret-1",
        "two/secret-2",
        "three@x.org",
        "four/secret-4",
    ]
    assert "secret" not in f"{alerts} {alerts!r} {found} {[str(one) for one in found]}"
    assert "secret" not in repr(configuration(tmp_path, 'urls = ["json://four/secret-4"]'))


@pytest.mark.parametrize(
    ("urls", "told"),
    [
        ('["$NOT_SET_HERE"]', "NOT_SET_HERE is not set"),
        ('["file:nowhere.txt"]', "nowhere.txt cannot be read"),
        ('["secret-without-scheme"]', "entry 1"),
    ],
)
def test_an_address_that_cannot_be_found_is_told_without_it(
    tmp_path: Path, urls: str, told: str
) -> None:
    alerts = settings_of(configuration(tmp_path, f"urls = {urls}"))
    with pytest.raises(AlertError, match=told) as failed:
        addresses_of(configuration(tmp_path, ""), alerts.urls)
    assert "secret" not in failed.value.message


@pytest.mark.parametrize(
    "alerts",
    [
        'urls = "json://secret"',
        "urls = [7]",
        "repeat_s = 0",
        'repeat_s = "day"',
        "ping = 7",
        'url = ["json://secret"]',
    ],
)
def test_settings_that_cannot_be_used_are_told_without_what_they_hold(
    tmp_path: Path, alerts: str
) -> None:
    with pytest.raises(ConfigurationError, match=r"\[alerts\]") as refused:
        settings_of(configuration(tmp_path, alerts))
    assert "secret" not in refused.value.message


def test_a_message_of_the_gravest_kind_is_a_failure_and_its_end_a_success(sink: Sink) -> None:
    channel = channel_to(sink.port)
    channel.send(Message("new", notice()))
    channel.send(Message("ended", notice()))
    assert [json.loads(one.body)["type"] for one in sink.requests] == ["failure", "success"]
