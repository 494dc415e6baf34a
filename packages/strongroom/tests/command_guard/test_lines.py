"""Every line gets an answer, whatever it holds, and none lets a command through unread."""

from __future__ import annotations

import io
import json
import pickle
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from strongroom.cli import strongroom
from strongroom.command_guard.fast import SIZE_MAX, harmless
from strongroom.command_guard.lines import LINE_SIZE_MAX_BYTES, answer, answer_lines

from .conftest import NOWHERE, judged

UNREADABLE = [
    b"docker compose down -v",
    b'{"command": "docker compose down -v"',
    b'{"command": ["docker", "compose", "down", "-v"]}',
    b'{"command": null}',
    b'{"command": 5, "cwd": "/"}',
    b'{"command": "ls", "cwd": 5}',
    b'{"command": "ls", "cwd": "a\\u0000b"}',
    b'{"tool_input": {"command": "rm -rf /"}}',
    b'["rm -rf /"]',
    b"\xff\xfe{\x00",
    b'"' * 100,
    b"[" * 100_000,
    b'{"command": "' + b"a" * LINE_SIZE_MAX_BYTES + b'"}',
]


@pytest.mark.parametrize("line", UNREADABLE, ids=range(len(UNREADABLE)))
def test_a_line_that_cannot_be_read_is_for_a_person(line: bytes) -> None:
    decision = answer(line, NOWHERE)
    assert decision.decision == "needs_human"
    assert decision.reasons
    assert decision.next


def test_each_line_is_answered_by_one_line_in_its_order() -> None:
    given = [b'{"command": "ls"}', *UNREADABLE, b'{"command": "rm -rf /"}', b'{"command": "pwd"}']
    answers = io.BytesIO()
    answer_lines(io.BytesIO(b"\n".join(given)), answers, NOWHERE)
    told = [json.loads(line)["decision"] for line in answers.getvalue().splitlines()]
    assert told == ["allow", *["needs_human"] * (len(UNREADABLE) + 1), "allow"]


@pytest.mark.parametrize(
    "command",
    [
        "rm -rf pgdata\0",
        "rm\t-rf\tpgdata",
        "rm -rf pg\x1b[0mdata; rm -rf pgdata",
        "\ufeffls\nrm -rf pgdata",
        "rm -rf pgdata\r\n",
        "echo \ue000; rm -rf pgdata",
        "\udce4; rm -rf pgdata",
        "rm -rf pgdata #" + "x" * 300_000,
        "echo " + "a" * 1_000_000 + "; rm -rf pgdata",
        "echo '" + "a" * 500_000 + "'; rm -rf pgdata",
        "$(" * 2_000 + "rm -rf pgdata",
        "(" * 5_000 + "rm -rf pgdata" + ")" * 5_000,
        "{ " * 300 + "rm -rf pgdata;" + " }" * 300,
        "a() { a; }; a; rm -rf pgdata",
        "if true; then rm -rf pgdata",
        "echo 'unclosed; rm -rf pgdata",
        'rm -rf "pgdata',
        "for i in {1..100000}; do :; done; rm -rf pgdata",
        "cat <<EOF\nunclosed; $(rm -rf pgdata)",
        "x=$(cat /dev/urandom); rm -rf pgdata",
    ],
)
def test_odd_text_hides_no_removal(command: str) -> None:
    assert not judged(command).allowed


def test_scripts_that_call_each_other_for_ever_are_for_a_person(tmp_path: Path) -> None:
    for one, other in (("a", "b"), ("b", "a")):
        (tmp_path / f"{one}.sh").write_text(f"bash {other}.sh\n")
    assert judged("bash a.sh", tmp_path).decision == "needs_human"


def test_a_pipe_in_the_working_tree_does_not_block(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "package.json")
    assert judged("npm run reset-everything", tmp_path).decision in {"allow", "needs_human"}


def test_the_exit_status_says_whether_it_may_run() -> None:
    def status(command: str) -> int:
        given = ["guard", "check", command, "--cwd", str(NOWHERE)]
        return CliRunner().invoke(strongroom, given).exit_code

    assert [status("ls"), status("rm -rf pgdata")] == [0, 30]


