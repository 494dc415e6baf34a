"""How a later file changes an earlier one.

Tables are merged key by key, lists are joined, everything else is replaced. What must not occur
twice is told apart by its name: a volume by its path in the container, a port by all of itself.
``command``, ``entrypoint`` and the test of a health check are replaced; ``!override`` replaces
anything, ``!reset`` takes it away.
"""

from __future__ import annotations

from collections.abc import Callable

from strongroom.audit.compose.reading import scalar_text
from strongroom.audit.compose.values import Items, Reset, Table, Value

_REPLACED = {
    "command",
    "entrypoint",
    "services.*.healthcheck.test",
}
_DISTINCT = {"ports", "expose", "cap_add", "cap_drop", "security_opt", "devices", "external_links"}
_BY_TARGET = {"volumes", "secrets", "configs"}


def merged(base: Table, over: Table) -> Table:
    """A whole document with another one on top."""
    return _tables(base, over, ())


def merged_service(base: Table, over: Table) -> Table:
    """A service with another one on top."""
    return _tables(base, over, ("services", "*"))


def _tables(base: Table, over: Table, path: tuple[str, ...]) -> Table:
    made = base.copy()
    for key, value in over.items():
        inner = (*path, key) if len(path) != 1 else (path[0], "*")
        made_value = _values(made.get(key), value, inner)
        if isinstance(made_value, Reset):
            made.pop(key, None)
        else:
            made.put(key, made_value, over.where(key))
    return made


def _values(base: Value, over: Value, path: tuple[str, ...]) -> Value:
    if over is None and isinstance(base, (Table, Items)):
        return base
    if getattr(over, "tag", None) == "override" or base is None:
        return over
    if isinstance(base, Table) and isinstance(over, Table):
        if path[-1] == "logging" and _differs(base, over, "driver"):
            return over
        return _tables(base, over, path)
    if isinstance(base, Items) and isinstance(over, Items) and not _is_replaced(path):
        return _items(base, over, path[-1])
    return over


def _differs(base: Table, over: Table, key: str) -> bool:
    return key in base and key in over and base[key] != over[key]


def _is_replaced(path: tuple[str, ...]) -> bool:
    return path[-1] in _REPLACED or ".".join(path) in _REPLACED


def _items(base: Items, over: Items, key: str) -> Items:
    if key in _BY_TARGET:
        return _distinct(base, over, _target)
    if key in _DISTINCT:
        return _distinct(base, over, _whole)
    return _joined(base, over)


def _joined(base: Items, over: Items) -> Items:
    return Items(base.place, [*base.placed(), *over.placed()])


def _distinct(base: Items, over: Items, name: Callable[[Value], str]) -> Items:
    entries = {name(value): (value, place) for value, place in base.placed()}
    entries.update({name(value): (value, place) for value, place in over.placed()})
    return Items(base.place, entries.values())


def _target(value: Value) -> str:
    if isinstance(value, Table):
        return scalar_text(value.get("target") or value.get("source")).rstrip("/")
    return scalar_text(value)


def _whole(value: Value) -> str:
    if isinstance(value, Table):
        return "|".join(f"{key}={scalar_text(one)}" for key, one in sorted(value.items()))
    return scalar_text(value)
