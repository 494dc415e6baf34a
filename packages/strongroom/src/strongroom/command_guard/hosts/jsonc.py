"""Insert into a JSON text, and take out again, without touching any other byte of it.

Settings belong to their owner: the order of members, indentation, and comments (where the host
allows them) stay as they are. So the text is scanned for places, and never written anew.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

DEPTH_MAX = 60
_DECODER = json.JSONDecoder()


class NotJsonError(ValueError):
    """The text is no JSON; says where."""


@dataclass
class Node:
    """A value with its place in the text; the end is behind its last character."""

    start: int
    end: int = 0
    value: object = None
    members: dict[str, Node] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)
    is_object: bool = False
    is_array: bool = False

    def children(self) -> list[Node]:
        """What is inside, in order; of members, their values."""
        return [*self.members.values(), *self.items]


def parse(text: str) -> Node:
    """Scan a JSON text, comments and trailing commas allowed.

    Raises:
        NotJsonError: it is no JSON.
    """
    scanner = _Scanner(text)
    node = scanner.node(scanner.blank(0), 0)
    if scanner.blank(node.end) != len(text):
        raise scanner.wrong(node.end, "something follows the document")
    return node


def inserted(text: str, path: tuple[str, ...], value: object) -> tuple[str, str]:
    """Append a value to the array at a path, making what is missing on the way.

    Returns:
        The new text, and what was put in: one piece, so that taking it out gives the old text.

    Raises:
        NotJsonError: the text is no JSON, or has something else than an array there.
    """
    node = parse(text)
    for depth, name in enumerate(path):
        if not node.is_object:
            raise NotJsonError(f"{'.'.join(path[:depth]) or 'the document'} is no object")
        if name not in node.members:
            addition: object = [value]
            for missing in reversed(path[depth + 1 :]):
                addition = {missing: addition}
            return _put(text, node, f"{json.dumps(name)}: ", addition)
        node = node.members[name]
    if not node.is_array:
        raise NotJsonError(f"{'.'.join(path)} is no array")
    return _put(text, node, "", value)


def without(text: str, piece: str) -> str | None:
    """Take out a piece that was put in; None where it is not there any more.

    Where something was added beside it, one comma goes with it.
    """
    if text.count(piece) == 1:
        left = text.replace(piece, "", 1)
        if _is_json(left):
            return left
    core = piece.strip(" \t\r\n,")
    if not core or text.count(core) != 1:
        return None
    begin = text.index(core)
    end = begin + len(core)
    after = _Scanner(text).blank(end)
    if text[after : after + 1] == ",":
        end = after + 1
        begin = len(text[:begin].rstrip())
    else:
        begin = len(text[:begin].rstrip().removesuffix(","))
    left = text[:begin] + text[end:]
    return left if _is_json(left) else None


def _is_json(text: str) -> bool:
    try:
        parse(text)
    except NotJsonError:
        return False
    return True


def _put(text: str, node: Node, before: str, value: object) -> tuple[str, str]:
    children = node.children()
    own = _indent(text, node.start)
    if children:
        last = children[-1]
        inner = _indent(text, last.start)
        inline = "\n" not in text[node.start : last.start]
        separator = ", " if inline else f",\n{inner}"
        piece = separator + before + _written(value, inner, _unit(text))
        return text[: last.end] + piece + text[last.end :], piece
    inner = own + _unit(text)
    piece = f"\n{inner}{before}{_written(value, inner, _unit(text))}\n{own}"
    return text[: node.start + 1] + piece + text[node.start + 1 :], piece


def _written(value: object, indent: str, unit: str) -> str:
    lines = json.dumps(value, indent=unit, ensure_ascii=False).split("\n")
    return f"\n{indent}".join(lines)


def _indent(text: str, place: int) -> str:
    line = text[text.rfind("\n", 0, place) + 1 : place]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _unit(text: str) -> str:
    for line in text.split("\n")[1:]:
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        if indent and line.strip():
            return indent
    return "  "


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text

    def wrong(self, place: int, what: str) -> NotJsonError:
        line = self.text.count("\n", 0, place) + 1
        return NotJsonError(f"line {line}: {what}")

    def blank(self, place: int) -> int:
        """The next place that is neither white space nor comment."""
        text = self.text
        while place < len(text):
            if text[place] in " \t\r\n\ufeff":
                place += 1
            elif text.startswith("//", place):
                end = text.find("\n", place)
                place = len(text) if end < 0 else end
            elif text.startswith("/*", place):
                end = text.find("*/", place + 2)
                if end < 0:
                    raise self.wrong(place, "a comment has no end")
                place = end + 2
            else:
                break
        return place

    def node(self, place: int, depth: int) -> Node:
        if depth > DEPTH_MAX:
            raise self.wrong(place, "it is nested too deeply")
        opening = self.text[place : place + 1]
        if opening == "{":
            return self._object(place, depth)
        if opening == "[":
            return self._array(place, depth)
        return self._scalar(place)

    def _scalar(self, place: int) -> Node:
        try:
            value, end = _DECODER.raw_decode(self.text, place)
        except ValueError:
            raise self.wrong(place, "a value is missing or broken") from None
        return Node(place, end, value)

    def _array(self, start: int, depth: int) -> Node:
        node = Node(start, is_array=True)
        place = self.blank(start + 1)
        while self.text[place : place + 1] != "]":
            item = self.node(place, depth + 1)
            node.items.append(item)
            place = self._separator(item.end, "]")
        node.end, node.value = place + 1, [item.value for item in node.items]
        return node

    def _object(self, start: int, depth: int) -> Node:
        node = Node(start, is_object=True)
        place = self.blank(start + 1)
        while self.text[place : place + 1] != "}":
            name = self._scalar(place)
            if not isinstance(name.value, str):
                raise self.wrong(place, "a member has no name")
            place = self.blank(name.end)
            if self.text[place : place + 1] != ":":
                raise self.wrong(place, "a colon is missing")
            value = self.node(self.blank(place + 1), depth + 1)
            node.members.pop(name.value, None)  # of equal names the last one counts
            node.members[name.value] = value
            place = self._separator(value.end, "}")
        node.end = place + 1
        node.value = {name: value.value for name, value in node.members.items()}
        return node

    def _separator(self, place: int, closing: str) -> int:
        place = self.blank(place)
        if self.text[place : place + 1] == ",":
            return self.blank(place + 1)
        if self.text[place : place + 1] != closing:
            raise self.wrong(place, "a comma is missing")
        return place
