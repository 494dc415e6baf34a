"""Take a command out of the one that only runs it, by the table of wrappers."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from strongroom.command_guard.shell.steps import Step
from strongroom.command_guard.shell.wrappers import (
    ENTRY,
    MOUNTS,
    VARIABLES_FILE,
    WRAPPERS,
    Wrapper,
)

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)


@dataclass(frozen=True)
class Wrapped:
    """What stands inside: a step of its own, or shell text."""

    step: Step
    text: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)


def unwrapped(step: Step) -> list[Wrapped]:
    """Take one wrapper off a command; empty where there is none, or nothing inside."""
    words = _without_compose(step.words)
    name = step.with_words(words).program
    if name == "dotenv" and _first_plain(words) in {"set", "unset"}:
        return []
    for key in ((name, _first_plain(words)), (name,)):
        if key in WRAPPERS:
            return _inside(step, words, key, WRAPPERS[key])
    return []


def _without_compose(words: tuple[str, ...]) -> tuple[str, ...]:
    """``docker compose exec`` as ``docker-compose exec``."""
    name = words[0].rsplit("/", 1)[-1]
    if name in {"docker", "podman", "nerdctl"}:
        place = _subcommand_place(words)
        if place is not None and words[place] == "compose":
            return ("docker-compose", *words[1:place], *words[place + 1 :])
    return words


_GLOBAL = frozenset(
    [
        "-f",
        "--file",
        "-p",
        "--project-name",
        "--env-file",
        "--project-directory",
        "--profile",
        "-H",
        "--host",
        "--context",
        "-c",
        "--config",
        "-n",
        "--namespace",
        "--kubeconfig",
        "--cluster",
        "-l",
        "--log-level",
        "-C",
        "--dir",
        "--filter",
        "-F",
        "--parallel",
        "--ansi",
        "--progress",
        "--prefix",
        "-w",
        "--workspace",
        "--cwd",
        "--directory",
        "--project",
    ]
)
"""Options before a subcommand that take a value."""


def _subcommand_place(words: Sequence[str]) -> int | None:
    place = 1
    while place < len(words):
        if not words[place].startswith("-"):
            return place
        place += 2 if words[place] in _GLOBAL else 1
    return None


def _first_plain(words: Sequence[str]) -> str:
    place = _subcommand_place(words)
    return words[place] if place is not None else ""


def as_compose(step: Step) -> Step:
    """A step with ``docker compose`` written as the one program ``docker-compose``."""
    return step.with_words(_without_compose(step.words)) if step.words else step


def _takes_assignments(one: Wrapper, left: int) -> bool:
    """Most programs take none, but whoever writes one means it; what is shell text stays that."""
    return one.assignments or (left == 0 and not one.joined)


def _inside(  # noqa: C901, PLR0912  one pass over the words
    step: Step, words: tuple[str, ...], key: tuple[str, ...], one: Wrapper
) -> list[Wrapped]:
    valued, texts = set(one.valued.split()), set(one.command_options.split())
    place = 1 if len(key) == 1 else (_subcommand_place(words) or 1) + 1
    variables: dict[str, str] = {}
    left = 0 if key == ("runuser",) and {"-u", "--user"} & set(words) else one.positionals
    where: list[str] = []
    while place < len(words):
        word = words[place]
        option, _, value = word.partition("=")
        if word == "--":
            place += 1
            if left < 9:  # noqa: PLR2004  such a command is only ever given by an option
                place, where = place + left, [*where, *words[place : place + left]]
            break
        clustered = re.fullmatch(r"-[a-zA-Z]+c", word) and "-c" in texts
        if (option in texts or clustered) and (value or place + 1 < len(words)):
            inner = value or words[place + 1]
            return [_wrapped(step, one, key, (), variables, where, text=inner)]
        if word == "-" and key == ("su",):
            place += 1
        elif word.startswith("-") and word != "-":
            variables |= _variable_of(word, words[place + 1 : place + 2], variables, key)
            place += 2 if _takes_value(word, valued) else 1
        elif _takes_assignments(one, left) and (found := _ASSIGNMENT.fullmatch(word)):
            variables[found[1]] = found[2]
            place += 1
        elif left:
            where.append(word)
            place, left = place + 1, left - 1
            if not left and key[0] in _ENGINES:
                break  # whatever follows is the command, options too
        else:
            break
    rest = words[place:]
    if entry := variables.pop(ENTRY, ""):
        rest = (entry, *rest)
    if key == ("concurrently",):
        return [_wrapped(step, one, key, (), variables, where, text=text) for text in rest]
    if key == ("ssh",) and where[:1] and where[0].startswith("dokku@"):
        return [_wrapped(step, one, key, ("dokku", *rest), variables, where)]
    if one.place == "image" and where and len(where) == 1:
        image = where[0].rsplit("/", 1)[-1].partition(":")[0]
        itself = _wrapped(step, one, key, (image, *rest), variables, where)
        if image in _ENTRYPOINTS:
            return [itself]
    if not rest:
        return []
    text = (
        " ".join(rest) if one.joined or (len(rest) == 1 and " " in rest[0] and one.place) else None
    )
    return [_wrapped(step, one, key, rest, variables, where, text=text)]


_ENTRYPOINTS = frozenset(
    {
        "flyway",
        "liquibase",
        "restic",
        "rclone",
        "migrate",
        "dbmate",
        "terraform",
        "aws-cli",
        "goose",
        "redis-cli",
        "s5cmd",
        "mc",
        "kubectl",
        "helm",
    }
)
"""Images whose program has their name."""
_ENGINES = frozenset({"docker", "podman", "nerdctl", "docker-compose"})


def _takes_value(word: str, valued: set[str]) -> bool:
    """Whether an option takes the next word, also as the last of a cluster: ``-iu postgres``."""
    if word in valued:
        return True
    cluster = re.fullmatch(r"-[A-Za-z]{2,5}", word)
    return bool(cluster) and word[:2] not in valued and f"-{word[-1]}" in valued


def _variable_of(
    option: str, following: Sequence[str], before: Mapping[str, str], key: tuple[str, ...]
) -> dict[str, str]:
    """What an option gives along: ``-e NAME=VALUE``, a mount, a file of variables."""
    name, _, value = option.partition("=")
    given = value or (following[0] if following else "")
    if name in {"-v", "--volume", "--mount"} and "run" in key:
        mounts = f"{before.get(MOUNTS, '')};{_mount(given)}".strip(";")
        return {MOUNTS: mounts}
    if name == "--entrypoint":
        return {ENTRY: given}
    if key[0] in {"dotenv", "dotenvx", "env-cmd"} and name in {"-e", "-f", "--file", "--env-file"}:
        return {VARIABLES_FILE: given}
    if name not in {"-e", "--env", "-E", "--setenv"}:
        return {}
    found = _ASSIGNMENT.fullmatch(given)
    return {found[1]: found[2]} if found else {}


def _mount(given: str) -> str:
    """A mount as ``source:target``, however it was written."""
    if "=" not in given:
        return given
    named = dict(part.partition("=")[::2] for part in given.split(","))
    source = named.get("source") or named.get("src") or ""
    return f"{source}:{named.get('target') or named.get('destination') or named.get('dst') or ''}"


def _labels(step: Step, key: tuple[str, ...]) -> list[str]:
    """What the options before a subcommand say of the place: a project, a file, a namespace."""
    before = step.words[: step.words.index(key[-1])] if key[-1] in step.words else ()
    return [
        f"label {value}"
        for option, value in itertools.pairwise(before)
        if option in {"-f", "--file", "-p", "--project-name", "-n", "--namespace", "--context"}
    ]


def _wrapped(
    step: Step,
    one: Wrapper,
    key: tuple[str, ...],
    rest: tuple[str, ...],
    variables: Mapping[str, str],
    where: Sequence[str],
    *,
    text: str | None = None,
) -> Wrapped:
    places = (
        (*step.places, *_labels(step, key), f"{one.place} {' '.join(where)}".strip())
        if one.place
        else step.places
    )
    inner = replace(
        step,
        words=rest,
        variables={**step.variables, **variables},
        places=places,
        directory=None if one.place else step.directory,
        through=(*step.through, " ".join([*key, *where])) if one.place else step.through,
    )
    return Wrapped(inner, text, variables)
