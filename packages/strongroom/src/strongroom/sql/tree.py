"""Visit a whole syntax tree: what can lose data may stand deep inside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.message import Message


def walk(node: Any) -> Iterator[Any]:  # noqa: ANN401  any kind of message
    """The node and everything below it, outermost first; the wrapping ``Node`` is left out."""
    if type(node).__name__ != "Node":
        yield node
    for _, value in node.ListFields():
        if isinstance(value, Message):
            yield from walk(value)
        elif hasattr(value, "__getitem__") and not isinstance(value, str | bytes):
            for item in value:
                if isinstance(item, Message):
                    yield from walk(item)


def child(wrapped: Any) -> Any | None:  # noqa: ANN401  any kind of message
    """What a wrapping ``Node`` holds, or None when it is empty."""
    which = wrapped.WhichOneof("node")
    return getattr(wrapped, which) if which else None
