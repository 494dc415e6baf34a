"""The short forms of a service, written out in the long form that can be merged.

``environment``, ``labels``, build arguments and the like become tables; ``depends_on`` and
``networks`` become tables by name; volumes become tables with ``type``, ``source``, ``target``.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from strongroom.audit.compose.reading import scalar_text
from strongroom.audit.compose.values import Items, Place, Table, Text, Value
from strongroom.errors import ComposeError

AS_VARIABLES = ("environment", "labels", "extra_hosts", "sysctls", "annotations")
BY_NAME = ("depends_on", "networks")
AS_LISTS = ("env_file", "tmpfs", "dns", "dns_search")
_WINDOWS_PATH = re.compile(r"[A-Za-z]:[\\/]")
_MODES = {"rw", "ro", "z", "Z", "cached", "delegated", "consistent", "nocopy", "copy"} | {
    f"{kind}{name}" for kind in ("", "r") for name in ("shared", "slave", "private")
}


def service_in_long_form(service: Table, base: Path) -> Table:
    """The service with its short forms written out; paths count from ``base``."""
    made = Table(service.place)
    made.tag = service.tag
    for key, value in service.items():
        made.put(key, _long(key, value, service.where(key), base), service.where(key))
    return made


def _long(key: str, value: Value, place: Place, base: Path) -> Value:
    if key in AS_VARIABLES:
        return variables_table(value, place)
    if key in BY_NAME:
        return _names_table(value, place)
    if key == "volumes":
        return _volumes(value, place, base)
    if key == "build":
        return _build(value, place, base)
    if key in AS_LISTS:
        items = _list(value, place)
        return _env_files(items, base) if key == "env_file" else items
    return value


def variables_table(value: Value, place: Place) -> Value:
    """``[NAME=value]`` as a table; a name alone has None."""
    if not isinstance(value, Items):
        return value
    table = Table(value.place)
    table.tag = value.tag
    for item, at in value.placed():
        text = item if isinstance(item, Text) else Text(scalar_text(item))
        name, sign, rest = text.partition("=")
        raw = text.raw.partition("=")[2] if "=" in text.raw else rest
        table.put(name, Text(rest, raw) if sign else None, at)
    del place
    return table


def _names_table(value: Value, place: Place) -> Value:
    del place
    if not isinstance(value, Items):
        return value
    table = Table(value.place)
    table.tag = value.tag
    for item, at in value.placed():
        table.put(scalar_text(item), None, at)
    return table


def _list(value: Value, place: Place) -> Value:
    if isinstance(value, Items) or value is None:
        return value
    return Items(place, [(value, place)])


def _env_files(value: Value, base: Path) -> Value:
    """Each file as a table with an absolute ``path``."""
    if not isinstance(value, Items):
        return value
    files = Items(value.place)
    files.tag = value.tag
    for item, at in value.placed():
        table = item.copy() if isinstance(item, Table) else Table(at, {"path": item})
        table["path"] = Text(str(absolute(scalar_text(table.get("path")), base)))
        files.add(table, at)
    return files


def _build(value: Value, place: Place, base: Path) -> Value:
    table = value.copy() if isinstance(value, Table) else Table(place, {"context": value})
    if "args" in table:
        table["args"] = variables_table(table["args"], table.where("args"))
    context = scalar_text(table.get("context") or ".")
    if "://" not in context and not context.startswith("git@"):
        table["context"] = Text(str(absolute(context, base)))
    return table


def _volumes(value: Value, place: Place, base: Path) -> Value:
    if value is None:
        return None
    if not isinstance(value, Items):
        raise _volume_error(place, "volumes of a service are a list")
    volumes = Items(value.place)
    volumes.tag = value.tag
    for item, at in value.placed():
        volumes.add(volume_in_long_form(item, at, base), at)
    return volumes


def volume_in_long_form(item: Value, place: Place, base: Path) -> Table:
    """One volume of a service: ``type`` (bind, volume, tmpfs, …), ``source``, ``target``.

    A volume without ``source`` is anonymous. ``short`` tells what the short form was.
    """
    if isinstance(item, Table):
        table = item.copy()
        if "target" not in table:
            raise _volume_error(place, "a volume needs a target")
        if "source" not in table and "src" in table:
            table.put("source", table["src"], table.where("src"))
    else:
        text = item if isinstance(item, Text) else Text(scalar_text(item))
        table = _from_short(text, place)
    table.setdefault("type", "volume")
    if scalar_text(table.get("source")).startswith("$"):
        table["type"] = Text("variable")
    if table["type"] == "bind" and table.get("source"):
        source = scalar_text(table["source"])
        table["written"] = source
        table["source"] = Text(str(absolute(source, base)))
    return table


def _from_short(text: Text, place: Place) -> Table:
    source, target, modes = _short_parts(text, place)
    table = Table(place, {"target": Text(target), "short": text})
    if source:
        table["source"] = Text(source)
        table["type"] = _kind(source)
    if "ro" in modes:
        table["read_only"] = True
    for key in ("source", "target"):
        table.places[key] = place
    return table


def _short_parts(text: str, place: Place) -> tuple[str | None, str, list[str]]:
    drive = _WINDOWS_PATH.match(text)
    head, rest = (text[:2], text[2:]) if drive else ("", text)
    parts = rest.split(":")
    parts[0] = head + parts[0]
    if len(parts) > 1 and len(parts[1]) == 1 and len(parts) > 2 and parts[2][:1] in "\\/":  # noqa: PLR2004
        parts[1:3] = [f"{parts[1]}:{parts[2]}"]
    if len(parts) > 3 or (not parts[0] and len(parts) == 1):  # noqa: PLR2004
        raise _volume_error(place, f"{str(text)!r} is no volume")
    if len(parts) == 1:
        return None, parts[0], []
    modes = parts[2].split(",") if len(parts) > 2 else []  # noqa: PLR2004
    if len(parts) == 2 and parts[0].startswith("/") and set(parts[1].split(",")) <= _MODES:  # noqa: PLR2004
        return None, parts[0], parts[1].split(",")
    if not parts[0] or not parts[1]:
        raise _volume_error(place, f"{str(text)!r} is no volume")
    return parts[0], parts[1], modes


def _kind(source: str) -> str:
    """``variable`` is a source that a variable names which is not set."""
    if source.startswith("$"):
        return "variable"
    return "bind" if _is_path(source) else "volume"


def _is_path(source: str) -> bool:
    return source.startswith((".", "/", "~")) or bool(_WINDOWS_PATH.match(source))


def absolute(path: str, base: Path) -> Path:
    """A path as it stands in a file below ``base``; ``~`` is the caller's home."""
    if _WINDOWS_PATH.match(path):
        return Path(path)
    if path.startswith("~"):
        # Of a user that does not exist it is a name like any other.
        return _normal(base / os.path.expanduser(path))  # noqa: PTH111
    return _normal(base / path)


def _normal(path: Path) -> Path:
    return Path(os.path.normpath(path))


def _volume_error(place: Place, problem: str) -> ComposeError:
    return ComposeError(
        f"{place.file}:{place.line}: {problem}.",
        next_step=f"mend line {place.line} of {place.file}",
    )
