"""The bodies that stand behind a name in the working tree: npm, make, just and shell scripts."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from strongroom.command_guard.shell.reading import Files
from strongroom.command_guard.shell.steps import Step, is_known, unknown

_RUNNERS = frozenset({"npm", "yarn", "pnpm", "bun"})
_SCRIPTED = frozenset({"test", "start", "stop", "restart"})
_SHELL_NAMES = frozenset({"bash", "sh", "zsh", "dash", "ksh", "ash"})
_LEVELS_UP = 4


@dataclass(frozen=True)
class Body:
    """Shell text that a command runs, where it runs it, and its parameters."""

    text: str
    directory: Path | None
    parameters: tuple[str, ...] = ()


def body_of(files: Files, step: Step) -> list[Body]:
    """The text behind a command, as far as it lies in the working tree."""
    if not step.is_local or step.directory is None:
        return []
    if step.program in _RUNNERS:
        return list(_package_scripts(files, step))
    if step.program in {"make", "gmake"}:
        return list(_make(files, step))
    if step.program == "just":
        return list(_just(files, step))
    return list(_script(files, step))


def script_name(step: Step) -> str | None:
    """The name of the script that a package runner runs, or None."""
    words = plain_words(step.arguments)
    if not words:
        return None
    if words[0] in {"run", "run-script", "rum"}:
        return words[1] if len(words) > 1 else None
    if words[0] in _SCRIPTED or step.program in {"yarn", "pnpm", "bun"}:
        return words[0]
    return None


_VALUED = frozenset({"--prefix", "-C", "--dir", "--cwd", "--filter", "-F", "-w", "--workspace"})


def plain_words(words: tuple[str, ...]) -> list[str]:
    """The words that are neither options nor their values."""
    return [
        word
        for place, word in enumerate(words)
        if not word.startswith("-") and (not place or words[place - 1] not in _VALUED)
    ]


def _package_scripts(files: Files, step: Step) -> Iterator[Body]:
    name = script_name(step)
    directory = _given_directory(step, ("--prefix", "-C", "--dir", "--cwd"))
    found = _upward(files, directory, "package.json")
    if name is None or found is None:
        return
    text, where = found
    try:
        scripts = json.loads(text).get("scripts", {})
    except (ValueError, AttributeError):
        return
    rest = step.arguments[step.arguments.index(name) + 1 :] if name in step.arguments else ()
    more = " ".join(shlex.quote(word) for word in rest if word != "--")
    for one in (f"pre{name}", name, f"post{name}"):
        if isinstance(scripts, dict) and isinstance(body := scripts.get(one), str):
            yield Body(f"{body} {more}" if one == name else body, where)


def _given_directory(step: Step, options: tuple[str, ...]) -> Path | None:
    for place, word in enumerate(step.words[:-1]):
        if word in options and is_known(step.words[place + 1]):
            return Path(step.directory or "/", step.words[place + 1])
    return step.directory


def _upward(files: Files, directory: Path | None, *names: str) -> tuple[str, Path] | None:
    if directory is None:
        return None
    for where in (directory, *list(directory.parents)[:_LEVELS_UP]):
        for name in names:
            if (text := files.text(where, name)) is not None:
                return text, where
    return None


_RULE = re.compile(r"^([^\s#=:][^=:#]*?)\s*::?(?!=)\s*([^=]*?)(?:;(.*))?$")
_VARIABLE = re.compile(r"^\s*(?:export\s+)?([A-Za-z_]\w*)\s*[:?+]?=\s*(.*)$")


def _make(files: Files, step: Step) -> Iterator[Body]:
    directory = _given_directory(step, ("-C", "--directory"))
    named = [
        step.words[n + 1] for n, word in enumerate(step.words[:-1]) if word in {"-f", "--file"}
    ]
    text = next(
        filter(
            None,
            (files.text(directory, one) for one in (*named, "GNUmakefile", "makefile", "Makefile")),
        ),
        None,
    )
    if "-" in named or "/dev/stdin" in named:
        text = step.standard_input
    if text is None or "-n" in step.words or "--dry-run" in step.words:
        return
    variables, rules = _makefile(text)
    wanted = []
    skip = False
    for word in step.arguments:
        if skip or word.startswith("-"):
            skip = not skip and word in {"-C", "-f", "--file", "--directory", "-j"}
        elif "=" in word:
            variables[word.partition("=")[0]] = word.partition("=")[2]
        elif is_known(word):
            wanted.append(word)
    first = next((name for name in rules if not name.startswith(".")), None)
    for line in _recipes(rules, wanted or ([first] if first else [])):
        yield Body(_without_variables(line, variables), directory)


def _makefile(text: str) -> tuple[dict[str, str], dict[str, tuple[list[str], list[str]]]]:
    """Variables, and for each target what it needs and its lines."""
    variables: dict[str, str] = {}
    rules: dict[str, tuple[list[str], list[str]]] = {}
    current: list[str] = []
    for line in text.replace("\\\n", " ").splitlines():
        if line.startswith("\t"):
            for name in current:
                rules[name][1].append(line.strip())
        elif found := _VARIABLE.match(line):
            variables[found[1]] = found[2].strip()
            current = []
        elif found := _RULE.match(line):
            current = found[1].split()
            for name in current:
                needs, lines = rules.setdefault(name, ([], []))
                needs += found[2].replace("|", " ").split()
                lines += [found[3]] if found[3] else []
    return variables, rules


def _recipes(rules: dict[str, tuple[list[str], list[str]]], wanted: list[str]) -> Iterator[str]:
    done: set[str] = set()
    waiting = list(wanted)
    while waiting:
        name = waiting.pop(0)
        if name in done or name not in rules:
            continue
        done.add(name)
        needs, lines = rules[name]
        waiting += needs
        yield from (line.lstrip("@-+ ") for line in lines)


def _without_variables(line: str, variables: dict[str, str], depth: int = 4) -> str:
    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        return variables.get(name, "$MAKE" if name == "MAKE" else unknown(name))

    line = re.sub(r"\$\$", "\0", line)
    for _ in range(depth):
        line = re.sub(r"\$\((\w+)\)|\$\{(\w+)\}", value, line)
    return line.replace("$MAKE", "make").replace("\0", "$")


_JUST_WITH_VALUE = frozenset({"-f", "--justfile", "-d", "--working-directory"})


def _just(files: Files, step: Step) -> Iterator[Body]:
    found = _upward(files, _given_directory(step, ("-d",)), "justfile", "Justfile", ".justfile")
    if "/dev/stdin" in step.words and step.standard_input and step.directory:
        found = step.standard_input, step.directory
    if found is None:
        return
    text, where = found
    variables, rules = _justfile(text)
    words = [
        word
        for before, word in pairwise(step.words)
        if not word.startswith("-") and before not in _JUST_WITH_VALUE
    ]
    first = next(iter(rules), None)
    wanted = [word for word in words if word in rules] or ([first] if first and not words else [])
    for line in _recipes(rules, wanted):
        yield Body(
            re.sub(
                r"\{\{\s*(\w+)[^}]*\}\}",
                lambda one: variables.get(one[1], unknown(one[1])),
                line,
            ),
            where,
        )


def _justfile(text: str) -> tuple[dict[str, str], dict[str, tuple[list[str], list[str]]]]:
    variables: dict[str, str] = {}
    rules: dict[str, tuple[list[str], list[str]]] = {}
    current: list[str] | None = None
    for line in text.replace("\\\n", " ").splitlines():
        if line[:1] in {" ", "\t"}:
            if current is not None:
                current.append(line.strip())
        elif found := re.match(r"^(?:export\s+)?([\w-]+)\s*:=\s*(.*)$", line):
            variables[found[1]] = found[2].strip().strip("\"'")
        elif found := re.match(r"^@?([\w-]+)([^:=]*):(?!=)\s*(.*)$", line):
            current = []
            rules[found[1]] = (re.findall(r"[\w-]+", found[3]), current)
    return variables, rules


def _script(files: Files, step: Step) -> Iterator[Body]:
    """A shell script that is run by its path, or given to a shell."""
    path: str | None = None
    rest: tuple[str, ...] = ()
    if step.program in _SHELL_NAMES:
        for place, word in enumerate(step.arguments):
            if re.fullmatch(r"-[a-zA-Z]*c|-n|-s|--version", word):
                return
            if not word.startswith(("-", "+")):
                path, rest = word, step.arguments[place + 1 :]
                break
    elif "/" in step.words[0]:
        path, rest = step.words[0], step.arguments
    if path is None or not is_known(path):
        return
    if step.program not in _SHELL_NAMES and _is_of_system(path):
        return
    given = path == "/dev/stdin"
    text = step.standard_input if given else files.text(step.directory, path)
    if text is None or "\0" in text[:1000]:
        return
    first = text.partition("\n")[0]
    if first.startswith("#!") and not re.search(r"\b(ba|z|da|k|a)?sh\b", first):
        return
    yield Body(text, step.directory, rest)


def _is_of_system(path: str) -> bool:
    return path.startswith(("/usr/", "/bin/", "/sbin/")) or ("/bin/" in path and ".venv" in path)


BodyReader = Callable[[Files, Step], list[Body]]
