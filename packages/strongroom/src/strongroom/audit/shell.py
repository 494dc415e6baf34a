"""Commands in shell text, by tree-sitter's grammar of bash.

Each simple command is found wherever it stands: in pipes, lists, loops, functions, substitutions,
and in the text of ``bash -c``. What only carries another command (``sudo``, ``env``, ``exec``,
``time``, ``docker exec NAME``, …) is taken off, so that a rule sees the command itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from strongroom.shell_grammar import parse_shell

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_TEXT = 500_000
MAX_NESTING = 5
_QUOTES = {"string", "raw_string", "ansi_c_string", "concatenation"}
_SHELLS = {"sh", "bash", "dash", "ash", "zsh", "ksh"}
# What carries another command, and which of its options take a word of their own.
_CARRIERS = {
    "sudo": {"-u", "-g", "-h", "-p", "-C", "-r", "-t", "--user", "--group"},
    "doas": {"-u", "-C"},
    "env": {"-u", "-C", "-S", "--unset", "--chdir"},
    "exec": {"-a"},
    "nohup": set(),
    "time": {"-o", "-f"},
    "command": set(),
    "builtin": set(),
    "nice": {"-n"},
    "ionice": {"-c", "-n", "-p"},
    "timeout": {"-k", "-s"},
    "xargs": {"-n", "-I", "-P", "-L", "-d", "-a", "-s", "-E"},
    "watch": {"-n"},
    "setsid": set(),
    "stdbuf": {"-i", "-o", "-e"},
    "then": set(),
}


@dataclass(frozen=True)
class ShellCommand:
    """A simple command: its words without quotes, and its line in the text (from 0)."""

    words: tuple[str, ...]
    line: int
    text: str

    @property
    def name(self) -> str:
        """The program's name without its directory."""
        return self.words[0].rpartition("/")[2]


def commands_in(text: str) -> list[ShellCommand]:
    """All commands of a text; of text that is no shell, what can be seen of it."""
    return list(_commands(text[:MAX_TEXT], 0, 0))


def _commands(text: str, line: int, depth: int) -> Iterator[ShellCommand]:
    root = parse_shell(text)
    stack = [root]
    while stack:
        node = stack.pop()
        stack += reversed(node.children)
        if node.type == "command":
            words = _words(node)
            at = line + node.start_point[0]
            if words:
                yield from _carried(words, at, _source(node), depth)


def _carried(words: list[str], line: int, text: str, depth: int) -> Iterator[ShellCommand]:
    words = _without_carriers(words)
    if not words or not words[0]:
        return
    command = ShellCommand(tuple(words), line, text)
    yield command
    inner = _inner_script(words)
    if inner is not None and depth < MAX_NESTING:
        yield from _commands(inner, line, depth + 1)
    elif (carried := _in_container(words)) and depth < MAX_NESTING:
        yield from _carried(carried, line, text, depth + 1)


def _without_carriers(words: list[str]) -> list[str]:
    while words and (options := _CARRIERS.get(words[0].rpartition("/")[2])) is not None:
        name = words[0].rpartition("/")[2]
        rest = words[1:]
        while rest and (rest[0].startswith("-") or (name == "env" and "=" in rest[0])):
            rest = rest[2:] if rest[0] in options else rest[1:]
        words = rest[1:] if name == "timeout" else rest
    return words


def _inner_script(words: list[str]) -> str | None:
    name = words[0].rpartition("/")[2]
    if name == "eval":
        return " ".join(words[1:])
    if name not in _SHELLS:
        return None
    for at, word in enumerate(words[1:-1], 1):
        if word.startswith("-") and not word.startswith("--") and word.endswith("c"):
            return words[at + 1]
    return None


def _in_container(words: list[str]) -> list[str]:
    """The command of ``docker exec NAME …`` and ``docker compose exec|run SERVICE …``."""
    name = words[0].rpartition("/")[2]
    if name not in {"docker", "podman", "docker-compose", "kubectl", "nerdctl"}:
        return []
    for verb in ("exec", "run"):
        if verb in words[1:]:
            rest = words[words.index(verb, 1) + 1 :]
            while rest and rest[0].startswith("-"):
                takes = rest[0] in {"-e", "-u", "-w", "--env", "--user", "--workdir", "-n", "-c"}
                rest = rest[2:] if takes and "=" not in rest[0] else rest[1:]
            return rest[1:][1:] if rest[1:2] == ["--"] else rest[1:]
    return []


def _words(node: Node) -> list[str]:
    found = []
    for child in node.children:
        if child.type == "variable_assignment" or "redirect" in child.type:
            continue
        if child.is_named:
            found.append(_word(child))
    return found


def _word(node: Node) -> str:
    """A word without its quotes; variables and substitutions stay as they are written."""
    if node.type == "raw_string":
        return _source(node)[1:-1]
    if node.type == "string":
        return _source(node)[1:-1].replace('\\"', '"')
    if node.type in {"concatenation", "command_name"} and node.children:
        return "".join(_word(one) for one in node.children)
    return _source(node).replace("\\\n", "")


def _source(node: Node) -> str:
    return node.text.decode("utf-8", "replace") if node.text is not None else ""
