"""The syntax tree of shell text, by tree-sitter."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from tree_sitter import Language, Node, Parser


@cache
def _parser() -> Parser:
    import tree_sitter_bash  # noqa: PLC0415  its data files are only looked for when needed

    return Parser(Language(tree_sitter_bash.language()))


def parse(text: str) -> Node:
    """Parse shell text; never fails, but marks what it could not read."""
    return _parser().parse(text.encode(errors="replace")).root_node


def text_of(node: Node) -> str:
    """The text that a node covers."""
    return (node.text or b"").decode(errors="replace")


def with_gaps(node: Node, start: int | None = None) -> Iterator[Node | str]:
    """The named children of a node, and the text that stands between them."""
    whole = node.text or b""
    position = node.start_byte if start is None else start
    for inner in node.named_children:
        if inner.start_byte > position:
            gap = whole[position - node.start_byte : inner.start_byte - node.start_byte]
            yield gap.decode(errors="replace")
        yield inner
        position = max(position, inner.end_byte)
    if node.end_byte > position:
        yield whole[position - node.start_byte :].decode(errors="replace")
