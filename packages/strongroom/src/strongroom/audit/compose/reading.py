"""YAML into values with places: one safe document, bounded in depth, size and repetition.

Aliases are followed, merge keys (``<<``) are applied, ``!reset`` and ``!override`` are kept;
every other tag of the file's own is refused, since no object may be made from a file. An alias
is a reference to what was read before, so that a file which doubles itself a hundred times
costs no memory; what would come out of it is counted, and refused where it is too much.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from strongroom.audit.compose.values import Items, Place, Reset, Table, Text, Value
from strongroom.errors import ComposeError

MAX_FILE_BYTES = 2_000_000
MAX_DEPTH = 60
MAX_VALUES = 200_000

_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_MERGE = "<<"
_OWN_TAGS = {"!reset": "reset", "!override": "override"}
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> Value:
    """Read the one document of a file; an empty file is None.

    Raises:
        ComposeError: it cannot be read, is not YAML, holds several documents, or is too large.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise _error(path, f"cannot be read: {error.strerror}") from None
    if len(data) > MAX_FILE_BYTES:
        raise _error(path, f"is larger than {MAX_FILE_BYTES // 1_000_000} MB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _error(path, "is not UTF-8 text") from None
    return parse_yaml(text, path)


def parse_yaml(text: str, path: Path) -> Value:
    """Read the one document of a text that stands in ``path``."""
    documents = parse_documents(text, path)
    if len(documents) > 1:
        raise _error(path, "holds several YAML documents, and Compose reads one")
    return documents[0] if documents else None


def parse_documents(text: str, path: Path) -> list[Value]:
    """Read every document of a text."""
    try:
        return list(_Composer(path, yaml.parse(text, Loader=_LOADER)).documents())
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "is not YAML"
        raise _error(path, f"is not YAML: {problem}", mark.line + 1 if mark else None) from None
    except (ValueError, RecursionError):  # control characters, numbers of a million digits
        raise _error(path, "is not YAML that can be read") from None


def _error(path: Path, problem: str, line: int | None = None) -> ComposeError:
    at = f"{path}:{line}" if line else str(path)
    return ComposeError(f"{at} {problem}.", next_step=f"mend {path}, then run this again")


class _Composer:
    """Builds values from the parser's events, with the anchors of one document."""

    def __init__(self, path: Path, events: Iterator[Any]) -> None:
        self._path = path
        self._events = events
        self._anchors: dict[str, tuple[Value, int]] = {}
        self._open: set[str] = set()

    def documents(self) -> Iterator[Value]:
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._anchors = {}
                yield self._value(next(self._events), 0)[0]

    def _place(self, event: Any) -> Place:  # noqa: ANN401  an event of PyYAML's
        return Place(self._path, event.start_mark.line + 1)

    def _value(self, event: Any, depth: int) -> tuple[Value, int]:  # noqa: ANN401
        """One value, and how many values there are in it when all aliases are written out."""
        line = event.start_mark.line + 1
        if depth > MAX_DEPTH:
            raise _error(self._path, f"is nested deeper than {MAX_DEPTH} levels", line)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if event.anchor:
            self._open.add(event.anchor)
        made, count = self._made(event, depth)
        if count > MAX_VALUES:
            raise _error(self._path, "repeats itself into more than anybody can read", line)
        if event.anchor:
            self._open.discard(event.anchor)
            self._anchors[event.anchor] = (made, count)
        return made, count

    def _alias(self, event: Any) -> tuple[Value, int]:  # noqa: ANN401
        if event.anchor in self._open:
            raise _error(self._path, f"holds *{event.anchor} in itself", event.start_mark.line + 1)
        if event.anchor not in self._anchors:
            raise _error(self._path, f"knows no &{event.anchor}", event.start_mark.line + 1)
        return self._anchors[event.anchor]

    def _made(self, event: Any, depth: int) -> tuple[Value, int]:  # noqa: ANN401
        tag = self._tag(event)
        if isinstance(event, yaml.ScalarEvent):
            value = Reset() if tag == "reset" else self._scalar(event)
            return value, 1
        if isinstance(event, yaml.SequenceStartEvent):
            items, count = self._items(event, depth)
            items.tag = tag
            return (Reset() if tag == "reset" else items), count
        table, count = self._table(event, depth)
        table.tag = tag
        return (Reset() if tag == "reset" else table), count

    def _tag(self, event: Any) -> str | None:  # noqa: ANN401
        tag = event.tag
        if tag in _OWN_TAGS:
            return _OWN_TAGS[tag]
        if tag is None or tag == "!" or tag.startswith("tag:yaml.org,2002:"):
            return None
        raise _error(self._path, f"has a tag {tag} that is unknown", event.start_mark.line + 1)

    def _scalar(self, event: Any) -> Value:  # noqa: ANN401
        plain = event.style is None or event.style == ""
        if event.tag == "tag:yaml.org,2002:str" or not plain:
            return Text(event.value)
        return plain_scalar(event.value)

    def _items(self, event: Any, depth: int) -> tuple[Items, int]:  # noqa: ANN401
        items = Items(self._place(event))
        count = 1
        for inner in self._events:
            if isinstance(inner, yaml.SequenceEndEvent):
                break
            value, inside = self._value(inner, depth + 1)
            items.add(value, self._place(inner))
            count += inside
        return items, count

    def _table(self, event: Any, depth: int) -> tuple[Table, int]:  # noqa: ANN401
        table = Table(self._place(event))
        merged: list[Value] = []
        count = 1
        for inner in self._events:
            if isinstance(inner, yaml.MappingEndEvent):
                break
            key, _ = self._value(inner, depth + 1)
            value, inside = self._value(next(self._events), depth + 1)
            count += inside + 1
            if key == _MERGE and inner.style in (None, ""):
                merged += value if isinstance(value, Items) else [value]
            else:
                self._put(table, key, value, self._place(inner))
        for source in merged:
            self._merge(table, source)
        return table, count

    def _put(self, table: Table, key: Value, value: Value, place: Place) -> None:
        if isinstance(key, (Table, Items, Reset)):
            raise _error(self._path, "has a key that is no text", place.line)
        name = key_text(key)
        if name in table:
            raise _error(self._path, f"says {name!r} twice", place.line)
        table.put(name, value, place)

    def _merge(self, table: Table, source: Value) -> None:
        if not isinstance(source, Table):
            raise _error(self._path, "merges (<<) what is no mapping", table.place.line)
        for key, value in source.items():
            if key not in table:
                table.put(key, value, source.where(key))


def plain_scalar(text: str) -> Value:
    """What a scalar without quotes means, by YAML 1.2's core schema."""
    if text.lower() in _WORDS and text in (text.lower(), text.upper(), text.capitalize()):
        return _WORDS[text.lower()]
    if len(text) < 40 and _INT.fullmatch(text):  # noqa: PLR2004  no number is that long
        return int(text, 8 if text[:2] == "0o" else 16 if text[:2] == "0x" else 10)
    if len(text) < 40 and _FLOAT.fullmatch(text):  # noqa: PLR2004
        return float(text)
    return Text(text)


def key_text(key: Value) -> str:
    """A key as text: ``true`` and ``5432`` may be keys too."""
    return scalar_text(key)


def scalar_text(value: Value) -> str:
    """A scalar as Compose writes it into an environment; None is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
