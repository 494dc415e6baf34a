"""The fast path: plainly harmless commands, decided with the standard library's least.

Nothing is imported here but ``sys``, so that this file can be run by itself, by
``python -I -S fast.py COMMAND``, within milliseconds of the bare interpreter. It only ever says
"harmless": plain words, quotes without expansion, ``&&``, ``||``, ``;`` and pipes between programs
that cannot lose data by themselves. Everything else is for the rest of the guard.
"""

from __future__ import annotations

import sys

SIZE_MAX = 4_000

_PLAIN = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=@%+,-^~*?[]#"
)
_PROGRAMS = frozenset(
    [
        "ls",
        "ll",
        "la",
        "cat",
        "bat",
        "head",
        "tail",
        "wc",
        "sort",
        "uniq",
        "cut",
        "tr",
        "nl",
        "tac",
        "rev",
        "echo",
        "true",
        "false",
        "pwd",
        "whoami",
        "id",
        "date",
        "uname",
        "hostname",
        "uptime",
        "which",
        "whereis",
        "type",
        "file",
        "stat",
        "du",
        "df",
        "free",
        "ps",
        "top",
        "htop",
        "pgrep",
        "lsof",
        "grep",
        "egrep",
        "fgrep",
        "rg",
        "ag",
        "ack",
        "diff",
        "cmp",
        "comm",
        "tree",
        "basename",
        "dirname",
        "realpath",
        "readlink",
        "md5sum",
        "sha1sum",
        "sha256sum",
        "cksum",
        "jq",
        "yq",
        "column",
        "less",
        "more",
        "man",
        "clear",
        "printenv",
        "locale",
        "tput",
        "cal",
        "sleep",
        "seq",
        "mkdir",
        "touch",
        "test",
        "[",
        "pytest",
        "mypy",
        "ruff",
        "black",
        "isort",
        "flake8",
        "pylint",
        "eslint",
        "prettier",
        "tsc",
        "jest",
        "vitest",
        "mocha",
        "nproc",
        "lscpu",
        "lsblk",
        "ip",
        "ss",
        "netstat",
        "ping",
        "dig",
        "nslookup",
        "host",
        "cd",
        "exit",
        "wait",
        "kill",
        "lint-imports",
        "pyright",
        "cloc",
        "tokei",
        "hexdump",
        "strings",
        "od",
    ]
)
"""Programs that print, look or check, whatever their arguments are."""
_WRITING = frozenset(
    {"-delete", "-exec", "-execdir", "-ok", "-okdir", "-fprint", "-fls", "-fprintf"}
)
_SUBCOMMANDS = {
    "git": frozenset(
        [
            "status",
            "log",
            "diff",
            "show",
            "add",
            "commit",
            "branch",
            "fetch",
            "pull",
            "push",
            "blame",
            "describe",
            "rev-parse",
            "remote",
            "tag",
            "ls-files",
            "ls-remote",
            "shortlog",
            "config",
            "init",
            "clone",
            "switch",
            "merge",
            "rebase",
            "cherry-pick",
            "revert",
        ]
    ),
    "docker": frozenset(
        [
            "ps",
            "images",
            "logs",
            "inspect",
            "stats",
            "top",
            "version",
            "info",
            "port",
            "pull",
            "build",
        ]
    ),
    "kubectl": frozenset(
        ["get", "describe", "logs", "top", "version", "explain", "api-resources", "cluster-info"]
    ),
    "pip": frozenset(["install", "list", "show", "freeze", "check", "download"]),
    "npm": frozenset(["install", "ci", "ls", "list", "outdated", "view", "audit", "i"]),
    "cargo": frozenset(["build", "check", "test", "fmt", "clippy", "doc", "tree"]),
    "go": frozenset(["build", "test", "vet", "fmt", "mod", "version", "env", "list"]),
}
_FORBIDDEN = {
    "git": (
        "--force",
        "-f",
        "-c",
        "--mirror",
        "--prune",
        "--discard-changes",
        "-C",
        "--exec-path",
        "--upload-pack",
        "-x",
        "--exec",
    ),
    "docker": (),
    "kubectl": (),
    "pip": (),
    "npm": ("--prefix",),
    "cargo": (),
    "go": ("-exec",),
}
_ANSWER = '{"decision": "allow", "reasons": [], "next": null}'


def harmless(command: str) -> bool:
    """Whether a command is plainly harmless. False says nothing."""
    if len(command) > SIZE_MAX:
        return False
    words = _words(command)
    if words is None:
        return False
    start = 0
    for place in range(len(words) + 1):
        if place == len(words) or words[place] is None:
            segment = words[start:place]
            start = place + 1
            if segment and not _is_harmless([word for word in segment if word is not None]):
                return False
    return True


def _words(command: str) -> list[str | None] | None:  # noqa: C901, PLR0912  one loop, quick
    """The words, with None between commands; None alone where there is more than plain words."""
    words: list[str | None] = []
    current: list[str] = []
    begun = False
    place, size = 0, len(command)
    while place < size:
        letter = command[place]
        place += 1
        if letter in _PLAIN:
            current.append(letter)
            begun = True
        elif letter in "'\"":
            end = command.find(letter, place)
            if end < 0:
                return None
            inside = command[place:end]
            if not inside.isprintable() or (
                letter == '"' and ("$" in inside or "`" in inside or "\\" in inside)
            ):
                return None
            current.append(inside)
            begun, place = True, end + 1
        elif letter in " \t":
            if begun:
                words.append("".join(current))
            current, begun = [], False
        elif letter in ";|&\n":
            if letter == "&" and command[place : place + 1] != "&":
                return None
            if begun:
                words.append("".join(current))
            words.append(None)
            current, begun = [], False
            if letter in "|&" and command[place : place + 1] == letter:
                place += 1
        elif letter == ">" and command[place - 2 : place + 2] == "2>&1":
            current, begun, place = [], False, place + 2
            if command[place : place + 1] not in ("", " ", ";", "|", "\n"):
                return None
        else:
            return None
    if begun:
        words.append("".join(current))
    return words


def _is_harmless(words: list[str]) -> bool:
    name, rest = words[0], words[1:]
    if name in _PROGRAMS:
        return name not in {"sort", "tree", "less", "man", "yq"} or not any(
            word.startswith(("-o", "--output", "-i", "--inplace", "+", "-P")) for word in rest
        )
    if name == "find":
        return not any(word in _WRITING for word in rest)
    allowed = _SUBCOMMANDS.get(name)
    if allowed is None or not rest or rest[0] not in allowed:
        return False
    if name in {"npm", "git"}:
        return (
            not any(
                word in _FORBIDDEN[name]
                or word.startswith(("-c", "--upload-pack", "--exec", "--receive-pack", "-f", "+"))
                for word in rest[1:]
            )
            if name == "git"
            else True
        )
    return not any(word in _FORBIDDEN[name] for word in rest)


def main() -> None:
    """Answer for one command on the command line; anything but harmless goes to the whole guard."""
    if len(sys.argv) == 2 and harmless(sys.argv[1]):  # noqa: PLR2004  the one argument
        sys.stdout.write(_ANSWER + "\n")
        return
    import os  # noqa: PLC0415  only where it does not stay quick

    os.execv(  # noqa: S606  this very interpreter
        sys.executable, [sys.executable, "-I", "-m", "strongroom.command_guard", *sys.argv[1:]]
    )


if __name__ == "__main__":
    main()
