"""Secrets: weak, known, missing, or handed to everybody who has the repository."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from strongroom.audit.addresses import parse_address
from strongroom.audit.compose import Place, Project, Service, Setting
from strongroom.audit.databases import Database, databases, is_for_tests
from strongroom.audit.finding import Edit
from strongroom.audit.repository import is_ignored
from strongroom.audit.rule import Hit, rule
from strongroom.audit.tree import Tree

_SECRET = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|PASS|SECRET|SECRET_KEY|TOKEN|API_KEY|PRIVATE_KEY|KEY_BASE|JWT_KEY"
    r"|SIGNING_KEY|ENCRYPTION_KEY)$"
)
_SIGNING = re.compile(r"(?:^|_)(?:SECRET_KEY|SECRET_KEY_BASE|JWT_SECRET|SIGNING_KEY|APP_SECRET)$")
_DEFAULTED = re.compile(r"\$\{(?P<name>\w+):?-(?P<default>[^}]+)\}")
_WHOLE_VARIABLE = re.compile(r"\$\{?\w+(?:[:?+-][^}]*)?\}?")
_KNOWN = {
    "postgres", "password", "passwd", "pass", "admin", "root", "secret", "changeme", "change_me",
    "change-me", "changethis", "example", "test", "123456", "12345678", "1234", "qwerty", "user",
    "letmein", "mysecretpassword", "supersecret", "postgresql", "docker", "dev", "default", "app",
    "insecure", "please-change-me", "secretkey", "secret_key", "secret-key", "hunter2", "foobar",
}  # fmt: skip
_PASSWORD_MIN = 8
_KEY_MIN = 32


def _secrets(project: Project) -> Iterator[tuple[Service, Setting]]:
    for service in project.services.values():
        if is_for_tests(service.name) or any(map(is_for_tests, service.profiles)):
            continue
        if any(is_for_tests(one.name) for one in project.files):
            continue
        for setting in service.environment.values():
            if _SECRET.search(setting.name.upper()):
                yield service, setting


@rule(
    "default-secret",
    "caution",
    on="project",
    why="Whoever forgets to set it runs with a secret that everybody can read in the repository, "
    "and nothing says so.",
    fix="Demand it: ${NAME:?}.",
)
def default_secret(project: Project) -> Iterator[Hit]:
    """A password or key with a default in the compose file."""
    for service, setting in _secrets(project):
        match = _DEFAULTED.search(setting.raw)
        if match is not None and _SECRET.search(match["name"].upper()):
            edit = Edit(
                setting.place.file, setting.place.line, match[0], "${" + match["name"] + ":?}"
            )
            what = f"{setting.name} of {service.name} has a default"
            yield Hit(setting.place, what, f"{service.name}.{setting.name}", edit=edit)


@rule(
    "weak-secret",
    "caution",
    on="project",
    why="A password that is in every list is no password, and one that is shorter than eight "
    "characters is guessed in hours.",
    fix="Make one of 20 random characters: openssl rand -base64 20.",
)
def weak_secret(project: Project) -> Iterator[Hit]:
    """A known or short password, in the compose file or a file of variables that it reads."""
    for service, setting in _secrets(project):
        value = setting.value or ""
        if _WHOLE_VARIABLE.fullmatch(value) or not value or _DEFAULTED.search(setting.raw):
            continue
        if "$" not in value and is_weak(value) and not _is_path(value):
            what = f"{setting.name} of {service.name} is known or short"
            yield Hit(setting.place, what, f"{service.name}.{setting.name}")


def is_weak(value: str) -> bool:
    """Whether a secret is on every list, or shorter than eight characters."""
    return value.lower().strip("!1") in _KNOWN or len(value) < _PASSWORD_MIN


def _is_path(value: str) -> bool:
    return value.startswith(("/run/secrets/", "/"))


@rule(
    "secret-in-file",
    "caution",
    on="project",
    why="The compose file is in the repository, and so is the secret, for good.",
    fix="Put it into .env, which is not committed, or into secrets:, and write ${NAME:?} here.",
)
def secret_in_file(project: Project) -> Iterator[Hit]:
    """A secret stands in the compose file itself."""
    files = set(project.read)
    for service, setting in _secrets(project):
        value = setting.value or ""
        literal = setting.raw == value and "$" not in value and setting.place.file in files
        if literal and value and not is_weak(value) and not _is_path(value):
            what = f"{setting.name} of {service.name} is written here"
            yield Hit(setting.place, what, f"{service.name}.{setting.name}")
    for service in project.services.values():
        if is_for_tests(service.name):
            continue
        for setting in service.environment.values():
            address = parse_address(setting.raw)
            if address is None or "$" in setting.raw or setting.place.file not in files:
                continue
            if address.password and not is_weak(address.password):
                what = f"the password in {setting.name} of {service.name} is written here"
                yield Hit(setting.place, what, f"{service.name}.{setting.name}")


@rule(
    "missing-secret",
    "caution",
    on="project",
    why="A database without a password does not start, or lets everybody in; an application "
    "without its key makes one up at each start, and all sessions and tokens end with it.",
    fix="Demand it in the compose file: ${NAME:?}.",
)
def missing_secret(project: Project) -> Iterator[Hit]:
    """A database without any password, or a key that is empty."""
    for database in databases(project):
        if not _has_password(database) and "env_file" not in database.service.table:
            what = f"{database.service.name} has no {database.kind.password[0]}"
            yield Hit(database.place, what, database.service.name)
    for service, setting in _secrets(project):
        empty = setting.raw.strip() == "" and not setting.value and setting.value is not None
        if empty and _SIGNING.search(setting.name.upper()):
            what = f"{setting.name} of {service.name} is empty"
            yield Hit(setting.place, what, f"{service.name}.{setting.name}")


def _has_password(database: Database) -> bool:
    service = database.service
    named = [*database.kind.password, *(f"{one}_FILE" for one in database.kind.password)]
    open_to_all = service.value("POSTGRES_HOST_AUTH_METHOD") or service.value(
        "ALLOW_EMPTY_PASSWORD"
    )
    if database.kind.name == "mongodb" or open_to_all:
        return True
    random = any(
        "RANDOM_ROOT_PASSWORD" in name or "ALLOW_EMPTY" in name for name in service.environment
    )
    present = [service.environment[one] for one in named if one in service.environment]
    return random or any(one.value is None or one.value or one.raw for one in present)


@rule(
    "short-secret-key",
    "caution",
    on="project",
    why="A key that signs sessions and tokens can be found by trying, if it is short.",
    fix="At least 32 random characters: openssl rand -hex 32.",
)
def short_secret_key(project: Project) -> Iterator[Hit]:
    """A signing key below 32 characters."""
    for service, setting in _secrets(project):
        value = setting.value or ""
        if not _SIGNING.search(setting.name.upper()) or not value or "$" in value:
            continue
        if not is_weak(value) and len(value) < _KEY_MIN and not _DEFAULTED.search(setting.raw):
            what = f"{setting.name} of {service.name} has {len(value)} characters"
            yield Hit(setting.place, what, f"{service.name}.{setting.name}")


@rule(
    "env-committed",
    "danger",
    on="tree",
    why="The secrets of a running system are in the repository, and in every copy of it, for good; "
    "and a checkout of another branch changes which database is used.",
    fix="git rm --cached the file, add it to .gitignore, change every secret in it, and commit an "
    "example without values.",
)
def env_committed(tree: Tree) -> Iterator[Hit]:
    """A file of variables with secrets is in git."""
    for path, place, name in _with_secrets(tree):
        if tree.tracked is not None and path in tree.tracked:
            yield Hit(
                place,
                f"{path.name} is in git, with {name}",
                path.name,
                severity="note" if is_for_tests(path.name) else None,
            )


@rule(
    "env-not-ignored",
    "caution",
    on="tree",
    why="The next git add . takes the secrets along.",
    fix="Add the file to .gitignore.",
)
def env_not_ignored(tree: Tree) -> Iterator[Hit]:
    """A file of variables with secrets is neither in git nor ignored by it."""
    for path, place, name in _with_secrets(tree):
        if tree.tracked is None or path in tree.tracked or is_ignored(path):
            continue
        yield Hit(place, f"{path.name}, with {name}, is not ignored", path.name)


def _with_secrets(tree: Tree) -> Iterator[tuple[Path, Place, str]]:
    for env_file in tree.env_files:
        if env_file.is_example:
            continue
        for variable in env_file.variables:
            value = variable.value or ""
            address = parse_address(value)
            secret = _SECRET.search(variable.name.upper()) and value
            if secret or (address is not None and address.password):
                yield env_file.path, variable.place, variable.name
                break
