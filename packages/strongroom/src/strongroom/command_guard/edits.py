"""Changes of files that decide which data is used: variables, compose files, the pin."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from strongroom.command_guard.context import Context
from strongroom.command_guard.databases import variables_in
from strongroom.command_guard.decision import Finding
from strongroom.command_guard.shell.steps import is_known, shown
from strongroom.command_guard.targets import is_test_name

_GUARDED = re.compile(r"(?:^|/)strongroom\.(?:toml|lock)$|/strongroom/guard\.toml$")
_VARIABLES = re.compile(
    r"(?:^|/)(?:\.env(?:rc)?(?:\.[\w.-]+)?|[\w.-]+\.env|alembic\.ini|database\.ya?ml|\.pgpass)$"
)
_EXAMPLE = re.compile(r"example|sample|template|dist|test|\bci\b", re.IGNORECASE)
_COMPOSE = re.compile(r"(?:^|/)(?:docker-)?compose[\w.-]*\.ya?ml$")
_NAMES = re.compile(
    r"\w*(?:DATABASE|POSTGRES|MYSQL|MONGO|REDIS)_?UR[IL]|\w*DB_UR[IL]|\w*_DSN|DSN|SQLALCHEMY_DATABASE_URI"
    r"|PG(?:HOST|PORT|DATABASE|DATA|SERVICE)|(?:POSTGRES|DB|DATABASE|MYSQL)_(?:DB|NAME|HOST|PORT|DATABASE)"
    r"|COMPOSE_(?:PROJECT_NAME|FILE)|\w*(?:PGDATA|DATA_DIR|DATA_PATH|VOLUME)\w*|sqlalchemy\.url",
)
_CREATING = re.compile(
    r"synchronize\s*:\s*true|ddl-auto\s*[:=]\s*['\"]?create|hbm2ddl\.auto\s*[:=]?.{0,12}create"
    r"|sync\(\s*\{\s*force\s*:\s*true|\.drop_all\(|DB_DROP_ON_START"
)
_DATABASE_MOUNT = re.compile(
    r"^\s*-?\s*[\"']?(?:source:\s*)?(?P<source>[^\s:\"']+):(?P<target>/[^\s:\"']*(?:postgres|pgdata|mysql|mongo|redis|/data/db|/data\b|mariadb)[^\s:\"']*)"
)


def findings_of_edit(path: str, old: str, new: str, context: Context) -> Iterator[Finding]:
    """What a change from ``old`` to ``new`` puts at risk; both are the text around the change."""
    text = Path(path).as_posix()
    if _GUARDED.search(text) and old != new:
        yield _found(
            "edit-guard",
            path,
            "changes what strongroom expects of the database, or how it guards it",
        )
        return
    if _VARIABLES.search(text) and not _EXAMPLE.search(Path(path).name):
        yield from _of_variables(path, variables_of(old), variables_of(new), context)
    if _COMPOSE.search(text) and not _EXAMPLE.search(Path(path).name):
        yield from _of_compose(path, old, new, context)
    if (
        _CREATING.search(new)
        and not _CREATING.search(old)
        and not re.search(r"(?:^|[/_.-])tests?(?:[/_.-]|$)|conftest|\.md$", text)
    ):
        yield _found(
            "edit-creating", path, "has the application drop and make its tables when it starts"
        )


def variables_of(text: str) -> dict[str, str]:
    """Variables, and the keys of settings written like them."""
    return variables_in(text) | dict(
        re.findall(r"(?m)^\s*([\w.]+)\s*[:=][ \t]*[\"']?(.*?)[\"']?\s*$", text)
    )


def _of_variables(
    path: str, old: Mapping[str, str], new: Mapping[str, str], context: Context
) -> Iterator[Finding]:
    for name in sorted({*old, *new}):
        if not _NAMES.fullmatch(name) or old.get(name) == new.get(name):
            continue
        value = new.get(name, "")
        if (
            name in new
            and re.search(r"UR[IL]|DSN|DB$|NAME|DATABASE$|url", name)
            and _is_test(value, context)
        ):
            continue
        yield _found("edit-address", path, f"points the application at other data ({name})")


def _is_test(value: str, context: Context) -> bool:
    name = re.sub(r"[?#].*$", "", value).rsplit("/", 1)[-1]
    return (bool(name) and is_known(name) and is_test_name(name, context)) or value in {
        "sqlite://",
        "sqlite:///:memory:",
    }


def _of_compose(path: str, old: str, new: str, context: Context) -> Iterator[Finding]:
    before, after = _mounts(old), _mounts(new)
    for target in before.keys() | after.keys():
        if target in before and before.get(target) != after.get(target):
            yield _found("edit-volume", path, f"gives {target} another volume, which begins empty")
    moved = set(before.values()) & set(after.values()) and before.keys() != after.keys()
    gone = _volumes(old) - _volumes(new)
    if gone and not moved and any(not is_test_name(one, context) for one in gone):
        yield _found(
            "edit-volume-name",
            path,
            f"takes the volume {', '.join(sorted(gone))} out or renames it",
        )
    if _project(old) != _project(new) and (_project(old) or old.strip()):
        yield _found(
            "edit-project", path, "gives the project another name, and every volume with it"
        )
    yield from _of_variables(path, variables_of(old), variables_of(new), context)


def _mounts(text: str) -> dict[str, str]:
    found = (_DATABASE_MOUNT.match(line) for line in text.splitlines())
    return {one["target"]: one["source"] for one in found if one}


def _volumes(text: str) -> set[str]:
    """Names in the section ``volumes`` at the top."""
    section = re.search(r"(?m)^volumes:[ \t]*\n((?:[ \t]+.*\n?|\s*\n)*)", text)
    inside = re.findall(r"(?m)^ {2,4}([\w.-]+):", section[1]) if section else []
    named = re.findall(r"(?m)^\s+name:\s*(\S+)", section[1]) if section else []
    indents = [len(one) for one in re.findall(r"(?m)^( +)[\w.-]+:", section[1])] if section else []
    least = min(indents, default=0)
    top = re.findall(rf"(?m)^ {{{least}}}([\w.-]+):", section[1]) if section and least else inside
    return {*top, *named}


def _project(text: str) -> str:
    found = re.search(r"(?m)^name:\s*(\S+)", text)
    return found[1] if found else ""


def _found(rule: str, path: str, loses: str) -> Finding:
    return Finding(rule, "needs_human", f"The change of {shown(path)} {loses}", shown(path))
