"""Look whether a hook really guards: as the host would find it, match it, run it and take it.

A hook that is skipped says nothing by itself: the command runs, and nobody notices. So each one is
fired with a harmless and with a dangerous command, by the command line, with the JSON and in the
environment that its host would use.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from strongroom.command_guard.hook import DEADLINE_S
from strongroom.command_guard.hosts.exchange import Reply
from strongroom.command_guard.hosts.jsonc import NotJsonError, parse
from strongroom.command_guard.hosts.settings import HOST_SETTINGS, home, is_ours, places

Status = Literal["ok", "failed"]
HARMLESS, DANGEROUS = "git status", "dropdb production"
FIRE_TIMEOUT_S = 60


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: what it is about, how it went, and what to do."""

    name: str
    status: Status
    told: str

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong here."""
        return self.status == "ok"


@dataclass(frozen=True)
class Hook:
    """One hook of ours, as it stands in a host's settings."""

    event: str
    index: str
    matcher: str | None
    entry: dict[str, Any]

    @property
    def command(self) -> str:
        """The shell command that the host runs."""
        return str(self.entry.get("command", ""))


def examine(host: str, path: Path) -> list[Check]:
    """Look at one settings file of a host, and fire the hooks in it."""
    try:
        document = _settings(host, path)
    except (OSError, ValueError) as error:
        return [_failed("settings", f"{path} cannot be used, so {host} runs no hook: {error}")]
    hooks = list(_hooks(host, document))
    if not hooks:
        reinstall = f"strongroom guard install {host}"
        return [_failed("settings", f"{path} has no hook of strongroom's; run: {reinstall}")]
    checks = [_passed("settings", str(path))]
    checks += _switched_off(host, path, document, hooks)
    checks += _matching(host, hooks)
    for hook in hooks:
        checks += _shape(host, hook)
    for command in dict.fromkeys(hook.command for hook in hooks):
        checks += fire(host, command)
    return checks


def fire(host: str, command: str) -> list[Check]:
    """Run a hook's command as its host would, with a harmless and with a dangerous command."""
    checks = []
    for asked, wanted in ((HARMLESS, "allowed"), (DANGEROUS, "refused")):
        reply, took_s = _run(host, command, asked)
        found = str(import_module(f"strongroom.command_guard.hosts.{host}").outcome(reply))
        told = f"{asked!r} was {found} in {took_s * 1000:.0f} ms"
        if found != wanted:
            said = (reply.stderr.strip() or reply.stdout.strip())[-400:]
            told = f"{asked!r} should be {wanted}, but was {found}; it said: {said or 'nothing'}"
        checks.append(Check(f"fired: {asked}", "ok" if found == wanted else "failed", told))
    return checks


