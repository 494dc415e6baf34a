"""Everything that an audit reads, found and parsed once."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from strongroom.audit.compose import Place, Project, Question, resolve
from strongroom.audit.compose.environment import Variable, read_env_file
from strongroom.audit.databases import Database, databases, words_of
from strongroom.audit.javascript import SUFFIXES, JavaScript, read_javascript
from strongroom.audit.modules import Module, read_module
from strongroom.audit.project_files import projects_of
from strongroom.audit.repository import tracked_files
from strongroom.audit.scripts import Command, Script, as_shell, scripts_in
from strongroom.errors import AuditError, ComposeError

MAX_FILES = 50_000
MAX_BYTES = 1_000_000
_SKIPPED = {
    ".git", ".hg", ".svn", "node_modules", ".venv", "venv", "__pycache__", ".tox", ".nox",
    ".mypy_cache", ".ruff_cache", ".pytest_cache", "dist", "build", "target", "vendor",
    "site-packages", ".terraform", ".next", ".tools", ".idea",
}  # fmt: skip
_SETTINGS = {
    "postgresql.conf", "postgresql.auto.conf", "pg_hba.conf", "pytest.ini", "setup.cfg", "tox.ini",
    "pyproject.toml", ".gitignore", "strongroom.toml", "strongroom.lock",
}  # fmt: skip
_SUFFIXES = {
    ".py", ".sh", ".bash", ".zsh", ".mk", ".yml", ".yaml", ".json", ".conf", ".cfg", ".ini",
    ".toml", ".cron", ".crontab", ".properties", ".dockerfile", "",
}  # fmt: skip
_COMPOSE = re.compile(
    r"(?:docker-)?compose(?:[.\-_][\w.\-]+)?\.ya?ml|.+\.compose\.ya?ml|stack.*\.ya?ml"
)
_ENV = re.compile(r"\.env(?:\.[\w.-]+)?|[\w-]+\.env")
_EXAMPLE = re.compile(r"example|sample|template|dist|defaults?$", re.IGNORECASE)


@dataclass(frozen=True)
class EnvFile:
    """A file of variables. ``is_example``: its name says that it is only to be copied."""

    path: Path
    variables: tuple[Variable, ...]

    @property
    def is_example(self) -> bool:
        """Whether the file is there to be copied and filled in."""
        return _EXAMPLE.search(self.path.name) is not None


@dataclass(frozen=True)
class Unreadable:
    """A file that could not be understood."""

    place: Place
    what: str


@dataclass
class Tree:
    """What an audit reads. ``roots`` are the paths it was asked for."""

    roots: tuple[Path, ...]
    projects: list[Project] = field(default_factory=list)
    env_files: list[EnvFile] = field(default_factory=list)
    scripts: list[Script] = field(default_factory=list)
    modules: list[Module] = field(default_factory=list)
    javascript: list[JavaScript] = field(default_factory=list)
    texts: dict[Path, str] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)
    files_read: int = 0

    @cached_property
    def databases(self) -> list[Database]:
        """The databases of all projects."""
        return [one for project in self.projects for one in databases(project)]

    @cached_property
    def commands(self) -> list[Command]:
        """The commands of all scripts, those that services start with included."""
        return [one for script in self.scripts for one in script.commands()]

    @cached_property
    def tracked(self) -> frozenset[Path] | None:
        """The files that git has, or None where there is no repository or no git."""
        found: set[Path] = set()
        known = False
        for root in {one if one.is_dir() else one.parent for one in self.roots}:
            listed = tracked_files(root)
            known = known or listed is not None
            found |= listed or set()
        return frozenset(found) if known else None


def read_tree(
    paths: Sequence[Path],
    *,
    compose_files: Sequence[Path] = (),
    question: Question | None = None,
) -> Tree:
    """Find and read everything below ``paths``.

    ``compose_files`` together make one project, resolved as ``question`` says; without them the
    compose files below the paths are found, each directory's for itself.

    Raises:
        AuditError: a path is not there, or there are too many files.
    """
    roots = tuple(one.absolute() for one in paths)
    tree = Tree(roots)
    candidates: list[Path] = []
    for path in _files(roots):
        tree.files_read += 1
        if _COMPOSE.fullmatch(path.name):
            candidates.append(path)
        _read_file(tree, path)
    asked = question or Question(strict=False, environment={})
    if compose_files:
        _add_project(tree, Question(**{**vars(asked), "files": tuple(compose_files)}))
    else:
        for files in projects_of(candidates):
            _add_project(tree, Question(**{**vars(asked), "files": files}))
    parts = {path for one in tree.projects for path in one.read if path not in one.files}
    tree.projects = [one for one in tree.projects if one.files[-1] not in parts]
    for project in tree.projects:
        tree.scripts += _starts(project)
    return tree


def _files(roots: Sequence[Path]) -> Iterator[Path]:
    seen: set[Path] = set()
    for root in roots:
        if not root.exists():
            raise AuditError(f"There is no {root}.", next_step="name a path that is there")
        for path in [root] if root.is_file() else _walk(root):
            if path not in seen:
                seen.add(path)
                yield path
            if len(seen) > MAX_FILES:
                raise AuditError(
                    f"There are more than {MAX_FILES} files below {root}.",
                    next_step="strongroom audit, with the directories that matter",
                )


def _walk(root: Path) -> Iterator[Path]:
    for directory, names, files in os.walk(root):
        names[:] = sorted(one for one in names if one not in _SKIPPED)
        yield from (Path(directory, one) for one in sorted(files))


def _read_file(tree: Tree, path: Path) -> None:
    if _ENV.fullmatch(path.name) and path.name != ".envrc":
        _read_env(tree, path)
        return
    text = _text(path)
    if text is None:
        return
    if path.suffix == ".py":
        module = read_module(path, text)
        if module is not None:
            tree.modules.append(module)
            tree.texts[path] = text
        return
    if path.suffix in SUFFIXES:
        script = read_javascript(path, text)
        if script is not None:
            tree.javascript.append(script)
            tree.texts[path] = text
        return
    scripts = scripts_in(path, text)
    if scripts or _is_setting(path) or _COMPOSE.fullmatch(path.name):
        tree.texts[path] = text
    tree.scripts += scripts


def _is_setting(path: Path) -> bool:
    application = path.name.startswith("application") and path.suffix in {".properties", ".yml"}
    return path.name in _SETTINGS or path.suffix == ".conf" or application


def _text(path: Path) -> str | None:
    named = path.name.startswith(("Dockerfile", ".")) or path.name in _SETTINGS
    if path.suffix not in _SUFFIXES | SUFFIXES and not named:
        return None
    if path.suffix == ".json" and path.name != "package.json":
        return None
    try:
        if not path.is_file() or path.stat().st_size > MAX_BYTES:
            return None
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _read_env(tree: Tree, path: Path) -> None:
    try:
        tree.env_files.append(EnvFile(path, tuple(read_env_file(path, {}))))
        tree.texts[path] = path.read_text(encoding="utf-8-sig")
    except ComposeError as error:
        tree.unreadable.append(Unreadable(Place(path, 1), error.message))
    except OSError:
        return


def _add_project(tree: Tree, question: Question) -> None:
    try:
        project = resolve(question)
    except ComposeError as error:
        file, line = _place_of(error.message, question.files[0])
        tree.unreadable.append(Unreadable(Place(file, line), error.message))
        return
    tree.projects.append(project)
    for path in project.read:
        if path not in tree.texts and (text := _text(path)) is not None:
            tree.texts[path] = text


def _place_of(message: str, file: Path) -> tuple[Path, int]:
    match = re.match(r"(?P<file>/[^:]+):(?P<line>\d+)", message)
    return (Path(match["file"]), int(match["line"])) if match else (file, 1)


def _starts(project: Project) -> Iterator[Script]:
    for service in project.services.values():
        for key in ("entrypoint", "command"):
            value = service.table.get(key)
            if value is not None and not _is_server(service.image):
                words = words_of(service, key)
                text = as_shell(words) if isinstance(value, list) else str(value)
                yield Script(text, service.where(key), "start", service.name)


def _is_server(image: str) -> bool:
    return "postgres" in image or "mysql" in image or "mongo" in image


def variables_of(env_file: EnvFile) -> Mapping[str, Variable]:
    """The variables of a file by name; the last one counts."""
    return {one.name: one for one in env_file.variables}
