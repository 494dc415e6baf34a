"""The daemon says only what is harmless, only to its own user, only while its code is the same."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner

from strongroom.cli import strongroom
from strongroom.command_guard import daemon, resident
from strongroom.command_guard.hosts import client
from strongroom.command_guard.hosts.answering import answer

NOWHERE = "/srv/no-such-project"


def call(command: str) -> bytes:
    given = {"tool_name": "Bash", "tool_input": {"command": command}}
    return json.dumps(given).encode()


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the daemon's socket would be, with nobody there yet; a socket's path must be short."""
    monkeypatch.delenv(resident.OFF)
    monkeypatch.setattr(resident, "REQUEST_TIMEOUT_S", 120.0)  # a busy machine is no reason
    with TemporaryDirectory(prefix="g") as directory:
        monkeypatch.setattr(resident, "runtime_directory", lambda: directory)
        monkeypatch.setattr(resident, "start", lambda: None)
        yield Path(resident.socket_path())


class Code:
    """Stands for the loaded code, which a test may change."""

    same = True

    def is_as_loaded(self) -> bool:
        return self.same


@pytest.fixture
def served(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Code]:
    code, listening = Code(), threading.Event()

    class Listening(socket.socket):
        def listen(self, *arguments: int) -> None:
            super().listen(*arguments)
            listening.set()

    monkeypatch.setattr(daemon, "_Code", lambda: code)
    monkeypatch.setattr(daemon.socket, "socket", Listening)
    thread = threading.Thread(target=daemon.serve, args=(place,), daemon=True)
    thread.start()
    while not listening.wait(0.1):
        assert thread.is_alive()
    yield code
    code.same = False
    with socket.socket(socket.AF_UNIX) as last, suppress(OSError):
        last.connect(str(place))
    thread.join(60)
    assert not place.exists()


@pytest.mark.usefixtures("served")
def test_the_daemon_says_what_is_harmless_and_leaves_the_rest() -> None:
    assert resident.asks("claude", call("make build"), NOWHERE) == b"{}\n"
    assert resident.asks("codex", call("make build"), NOWHERE) == b""
    assert resident.asks("claude", call("docker compose down -v"), NOWHERE) is None
    assert resident.asks("claude", b"{broken", NOWHERE) is None
    assert resident.asks("nobody", call("make build"), NOWHERE) is None
    refused = answer("claude", call("docker compose down -v"), NOWHERE)
    assert "deny" in refused.stdout
    assert answer("claude", call("make build"), NOWHERE).stdout == "{}\n"


def test_an_old_daemon_is_not_listened_to_after_an_upgrade(served: Code) -> None:
    served.same = False
    with pytest.raises(resident.NotServedError):
        resident.asks("claude", call("make build"), NOWHERE)


def test_changed_code_is_noticed() -> None:
    code = daemon._Code()
    assert code.is_as_loaded()
    path = str(Path(daemon.__file__))
    code._known[path] = (1, 2, 3)
    assert not code.is_as_loaded()


@pytest.mark.usefixtures("served")
def test_another_protocol_gets_no_answer(place: Path) -> None:
    for header in (
        b"strongroom-guard 0 claude 1 2\n/{}",
        b"\n",
        b"x" * 5000,
        b"strongroom-guard 1 a -1 0\n",
    ):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(place))
            connection.sendall(header)
            connection.shutdown(socket.SHUT_WR)
            with suppress(ConnectionResetError):
                assert connection.recv(100) == b""


@pytest.mark.usefixtures("place")
def test_no_daemon_is_no_reason_to_let_anything_through() -> None:
    with pytest.raises(resident.NotServedError):
        resident.asks("claude", call("make build"), NOWHERE)
    assert "deny" in answer("claude", call("docker compose down -v"), NOWHERE).stdout


def test_another_users_process_is_neither_asked_nor_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, other = socket.socketpair(socket.AF_UNIX)
    with one, other:
        resident.same_user(one)
        monkeypatch.setattr(os, "getuid", lambda: 4711)
        with pytest.raises(resident.NotServedError):
            resident.same_user(one)


def test_a_directory_that_others_can_enter_is_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(resident, "PLACES", (str(tmp_path),))
    tmp_path.chmod(0o755)
    with pytest.raises(resident.NotServedError):
        resident.runtime_directory()
    tmp_path.chmod(0o700)
    assert resident.runtime_directory() == str(tmp_path)


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler on this machine")
def test_the_compiled_client_asks_the_daemon_and_falls_back_without_it(
    served: Code, tmp_path: Path
) -> None:
    path = client.built()
    assert path is not None
    assert client.built() == path

    def run(host: str, command: str) -> tuple[int, bytes]:
        ran = subprocess.run(
            [path, host],
            input=call(command),
            capture_output=True,
            check=False,
            cwd=tmp_path,
            env={resident.OFF: "off"},
        )
        return ran.returncode, ran.stdout

    assert run("claude", "make build") == (0, b"{}\n")
    served.same = False  # it answers now that the client has to judge
    code, told = run("claude", "docker compose down -v")
    assert code == 0
    assert json.loads(told)["hookSpecificOutput"]["permissionDecision"] == "deny"
    client.remove()
    assert not path.exists()


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler on this machine")
@pytest.mark.usefixtures("place")
def test_a_hook_names_the_client_that_goes_with_the_last_hook(home: Path) -> None:
    def run(*arguments: str) -> None:
        told = CliRunner().invoke(strongroom, ["guard", *arguments, "--yes"])
        assert told.exit_code == 0, told.output

    run("install", "claude")
    run("install", "cursor")
    (path,) = (home / client.DIRECTORY).iterdir()
    for file in (".claude/settings.json", ".cursor/hooks.json"):
        text = (home / file).read_text()
        assert str(path) in text
        assert "quick.py" in text  # for when the client is gone
    run("uninstall", "claude")
    assert path.exists()
    run("uninstall", "cursor")
    assert not path.exists()
