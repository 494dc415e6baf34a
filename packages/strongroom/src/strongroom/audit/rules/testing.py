"""Tests: whether they can reach a database that is not theirs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from strongroom.audit.addresses import Address, parse_address
from strongroom.audit.compose import Place
from strongroom.audit.databases import is_for_tests
from strongroom.audit.modules import Module
from strongroom.audit.rule import Hit, rule
from strongroom.audit.scripts import Command
from strongroom.audit.tree import EnvFile, Tree, variables_of

_RUNNERS = {"pytest", "jest", "vitest", "rspec", "phpunit", "playwright", "cypress", "mocha", "tox"}
_REAL_SECRET = re.compile(r"\$\{\{\s*secrets\.\w*(?:PROD|LIVE|STAGING)\w*\s*\}\}", re.IGNORECASE)
_DATABASE = re.compile(r"DATABASE|DB_|PG|POSTGRES|DSN")
_CONFIGURED = re.compile(
    r"^\s*(?:D:)?(?P<name>[A-Z_]*(?:DATABASE|DB|POSTGRES)\w*)\s*=\s*(?P<value>\S+)"
)
_EMPTYING = {"create_all", "drop_all", "truncate", "flush"}


def _real(tree: Tree) -> dict[tuple[str, int, str], Place]:
    """The databases that are not for tests, by where their addresses lead."""
    found: dict[tuple[str, int, str], Place] = {}
    for env_file in tree.env_files:
        if not env_file.is_example and not is_for_tests(env_file.path.name):
            for variable in env_file.variables:
                _enter(found, variable.value, variable.place)
    for project in tree.projects:
        if any(is_for_tests(one.name) for one in project.files):
            continue
        for service in project.services.values():
            if not is_for_tests(service.name) and not any(map(is_for_tests, service.profiles)):
                for setting in service.environment.values():
                    _enter(found, setting.value, setting.place)
    return found


def _enter(found: dict[tuple[str, int, str], Place], value: str | None, place: Place) -> None:
    address = parse_address(value or "")
    if address is not None and not is_for_tests(address.database.replace("_", "-")):
        found.setdefault(address.target, place)


@rule(
    "tests-use-real-database",
    "danger",
    on="tree",
    why="Tests write, and many empty what they find. Here they are given the address of a database "
    "that is not theirs.",
    fix="Give tests a database of their own, made and removed by them; the pytest plugin of "
    "strongroom refuses every pinned one.",
)
def tests_use_real_database(tree: Tree) -> Iterator[Hit]:
    """The address that tests get is also that of a running system."""
    real = _real(tree)
    for name, address, place in _of_tests(tree):
        other = real.get(address.target)
        if other is not None and other != place:
            what = f"{name} leads to {address.shown}, as in {other.file.name}:{other.line}"
            yield Hit(place, what, name)
    yield from _secrets_of_ci(tree)
    for module in tree.modules:
        if module.path.name == "conftest.py":
            yield from _loaded(module, tree)


def _of_tests(tree: Tree) -> Iterator[tuple[str, Address, Place]]:
    """Addresses that tests are given: files of variables, services, settings, conftest.py."""
    for env_file in tree.env_files:
        if is_for_tests(env_file.path.name) and not env_file.is_example:
            for variable in env_file.variables:
                yield from _address(variable.name, variable.value, variable.place)
    yield from _of_services(tree)
    for path, text in tree.texts.items():
        if path.name in {"pytest.ini", "setup.cfg", "tox.ini"}:
            for number, line in enumerate(text.split("\n"), 1):
                if match := _CONFIGURED.match(line):
                    yield from _address(match["name"], match["value"], Place(path, number))
    for module in tree.modules:
        if module.path.name == "conftest.py":
            yield from _constants(module)


def _of_services(tree: Tree) -> Iterator[tuple[str, Address, Place]]:
    for project in tree.projects:
        for service in project.services.values():
            named = [service.name, *service.profiles, *(one.name for one in project.files)]
            if any(map(is_for_tests, named)):
                for setting in service.environment.values():
                    yield from _address(setting.name, setting.value, setting.place)


def _address(name: str, value: str | None, place: Place) -> Iterator[tuple[str, Address, Place]]:
    address = parse_address(value or "")
    if address is not None:
        yield name, address, place


def _constants(module: Module) -> Iterator[tuple[str, Address, Place]]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "://" in node.value:
            yield from _address("an address", node.value, Place(module.path, node.lineno))


def _secrets_of_ci(tree: Tree) -> Iterator[Hit]:
    """Steps of CI that run tests with an address out of production's secrets."""
    told: set[Place] = set()
    for command in tree.commands:
        if command.script.where != "ci" or not _runs_tests(command) or command.place in told:
            continue
        for name, value in command.script.variables:
            if _DATABASE.search(name.upper()) and _REAL_SECRET.search(value):
                told.add(command.place)
                what = f"tests run with {name} out of {value.strip('${} ').strip()}"
                yield Hit(command.place, what, f"{command.script.name}.{name}")


def _runs_tests(command: Command) -> bool:
    words = [one.rpartition("/")[2] for one in command.words[:4]]
    return bool(_RUNNERS & set(words)) or "test" in words[1:3]


def _loaded(module: Module, tree: Tree) -> Iterator[Hit]:
    """conftest.py loads the variables of a running system, with a database among them."""
    for call in module.calls:
        if call.name.rpartition(".")[2] not in {"load_dotenv", "dotenv_values", "read_env"}:
            continue
        named = [one.value for one in ast.walk(call.node)
                 if isinstance(one, ast.Constant) and isinstance(one.value, str)]  # fmt: skip
        name = next((one for one in named if ".env" in one), ".env")
        env_file = _env_file(tree, module.path, Path(name).name)
        if env_file is not None and not is_for_tests(env_file.path.name):
            found = [
                one for one in variables_of(env_file).values() if parse_address(one.value or "")
            ]
            if found:
                what = f"tests load {env_file.path.name}, with {found[0].name}"
                yield Hit(call.place, what, env_file.path.name)


def _env_file(tree: Tree, conftest: Path, name: str) -> EnvFile | None:
    near = [one for one in tree.env_files
            if one.path.name == name and conftest.is_relative_to(one.path.parent)]  # fmt: skip
    return max(near, key=lambda one: len(one.path.parts), default=None)


@rule(
    "tests-empty-what-they-get",
    "caution",
    on="module",
    why="The tests make or drop tables in the database that the environment names. In a shell with "
    "the real address in it, that is the real one.",
    fix="Let the tests make their own database and connect to nothing else; install the pytest "
    "plugin of strongroom, which is on wherever it is installed.",
)
def tests_empty_what_they_get(module: Module) -> Iterator[Hit]:
    """conftest.py makes or drops tables, and its address comes from DATABASE_URL."""
    if module.path.name != "conftest.py" or not _takes_address(module):
        return
    for call in module.calls:
        handed = {one.attr for one in call.node.args if isinstance(one, ast.Attribute)}
        if call.name.rpartition(".")[2] in {"create_all", "drop_all"} or handed & _EMPTYING:
            yield Hit(call.place, "tables of whichever database DATABASE_URL names", "conftest")
            return


def _takes_address(module: Module) -> bool:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if node.value in {"DATABASE_URL", "DB_URL", "DATABASE_URI", "POSTGRES_URL"}:
                return True
        elif isinstance(node, ast.Attribute) and node.attr.upper() in {"DATABASE_URL", "DB_URL"}:
            return True
    return False
