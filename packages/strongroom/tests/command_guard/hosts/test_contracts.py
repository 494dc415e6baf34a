"""Each host's published contract, with its own JSON: as published, malformed, of other versions."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from strongroom.cli import strongroom
from strongroom.command_guard import quick
from strongroom.command_guard.hosts import HOSTS
from strongroom.command_guard.hosts.answering import SIZE_MAX_BYTES, answer
from strongroom.command_guard.hosts.exchange import NotUnderstoodError, Reply
from strongroom.command_guard.hosts.patches import edits_of
from strongroom.command_guard.hosts.settings import HOST_SETTINGS, hook_line

NOWHERE = "/srv/no-such-project"
DANGEROUS = "docker compose down -v"
NOT_UNDERSTOOD: tuple[bytes, ...] = (
    b"",
    b"{bad",
    b"null",
    b"[]",
    b'"docker compose down -v"',
    b"{}",
    b"\xff\xfe\x00",
    b"[" * 100_000,
    b" " * (SIZE_MAX_BYTES + 1),
)


def adapter(host: str) -> Any:
    return import_module(f"strongroom.command_guard.hosts.{host}")


def sent(host: str, command: object) -> dict[str, Any]:
    document: dict[str, Any] = adapter(host).sample("", NOWHERE)
    (document if host == "cursor" else document["tool_input"])["command"] = command
    return document


def replied(host: str, document: object) -> Reply:
    return answer(host, json.dumps(document).encode(), NOWHERE)


def taken(host: str, document: object) -> str:
    """What the host does with the answer."""
    return str(adapter(host).outcome(replied(host, document)))


@pytest.mark.parametrize("host", HOSTS)
def test_a_harmless_command_passes_and_a_dangerous_one_does_not(host: str) -> None:
    assert taken(host, sent(host, "git status")) == "allowed"
    assert taken(host, sent(host, "make -n build && echo done")) == "allowed"
    assert taken(host, sent(host, DANGEROUS)) == "refused"
    said = replied(host, sent(host, DANGEROUS))
    assert "strongroom backup && strongroom drill" in said.stdout
    assert said.exit_code == 0


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("given", NOT_UNDERSTOOD, ids=range(len(NOT_UNDERSTOOD)))
def test_what_is_not_understood_is_refused_in_the_hosts_own_words(host: str, given: bytes) -> None:
    reply = answer(host, given, NOWHERE)
    assert adapter(host).outcome(reply) == "refused"
    assert reply.exit_code in {0, 2}


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("command", [None, 7, [], ["rm", 1], {"text": DANGEROUS}, True])
def test_a_command_of_another_kind_is_refused(host: str, command: object) -> None:
    assert taken(host, sent(host, command)) == "refused"


@pytest.mark.parametrize("host", HOSTS)
def test_a_list_of_words_is_a_command(host: str) -> None:
    assert taken(host, sent(host, ["git", "status"])) == "allowed"
    assert taken(host, sent(host, ["bash", "-lc", DANGEROUS])) == "refused"


@pytest.mark.parametrize("host", HOSTS)
def test_an_unknown_event_version_or_member_lets_no_command_through(host: str) -> None:
    for changed in (
        {"hook_event_name": "BeforeEverything"},
        {"hook_event_name": None},
        {"version": 99, "protocol": {"new": []}},
        {"cwd": "relative/place"},
    ):
        assert taken(host, sent(host, DANGEROUS) | changed) == "refused", changed
    assert taken(host, sent(host, "git status") | {"cwd": 7}) == "refused"
    assert taken(host, sent(host, DANGEROUS) | {"cwd": "a\0b"}) == "refused"


@pytest.mark.parametrize("host", ["claude", "codex", "gemini"])
def test_a_tool_of_which_nothing_is_known_is_judged_by_what_it_would_run(host: str) -> None:
    document = sent(host, "")
    for name, given in {
        "mcp__postgres__query": {"sql": "DROP TABLE activities"},
        "mcp__machine__run": {"cmd": "rm -rf /var/lib/postgresql"},
        "SuperShell": {"command": DANGEROUS},
    }.items():
        assert taken(host, document | {"tool_name": name, "tool_input": given}) == "refused", name
    reading = {"tool_name": "mcp__postgres__query", "tool_input": {"sql": "SELECT 1"}}
    assert taken(host, document | reading) == "allowed"
    assert taken(host, document | {"tool_name": "Read", "tool_input": {"file_path": "a"}}) == (
        "allowed"
    )


def test_claude_asks_a_person_only_where_somebody_is_asked(tmp_path: Path) -> None:
    question = sent("claude", "rm -rf ~/")
    modes = {"default": "ask", "plan": "ask", "bypassPermissions": "deny", "dontAsk": "deny"}
    for mode, expected in {**modes, "auto": "deny", "of next year": "deny"}.items():
        reply = replied("claude", question | {"permission_mode": mode, "cwd": str(tmp_path)})
        decision = json.loads(reply.stdout)["hookSpecificOutput"]
        assert decision["permissionDecision"] == expected, mode
        assert decision["hookEventName"] == "PreToolUse"


def test_codex_hears_silence_or_a_denial_and_nothing_else() -> None:
    assert replied("codex", sent("codex", "git status")).stdout == ""
    said = json.loads(replied("codex", sent("codex", "rm -rf ~/")).stdout)
    assert said["hookSpecificOutput"]["permissionDecision"] == "deny"


def test_cursor_always_hears_json_and_is_asked_only_by_events_that_can_ask() -> None:
    for command, expected in {"git status": "allow", "rm -rf ~/": "ask", DANGEROUS: "deny"}.items():
        said = json.loads(replied("cursor", sent("cursor", command)).stdout)
        assert said["permission"] == expected
    tool = sent("cursor", "") | {
        "hook_event_name": "preToolUse",
        "tool_name": "Shell",
        "tool_input": {"command": "rm -rf ~/"},
    }
    assert json.loads(replied("cursor", tool).stdout)["permission"] == "deny"
    mcp = {"hook_event_name": "beforeMCPExecution", "tool_name": "run_sql"}
    statements = json.dumps({"query": "TRUNCATE activities"})
    assert taken("cursor", sent("cursor", "") | mcp | {"tool_input": statements}) == "refused"
    assert taken("cursor", sent("cursor", "") | mcp | {"tool_input": "{"}) == "refused"


def test_gemini_is_never_asked_to_ask() -> None:
    said = json.loads(replied("gemini", sent("gemini", "rm -rf ~/")).stdout)
    assert said["decision"] == "deny"
    assert said["reason"]


def edit(host: str, path: Path, old: str, new: str) -> dict[str, Any]:
    document: dict[str, Any] = sent(host, "") | {"cwd": str(path.parent)}
    if host == "codex":
        patch = f"*** Begin Patch\n*** Update File: {path.name}\n@@\n-{old}\n+{new}\n*** End Patch"
        return document | {"tool_name": "apply_patch", "tool_input": {"command": patch}}
    names = {"claude": "Edit", "gemini": "replace", "cursor": "StrReplace"}
    given = {"file_path": str(path), "old_string": old, "new_string": new}
    event = {"hook_event_name": "preToolUse"} if host == "cursor" else {}
    return document | {"tool_name": names[host], "tool_input": given} | event


@pytest.mark.parametrize("host", HOSTS)
def test_an_edit_that_points_the_application_elsewhere_is_refused(
    host: str, tmp_path: Path
) -> None:
    variables = tmp_path / ".env"
    variables.write_text("DATABASE_URL=postgresql://db/shop\nDEBUG=0\n")
    other = "DATABASE_URL=postgresql://db/empty"
    assert taken(host, edit(host, variables, "DATABASE_URL=postgresql://db/shop", other)) == (
        "refused"
    )
    assert taken(host, edit(host, variables, "DEBUG=0", "DEBUG=1")) == "allowed"
    compose = tmp_path / "compose.yaml"
    compose.write_text("services: {}\nvolumes:\n  pgdata:\n")
    assert taken(host, edit(host, compose, "  pgdata:", "  pgdata_new:")) == "refused"


@pytest.mark.parametrize("host", ["claude", "gemini", "cursor"])
def test_a_file_written_anew_is_compared_with_what_it_was(host: str, tmp_path: Path) -> None:
    variables = tmp_path / ".env"
    variables.write_text("DATABASE_URL=postgresql://db/shop\n")
    names = {"claude": "Write", "gemini": "write_file", "cursor": "Write"}
    document = edit(host, variables, "", "") | {"tool_name": names[host]}
    same = {"file_path": str(variables), "content": variables.read_text() + "A=1\n"}
    assert taken(host, document | {"tool_input": same}) == "allowed"
    other = same | {"content": "DATABASE_URL=postgresql://db/other\n"}
    assert taken(host, document | {"tool_input": other}) == "refused"
    assert taken(host, document | {"tool_input": {"file_path": str(variables)}}) == "refused"


def test_a_patch_is_read_file_by_file() -> None:
    patch = (
        "apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: a.env\n+A=1\n+B=2\n"
        "*** Delete File: b.env\n*** Update File: c.env\n@@ here\n x\n-y\n+z\n*** End Patch\nEOF\n"
    )
    found = [(one.path, one.old, one.new, one.whole) for one in edits_of(patch)]
    assert found == [
        ("a.env", "", "A=1\nB=2", True),
        ("b.env", "", "", True),
        ("c.env", "x\ny", "x\nz", False),
    ]
    for broken in ("", "*** Begin Patch\n*** End Patch", "--- a\n+++ b"):
        with pytest.raises(NotUnderstoodError):
            edits_of(broken)


def test_an_event_after_the_act_is_let_be() -> None:
    for host, event in {"claude": "PostToolUse", "codex": "Stop", "gemini": "AfterTool"}.items():
        assert taken(host, sent(host, DANGEROUS) | {"hook_event_name": event}) == "allowed"


def test_the_adapters_tell_a_skipped_hook_from_a_decision() -> None:
    for host in HOSTS:
        outcome = adapter(host).outcome
        assert outcome(Reply(exit_code=1)).startswith("skipped")
        assert outcome(Reply(exit_code=127)).startswith("skipped")
        assert outcome(Reply(stdout="{broken")).startswith("skipped")
        assert outcome(Reply(stderr="no", exit_code=2)) == "refused"
    asking = '{"hookSpecificOutput": {"permissionDecision": "ask"}}'
    assert adapter("codex").outcome(Reply(asking)).startswith("skipped")
    assert adapter("cursor").outcome(Reply()).startswith("skipped")


@pytest.mark.parametrize("host", HOSTS)
def test_the_quick_step_says_what_the_whole_hook_says_or_nothing(host: str) -> None:
    plain = sent(host, "git status")
    assert quick.neutral(host, json.dumps(plain).encode()) == replied(host, plain).stdout
    for document in (
        sent(host, DANGEROUS),
        sent(host, "make build"),
        sent(host, ["git", "status"]),
        plain | {"hook_event_name": "BeforeEverything"},
        {name: value for name, value in plain.items() if name != "hook_event_name"},
    ):
        assert quick.neutral(host, json.dumps(document).encode()) is None
    for given in (*NOT_UNDERSTOOD, json.dumps(plain).encode() + b"{}"):
        assert quick.neutral(host, given) is None
    assert quick.neutral("nobody", json.dumps(plain).encode()) is None


def test_a_host_that_nobody_knows_is_refused() -> None:
    reply = answer("of-next-year", b"{}", NOWHERE)
    assert reply.exit_code == 2
    assert "of-next-year" in reply.stderr


@pytest.mark.parametrize("host", HOSTS)
def test_an_agent_cannot_edit_the_hook_away(host: str, tmp_path: Path) -> None:
    path = tmp_path / HOST_SETTINGS[host].user_file
    path.parent.mkdir()
    line = json.dumps({"hooks": hook_line(host)})
    path.write_text(line)
    document = edit(host, path, line, "{}")
    assert taken(host, document) == "refused"
    file = HOST_SETTINGS[host].user_file
    for command in (f"rm ~/{file}", f"echo '{{}}' > ~/{file}", f"sed -i /x/d {file}"):
        assert taken(host, sent(host, command)) == "refused", command
    assert taken(host, sent(host, f"cat ~/{file}")) == "allowed"
    path.write_text("{}")
    assert taken(host, edit(host, path, "{}", '{"model": "best"}')) == "allowed"


def test_the_command_line_answers_as_the_hook_does() -> None:
    given = json.dumps(sent("gemini", DANGEROUS))
    told = CliRunner().invoke(strongroom, ["guard", "hook", "gemini"], input=given)
    assert (told.exit_code, json.loads(told.stdout)["decision"]) == (0, "deny")
