"""``strongroom compose`` on a real engine: what it starts, and what it lets be removed, and how."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from engine import Engine
from relative import relations
from stack import BIN, Stack
from waiting import connected
from world import World, missing_rows, rows_at

from strongroom.identity import Verdict

VOLUME = "runningapp_postgres_data"


def at_a_terminal(stack: Stack, words: list[str], typed: str) -> None:
    """Type a command as a person does, who confirms it."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [BIN / words[0], *words[1:]],
        cwd=stack.directory,
        env=stack.environment,
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    while b"to confirm" not in shown and process.poll() is None:
        shown += os.read(ours, 1024)
    os.write(ours, typed.encode() + b"\n")
    assert process.wait() == 0, shown.decode()
    os.close(ours)


def test_it_starts_the_pinned_volume_only_and_removes_it_once_with_a_permit(
    engine: Engine, worlds: Mapping[str, World], tmp_path: Path
) -> None:
    world = worlds["production"]
    stack = Stack.made(engine, tmp_path / "runningapp")
    world.give_home(stack.directory)
    world.place(stack)
    stack.run("docker-compose -p other up -d")  # somebody's own, on the same port
    with connected(stack.address()) as connection:
        connection.execute("CREATE TABLE theirs AS SELECT generate_series(1, 99) AS n")
    stack.run("docker-compose -p other stop")

    # Another's volume is not started as ours; a new one is not made; the right one starts.
    refused = stack.run("strongroom compose -p other up -d", check=False)
    assert refused.code == Verdict.FOREIGN.exit_code, refused.err
    refused = stack.run("strongroom compose -p new up -d", check=False)
    assert refused.code == Verdict.EMPTY.exit_code, refused.err
    assert engine.docker("ps", "-q") == ""
    stack.run("strongroom compose up -d")
    connected(stack.address()).close()
    assert rows_at(stack.address()) == world.rows

    # Guards, and a backup that is proven: still nobody removes it without a permit.
    configuration = stack.directory / "strongroom.toml"
    text = configuration.read_text()
    line = 'url = "$DATABASE_URL"'
    assert line in text
    configuration.write_text(text.replace(line, f'{line}\nadministrator = "$DATABASE_URL"'))
    stack.variables["DATABASE_URL"] = stack.address()
    stack.run("strongroom protect", check=False)  # tells of the superuser, and guards
    stack.run("strongroom backup --method logical; strongroom drill")
    refused = stack.run("strongroom compose down -v", check=False)
    assert refused.code == 30, refused.err
    assert VOLUME in engine.docker("volume", "ls", "-q").split()
    assert relations(stack.address()) is not None

    # What it prints, typed: asked for, granted by a person, and used up by this very call.
    (asking,) = re.findall(r"(strongroom permit ask 'run_command \w+') --reason WHY", refused.err)
    asked = stack.run(f"{asking} --reason 'a new machine'")
    (request,) = re.findall(r"permit grant (\w+)", asked.out)
    at_a_terminal(stack, ["strongroom", "permit", "grant", request], "production")
    stack.run("strongroom compose down -v")
    assert VOLUME not in engine.docker("volume", "ls", "-q").split()
    stack.run("docker-compose up -d")
    connected(stack.address()).close()
    again = stack.run("strongroom compose down -v", check=False)
    assert again.code in {0, 30}  # what has no rows may go
    stack.run("docker-compose up -d")
    connected(stack.address()).close()

    # And what was removed comes back from the backup that stood behind it.
    stack.run("strongroom restore --swap")
    assert not missing_rows(world.rows, rows_at(stack.address()))
