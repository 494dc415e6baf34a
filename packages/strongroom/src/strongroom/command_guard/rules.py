"""One piece of knowledge: a command, told by its words, and what it loses.

A pattern is read from left to right. The first word names the program (``docker|podman``); a bare
word must be the next one that is not an option (``volume rm|remove``, ``db:*``); ``+-v|--volumes``
asks for one of these options, ``!--dry-run`` for none of them; ``~TEXT`` asks for an argument that
the regular expression matches as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

from strongroom.command_guard.decision import Verdict

_CLUSTER = re.compile(r"-[A-Za-z][A-Za-z0-9]{1,5}")
_SHOWING = frozenset(
    {
        "--help",
        "-help",
        "--dry-run",
        "--dryrun",
        "--dryRun",
        "--dry_run",
        "--no-act",
        "--preview-only",
    }
)
"""With these a command only says what it would do."""
_ABBREVIATED_MIN = 5


@dataclass(frozen=True)
class Rule:
    """A command that can lose data.

    ``loses`` ends the sentence "it …". ``target`` says how what it works on is judged: ``volume``,
    ``container``, ``database``, ``path``, ``name`` (any name on the line), or ``none``.
    """

    name: str
    pattern: str
    loses: str
    needs: Verdict = "needs_backup"
    target: str = "none"

    @cached_property
    def _tokens(self) -> tuple[str, ...]:
        return tuple(self.pattern.split())

    @cached_property
    def programs(self) -> tuple[str, ...]:
        """The programs that it is about."""
        return tuple(self._tokens[0].split("|"))

    def matches(self, words: Sequence[str]) -> int | None:
        """The place behind the words that matched, or None; ``words`` follow the program."""
        if _only_shows(words):
            return None
        plain = [one for one in self._tokens[1:] if one[0] not in "+!~"]
        end = _end_of(words, plain)
        if end is None:
            return None
        for token in self._tokens[1:]:
            kind, names = token[0], token[1:].split("|")
            if kind == "+" and not any(has_option(words, one) for one in names):
                return None
            if kind == "!" and any(has_option(words, one) for one in names):
                return None
            if kind == "~" and not any(
                re.fullmatch(token[1:], word, re.IGNORECASE | re.DOTALL) for word in words
            ):
                return None
        return end


def _only_shows(words: Sequence[str]) -> bool:
    if _SHOWING & set(words) or words[-1:] in (["help"], ("help",)):
        return True
    return any(re.fullmatch(r"--dry-?run=(?:client|server|true|all)", word) for word in words)


def _end_of(words: Sequence[str], plain: Sequence[str], start: int = 0) -> int | None:
    """Where the plain words end. The value of an option that nobody knows may stand between."""
    if not plain:
        return start
    for place in range(start, len(words)):
        word = words[place]
        if not word.startswith("-"):
            if any(fnmatchcase(word.lower(), one) for one in plain[0].split("|")):
                end = _end_of(words, plain[1:], place + 1)
                if end is not None:
                    return end
            if place == start or not words[place - 1].startswith("-"):
                return None
    return None


def has_option(words: Sequence[str], option: str) -> bool:
    """Whether an option is given: by itself, in a cluster, with a value, or abbreviated."""
    for word in words:
        if word == "--":
            return option == "--"
        name, given, value = word.partition("=")
        if name == option or name.replace("_", "-") == option:
            if value.lower() not in {"false", "0", "no"} or not given:
                return True
        elif len(option) == 2 and _CLUSTER.fullmatch(word):  # noqa: PLR2004  one letter
            if option[1] in word[1:]:
                return True
        elif len(name) >= _ABBREVIATED_MIN and name.startswith("--") and option.startswith(name):
            return True
    return False


def option_value(words: Sequence[str], *names: str) -> str | None:
    """The value of an option: behind it, after ``=``, or joined to its letter."""
    for place, word in enumerate(words):
        option, given, value = word.partition("=")
        if option in names:
            if given:
                return value
            return words[place + 1] if place + 1 < len(words) else None
        for name in names:
            if len(name) == 2 and word.startswith(name) and not word.startswith("--"):  # noqa: PLR2004
                return word[2:]
    return None
