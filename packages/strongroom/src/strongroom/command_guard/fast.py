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
    "git": (
        "status log diff show add commit branch fetch pull push blame describe rev-parse remote tag"
        " ls-files ls-remote shortlog init clone switch merge rebase cherry-pick revert grep bisect"
    ),
    "git stash": "list show pop apply push",
    "git worktree": "list add",
    "docker": "ps images logs inspect stats top version info port pull build tag push history",
    "docker compose": "ps logs config build pull restart stop start top images port version ls up",
    "docker-compose": "ps logs config build pull restart stop start top images port version up",
    "kubectl": "get describe logs top version explain api-resources cluster-info config diff",
    "helm": "list ls status template lint history get show search repo version",
    "terraform": "plan fmt validate init show output providers version graph",
    "pip": "install list show freeze check download",
    "pip3": "install list show freeze check download",
    "npm": "install ci ls list outdated view audit i why",
    "yarn": "install list why outdated info",
    "pnpm": "install list why outdated i",
    "npx": "tsc eslint prettier jest vitest playwright next vite",
    "npx prisma": "generate validate format studio version",
    "uv": "sync lock pip tree python venv add",
    "uv run": "pytest mypy ruff",
    "poetry": "install show lock check add",
    "poetry run": "pytest mypy ruff",
    "python": "--version -V",
    "python -m": "pytest mypy venv http.server json.tool ruff black unittest",
    "python3": "--version -V",
    "python3 -m": "pytest mypy venv http.server json.tool ruff black unittest",
    "python manage.py": "runserver makemigrations showmigrations check test",
    "alembic": "upgrade current history heads check show branches revision",
    "cargo": "build check test fmt clippy doc tree run bench",
    "go": "build test vet fmt mod version env list",
    "gh": "pr issue run workflow status",
    "systemctl": "status list-units is-active show",
    "node": "--version -v",
    "apt-get": "update install",
    "brew": "install list info search update",
}
"""What is harmless by its first word; a name of two words is looked for first."""
_ALLOWED = {name: frozenset(words.split()) for name, words in _SUBCOMMANDS.items()}
_FORBIDDEN = (
    *(
        "--force",
        "-f",
        "-c",
        "--mirror",
        "--prune",
        "--discard-changes",
        "-C",
        "--exec",
        "--output",
    ),
    *("--upload-pack", "--receive-pack", "--delete", "-D", "-V", "--renew-anon-volumes", "--pre"),
    *("--pager", "--config-env", "--purge", "--ext-diff", "--prefix", "+", "--open-files-in-pager"),
)
"""Beginnings of options with which even these may do more."""
_NULL = "/dev/null"
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


def _words(command: str) -> list[str | None] | None:  # noqa: C901, PLR0911, PLR0912  one loop, quick
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
            if letter != "\n" and (not words or words[-1] is None):
                return None  # an operator with nothing before it
            words.append(None)
            current, begun = [], False
            if letter in "|&" and command[place : place + 1] == letter:
                place += 1
        elif letter == ">":
            after = _after_redirect(command, place)
            if after is None:
                return None
            if begun and current not in (["1"], ["2"]):
                words.append("".join(current))
            current, begun, place = [], False, after
        else:
            return None
    if begun:
        words.append("".join(current))
    return None if _lacks_its_right_side(command) else words


def _lacks_its_right_side(command: str) -> bool:
    return command.rstrip(" \t\n").endswith(("|", "&&"))


def _after_redirect(command: str, place: int) -> int | None:
    """Where a redirect to nowhere, or to the other stream, ends; None for any other."""
    if command.startswith("&1", place):
        end = place + 2
    else:
        rest = command[place:]
        if not rest.lstrip(" ").startswith(_NULL):
            return None
        end = place + rest.index(_NULL) + len(_NULL)
    return end if command[end : end + 1] in ("", " ", ";", "|", "\n") else None


def _is_harmless(words: list[str]) -> bool:
    name, rest = words[0], words[1:]
    if name in _PROGRAMS:
        whole = name != "[" or rest[-1:] == ["]"]
        watched = name in _WATCHED and any(word.startswith(_WATCHED[name]) for word in rest)
        return whole and not watched
    if name == "find":
        return not any(word in _WRITING for word in rest)
    if name == "curl":
        return all(word.lstrip("-") in _ASKING or not word.startswith("-") for word in rest)
    for size in (2, 1):
        allowed = _ALLOWED.get(" ".join(words[:size]))
        if allowed is not None:
            following = words[size:]
            if not following or following[0] not in allowed:
                return False
            return not any(word.startswith(_FORBIDDEN) for word in following[1:])
    return False


_WATCHED = {
    "sort": ("-o", "--output", "--compress"),
    "tree": ("-o",),
    "less": ("-o", "+", "-O", "--log", "-k"),
    "more": ("+",),
    "man": ("-P", "--pager", "-H"),
    "yq": ("-i", "--inplace", "-s"),
    "rg": ("--pre",),
    "ag": ("--pager",),
    "ack": ("--pager",),
    "uniq": tuple("/.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    "date": ("-s", "--set"),
    "hostname": tuple("abcdefghijklmnopqrstuvwxyz"),
    "file": ("-C",),
}
"""Programs that write or run something by these options."""
_ASKING = frozenset(
    [
        "s",
        "S",
        "f",
        "L",
        "k",
        "i",
        "I",
        "v",
        "G",
        "fsS",
        "fsSL",
        "sS",
        "sL",
        "LsSf",
        "sf",
        "silent",
        "fail",
        "location",
        "head",
        "compressed",
    ]
)


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
