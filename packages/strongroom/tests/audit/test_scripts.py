"""Commands are seen wherever they stand in shell text, and no text does harm."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strongroom.audit.compose_words import compose_call
from strongroom.audit.resets import reset_named
from strongroom.audit.scripts import scripts_in
from strongroom.audit.shell import commands_in

HIDDEN = [
    "docker compose down -v",
    "sudo -u root env A=1 docker compose down -v",
    "if true; then docker compose down -v; fi",
    "f() { docker compose down -v; }; f",
    "echo $(docker compose down -v)",
    "true && (docker compose down -v) | cat",
    "bash -c 'docker compose down -v'",
    'sh -ec "cd /srv && docker compose down -v"',
    "eval docker compose down -v",
    "timeout 10 docker compose down -v",
    "ls | xargs -n 1 docker compose down -v",
    "docker \\\n  compose down \\\n  -v",
    "case x in a) docker compose down -v;; esac",
    "docker exec -it -e A=1 runner docker compose down -v",
    "time nice -n 5 nohup docker compose down -v &",
    "while read x; do docker compose down -v; done < file",
    "docker \"compose\" 'down' -v",
]
HARMLESS = [
    "echo docker compose down -v",
    "# docker compose down -v",
    "docker compose down",
    "cat <<EOF\ndocker compose down -v\nEOF",
    "grep 'docker compose down -v' README.md",
    "docker compose down --volumes=false",
    "docker compose exec -T db psql -v ON_ERROR_STOP=1",
]


def removes_volumes(text: str) -> bool:
    calls = [compose_call(one.words) for one in commands_in(text)]
    return any(
        one is not None and one.verb == "down" and one.has("v", "--volumes") for one in calls
    )


@pytest.mark.parametrize("text", HIDDEN)
def test_a_command_is_seen_wherever_it_stands(text: str) -> None:
    assert removes_volumes(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_speaks_of_a_command_is_none(text: str) -> None:
    assert not removes_volumes(text)


def test_lines_are_those_of_the_file() -> None:
    makefile = "a:\n\t@true\n\tdocker compose \\\n\t  down -v\n"
    found = [
        (one.place.line, one.words[0])
        for script in scripts_in(Path("Makefile"), makefile)
        for one in script.commands()
    ]
    assert found == [(2, "true"), (3, "docker")]
    workflow = "jobs:\n  a:\n    steps:\n      - run: |\n          true\n          docker ps\n"
    path = Path(".github/workflows/ci.yml")
    (script,) = scripts_in(path, workflow)
    assert [one.place.line for one in script.commands()] == [5, 6]


LONG = bool(os.environ.get("STRONGROOM_SOAK"))
NAMES = ["x.sh", "Makefile", "justfile", "package.json", "Dockerfile", "crontab", "Procfile",
         ".gitlab-ci.yml", ".github/workflows/ci.yml"]  # fmt: skip
WORDS = ["docker", "compose", "down", "-v", "$(", ")", "'", '"', "`", ";", "|", "\n", "\t", "\x00",
         "bash -c", "sudo", "xargs", "{", "}", "<<E", "E", "\\", "FROM x", "RUN", "CMD [", "]",
         "- run: |", "jobs:", "&a", "*a", "é", "prisma db push"]  # fmt: skip


@pytest.mark.timeout(3600 if LONG else 300)
@settings(max_examples=20_000 if LONG else 100, deadline=None)
@given(
    name=st.sampled_from(NAMES),
    parts=st.lists(st.sampled_from(WORDS) | st.text(max_size=5), max_size=25),
    glue=st.sampled_from([" ", "", "\n"]),
)
def test_no_text_is_too_odd_to_be_read(name: str, parts: list[str], glue: str) -> None:
    for script in scripts_in(Path(name), glue.join(parts)):
        for command in script.commands():
            assert command.words
            compose_call(command.words)
            reset_named(command.words)
