"""The page that tells how to schedule and be told: what it shows is what there is."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from strongroom.alerts import settings_of as alert_settings_of
from strongroom.cli import strongroom
from strongroom.config import default_document, parse
from strongroom.report import KINDS
from strongroom.schedule import settings_of

PAGE = (Path(__file__).resolve().parents[4] / "docs/how-to/schedule-and-alert.md").read_text()
COMMANDS = re.findall(r"^strongroom .+$", PAGE, re.MULTILINE)


def test_the_settings_that_it_shows_can_be_used() -> None:
    (shown,) = re.findall(r"```toml\n(.+?)```", PAGE, re.DOTALL)
    document = default_document(application="shop", environment="test", database="shop")
    configuration = parse(Path("/srv/strongroom.toml"), document + shown)
    assert settings_of(configuration).jitter_s == 600
    assert alert_settings_of(configuration).ping == "$PING_URL"


def test_it_has_every_condition_in_the_order_of_their_weight() -> None:
    assert tuple(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == KINDS


@pytest.mark.parametrize("line", COMMANDS)
def test_the_commands_that_it_shows_are_understood(line: str) -> None:
    command: click.Command = strongroom
    arguments = shlex.split(line)[1:]
    context = click.Context(command)
    while isinstance(command, click.Group):
        found = command.get_command(context, arguments.pop(0))
        assert found is not None
        command = found
    command.make_context("strongroom", arguments)
