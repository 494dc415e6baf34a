"""Relatives of the founding incident on a real engine: a slice, or with STRONGROOM_SOAK=1 all."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from docker_table import OnDocker, kept
from engine import Engine
from relative import Relative, Scene, act, happens, refuses, relations, relatives, rewind, set_up
from stack import HERE, Stack, free_port
from world import World

ALL = list(relatives())
_ADDRESS = re.compile(r"127\.0\.0\.1:\d+")
PLAYED = ALL if os.environ.get("STRONGROOM_SOAK") else [one for one in ALL if one.ci]


def scene(
    relative: Relative, engine: Engine, worlds: Mapping[str, World], directory: Path, other: str
) -> Scene:
    stack = Stack.made(engine, directory / "runningapp", relative.stack)
    port = free_port()
    stack.variables |= {
        "CLUSTER": str(worlds["production"].cluster),
        "STAGING": str(worlds["staging"].cluster) if relative.home == "staging" else "",
        "ENGINE": f"unix://{engine.socket}",
        "OTHER_ENGINE": other,
        "OTHER_PORT": str(port),
        "OTHER_URL": stack.url(port),
        "STAND_IN": str(HERE / "stand_in.py"),
    }
    return Scene(stack, worlds)


@pytest.mark.parametrize(
    "relative", PLAYED, ids=lambda one: f"{one.family}, {one.incident}: {one.what}"
)
def test_a_relative_is_stopped_before_its_first_write_and_brought_back(
    relative: Relative,
    engine: Engine,
    worlds: Mapping[str, World],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    elsewhere = "OTHER_ENGINE" in relative.recipe
    other = request.getfixturevalue("other_engine") if elsewhere else None
    at = f"unix://{other.socket}" if other else ""
    played = scene(relative, engine, worlds, tmp_path / "1", at)
    set_up(relative, played)
    address = act(relative, played)
    begun = relations(address)
    without = happens(relative, played, address)
    if relative.harm or relative.snapshot or not rewind(address, begun):
        for one in filter(None, (engine, other)):
            one.clear()
        played = scene(relative, engine, worlds, tmp_path / "2", at)
        set_up(relative, played)
        address = act(relative, played)
    typed, recovery_s = refuses(relative, played, address)
    stopped = f"`{relative.verdict}`, at the start, before its first statement"
    row = (relative.incident, relative.what, without, stopped, told_back(typed), 0, recovery_s)
    request.node.user_properties.append(kept(OnDocker(*row)))


def told_back(typed: list[str]) -> str:
    """The way back, without the numbers of one run."""
    told = "; ".join(typed).replace("\\.", ".")
    told = re.sub(r" \d{8}T\w+-\w+", " ID", told)
    for number, address in enumerate(dict.fromkeys(_ADDRESS.findall(told)), start=1):
        told = told.replace(address, f"HOST:PORT{number}")
    return re.sub(r"unix://\S+", "unix://SOCKET", told)
