"""Compose projects made up from a seed, of everything that docker-compose 1.29 knows."""

from __future__ import annotations

import random
from collections.abc import Callable

import yaml
from audit_cases import Case

Made = dict[str, object]
VALUES = [
    "plain", "", "two words", "a=b", "$SET", "${SET}", "${SET:-d}", "${UNSET:-d e}", "x${UNSET-}y",
    "${EMPTY:-full}", "${EMPTY-kept}", "$$literal", "${UNSET}", "5432", "1.5", "true",
]  # fmt: skip
SOURCES = ["data", "other", "./here", "../above", "/abs/path", "~/home", "./a/../b", "${VOL:-data}"]
TARGETS = ["/one", "/two", "/var/lib/postgresql/data", "/three/"]
MODES = ["", ":ro", ":rw", ":z", ":ro,z"]


def made_case(seed: int) -> Case:
    """One project with its files and options; always the same for a seed."""
    dice = random.Random(seed)  # noqa: S311  no secret
    declared = volumes_declared(dice)
    base = document(dice, ["db", "web", "job"], declared)
    files = {"docker-compose.yml": yaml.safe_dump(base)}
    if dice.random() < 0.5:
        over = document(dice, [*dice.sample(["db", "web", "job"], 2), "extra"], declared)
        files["docker-compose.override.yml"] = yaml.safe_dump(over)
    files[".env"] = "SET=from file\nEMPTY=\n" + dice.choice(["", "VOL=./bound\n", "UNSET_NOT=1\n"])
    files["some.env"] = "FILE_ONLY=1\nA=from file\n# comment\n\nQUOTED=x y\n"
    options = dice.choice(
        ["", "", "-p Given", "--env SET=caller", "--env COMPOSE_PROJECT_NAME=called"]
    )
    return Case(f"made-{seed}", options, files)


def volumes_declared(dice: random.Random) -> Made:
    """The same in both files: 1.29 replaces what a later file declares, and 2 merges it."""
    return {
        "data": dice.choice([None, {}, {"name": "real-${SET}"}, {"external": True, "name": "ext"}]),
        "other": dice.choice([None, {"driver": "local"}, {"external": True}]),
    }


def document(dice: random.Random, names: list[str], declared: Made) -> Made:
    """A file with these services."""
    services = {name: service(dice) for name in names}
    return {"version": "3.8", "services": services, "volumes": declared}


def service(dice: random.Random) -> Made:
    """A service with some of the keys that matter."""
    made: Made = {"image": dice.choice(["postgres:17", "web", "postgres:${UNSET:-16}"])}
    parts: dict[str, Callable[[], object]] = {
        "environment": lambda: environment(dice),
        "volumes": lambda: volumes(dice),
        "command": lambda: dice.choice(["run it", ["run", "$SET"], None]),
        "env_file": lambda: dice.choice(["some.env", ["some.env"]]),
        "tmpfs": lambda: dice.choice(["/scratch", ["/scratch", "/run:size=1m"]]),
        "labels": lambda: dice.choice([{"a": "1"}, ["a=1", "b"]]),
        "ports": lambda: dice.sample(["1:1", "127.0.0.1:2:2", "3"], 2),
    }
    for name, make in parts.items():
        if dice.random() < 0.5:
            value = make()
            if value is not None:
                made[name] = value
    return made


def environment(dice: random.Random) -> object:
    names = dice.sample(["A", "B", "C", "SET", "NOT_SET"], 3)
    if dice.random() < 0.5:
        return [f"{name}={dice.choice(VALUES)}" if dice.random() < 0.8 else name for name in names]
    typed: list[object] = [*VALUES, 1, 2.5, None]
    return {name: dice.choice(typed) for name in names}


def volumes(dice: random.Random) -> list[object]:
    found: list[object] = []
    for target in dice.sample(TARGETS, dice.randint(1, 3)):
        source = dice.choice(SOURCES)
        if dice.random() < 0.2:
            found.append(target)
        elif dice.random() < 0.3:
            kind = "volume" if source in {"data", "other"} else "bind"
            if kind == "volume" or source.startswith((".", "/")):
                found.append({"type": kind, "source": source, "target": target, "read_only": True})
        else:
            found.append(f"{source}:{target}{dice.choice(MODES)}")
    return found