def test_the_verb_judges_lines_of_its_input() -> None:
    given = '{"command": "ls"}\n{"command": "rm -rf pgdata", "cwd": "/srv"}\nnonsense\n'
    result = CliRunner().invoke(strongroom, ["guard", "check", "--jsonl"], input=given)
    decisions = [json.loads(line)["decision"] for line in result.stdout.splitlines()]
    assert (result.exit_code, decisions) == (0, ["allow", "needs_backup", "needs_human"])


def test_explain_shows_the_steps_and_what_led_to_them(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"scripts": {"wipe": "docker compose down -v"}}')
    asked = ["guard", "explain", "npm run wipe", "--cwd", str(tmp_path), "--json"]
    answer_given = json.loads(CliRunner().invoke(strongroom, asked).stdout)
    assert set(answer_given) == {
        *("decision", "reasons", "next", "steps", "findings", "fingerprint", "permit")
    }
    assert "docker-compose down -v" in answer_given["steps"]
    assert answer_given["findings"][0]["through"] == ["npm run wipe"]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("python -c 'import shutil; shutil.rmtree(\"pgdata\")'", "Python, deleting pgdata"),
        ("node -e 'fs.rmSync(\"pgdata\")'", "node, deleting pgdata"),
    ],
)
def test_of_code_the_language_is_named(tmp_path: Path, command: str, said: str) -> None:
    (tmp_path / "pgdata").mkdir()
    (tmp_path / "pgdata/PG_VERSION").write_text("15\n")
    assert judged(command, tmp_path).reasons[0].startswith(said)


def test_the_fast_path_leaves_everything_that_is_not_plain() -> None:
    assert harmless("git status && ls -la | grep 'a b' 2>&1 | head")
    for command in (
        *(
            "echo $(rm -rf pgdata)",
            "ls > app.db",
            "ls; rm -rf pgdata",
            "echo a | sh",
            "ls & rm -rf x",
        ),
        *(
            "find . -delete",
            "git push --force",
            "git clean -fdx",
            "cat `x`",
            'echo "$(rm x)"',
            "ls <(rm x)",
        ),
        *(
            "A=1 ls",
            "l\\s",
            "ls \\\n; rm -rf x",
            "'ls",
            "docker volume rm x",
            "sudo ls",
            "\ufeffls",
        ),
        *(
            "git -c alias.log='!rm -rf pgdata' log",
            "git log --exec=x",
            "ls " + "a" * SIZE_MAX,
            "ls\rrm x",
            "[ rm rm",
            "| ack rm",
            "ack rm |",
            "ls; | rm x",
        ),
    ):
        assert not harmless(command), command


@pytest.mark.parametrize(
    "command",
    [
        "echo $(> app.db)",
        "echo $( > app.db )",
        "echo `>app.db`",
        "timeout 5 PGPASSWORD=x psql -h db -d shop -c 'DELETE FROM orders'",
        "nohup NODE_ENV=test npx prisma migrate reset --force &",
        "ssh host 'x=\"docker compose down -v\"; eval $x'",
    ],
)
def test_an_odd_place_makes_nothing_harmless(command: str) -> None:
    assert not judged(command).allowed


def test_a_decision_travels_between_processes() -> None:
    decision = judged("rm -rf pgdata")
    assert pickle.loads(pickle.dumps(decision)) == decision  # noqa: S301  our own
    assert json.loads(json.dumps(decision.explained()))["decision"] == "needs_backup"


def test_the_examples_of_the_how_to_are_answered_as_it_says() -> None:
    text = (Path(__file__).resolve().parents[4] / "docs/how-to/guard-commands.md").read_text()
    lines = re.findall(r"'(\{\"command\".*?\})'", text)
    result = CliRunner().invoke(strongroom, ["guard", "check", "--jsonl"], input="\n".join(lines))
    told = [json.loads(line)["decision"] for line in result.stdout.splitlines()]
    assert told == ["allow", "needs_backup"]
    shown = re.findall(r"guard check '([^']+)'", text)
    assert [judged(command).decision for command in shown] == ["needs_backup"]
