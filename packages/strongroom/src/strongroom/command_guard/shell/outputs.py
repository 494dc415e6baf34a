"""What simple programs print, where that can be told from the text."""

from __future__ import annotations

import base64
import binascii
import re

from strongroom.command_guard.shell.steps import FETCHED, Step, is_known, unknown
from strongroom.command_guard.shell.words import ansi_c

_FETCHING = frozenset({"curl", "wget", "fetch", "aria2c", "http", "https"})
_READING = frozenset({"cat", "zcat", "gunzip", "gzip", "zstdcat", "xzcat", "bzcat", "zstd", "xz"})


def output_of(step: Step) -> str:  # noqa: C901, PLR0911, PLR0912  one for each program
    """What a command prints, with marks where that is not known."""
    name, given = step.program, step.standard_input
    if name == "echo":
        return _echo(list(step.arguments))
    if name == "printf":
        return _printf(list(step.arguments))
    if (
        name in {"cat", "tee", "head", "tail", "sort", "grep", "uniq", "sed", "tac", "cut"}
        and given is not None
    ):
        # A filter leaves some of it: whoever judges the whole misses nothing.
        return given
    if name == "base64" and given is not None:
        return _base64(given, decode=bool({"-d", "-D", "--decode"} & set(step.arguments)))
    if name == "rev" and given is not None and is_known(given):
        return "\n".join(line[::-1] for line in given.split("\n"))
    if name == "xxd" and given is not None and {"-r", "-p"} & set(step.arguments):
        return _from_hex(given)
    if name == "pwd":
        return str(step.directory or unknown("PWD"))
    if name == "mktemp":
        return "/tmp/mktemp"  # noqa: S108  a name in the place of the one that it will make
    if name == "dirname" and step.arguments:
        return step.arguments[-1].rpartition("/")[0] or "."
    if name == "basename" and step.arguments:
        return step.arguments[0].rstrip("/").rpartition("/")[2]
    if name in {"docker", "podman", "docker-compose"} and (named := _filtered_name(step)):
        return named
    if name == "ls":
        return _listed(step)
    if name == "git" and {"-o", "--others"} & set(step.arguments):
        return unknown("untracked_data")
    if name == "kubectl" and "get" in step.words[:-1]:
        return f"{step.words[step.words.index('get') + 1]}/{unknown('name')}\n"
    if name in _READING and step.arguments:
        return unknown(step.arguments[-1])
    if name == "pg_dump":
        return unknown("clean.sql" if {"-c", "--clean"} & set(step.arguments) else "dump.sql")
    if name in {"find", "fd", "fdfind"}:
        return "\n".join(found_paths(step)) + "\n"
    return FETCHED if name in _FETCHING else unknown(name)


def _listed(step: Step) -> str:
    """What ``ls`` prints: the patterns that it is given, or what lies in a directory."""
    paths = [word for word in step.arguments if not word.startswith("-")]
    if "-d" in step.arguments or any("*" in path for path in paths):
        return "\n".join(paths) + "\n"
    return "".join(f"{path.rstrip('/')}/{unknown('entry')}\n" for path in paths) or unknown("ls")


def _filtered_name(step: Step) -> str:
    """The name that ``docker ps -q --filter name=…`` asks for."""
    found = (re.fullmatch(r"(?:--filter=)?name=\^?/?([\w.-]+)\$?", word) for word in step.arguments)
    return next((one[1] for one in found if one), "")


def _echo(words: list[str]) -> str:
    escapes = False
    while words and re.fullmatch(r"-[neE]+", words[0]):
        escapes = escapes or "e" in words[0]
        words.pop(0)
    text = " ".join(words)
    return (ansi_c(text) if escapes else text) + "\n"


def _printf(words: list[str]) -> str:
    if words[:1] == ["--"]:
        words.pop(0)
    if not words:
        return ""
    pattern, *values = words
    rest = iter(values)
    text = re.sub(
        r"%[-+ 0#]*\d*(?:\.\d+)?([sbqdiufx%])",
        lambda found: "%" if found[1] == "%" else next(rest, ""),
        pattern,
    )
    return "\n".join([ansi_c(text), *rest])


def _base64(given: str, *, decode: bool) -> str:
    if not is_known(given):
        return unknown("base64")
    if not decode:
        return base64.b64encode(given.encode()).decode()
    try:
        return base64.b64decode(given.strip() + "==", validate=False).decode(errors="replace")
    except (binascii.Error, ValueError):
        return unknown("base64")


def _from_hex(given: str) -> str:
    try:
        return bytes.fromhex(given).decode(errors="replace")
    except ValueError:
        return unknown("xxd")


def found_paths(step: Step) -> list[str]:
    """What ``find`` would print, as patterns: each root with each name that is asked for."""
    words = step.words[1:]
    roots = []
    for word in words:
        if word.startswith(("-", "(", "!")) and word not in {"-L", "-H", "-P"}:
            break
        if not word.startswith("-"):
            roots.append(word)
    asked = [
        words[place + 1].strip("*/")
        if word in {"-path", "-wholename", "-ipath"}
        else words[place + 1]
        for place, word in enumerate(words[:-1])
        if word in {"-name", "-iname", "-path", "-wholename", "-ipath"}
        and words[place - 1] not in {"!", "-not"}
    ]
    return [f"{root}/{name}" for root in roots or ["."] for name in asked or ["*"]]
