"""Do what is printed, and nothing else: as somebody reads it who knows neither Docker nor us.

``check`` says what is next; ``find`` says what to write into the Compose file and what to type;
``restore`` says how it goes on. A sentence that is no command is followed as the replay says.
"""

from __future__ import annotations

import re
from typing import Any

from stack import Stack
from waiting import connected

STEPS_MAX = 8
FOUND = "found.yml"
_NEXT = re.compile(r"^next: (.+)$", re.MULTILINE)
_UP = "docker compose up -d, with that"


def follow(stack: Stack, mend: str, compose: str) -> list[str]:
    """Go on until ``check`` has nothing more to say.

    Returns:
        What was typed, in its order.

    Raises:
        AssertionError: what is printed leads nowhere.
    """
    typed: list[str] = []
    for _ in range(STEPS_MAX):
        judged = stack.strongroom("check", "--json", check=False)
        if judged.code == 0:
            return typed
        told = str(judged.document["next"])
        if mend:
            typed.append(_mended(stack, mend))
            mend = ""
        elif "strongroom find" in told:
            typed += ["strongroom find", *_found(stack, compose)]
        elif told.startswith("strongroom "):
            typed += _typed(stack, told)
        else:
            break
    raise AssertionError(f"what is printed leads nowhere: {typed}; {told}")


def _mended(stack: Stack, mend: str) -> str:
    if mend == "address":
        del stack.variables["DATABASE_URL"]
        return "the address is corrected"
    stack.run(mend)
    return mend.strip().replace("\n", "; ")


def _found(stack: Stack, compose: str) -> list[str]:
    """What ``find`` prints for the first of what it found."""
    found = stack.strongroom("find", "--json").document
    first: dict[str, Any] = found["candidates"][0]
    told = str(first["next"])
    if told.startswith("strongroom restore"):
        return _typed(stack, told)
    if not told.startswith(_UP):
        raise AssertionError(f"no command: {told}")
    text = str(first["change"]).replace("DATABASE:", "db:")
    (stack.directory / FOUND).write_text(f'version: "3.8"\n{text}\n')
    files = ["docker-compose.yml", "docker-compose.override.yml"]
    there = [name for name in files if (stack.directory / name).exists()]
    stack.run(f"export COMPOSE_FILE={':'.join([*there, FOUND])}; {compose} up -d")
    connected(stack.address()).close()
    return [f"{compose} up -d, with the volume that it names"]


def _typed(stack: Stack, command: str) -> list[str]:
    """Type a command, and whatever it says is next."""
    typed = []
    while command.startswith("strongroom restore"):
        answer = stack.run(command)
        typed.append(command)
        told = _NEXT.search(answer.out + answer.err)
        command = told[1] if told else ""
    return typed
