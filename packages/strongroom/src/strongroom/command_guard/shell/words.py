"""Resolve one shell word: quotes, variables, substitutions, braces."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from tree_sitter import Node

from strongroom.command_guard.shell.reading import TooMuchError
from strongroom.command_guard.shell.steps import is_known, unknown
from strongroom.command_guard.shell.syntax import text_of, with_gaps

FIELDS_MAX = 200
"""As many words as one word may become."""
PIECES_MAX = 2_000
BRACES_MAX = 50

# Unquoted braces, until they are expanded.
_OPEN, _COMMA, _CLOSE = "\ue010", "\ue011", "\ue012"
_BRACED = re.compile(f"{_OPEN}([^{_OPEN}{_CLOSE}]*){_CLOSE}")
_TO_MARKS = str.maketrans({"{": _OPEN, ",": _COMMA, "}": _CLOSE})
_FROM_MARKS = str.maketrans({_OPEN: "{", _COMMA: ",", _CLOSE: "}"})
_WHOLE_ARRAY = re.compile(r'"\$\{(\w+)\[@\]\}"')
_ESCAPED = re.compile(r"\\(\n|.)", re.DOTALL)
_ESCAPED_IN_QUOTES = re.compile(r'\\([$`"\\\n])')
_EXPANSION = re.compile(
    r"\$\{(?P<bang>[!#]?)(?P<name>\w+|[@*#?$!-])(?:\[[^]]*\])?(?P<operator>:?[-=?+]|##?|%%?|//?|\^\^?|,,?|:)?"
    r"(?P<rest>.*)\}",
    re.DOTALL,
)


@dataclass(frozen=True)
class Piece:
    """A part of a word. What was not quoted may become several words."""

    text: str
    quoted: bool
    splits: bool = False


@dataclass(frozen=True)
class Values:
    """What is known while a word is resolved.

    ``substitute`` runs the commands inside ``$()`` and answers with what they print.
    """

    variables: Mapping[str, str]
    parameters: tuple[str, ...] | None
    substitute: Callable[[Node], str]

    def of(self, name: str) -> str:
        """The value of a variable or parameter, or the mark of its name."""
        if name in self.variables:
            return self.variables[name]
        if self.parameters is not None:
            if name in {"@", "*"}:
                return " ".join(self.parameters)
            if name.isdigit() and name != "0":
                place = int(name) - 1
                return self.parameters[place] if place < len(self.parameters) else ""
        return unknown(name)


def resolve(node: Node, values: Values, *more: Node) -> list[str]:
    """The words that one word becomes, in order; ``more`` are nodes that touch it."""
    if not more and text_of(node) in {'"$@"', '"${@}"'} and values.parameters is not None:
        return list(values.parameters)
    if not more and (found := _WHOLE_ARRAY.fullmatch(text_of(node))):
        return values.of(found[1]).split()
    separators = values.variables.get("IFS", "") + " \t\n"
    fields = _fields(
        separators, itertools.chain.from_iterable(_pieces(one, values) for one in (node, *more))
    )
    if any(field.count(_OPEN) > BRACES_MAX for field in fields):
        raise TooMuchError("it has more braces than can be judged")
    expanded = itertools.chain.from_iterable(map(_braces, fields))
    return [one.translate(_FROM_MARKS) for one in itertools.islice(expanded, FIELDS_MAX)]


def resolve_text(node: Node, values: Values) -> str:
    """The text of a word where it stays one word, as in an assignment."""
    return "".join(piece.text for piece in _pieces(node, values)).translate(_FROM_MARKS)


def unquoted(text: str) -> str:
    """An unquoted text without its backslashes."""
    return _ESCAPED.sub(lambda found: found.group(1).strip("\n"), text)


def _pieces(node: Node, values: Values) -> Iterator[Piece]:
    kind, text = node.type, text_of(node)
    if kind == "raw_string":
        yield Piece(text[1:-1], quoted=True)
    elif kind == "ansi_c_string":
        yield Piece(ansi_c(text[2:-1]), quoted=True)
    elif kind in {"string", "translated_string"}:
        yield Piece("", quoted=True)
        yield from (Piece(one, quoted=True) for one in _in_quotes(node, values))
    elif kind == "concatenation":
        for part in with_gaps(node):
            if isinstance(part, str):
                yield Piece(unquoted(part).translate(_TO_MARKS), quoted=False)
            else:
                yield from _pieces(part, values)
    elif kind in {"simple_expansion", "expansion", "command_substitution", "arithmetic_expansion"}:
        yield Piece(expand(node, values), quoted=False, splits=True)
    elif kind == "process_substitution":
        yield Piece(values.substitute(node), quoted=True)
    else:
        yield from _plain(text)


def _plain(text: str) -> Iterator[Piece]:
    """A word without quotes; what a backslash protects is quoted."""
    position = 0
    for found in _ESCAPED.finditer(text):
        yield Piece(text[position : found.start()].translate(_TO_MARKS), quoted=False)
        yield Piece(found.group(1).strip("\n"), quoted=True)
        position = found.end()
    yield Piece(text[position:].translate(_TO_MARKS), quoted=False)


def _in_quotes(node: Node, values: Values) -> Iterator[str]:
    for place, part in enumerate(with_gaps(node)):
        if isinstance(part, str):  # a dollar before the first quote asks for a translation
            begun = part.removeprefix('$"') if place == 0 else part
            yield begun.replace('"', "") if part.strip('$"') == "" else part
        elif part.type == "string_content":
            yield _ESCAPED_IN_QUOTES.sub(lambda found: found.group(1).strip("\n"), text_of(part))
        else:
            yield expand(part, values)


def here_document(body: Node, values: Values, *, quoted: bool) -> str:
    """The text of a here-document; its variables are expanded unless its word was quoted."""
    if quoted:
        return text_of(body)
    parts = (
        expand(one, values)
        if not isinstance(one, str) and one.type != "heredoc_content"
        else one
        if isinstance(one, str)
        else text_of(one)
        for one in with_gaps(body)
    )
    return _ESCAPED_IN_QUOTES.sub(lambda found: found.group(1).strip("\n"), "".join(parts))


def expand(node: Node, values: Values) -> str:
    """The value of ``$x``, ``${x…}``, ``$(…)`` and ``$((…))``, with marks where it is not known."""
    text = text_of(node)
    if node.type in {"command_substitution", "process_substitution"}:
        return values.substitute(node).rstrip("\n")
    if node.type == "arithmetic_expansion":
        return unknown("number")
    if node.type == "simple_expansion":
        return values.of(text[1:])
    found = _EXPANSION.fullmatch(text)
    for inner in _substitutions(node):
        values.substitute(inner)  # it runs, whatever becomes of its value
    return _expansion(found, values) if found else unknown("expansion")


def _substitutions(node: Node) -> Iterator[Node]:
    for inner in node.named_children:
        if inner.type == "command_substitution":
            yield inner
        else:
            yield from _substitutions(inner)


def _expansion(found: re.Match[str], values: Values) -> str:
    name, operator, rest = found["name"], found["operator"] or "", found["rest"]
    if found["bang"] == "#":
        return unknown("length")
    value = values.of(values.of(name) if found["bang"] == "!" else name)
    missing = not is_known(value) or not value
    rest = rest.strip("\"'")
    if operator in {":-", "-", ":=", "="}:
        # Where nobody knows the variable, its default shows what it is meant to be.
        return rest if missing and "$" not in rest else value
    if operator in {":+", "+"}:
        return "" if is_known(value) and not value else rest if "$" not in rest else unknown(name)
    if operator in {"", ":?", "?"} or not is_known(value):
        return value
    if operator in {"^^", "^", ",,", ","}:
        return value.upper() if "^" in operator else value.lower()
    return _cut(value, operator, rest)


def _cut(value: str, operator: str, rest: str) -> str:
    """Apply ``${x#a}``, ``${x%a}`` and ``${x/a/b}`` with plain texts; patterns stay unknown."""
    if operator in {"/", "//"} and not set(rest) & set("*?[$"):
        old, _, new = rest.partition("/")
        return value.replace(old, new) if operator == "//" else value.replace(old, new, 1)
    if operator == ":" and (cut := re.fullmatch(r"\s*(\d+)(?::(\d+))?", rest)):
        start = int(cut[1])
        return value[start : start + int(cut[2])] if cut[2] else value[start:]
    if not set(rest) & set("*?[$"):
        return value.removeprefix(rest) if "#" in operator else value.removesuffix(rest)
    return unknown("cut")


def _fields(separators: str, pieces: Iterable[Piece]) -> list[str]:
    """Split what was not quoted at blanks; an empty expansion gives no word."""
    fields: list[str] = []
    current: str | None = None
    for count, piece in enumerate(pieces):
        if count > PIECES_MAX:
            raise TooMuchError("it has a word of more parts than can be judged")
        if not piece.splits:
            current = (current or "") + piece.text if piece.text or piece.quoted else current
            continue
        parts = re.split(f"[{re.escape(separators)}]+", piece.text) if piece.text else []
        for number, part in enumerate(parts):
            if number:
                fields += [current] if current else []
                current = None
            current = (current or "") + part if part else current
    return fields + ([current] if current is not None else [])


def _braces(field: str) -> Iterator[str]:
    found = _BRACED.search(field)
    if found is None or (_COMMA not in found[1] and ".." not in found[1]):
        yield field
        return
    for one in _alternatives(found[1]):
        yield from _braces(field[: found.start()] + one + field[found.end() :])


def _alternatives(inside: str) -> list[str]:
    if _COMMA in inside:
        return inside.split(_COMMA)
    found = re.fullmatch(r"(\d{1,4})\.\.(\d{1,4})", inside)
    if found is None:
        return [f"{{{inside}}}"]
    first, last = int(found[1]), int(found[2])
    return [str(one) for one in range(first, min(last, first + FIELDS_MAX) + 1)]


_ANSI = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v"}
_ANSI_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|0?[0-7]{1,3}|.)", re.DOTALL)


def ansi_c(text: str) -> str:
    """The text of ``$'…'``, or of ``printf`` and ``echo -e``."""

    def replaced(found: re.Match[str]) -> str:
        code = found[1]
        if code[0] in "xu" and len(code) > 1:
            return chr(int(code[1:], 16))
        if code.isdigit():
            return chr(int(code, 8) % 256)
        return _ANSI.get(code, code)

    return _ANSI_ESCAPE.sub(replaced, text)
