"""What the nodes of shell text say."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node


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
