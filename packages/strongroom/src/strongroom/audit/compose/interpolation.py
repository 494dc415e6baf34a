"""Variables in texts, after the Compose specification.

``$NAME``, ``${NAME}``, ``${NAME:-default}`` and ``-``, ``:?message`` and ``?``, ``:+other`` and
``+``, ``$$`` for a dollar; defaults, messages and others may hold variables themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from strongroom.audit.compose.values import Items, Place, Reset, Table, Text, Value
from strongroom.errors import ComposeError

MAX_TEXT = 1_000_000
_MAX_NESTING = 20
_NAME = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*")
_OPERATOR = re.compile(r":?[-?+]")


@dataclass(frozen=True)
class Unset:
    """A variable that a file asks for and nobody has set; ``required`` where it says so."""

    name: str
    place: Place
    required: bool


@dataclass
class Interpolation:
    """Puts variables into values.

    ``strict``: a required variable that is not set is an error, as it is for Compose. Otherwise
    it is empty, and noted in ``unset`` like every other: whoever only reads has no secrets.
    """

    environment: Mapping[str, str]
    strict: bool = True
    keep_unset: bool = False
    unset: list[Unset] = field(default_factory=list)

    def value(self, value: Value, place: Place) -> Value:
        """The value with variables in all of its texts; keys stay as they are."""
        if isinstance(value, Text):
            return self.text(value, place)
        if isinstance(value, Table):
            made = Table(value.place)
            made.tag = value.tag
            for key, inner in value.items():
                made.put(key, self.value(inner, value.where(key)), value.where(key))
            return made
        if isinstance(value, Items):
            items = Items(value.place)
            items.tag = value.tag
            for inner, at in value.placed():
                items.add(self.value(inner, at), at)
            return items
        return value

    def text(self, text: str, place: Place) -> Text:
        """One text with its variables put in; it remembers how it was written."""
        if "$" not in text:
            return text if isinstance(text, Text) else Text(text)
        made, _ = _Template(self, text, place).read(0, closing=False, depth=0)
        return Text(made, text)

    def look_up(self, name: str, operator: str, other: str, place: Place) -> str:
        """What ``${NAME<operator>other}`` means."""
        value = self.environment.get(name)
        there = value is not None and (bool(value) or ":" not in operator)
        kind = operator[-1:]
        if kind == "+":
            return other if there else ""
        if there and value is not None:
            return value
        if kind == "-":
            return other
        self.unset.append(Unset(name, place, required=kind == "?"))
        if kind == "?" and self.strict:
            told = f": {other}" if other else ""
            raise ComposeError(
                f"{place.file}:{place.line} needs the variable {name}, which is not set{told}.",
                next_step=f"set {name} in the environment or in .env beside the compose file",
            )
        return "${" + name + "}" if self.keep_unset and value is None else value or ""


class _Template:
    """One text while its variables are put in."""

    def __init__(self, interpolation: Interpolation, text: str, place: Place) -> None:
        self._interpolation = interpolation
        self._text = text
        self._place = place
        self._made = 0

    def read(self, at: int, *, closing: bool, depth: int) -> tuple[str, int]:
        """Read on from ``at``: to the end, or to the brace that closes; the text and where."""
        if depth > _MAX_NESTING:
            raise self._error("nests variables too deeply")
        parts: list[str] = []
        while at < len(self._text):
            character = self._text[at]
            if character == "}" and closing:
                return "".join(parts), at
            if character == "$":
                part, at = self._variable(at + 1, depth)
            else:
                end = self._plain_end(at)
                part, at = self._text[at:end], end
            self._count(part)
            parts.append(part)
        if closing:
            raise self._error("has a ${ that is not closed")
        return "".join(parts), at

    def _plain_end(self, at: int) -> int:
        """Where the run of ordinary characters that begins at ``at`` ends."""
        end = at + 1
        while end < len(self._text) and self._text[end] not in "$}":
            end += 1
        return end

    def _variable(self, at: int, depth: int) -> tuple[str, int]:
        if self._text.startswith("$", at):
            return "$", at + 1
        if not self._text.startswith("{", at):
            match = _NAME.match(self._text, at)
            if match is None:
                raise self._error("has a $ that names no variable; write $$ for a dollar")
            return self._interpolation.look_up(match[0], "", "", self._place), match.end()
        match = _NAME.match(self._text, at + 1)
        if match is None:
            raise self._error("has a ${ that names no variable")
        operator = _OPERATOR.match(self._text, match.end())
        start = operator.end() if operator else match.end()
        other, end = self._other(start, depth) if operator else ("", start)
        if not self._text.startswith("}", end):
            raise self._error(f"has ${{{match[0]} with something that is no operator")
        found = self._interpolation.look_up(
            match[0], operator[0] if operator else "", other, self._place
        )
        return found, end + 1

    def _other(self, start: int, depth: int) -> tuple[str, int]:
        return self.read(start, closing=True, depth=depth + 1)

    def _count(self, part: str) -> None:
        self._made += len(part)
        if self._made > MAX_TEXT:
            raise self._error("becomes longer than anybody can read")

    def _error(self, problem: str) -> ComposeError:
        shown = self._text if len(self._text) <= 60 else self._text[:57] + "…"  # noqa: PLR2004
        return ComposeError(
            f"{self._place.file}:{self._place.line} {problem}: {shown!r}.",
            next_step=f"mend line {self._place.line} of {self._place.file}",
        )


def without_resets(value: Value) -> Value:
    """The value without what ``!reset`` takes away."""
    if isinstance(value, Table):
        made = Table(value.place)
        made.tag = value.tag
        for key, inner in value.items():
            if not isinstance(inner, Reset):
                made.put(key, without_resets(inner), value.where(key))
        return made
    if isinstance(value, Items):
        items = Items(value.place)
        items.tag = value.tag
        for inner, at in value.placed():
            if not isinstance(inner, Reset):
                items.add(without_resets(inner), at)
        return items
    return value
