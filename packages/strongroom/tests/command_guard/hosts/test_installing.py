"""What is put into a host's settings: shown first, whole, and taken out to the byte."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from strongroom.cli import strongroom
from strongroom.command_guard.hosts import HOSTS, installing, settings
from strongroom.command_guard.hosts.jsonc import NotJsonError, inserted, parse, without
from strongroom.errors import GuardError

OWN = '{\n\t"model": "best",\n\t"hooks": {"PreToolUse": [{"matcher": "Write", "hooks": []}]}\n}'
COMMENTED = (
    '// mine\n{\n  // keep\n  "theme": "dark", /* so */\n  "hooks": {"BeforeTool": [],},\n}\n'
)
OWN_TEXTS = {
    "claude": (OWN, '{"permissions":{"allow":["Bash(ls:*)"]}}', "{}", '{"hooks":{}}\n'),
    "codex": ('{\n  "hooks": {\n    "Stop": [],\n    "PreToolUse": [\n      {}\n    ]\n  }\n}\n',),
    "cursor": ('{"version": 1, "hooks": {"preToolUse": [{"command": "mine"}]}}', '{"version":1}'),
    "gemini": (COMMENTED, "{}"),
}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(strongroom, ["guard", *arguments])


def file_of(host: str, home: Path) -> Path:
    return home / settings.HOST_SETTINGS[host].user_file


@pytest.mark.parametrize(
    ("host", "own"), [(host, own) for host, texts in OWN_TEXTS.items() for own in texts]
)
def test_taking_a_hook_out_leaves_the_bytes_that_were_there(
    host: str, own: str, home: Path
) -> None:
    path = file_of(host, home)
    path.parent.mkdir()
    path.write_bytes(own.encode())
    path.chmod(0o640)
    put = run("install", host, "--no-client", "--yes")
    assert put.exit_code == 0, put.output
    assert sys.executable in path.read_text()
    document = parse(path.read_text()).value
    assert isinstance(document, dict)
    if host != "gemini":
        assert json.loads(path.read_text()) == document
    assert run("install", host, "--no-client", "--yes").exit_code == 1
    assert run("uninstall", host, "--yes").exit_code == 0
    assert path.read_bytes() == own.encode()
    assert path.stat().st_mode & 0o777 == 0o640
    assert not installing.record_path().exists()


@pytest.mark.parametrize("host", HOSTS)
def test_a_file_made_for_the_hook_goes_with_it(host: str, home: Path) -> None:
    assert run("install", host, "--no-client", "--yes").exit_code == 0
    assert file_of(host, home).is_file()
    assert run("uninstall", host, "--yes").exit_code == 0
    assert not file_of(host, home).parent.exists()


def test_nothing_is_changed_unless_somebody_says_so(home: Path) -> None:
    refused = run("install", "claude", "--no-client")
    assert refused.exit_code == 30
    assert "+" in refused.stderr
    assert "command_guard/quick.py claude" in refused.stderr
    assert not file_of("claude", home).exists()


def test_what_was_changed_beside_the_hook_stays(home: Path) -> None:
    run("install", "claude", "--no-client", "--yes")
    path = file_of("claude", home)
    document = json.loads(path.read_text()) | {"model": "best"}
    path.write_text(path.read_text().removesuffix("\n}\n") + ',\n  "model": "best"\n}\n')
    assert json.loads(path.read_text()) == document
    taken = run("uninstall", "claude", "--yes")
    assert taken.exit_code == 0, taken.output
    assert json.loads(path.read_text()) == {"model": "best"}


def test_a_hook_that_was_changed_is_not_taken_out(home: Path) -> None:
    run("install", "claude", "--no-client", "--yes")
    path = file_of("claude", home)
    changed = path.read_text().replace("MultiEdit|", "")
    path.write_text(changed)
    refused = run("uninstall", "claude", "--yes")
    assert refused.exit_code == 1
    assert "was changed since" in refused.stderr
    assert "--forget" in refused.stderr
    assert path.read_text() == changed
    assert run("uninstall", "claude", "--forget").exit_code == 1
    path.write_text("{}")
    assert run("uninstall", "claude", "--forget").exit_code == 0


@pytest.mark.parametrize("broken", ['{"hooks": ', "[]", '{"hooks": []}', '{"hooks": 1}', "\ufffd"])
def test_settings_that_cannot_be_read_are_left_alone(broken: str, home: Path) -> None:
    path = file_of("claude", home)
    path.parent.mkdir()
    path.write_text(broken)
    assert run("install", "claude", "--no-client", "--yes").exit_code == 1
    path.write_bytes(b"\xff" + broken.encode())
    assert run("install", "claude", "--no-client", "--yes").exit_code == 1
    assert path.read_bytes() == b"\xff" + broken.encode()
    assert not installing.record_path().exists()


def test_a_link_to_the_settings_stays_a_link(home: Path, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.json"
    real.write_text("{}")
    path = file_of("claude", home)
    path.parent.mkdir()
    path.symlink_to(real)
    run("install", "claude", "--no-client", "--yes")
    assert path.is_symlink()
    run("uninstall", "claude", "--yes")
    assert (path.is_symlink(), real.read_text()) == (True, "{}")


def test_a_file_that_changed_while_it_was_looked_at_is_not_written(home: Path) -> None:
    change = installing.planned(
        "claude", file_of("claude", home), "true # strongroom.command_guard"
    )
    file_of("claude", home).parent.mkdir()
    file_of("claude", home).write_text('{"mine": 1}')
    with pytest.raises(GuardError, match="while you looked"):
        installing.carry_out(change)
    assert file_of("claude", home).read_text() == '{"mine": 1}'


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)


@hypothesis_settings(max_examples=25, deadline=None)
@given(JSON, st.sampled_from([None, 1, 3, "\t"]))
def test_any_json_gets_a_piece_in_and_out_again(document: object, indent: int | str | None) -> None:
    text = json.dumps(document, indent=indent)
    try:
        longer, piece = inserted(text, ("hooks", "PreToolUse"), {"command": "ours"})
    except NotJsonError:
        hooks = document.get("hooks", {}) if isinstance(document, dict) else None
        assert not isinstance(hooks, dict) or not isinstance(hooks.get("PreToolUse", []), list)
        return
    assert json.loads(longer)["hooks"]["PreToolUse"][-1] == {"command": "ours"}
    assert without(longer, piece) == text
