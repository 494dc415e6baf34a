"""Visit a whole syntax tree: what can lose data may stand deep inside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.message import Message

_PLAIN = frozenset({str, bytes, int, bool, float})


def walk(node: Any) -> Iterator[Any]:  # noqa: ANN401  any kind of message
    """The node and everything below it, outermost first; the wrapping ``Node`` is left out."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if type(one).__name__ != "Node":
            yield one
        below: list[Any] = []
        for _, value in one.ListFields():
            if type(value) in _PLAIN:
                continue
            if isinstance(value, Message):
                below.append(value)
            else:
                below.extend(item for item in value if isinstance(item, Message))
        waiting.extend(reversed(below))


def child(wrapped: Any) -> Any | None:  # noqa: ANN401  any kind of message
    """What a wrapping ``Node`` holds, or None when it is empty."""
    which = wrapped.WhichOneof("node")
    return getattr(wrapped, which) if which else None
