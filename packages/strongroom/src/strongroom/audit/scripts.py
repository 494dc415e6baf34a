"""Where commands stand: shell scripts, Makefiles, package.json, CI files, Dockerfiles, cron.

Each is read in its own form, and answers with pieces of shell text and the line they begin in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from strongroom.audit.compose.reading import parse_documents, scalar_text
from strongroom.audit.compose.values import Items, Place, Table, Value
from strongroom.audit.shell import ShellCommand, commands_in
from strongroom.errors import ComposeError

Where = Literal["script", "make", "package", "ci", "image", "cron", "start"]
"""``start`` is what a service or an image runs when it starts."""

_RECIPE = re.compile(r"^(?:\t|>)[-@+\s]*(?P<text>.*)$")
_CRON = re.compile(r"^\s*(?:@\w+|(?:[\d*/,\-A-Za-z]+\s+){5})(?P<text>\S.*)$")
_INSTRUCTION = re.compile(r"^\s*(?P<name>RUN|CMD|ENTRYPOINT)\s+(?P<text>.*)$", re.IGNORECASE)
_HOSTED = re.compile(r"(?:ubuntu|macos|windows)-[\w.]+")
_GITLAB_KEYS = ("script", "before_script", "after_script")


@dataclass(frozen=True)
class Script:
    """A piece of shell text. ``name``: the target, script or step; ``label``: what runs it on."""

    text: str
    place: Place
    where: Where
    name: str = ""
    passing: bool = False  # on a machine that is thrown away afterwards
    variables: tuple[tuple[str, str], ...] = ()

    def commands(self) -> list[Command]:
        """Its commands, each with its place."""
        return [
            Command(one, Place(self.place.file, self.place.line + one.line), self)
            for one in commands_in(self.text)
        ]


@dataclass(frozen=True)
class Command:
    """A command with its place and the script it stands in."""

    shell: ShellCommand
    place: Place
    script: Script

    @property
    def words(self) -> tuple[str, ...]:
        """Its words without quotes."""
        return self.shell.words


def scripts_in(path: Path, text: str) -> list[Script]:
    """The pieces of shell text in a file, by its name and its first line."""
    return list(_pieces(path, text))


def _pieces(path: Path, text: str) -> Iterator[Script]:
    name = path.name
    if name in {"Makefile", "makefile", "GNUmakefile"} or path.suffix == ".mk":
        yield from _recipes(path, text)
    elif name.lower() in {"justfile", ".justfile"}:
        yield from _indented(path, text)
    elif name == "package.json":
        yield from _package(path, text)
    elif is_ci(path):
        yield from _ci(path, text)
    elif name.startswith(("Dockerfile", "Containerfile")) or path.suffix == ".dockerfile":
        yield from _image(path, text)
    elif name in {"crontab", "Procfile"} or path.suffix in {".cron", ".crontab"}:
        yield from _lines(path, text)
    elif is_shell(path, text):
        yield Script(text, Place(path, 1), "script", name)


def is_ci(path: Path) -> bool:
    """Whether a file describes jobs of GitHub Actions, GitLab or Bitbucket."""
    parts = path.parts
    workflow = ".github" in parts and path.suffix in {".yml", ".yaml"}
    action = path.name in {"action.yml", "action.yaml"}
    known = path.name in {".gitlab-ci.yml", "bitbucket-pipelines.yml", "Taskfile.yml"}
    return workflow or action or known or path.name.endswith(".gitlab-ci.yml")


def is_shell(path: Path, text: str) -> bool:
    """Whether a file is a shell script."""
    first = text[:80].partition("\n")[0]
    named = path.suffix in {".sh", ".bash", ".zsh"} or path.name in {".bash_aliases", ".envrc"}
    return named or (
        first.startswith("#!") and re.search(r"\b(?:ba|da|z|k|a)?sh\b", first) is not None
    )


def _recipes(path: Path, text: str) -> Iterator[Script]:
    target = ""
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        line = lines[number]
        match = _RECIPE.match(line)
        if match is None:
            target = line.partition(":")[0].strip() if re.match(r"[\w.%/-]+\s*:", line) else target
            number += 1
            continue
        begin, body = number, match["text"]
        while body.endswith("\\") and number + 1 < len(lines):
            number += 1
            body += "\n" + lines[number]
        number += 1
        # Make's own variables, and $$ for the shell's.
        shell = re.sub(r"\$[({](\w+)[)}]", r"${\1}", body).replace("$$", "$")
        yield Script(shell, Place(path, begin + 1), "make", target)


def _indented(path: Path, text: str) -> Iterator[Script]:
    target = ""
    for number, line in enumerate(text.split("\n"), 1):
        if line[:1].isspace() and line.strip():
            yield Script(line.strip().lstrip("@-"), Place(path, number), "make", target)
        elif ":" in line:
            target = line.partition(":")[0].strip()


def _package(path: Path, text: str) -> Iterator[Script]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return
    scripts = document.get("scripts") if isinstance(document, dict) else None
    for name, body in scripts.items() if isinstance(scripts, dict) else ():
        if isinstance(body, str):
            written = json.dumps(name)
            line = text[: max(text.find(f"{written}:"), text.find(f"{written} :"), 0)].count("\n")
            yield Script(body, Place(path, line + 1), "package", str(name))


def _image(path: Path, text: str) -> Iterator[Script]:
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        begin, line = number, lines[number]
        while line.rstrip().endswith("\\") and number + 1 < len(lines):
            number += 1
            line += "\n" + lines[number]
        number += 1
        match = _INSTRUCTION.match(line.partition("\n")[0])
        if match is None:
            continue
        body = line[match.start("text") :]
        where: Where = "image" if match["name"].upper() == "RUN" else "start"
        yield Script(_exec_form(body), Place(path, begin + 1), where, match["name"].upper())


def _exec_form(body: str) -> str:
    """``["a", "b c"]`` as shell text; anything else is shell text already."""
    if body.lstrip().startswith("["):
        try:
            words = json.loads(body)
        except ValueError:
            return body
        return as_shell(words)
    return body


def as_shell(words: list[str]) -> str:
    """Words as shell text; a script after ``-c`` stays one word."""
    import shlex  # noqa: PLC0415

    return shlex.join(str(word) for word in words)


def _lines(path: Path, text: str) -> Iterator[Script]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("#"):
            continue
        if path.name == "Procfile":
            name, sign, body = line.partition(":")
            if sign:
                yield Script(body, Place(path, number), "start", name)
        elif match := _CRON.match(line):
            body = re.sub(r"^[a-z_][a-z0-9_-]*\s+(?=/)", "", match["text"])  # as whom it runs
            yield Script(body, Place(path, number), "cron", "cron")


def _ci(path: Path, text: str) -> Iterator[Script]:
    try:
        documents = parse_documents(text, path)
    except ComposeError:
        return
    for document in documents:
        if isinstance(document, Table):
            yield from _jobs(document, text.split("\n"))


def _jobs(document: Table, lines: list[str]) -> Iterator[Script]:
    shared = _variables(document)
    jobs = document.get("jobs")
    if isinstance(jobs, Table):  # GitHub
        for name, job in jobs.items():
            yield from _steps(name, job, lines, shared)
        return
    runs = document.get("runs")
    if isinstance(runs, Table):  # an action of GitHub's
        yield from _steps("action", runs, lines, shared)
        return
    for name, job in document.items():  # GitLab, Bitbucket
        if isinstance(job, Table):
            variables = (*shared, *_variables(job))
            for key in _GITLAB_KEYS:
                yield from _script_value(job.get(key), job.where(key), lines, name, variables)


def _steps(
    name: str, job: Value, lines: list[str], shared: tuple[tuple[str, str], ...]
) -> Iterator[Script]:
    if not isinstance(job, Table) or not isinstance(job.get("steps"), Items):
        return
    passing = bool(_HOSTED.fullmatch(scalar_text(job.get("runs-on") or "")))
    for step in job["steps"]:
        if not isinstance(step, Table) or not isinstance(step.get("run"), str):
            continue
        called = scalar_text(step.get("name")) or name
        variables = (*shared, *_variables(job), *_variables(step))
        place = _text_place(step["run"], step.where("run"), lines)
        yield Script(step["run"], place, "ci", called, passing=passing, variables=variables)


def _script_value(
    value: Value, place: Place, lines: list[str], name: str, variables: tuple[tuple[str, str], ...]
) -> Iterator[Script]:
    entries = value.placed() if isinstance(value, Items) else [(value, place)]
    for text, at in entries:
        if isinstance(text, str):
            where = _text_place(text, at, lines)
            yield Script(text, where, "ci", name, variables=variables)


def _text_place(text: str, place: Place, lines: list[str]) -> Place:
    """Where a text begins: below its key, where it is a block."""
    written = lines[place.line - 1] if place.line <= len(lines) else ""
    block = re.search(r"[|>][-+\d]*\s*(?:#.*)?$", written) is not None and "\n" in f"{text}\n"
    return Place(place.file, place.line + 1) if block else place


def _variables(table: Table) -> tuple[tuple[str, str], ...]:
    found = []
    for key in ("env", "variables"):
        values = table.get(key)
        if isinstance(values, Table):
            found += [(name, scalar_text(value)) for name, value in values.items()
                      if not isinstance(value, (Table, Items))]  # fmt: skip
    return tuple(found)
