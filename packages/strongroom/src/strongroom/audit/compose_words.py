"""A call of Compose taken apart: which files and project, which verb, which options of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_WITH_VALUE = {
    "-f", "--file", "-p", "--project-name", "--profile", "--env-file", "--project-directory",
    "--ansi", "--progress", "--parallel", "--log-level", "-H", "--host", "--tlscacert", "--tlscert",
    "--tlskey", "-c", "--context", "--workdir",
}  # fmt: skip
_ENGINE_WITH_VALUE = {"-H", "--host", "-c", "--context", "--config", "-l", "--log-level", "--url"}
_ENGINES = {"docker", "podman", "nerdctl"}
_PROGRAMS = {"docker-compose", "podman-compose"}


@dataclass(frozen=True)
class ComposeCall:
    """A call. ``options`` are those before the verb, in pairs; ``rest`` is what follows it."""

    options: tuple[tuple[str, str], ...]
    verb: str
    rest: tuple[str, ...]

    def values(self, *names: str) -> tuple[str, ...]:
        """The values of an option, in the order they were given."""
        return tuple(value for name, value in self.options if name in names)

    @property
    def files(self) -> tuple[str, ...]:
        """What ``-f`` names."""
        return self.values("-f", "--file")

    @property
    def project(self) -> str | None:
        """What ``-p`` names; the last one counts."""
        named = self.values("-p", "--project-name")
        return named[-1] if named else None

    def has(self, short: str, long: str) -> bool:
        """Whether an option follows the verb: ``-v``, also in ``-fv``, or ``--volumes``.

        ``--volumes=false`` is none.
        """
        for word in self.rest:
            if word == "--":
                return False
            if word == long or (word.startswith(f"{long}=") and not word.endswith("=false")):
                return True
            bundled = word.startswith("-") and not word.startswith("--")
            if bundled and short in word[1:].partition("=")[0]:
                return True
        return False


def compose_call(words: Sequence[str]) -> ComposeCall | None:
    """Take a command apart; None where it is no call of Compose."""
    if not words:
        return None
    name = words[0].rpartition("/")[2]
    if name in _PROGRAMS:
        return parse_call(words[1:])
    if name not in _ENGINES:
        return None
    rest = list(words[1:])
    while rest and rest[0].startswith("-"):
        rest = rest[2:] if rest[0] in _ENGINE_WITH_VALUE else rest[1:]
    return parse_call(rest[1:]) if rest[:1] == ["compose"] else None


def parse_call(arguments: Sequence[str]) -> ComposeCall:
    """Take the arguments of Compose apart."""
    options: list[tuple[str, str]] = []
    rest = list(arguments)
    while rest and rest[0].startswith("-"):
        word, sign, value = rest.pop(0).partition("=")
        attached = word[:2] in {"-f", "-p"} and len(word) > 2 and word[1] != "-"  # noqa: PLR2004
        if attached:
            options.append((word[:2], word[2:] + sign + value))
        elif sign:
            options.append((word, value))
        elif word in _WITH_VALUE:
            options.append((word, rest.pop(0) if rest else ""))
        else:
            options.append((word, ""))
    return ComposeCall(tuple(options), rest[0] if rest else "", tuple(rest[1:]))
