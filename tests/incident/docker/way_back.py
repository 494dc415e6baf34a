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
SERVICE = "db"
"""What our file calls the service of PostgreSQL."""
VERSION = 'version: "3.8"'
"""Old Compose takes files of one version only."""
OF_THE_ADDRESS = ("sed -i ", "export ")
"""How a command begins that mends an address."""
_NEXT = re.compile(r"^next: (.+)$", re.MULTILINE)


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
        elif told.startswith(OF_THE_ADDRESS):
            stack.run(told)
            typed.append(told)
        else:
            break
    raise AssertionError(f"what is printed leads nowhere: {typed}; {told}")


def _mended(stack: Stack, mend: str) -> str:
    stack.run(mend)
    connected(stack.address()).close()
    return mend.strip().replace("\n", "; ")


def _found(stack: Stack, compose: str) -> list[str]:
    """What ``find`` prints for the first of what it found: a change of a file, then commands."""
    found = stack.strongroom("find", "--json").document
    first: dict[str, Any] = found["candidates"][0]
    told = str(first["next"])
    if told.startswith("strongroom restore"):
        return _typed(stack, told)
    if told.endswith("comes back by strongroom restore"):  # it is damaged, and stays as it is
        return _typed(stack, "strongroom restore")
    if told.startswith(OF_THE_ADDRESS) and first["change"] is None:
        stack.run(told)
        return [told]
    if not told.endswith(" up -d"):
        raise AssertionError(f"no command: {told}")
    changed = stack.directory / first["change_in"]
    text = str(first["change"]).replace("DATABASE:", f"{SERVICE}:")
    changed.write_text(f"{VERSION}\n{text}\n")
    told = told.replace("DATABASE", SERVICE).replace("docker-compose", compose)
    stack.run(told)
    connected(stack.address()).close()
    return [f"write {first['change_in']} as it says", told]


def _typed(stack: Stack, command: str) -> list[str]:
    """Type a command, and whatever it says is next."""
    typed = []
    while command.startswith("strongroom restore"):
        answer = stack.run(command)
        typed.append(command)
        told = _NEXT.search(answer.out + answer.err)
        command = told[1] if told else ""
    return typed
