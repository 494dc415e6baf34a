"""``.env`` and ``env_file``: variables in files.

Lines of ``NAME=value``, also with ``export`` before and ``NAME: value``; comments; single quotes
keep everything, double quotes know escapes, both may go over several lines; variables are put in
except between single quotes. A name alone means the variable of whoever calls.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from strongroom.audit.compose.interpolation import Interpolation
from strongroom.audit.compose.values import Place
from strongroom.errors import ComposeError

MAX_FILE_BYTES = 1_000_000
_START = re.compile(
    r"[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][\w.-]*)[ \t]*(?P<sign>[=:]|$)[ \t]*"
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$$"}


@dataclass(frozen=True)
class Variable:
    """A variable of a file: its value (None for a name alone), and the line that sets it."""

    name: str
    value: str | None
    place: Place


def read_env_file(path: Path, environment: Mapping[str, str]) -> list[Variable]:
    """Read the variables of a file; ``environment`` is what they may refer to.

    Raises:
        ComposeError: it cannot be read, or a line cannot be understood.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise _error(path, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _error(path, "is not UTF-8 text") from None
    if len(data) > MAX_FILE_BYTES:
        raise _error(path, "is larger than 1 MB")
    return parse_env(text, path, environment)


def parse_env(text: str, path: Path, environment: Mapping[str, str]) -> list[Variable]:
    """Read the variables of a text that stands in ``path``."""
    known = dict(environment)
    found: list[Variable] = []
    lines = text.replace("\r\n", "\n").split("\n")
    number = 0
    while number < len(lines):
        line = lines[number]
        place = Place(path, number + 1)
        number += 1
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        start = _START.match(line)
        if start is None:
            raise _error(path, f"says no NAME=value in line {place.line}")
        if not start["sign"]:
            found.append(Variable(start["name"], environment.get(start["name"]), place))
            continue
        rest = line[start.end() :]
        while rest[:1] in {"'", '"'} and not _closed(rest) and number < len(lines):
            rest += "\n" + lines[number]
            number += 1
        value = _value(rest, Interpolation(known, strict=False), place)
        if start["name"] not in environment:
            known[start["name"]] = value
        found.append(Variable(start["name"], value, place))
    return found


def _closed(text: str) -> bool:
    return _closing(text) is not None


def _closing(text: str) -> int | None:
    """Where the quote that begins a text ends."""
    quote, at = text[0], 1
    while at < len(text):
        if text[at] == "\\" and quote == '"':
            at += 1
        elif text[at] == quote:
            return at
        at += 1
    return None


def _value(text: str, variables: Interpolation, place: Place) -> str:
    quote = text[:1]
    if quote in {"'", '"'} and (end := _closing(text)) is not None:
        inner = text[1:end]
        if quote == "'":
            return inner
        return _put_in(re.sub(r"\\(.)", _unescaped, inner, flags=re.DOTALL), variables, place)
    plain = re.split(r"[ \t]#", text, maxsplit=1)[0].strip()
    return _put_in("" if plain.startswith("#") else plain, variables, place)


def _put_in(text: str, variables: Interpolation, place: Place) -> str:
    """Variables put in; a dollar that names none stays as it is, as passwords have them."""
    try:
        return str(variables.text(text, place))
    except ComposeError:
        return text


def _unescaped(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[1], match[0])


def _error(path: Path, problem: str) -> ComposeError:
    return ComposeError(f"{path} {problem}.", next_step=f"mend {path}, then run this again")
