"""Commands in the arguments of another one: xargs, find, package runners."""

from __future__ import annotations

import re

from strongroom.command_guard.shell.bodies import plain_words
from strongroom.command_guard.shell.outputs import found_paths
from strongroom.command_guard.shell.reading import TooMuchError
from strongroom.command_guard.shell.steps import Step, unknown


def words_inside(step: Step) -> list[tuple[str, ...]]:
    """The words of a command that xargs or find runs, with what they fill in."""
    if step.program == "xargs":
        return _of_xargs(step)
    if step.program in {"find", "fd", "fdfind"}:
        return _of_find(step)
    if step.program in {"yarn", "pnpm", "bun", "npm"}:
        return _of_runner(step)
    return []


def _of_runner(step: Step) -> list[tuple[str, ...]]:
    """A program that a package runner runs where there is no script of its name."""
    words = plain_words(step.arguments)
    if words[:1] == ["workspace"]:
        words = words[2:]
    if words[:1] in (["run"], ["run-script"]):
        words = words[1:]
    elif step.program == "npm":
        return []
    if not words or words[0] in _OF_RUNNERS:
        return []
    place = step.words.index(words[0], 1)
    return [tuple(word for word in step.words[place:] if word != "--")]


_OF_RUNNERS = frozenset(
    [
        "add",
        "install",
        "i",
        "remove",
        "rm",
        "up",
        "update",
        "upgrade",
        "run",
        "test",
        "start",
        "build",
        "exec",
        "dlx",
        "x",
        "why",
        "list",
        "ls",
        "init",
        "link",
        "cache",
        "config",
        "info",
        "pack",
        "publish",
        "audit",
        "outdated",
        "create",
        "store",
        "prune",
        "dedupe",
        "import",
        "set",
        "node",
        "workspace",
        "workspaces",
    ]
)


_EXECS_MAX = 20
_XARGS_VALUED = frozenset(
    [
        "-I",
        "-i",
        "-n",
        "-P",
        "-L",
        "-d",
        "-s",
        "-a",
        "-E",
        "--max-args",
        "--max-procs",
        "--delimiter",
        "--replace",
    ]
)


def _of_xargs(step: Step) -> list[tuple[str, ...]]:
    words, place, mark = step.arguments, 0, ""
    while place < len(words) and words[place].startswith("-"):
        word = words[place]
        if word.startswith(("-I", "-i", "--replace")):
            mark = word[2:] or (words[place + 1] if place + 1 < len(words) else "{}")
        place += 2 if word in _XARGS_VALUED else 1
    rest = words[place:]
    if not rest:
        return []
    text = step.standard_input
    if text is None or not text.strip():
        given = [unknown("input")]
    else:
        given = re.split(
            r"[\0\n]" if mark or {"-0", "--null"} & set(words) else r"\s+", text.strip()
        )
    given = [one for one in given if one][:50]
    if mark:
        return [tuple(word.replace(mark, one) for word in rest) for one in given[:20]]
    return [(*rest, *given)]


def _of_find(step: Step) -> list[tuple[str, ...]]:
    found = []
    words = step.words
    paths = found_paths(step)
    for place, word in enumerate(words):
        if word in {"-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec"}:
            inner = []
            for one in words[place + 1 :]:
                if one in {";", "+"}:
                    break
                inner += paths if one == "{}" else [one.replace("{}", paths[0])]
            if step.program != "find" and "{}" not in words[place:]:
                inner += (
                    [unknown("found")]
                    if "-e" not in words
                    else [f"*.{words[words.index('-e') + 1]}"]
                )
            found.append(tuple(inner))
            if len(found) > _EXECS_MAX:
                raise TooMuchError("it runs more commands than can be judged")
        elif word == "-delete" and "-empty" not in words:
            found.append(("rm", "-r", *paths))
    return [one for one in found if one]
