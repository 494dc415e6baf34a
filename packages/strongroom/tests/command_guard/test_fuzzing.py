"""No text crashes or stalls the guard, and no writing of a dangerous command makes it pass."""

from __future__ import annotations

import os
import random
import shlex

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strongroom.command_guard import Finding, GuardSettings, judge_edit
from strongroom.command_guard.context import Context
from strongroom.command_guard.fast import _ALLOWED, _PROGRAMS, harmless
from strongroom.command_guard.judging import findings_of_text
from strongroom.command_guard.lines import answer

from .conftest import NOWHERE, judged
from .test_corpus import entries

SOAK = os.environ.get("STRONGROOM_SOAK") == "1"
pytestmark = pytest.mark.timeout(3600 if SOAK else 300)
RUNS = settings(
    max_examples=20_000 if SOAK else 60,
    derandomize=not SOAK,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

FAST_WORDS = {*_PROGRAMS, *_ALLOWED, *(word for one in _ALLOWED.values() for word in one)}
PARTS = st.sampled_from(
    [
        *(
            "rm",
            "-rf",
            "pgdata",
            "docker",
            "compose",
            "down",
            "-v",
            "psql",
            "-c",
            "DROP TABLE a",
            "|",
            "||",
        ),
        *(
            "&&",
            ";",
            "\n",
            "(",
            ")",
            "{",
            "}",
            "'",
            '"',
            "`",
            "$(",
            "${",
            "$x",
            "<<EOF",
            "EOF",
            "<<<",
            ">",
            ">>",
        ),
        *(
            "if",
            "then",
            "fi",
            "for x in",
            "do",
            "done",
            "case",
            "esac",
            "in",
            "!",
            "&",
            "\\",
            "#",
            "*",
            "~",
        ),
        *(
            "bash -c",
            "eval",
            "xargs",
            "sudo",
            "env",
            "ssh h",
            "python -c",
            "node -e",
            "find .",
            "-exec",
            "{}",
            "\\;",
        ),
        *(
            "\0",
            "\x1b",
            "\ufeff",
            "\ue000",
            "\udcff",
            "é",
            " ",
            "\t",
            "\r",
            "function f",
            "f()",
            "alias a=",
        ),
        *(
            "base64 -d",
            "echo",
            "printf",
            "%s",
            "x=1",
            "=",
            "[[",
            "]]",
            "((",
            "))",
            "<(",
            "2>&1",
            ".env",
            "sed -i",
        ),
    ]
)


@RUNS
@given(st.lists(PARTS, max_size=30).map(" ".join) | st.lists(PARTS, max_size=30).map("".join))
def test_any_pieces_of_shell_are_judged(command: str) -> None:
    decision = judged(command)
    assert decision.allowed == (decision.next is None)


@RUNS
@given(st.text(max_size=300))
def test_any_text_is_judged(text: str) -> None:
    assert judged(text).decision
    assert judged(f"psql -c {shlex.quote(text)}").decision
    assert judged(f"python3 -c {shlex.quote(text)}").decision
    assert judge_edit("compose.yaml", text, text[::-1], NOWHERE, settings=GuardSettings()).decision


@RUNS
@given(st.binary(max_size=200))
def test_any_line_is_answered(line: bytes) -> None:
    assert answer(line, NOWHERE).decision


@RUNS
@given(st.lists(st.one_of(PARTS, st.sampled_from(sorted(FAST_WORDS))), max_size=8).map(" ".join))
def test_what_the_fast_path_lets_pass_the_whole_guard_lets_pass(command: str) -> None:
    if harmless(command):
        assert findings(command) == []


def findings(command: str) -> list[Finding]:
    """What the whole guard finds, without the fast path."""
    return list(findings_of_text(command, Context(NOWHERE, GuardSettings())))


def test_no_dangerous_command_of_the_corpus_takes_the_fast_path() -> None:
    assert [one["command"] for one in entries("dangerous") if harmless(one["command"])] == []


DANGEROUS = [
    *("rm -rf pgdata", "docker compose down -v", "docker volume rm shop_pgdata", "dropdb shop"),
    *(
        "npx prisma migrate reset --force",
        "alembic downgrade base",
        "terraform destroy",
        "git reset --hard",
    ),
    *("python manage.py flush", "redis-cli FLUSHALL", "kubectl delete pvc data-0", "rails db:drop"),
    *("supabase db reset", "git clean -fdx", "mkfs.ext4 /dev/sdb", "aws s3 rb s3://shop --force"),
]
STATEMENTS = [
    *("DROP TABLE users", "TRUNCATE users", "DELETE FROM users", "DROP DATABASE shop"),
    *("DROP SCHEMA public CASCADE", "UPDATE users SET a = 1", "ALTER TABLE users DROP COLUMN a"),
    *("DELETE FROM users WHERE 1 = 1", "WITH d AS (DELETE FROM users RETURNING 1) SELECT 1 FROM d"),
]


def requoted(word: str, chance: random.Random) -> str:
    """The same word for a shell, in other quotes."""
    written = ""
    for letter in word:
        way = chance.randrange(6)
        if way == 0 and letter not in "'\n":
            written += f"'{letter}'"
        elif way == 1 and letter not in '"$`\\!\n':
            written += f'"{letter}"'
        elif way == 2 and letter != "\n":
            written += f"\\{letter}"
        elif way == 3:
            written += f"$'\\x{ord(letter):02x}'"
        else:
            written += letter
    return written


def wrapped(command: str, chance: random.Random) -> str:
    """The same command inside another one."""
    quoted = shlex.quote(command)
    return chance.choice(
        [
            *(
                command,
                f"bash -c {quoted}",
                f"eval {quoted}",
                f"echo {quoted} | sh",
                f"( {command} )",
            ),
            *(
                f"true && {command}",
                f"if true; then {command}; fi",
                f"sudo -n {command}",
                f"env A=1 {command}",
            ),
            *(
                f"timeout 5 {command}",
                f"f() {{ {command}; }}; f",
                f'x={quoted}; eval "$x"',
                f"echo $( {command} )",
            ),
            *(
                f"bash <<'E'\n{command}\nE\n",
                f"ssh host {quoted}",
                f"nohup {command} &",
                f"! {command}",
            ),
            *(
                f"{command} > /tmp/log 2>&1",
                f"{command} # later",
                f"ls; {command}",
                f"{command} || true",
            ),
            *(
                f"for i in 1; do {command}; done",
                f"cd /srv && {command}",
                f"{{ {command}; }}",
                f"time {command}",
            ),
        ]
    )


@RUNS
@given(st.sampled_from(DANGEROUS), st.integers(0, 2**32))
def test_whitespace_quotes_and_wrapping_make_nothing_harmless(command: str, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  a seed that hypothesis shrinks
    words = [requoted(word, chance) for word in command.split()]
    mutated = words[0]
    for word in words[1:]:
        mutated += chance.choice([" ", "  ", "\t", " \\\n", " \t "]) + word
    for _ in range(chance.randrange(3)):
        mutated = wrapped(mutated, chance)
    assert not judged(mutated).allowed, mutated


@RUNS
@given(st.sampled_from(STATEMENTS), st.integers(0, 2**32))
def test_case_comments_and_blanks_make_no_statement_harmless(statement: str, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  the same
    mutated = "".join(chance.choice([letter.upper(), letter.lower()]) for letter in statement)
    blank = chance.choice([" ", "  ", "\n", "\t", " /* x */ ", " -- x\n", "/**/ "])
    mutated = chance.choice(["", "SELECT 1; ", "/* a */", "-- a\n", ";"]) + mutated.replace(
        " ", blank
    )
    mutated += chance.choice(["", ";", " ;", "; SELECT 1", " -- x"])
    way = chance.choice(["psql -c {}", "psql shop --command={}", "echo {} | psql", "psql <<< {}"])
    command = way.format(shlex.quote(mutated))
    assert not judged(command).allowed, command


@pytest.mark.parametrize("seed", range(40 if SOAK else 2))
def test_no_command_of_the_corpus_passes_when_it_is_wrapped(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  the same
    chosen = [one["command"] for one in entries("dangerous") if one["cwd"] == "project"]
    for command in chance.sample(chosen, 60):
        # A script of the working tree is not there on another machine, nor is a file of variables.
        if judged(command).allowed or "\n" in command or "unclosed" in command:
            continue
        mutated = f"bash -c {shlex.quote(wrapped(command, chance))}"
        if "ssh host" not in mutated and "cd /srv" not in mutated:
            assert not judged(mutated).allowed, mutated
