"""JavaScript and TypeScript as the audit sees them, by tree-sitter's grammars; nothing is run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from strongroom.audit.compose import Place

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

SUFFIXES: Final = frozenset({".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx"})
MAX_TEXT = 500_000
MAX_LINE = 5_000
"""A file with a longer line was made by a bundler: it is read where it was made from."""
_TESTS = {"test", "tests", "__tests__", "e2e", "testing", "cypress", "spec"}
_MIGRATIONS = {"migrations", "migration", "migrate"}


class Unknown:
    """A value that only running the code would tell."""


UNKNOWN: Final = Unknown()
Value = str | bool | dict[str, "Value"] | Unknown
"""A literal: a text, true or false, an object; or ``UNKNOWN``."""


@dataclass(frozen=True)
class ScriptCall:
    """A call or a ``new``: the dotted name as it is written, what it is given, and its place."""

    name: str
    arguments: tuple[Value, ...]
    place: Place

    @property
    def options(self) -> dict[str, Value]:
        """The first object among the arguments; empty where there is none."""
        return next((one for one in self.arguments if isinstance(one, dict)), {})

    @property
    def last_name(self) -> str:
        """What is called, without the object that it belongs to."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True)
class Fallback:
    """What a script takes where a variable is not set."""

    variable: str
    value: Value
    made_by: str
    """The dotted name of the call that makes it; empty for a literal."""
    place: Place

    @property
    def value_text(self) -> str:
        """The literal text; empty where it is none."""
        return self.value if isinstance(self.value, str) else ""


@dataclass(frozen=True)
class JavaScript:
    """One file of JavaScript or TypeScript."""

    path: Path
    calls: tuple[ScriptCall, ...] = field(repr=False)
    fallbacks: tuple[Fallback, ...] = field(repr=False)

    @property
    def is_test(self) -> bool:
        """Whether a test runner reads it."""
        marked = {"test", "spec", "e2e-spec"} & set(self.path.name.split("."))
        return bool(marked or _TESTS & set(self.path.parts))

    @property
    def is_migration(self) -> bool:
        """Whether it belongs to migrations, where tables are made and dropped."""
        return bool(_MIGRATIONS & set(self.path.parts))


def read_javascript(path: Path, text: str) -> JavaScript | None:
    """Parse a file; None where it was made by a bundler, or is too long.

    What the grammar does not know is passed over; the rest of the file is read all the same.
    """
    if len(text) > MAX_TEXT or any(len(line) > MAX_LINE for line in text.split("\n")):
        return None
    plain = path.suffix in {".ts", ".mts", ".cts"}  # there <T>x is a cast, elsewhere an element
    root = _parser(plain).parse(text.encode("utf-8", "surrogatepass")).root_node
    calls: list[ScriptCall] = []
    fallbacks: list[Fallback] = []
    for node in _every(root):
        place = Place(path, node.start_point.row + 1)
        if node.type in {"call_expression", "new_expression"}:
            calls.append(_call(node, place))
        elif node.type == "binary_expression":
            fallbacks += _either(node, place)
        elif node.type == "variable_declarator":
            fallbacks += _taken_apart(node, path)
    return JavaScript(path, tuple(calls), tuple(fallbacks))


@cache
def _parser(plain: bool) -> Parser:  # noqa: FBT001  which of two grammars
    import tree_sitter_typescript  # noqa: PLC0415  only where there is such code
    from tree_sitter import Language, Parser  # noqa: PLC0415

    made = tree_sitter_typescript
    return Parser(Language(made.language_typescript() if plain else made.language_tsx()))


def _every(root: Node) -> Iterator[Node]:
    """All nodes, a parent before its children; without recursion, for code can be deep."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(node.named_children)


def _text(node: Node | None) -> str:
    return node.text.decode("utf-8", "replace") if node is not None and node.text else ""


def _dotted(node: Node | None) -> str:
    """``a.b.c`` as it is written; what is no name is ``?``."""
    parts: list[str] = []
    while node is not None and node.type in {"member_expression", "non_null_expression"}:
        if node.type == "member_expression":
            parts.append(_text(node.child_by_field_name("property")))
            node = node.child_by_field_name("object")
        else:
            node = node.named_child(0)
    parts.append(_text(node) if node is not None and node.type in {"identifier", "this"} else "?")
    return ".".join(reversed(parts))


def _call(node: Node, place: Place) -> ScriptCall:
    called = node.child_by_field_name("function") or node.child_by_field_name("constructor")
    given = node.child_by_field_name("arguments")
    if given is None:
        values: tuple[Value, ...] = ()
    elif given.type == "template_string":  # a tagged one: raw`DROP …`
        values = (_value(given),)
    else:
        values = tuple(_value(one) for one in given.named_children if one.type != "comment")
    return ScriptCall(_dotted(called), values, place)


def _value(node: Node | None) -> Value:
    if node is None:
        return UNKNOWN
    if node.type in {"true", "false"}:
        return node.type == "true"
    if node.type in {"string", "template_string"}:
        return "".join(_text(one) for one in node.named_children)
    if node.type == "object":
        return _object(node)
    if node.type in {"as_expression", "satisfies_expression", "parenthesized_expression"}:
        return _value(node.named_child(0))
    return UNKNOWN


def _object(node: Node) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for one in node.named_children:
        if one.type == "pair":
            key = _text(one.child_by_field_name("key")).strip("\"'")
            found[key] = _value(one.child_by_field_name("value"))
        elif one.type != "comment":
            found[f"…{one.start_byte}"] = UNKNOWN  # a spread or a shorthand: not empty
    return found


def _either(node: Node, place: Place) -> Iterator[Fallback]:
    """``process.env.NAME || value`` and ``??``."""
    if _text(node.child_by_field_name("operator")) in {"||", "??"}:
        name = _variable(node.child_by_field_name("left"))
        if name:
            yield _fallback(name, node.child_by_field_name("right"), place)


def _taken_apart(node: Node, path: Path) -> Iterator[Fallback]:
    """``const { NAME = value } = process.env``."""
    pattern = node.child_by_field_name("name")
    from_environment = _dotted(node.child_by_field_name("value")) == "process.env"
    if pattern is not None and pattern.type == "object_pattern" and from_environment:
        for one in pattern.named_children:
            if one.type == "object_assignment_pattern":
                name = _text(one.child_by_field_name("left"))
                place = Place(path, one.start_point.row + 1)
                yield _fallback(name, one.child_by_field_name("right"), place)


def _variable(node: Node | None) -> str:
    """The name in ``process.env.NAME`` and ``process.env["NAME"]``."""
    if node is not None and node.type == "subscript_expression":
        if _dotted(node.child_by_field_name("object")) == "process.env":
            return _text(node.child_by_field_name("index")).strip("\"'`")
        return ""
    name = _dotted(node)
    for start in ("process.env.", "import.meta.env.", "Bun.env."):
        if name.startswith(start):
            return name.removeprefix(start)
    return ""


def _fallback(name: str, node: Node | None, place: Place) -> Fallback:
    value = _value(node)
    called = ""
    while node is not None and node.type in {"call_expression", "member_expression"}:
        if node.type == "call_expression":
            called = _dotted(node.child_by_field_name("function"))
            node = node.child_by_field_name("function")
        else:
            node = node.child_by_field_name("object")
    return Fallback(name, value, called, place)
