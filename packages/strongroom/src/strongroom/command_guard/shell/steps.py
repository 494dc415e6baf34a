"""One simple command as it would run, and the marks that stand for what nobody can know."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

EDGE = "\ue000"
"""Begins and ends the name of something that is only known when the command runs."""
FETCHED = f"{EDGE}download{EDGE}"
"""What a program fetched from the network."""
_VERSION = re.compile(r"(?<=.)@[\w.^~-]*$")
_MARK = re.compile(f"{EDGE}([^{EDGE}]*){EDGE}")


def unknown(name: str) -> str:
    """The mark for a value that is known by its name only."""
    return f"{EDGE}{name.replace(EDGE, '')}{EDGE}"


def is_known(text: str) -> bool:
    """Whether a text holds no mark."""
    return EDGE not in text


def names_in(text: str) -> list[str]:
    """The names of what is not known in a text."""
    return _MARK.findall(text)


def shown(text: str) -> str:
    """A text with marks written as variables, for people."""
    return _MARK.sub(lambda found: f"${found.group(1)}", text)


_SHOWN_MAX = 2_000
_OF_CODE = {
    "code-sql": "running",
    "code-delete": "deleting",
    "code-call": "calling",
    "code-write": "writing",
}
"""What a step does that stands for code, in words."""
_SECRETS = (
    re.compile(r"(?<=://)[^/@\s:]*:[^/@\s]*(?=@)"),
    re.compile(r"(?<=[Bb]earer )\S+|(?<=[Bb]asic )\S+"),
    re.compile(
        r"(?i)((?:\b\w{0,30}?(?:passw(?:or)?d|secret|token|api_?key|credential|private_?key|pgpassword)\w{0,30})"
        r"[\"']?\s*[=:]\s*[\"']?)[^\s\"'&]+"
    ),
    re.compile(r"(?i)(--(?:password|token|secret|api-key)[= ])\S+"),
    re.compile(r"(\b(?:mysql|mysqladmin|mariadb|mysqldump)\b.{0,200}? -p)(?!\s)\S+"),
    re.compile(
        r"AGE-SECRET-KEY-[0-9A-Z]+|\b(?:sk|ghp|gho|xox[bp])[-_][\w-]{10,}|\bAKIA[0-9A-Z]{16}\b"
    ),
)


def without_secrets(text: str) -> str:
    """A command without what looks like a password, a token or a key."""
    for secret in _SECRETS:
        text = secret.sub(lambda one: f"{one[1] if one.re.groups else ''}[redacted]", text)
    return text


@dataclass(frozen=True)
class Redirect:
    """Where output goes, or input comes from: ``>``, ``>>``, ``<`` and the path."""

    operator: str
    target: str


@dataclass(frozen=True)
class Step:
    """One simple command with its words resolved.

    ``standard_input`` is the text that is piped into it, with marks; None where nothing is.
    ``output`` is what it would print, as far as that is known. ``places`` are the hosts and
    containers that it runs in, outermost first; ``directory`` is None where nobody knows it.
    """

    words: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    standard_input: str | None = None
    output: str = ""
    redirects: tuple[Redirect, ...] = ()
    places: tuple[str, ...] = ()
    directory: Path | None = None
    through: tuple[str, ...] = ()
    language: str = ""
    """What it is written in, of a step that stands for what code does: ``python``."""

    @property
    def program(self) -> str:
        """The program's bare name, in small letters."""
        name = self.words[0].replace("\\", "/").rsplit("/", 1)[-1].lower() if self.words else ""
        return _VERSION.sub("", name.removesuffix(".exe"))

    @property
    def arguments(self) -> tuple[str, ...]:
        """The words after the program."""
        return self.words[1:]

    @property
    def is_local(self) -> bool:
        """Whether it runs on this machine, outside any container."""
        return not self.places

    def text(self, length_max: int = 200) -> str:
        """The command for people, cut to a length."""
        words = " ".join(self._named)
        whole = without_secrets(shown(words[:_SHOWN_MAX]).replace("\n", " "))
        return whole if len(whole) <= length_max else whole[: length_max - 1] + "…"

    @property
    def _named(self) -> tuple[str, ...]:
        """The words, for people: of code, its language, what it does, and to what."""
        doing = _OF_CODE.get(self.words[0]) if self.words else None
        if doing is None:
            return self.words
        rest = (one for one in self.words[1:] if one != "-r")
        return (f"{self.language or 'code'}, {doing}", *rest)

    def with_words(self, words: tuple[str, ...]) -> Self:
        """The same with other words."""
        return replace(self, words=words)