def _run(host: str, command: str, asked: str) -> tuple[Reply, float]:
    adapter = import_module(f"strongroom.command_guard.hosts.{host}")
    with tempfile.TemporaryDirectory(prefix="guard-doctor-") as directory:
        given = json.dumps(adapter.sample(asked, directory)).encode()
        environment = {
            **os.environ,
            "CLAUDE_PROJECT_DIR": directory,
            "GEMINI_PROJECT_DIR": directory,
            "GEMINI_CWD": directory,
            "CURSOR_PROJECT_DIR": directory,
        }
        began = time.monotonic()
        try:
            ran = subprocess.run(
                ["/bin/sh", "-c", command],
                input=given,
                capture_output=True,
                cwd=directory,
                env=environment,
                timeout=FIRE_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Reply(stderr="no answer in time", exit_code=-1), FIRE_TIMEOUT_S
        took_s = time.monotonic() - began
        return Reply(_text(ran.stdout), _text(ran.stderr), ran.returncode), took_s


def _settings(host: str, path: Path) -> dict[str, Any]:
    text = path.read_bytes().decode()
    if not HOST_SETTINGS[host].comments:
        document = json.loads(text)
    else:
        try:
            document = parse(text).value
        except NotJsonError as error:
            raise ValueError(str(error)) from error
    if not isinstance(document, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004  one kind of error for all
    if host == "cursor" and document.get("version") != 1:
        raise ValueError(f"version {document.get('version')!r} of the settings is not known")
    hooks = document.get("hooks", {})
    if not isinstance(hooks, dict) or not all(isinstance(one, list) for one in hooks.values()):
        raise ValueError("its hooks are not as this host has them")
    return document


def _hooks(host: str, document: dict[str, Any]) -> Iterator[Hook]:
    for event, groups in document.get("hooks", {}).items():
        for index, group in enumerate(groups):
            if not isinstance(group, dict):
                continue
            entries = [group] if host == "cursor" else group.get("hooks", [])
            for inner, entry in enumerate(entries if isinstance(entries, list) else []):
                if isinstance(entry, dict) and is_ours(entry.get("command")):
                    yield Hook(event, f"{index}:{inner}", group.get("matcher"), entry)


def _matching(host: str, hooks: list[Hook]) -> Iterator[Check]:
    """Whether each event and tool that matters meets a hook."""
    for place in places(host, ""):
        event = place.path[-1]
        there = [hook for hook in hooks if hook.event == event]
        missed = [tool for tool in place.tools if not any(_meets(one, tool) for one in there)]
        if not there:
            yield _failed("matcher", f"there is no hook for {event}")
        elif missed:
            yield _failed("matcher", f"the hook for {event} does not meet {', '.join(missed)}")
        else:
            yield _passed("matcher", f"{event} meets {', '.join(place.tools) or 'everything'}")


def _meets(hook: Hook, tool: str) -> bool:
    if hook.matcher in {None, "", "*"}:
        return True
    try:
        return re.fullmatch(str(hook.matcher), tool) is not None
    except re.error:
        return False


def _shape(host: str, hook: Hook) -> Iterator[Check]:
    """What would make the host skip this entry, or not wait for it."""
    timeout, per_second = hook.entry.get("timeout"), HOST_SETTINGS[host].per_second
    if timeout is not None and (
        isinstance(timeout, bool)
        or not isinstance(timeout, int | float)
        or timeout <= DEADLINE_S * per_second
    ):
        unit = "ms" if per_second > 1 else "s"
        wanted = f"more than {DEADLINE_S * per_second} {unit}"
        yield _failed("timeout", f"{hook.event} waits {timeout} {unit}, and needs {wanted}")
    if host != "cursor" and hook.entry.get("type") != "command":
        yield _failed("type", f"{hook.event} has the type {hook.entry.get('type')!r}")
    for name in ("async", "asyncRewake"):
        if hook.entry.get(name):
            yield _failed("async", f"{hook.event} does not wait for the answer ({name})")
    if hook.entry.get("if"):
        yield _failed("if", f"{hook.event} is narrowed by {hook.entry['if']!r}")


def _switched_off(
    host: str, path: Path, document: dict[str, Any], hooks: list[Hook]
) -> Iterator[Check]:
    if host == "claude" and document.get("disableAllHooks"):
        yield _failed("switch", f"disableAllHooks is set in {path}")
    if host == "gemini":
        for section, name in (("hooksConfig", "enabled"), ("tools", "enableHooks")):
            told = document.get(section)
            if isinstance(told, dict) and told.get(name) is False:
                yield _failed("switch", f"{section}.{name} is false in {path}")
            disabled = told.get("disabled", []) if isinstance(told, dict) else []
            if isinstance(disabled, list) and "strongroom-guard" in disabled:
                yield _failed("switch", f"{section}.disabled names strongroom-guard in {path}")
    if host == "codex":
        yield from _trusted_by_codex(path, hooks)


def _trusted_by_codex(path: Path, hooks: list[Hook]) -> Iterator[Check]:
    """Codex skips, in silence, what its user has not reviewed with ``/hooks``."""
    configuration = path.with_name("config.toml")
    if path.parent != home() / ".codex" and not configuration.is_file():
        configuration = home() / ".codex/config.toml"
    try:
        document = tomllib.loads(configuration.read_text(encoding="utf-8"))
    except FileNotFoundError:
        document = {}
    except (OSError, ValueError) as error:
        yield _failed("switch", f"{configuration} cannot be used: {error}")
        return
    features, known = document.get("features", {}), document.get("hooks", {})
    for name in ("hooks", "codex_hooks"):
        if isinstance(features, dict) and features.get(name) is False:
            yield _failed("switch", f"features.{name} is false in {configuration}")
    states = known.get("state", {}) if isinstance(known, dict) else {}
    for hook in hooks:
        state = states.get(f"{path}:pre_tool_use:{hook.index}", {})
        if state.get("enabled") is False:
            yield _failed("trust", f"the hook is switched off in {configuration}")
        elif not state.get("trusted_hash"):
            yield _failed("trust", "Codex skips the hook until you review it: type /hooks in Codex")
        else:
            yield _passed("trust", f"reviewed, by {configuration}")


def _text(given: bytes) -> str:
    return given.decode(errors="replace")


def _passed(name: str, told: str) -> Check:
    return Check(name, "ok", told)


def _failed(name: str, told: str) -> Check:
    return Check(name, "failed", told)
