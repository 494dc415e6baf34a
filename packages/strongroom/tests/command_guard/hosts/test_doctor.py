"""Doctor fires each hook as its host would, and says so loudly where one would be skipped."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from strongroom.cli import strongroom
from strongroom.command_guard.hosts import HOSTS, doctor, installing, settings


def run(*arguments: str) -> Result:
    return CliRunner().invoke(strongroom, ["guard", *arguments])


def failures(host: str, path: Path) -> str:
    return "\n".join(
        f"{one.name}: {one.told}" for one in doctor.examine(host, path) if not one.passed
    )


def installed(host: str, home: Path) -> Path:
    assert run("install", host, "--no-client", "--yes").exit_code == 0
    path = home / settings.HOST_SETTINGS[host].user_file
    if host == "codex":
        state = f'[hooks.state."{path}:pre_tool_use:0:0"]\ntrusted_hash = "sha256:1"\n'
        path.with_name("config.toml").write_text(state)
    return path


@pytest.mark.parametrize("host", HOSTS)
def test_an_installed_hook_really_refuses_what_is_dangerous(host: str, home: Path) -> None:
    installed(host, home)
    told = run("doctor", host, "--json")
    assert told.exit_code == 0, told.output
    fired = [one for one in json.loads(told.stdout)["checks"] if one["name"].startswith("fired")]
    assert [one["status"] for one in fired] == ["ok", "ok"]


def test_doctor_says_where_nothing_is_installed_and_fails_where_a_hook_was_taken_out(
    home: Path,
) -> None:
    none = run("doctor", "--json")
    assert none.exit_code == 26
    assert json.loads(none.stdout) == {
        "guards": False,
        "checks": [],
        "next": "strongroom guard install HOST",
    }
    assert "nothing guards commands here" in run("doctor", "claude").stdout
    path = installed("claude", home)
    path.write_text("{}")
    told = run("doctor")
    assert told.exit_code == 1
    assert "has no hook of strongroom's" in told.stdout


def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, home: Path) -> tuple[Path, Path]:
    """A hook for Claude run by an interpreter of its own, which a test can break."""
    interpreter = tmp_path / "python"
    interpreter.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    interpreter.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(interpreter))
    path = home / ".claude/settings.json"
    line = settings.hook_line("claude", interpreter=str(interpreter))
    installing.carry_out(installing.planned("claude", path, line))
    return path, interpreter


def test_doctor_tells_a_lost_interpreter_a_lost_run_bit_and_a_hook_that_exits_1(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, home: Path
) -> None:
    path, interpreter = quick(monkeypatch, tmp_path, home)
    kept = path.read_text()
    assert failures("claude", path) == ""

    interpreter.chmod(0o644)
    assert "Permission denied" in failures("claude", path)
    interpreter.unlink()
    assert "not found" in failures("claude", path)
    interpreter.write_text("#!/bin/sh\nexit 1\n")
    interpreter.chmod(0o755)
    # Ours turn it into a refusal of everything: nothing passes, and doctor says why.
    assert "'git status' should be allowed, but was refused" in failures("claude", path)

    # A line without that end would let everything through.
    bare = json.dumps(f"{interpreter} -I -m strongroom.command_guard.hook claude")
    line = json.dumps(settings.hook_line("claude", interpreter=str(interpreter)))
    assert line in kept
    path.write_text(kept.replace(line, bare))
    assert (
        "'dropdb production' should be refused, but was skipped: the hook ended with status 1"
        in (failures("claude", path))
    )


Breaking = Callable[[dict[str, Any]], object]


def first(document: dict[str, Any], event: str) -> dict[str, Any]:
    found: dict[str, Any] = document["hooks"][event][0]
    return found


BREAKS: tuple[tuple[str, Breaking, str], ...] = (
    ("claude", lambda d: first(d, "PreToolUse").update(matcher="bash"), "does not meet Bash"),
    ("claude", lambda d: first(d, "PreToolUse").update(matcher="("), "does not meet Bash"),
    ("claude", lambda d: first(d, "PreToolUse")["hooks"][0].update(timeout=5), "waits 5 s"),
    ("claude", lambda d: first(d, "PreToolUse")["hooks"][0].update(type="prompt"), "type"),
    ("claude", lambda d: first(d, "PreToolUse")["hooks"][0].update({"async": True}), "not wait"),
    ("claude", lambda d: first(d, "PreToolUse")["hooks"][0].update({"if": "Bash(x)"}), "narrowed"),
    ("claude", lambda d: d.update(disableAllHooks=True), "disableAllHooks"),
    ("claude", lambda d: d.update(hooks={"After": d["hooks"]["PreToolUse"]}), "no hook for Pre"),
    ("claude", lambda d: d.update(hooks=[]), "not as this host has them"),
    ("gemini", lambda d: first(d, "BeforeTool")["hooks"][0].update(timeout=30), "waits 30 ms"),
    ("gemini", lambda d: d.update(tools={"enableHooks": False}), "tools.enableHooks is false"),
    ("gemini", lambda d: d.update(hooksConfig={"disabled": ["strongroom-guard"]}), "names"),
    ("cursor", lambda d: d.update(version=2), "version 2 of the settings"),
    ("cursor", lambda d: d["hooks"].pop("preToolUse"), "no hook for preToolUse"),
)


@pytest.mark.parametrize(("host", "breaking", "told"), BREAKS, ids=range(len(BREAKS)))
def test_doctor_tells_settings_that_would_skip_the_hook(
    host: str, breaking: Breaking, told: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "fire", lambda *_: [])
    path = installed(host, home)
    document = json.loads(path.read_text())
    breaking(document)
    path.write_text(json.dumps(document))
    assert told in failures(host, path)


def test_doctor_tells_broken_json_and_a_hook_that_codex_was_never_told_to_trust(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "fire", lambda *_: [])
    path = installed("codex", home)
    assert failures("codex", path) == ""
    path.with_name("config.toml").write_text("[features]\nhooks = false\n")
    assert "features.hooks is false" in failures("codex", path)
    path.with_name("config.toml").unlink()
    assert "/hooks" in failures("codex", path)
    path.write_text("{broken")
    assert "cannot be used" in failures("codex", path)
