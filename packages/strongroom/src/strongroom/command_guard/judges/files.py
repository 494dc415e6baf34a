"""Removals, moves and overwriting of files that may hold data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from strongroom.command_guard.context import Context
from strongroom.command_guard.decision import Finding
from strongroom.command_guard.judges.finding import found
from strongroom.command_guard.paths import classify
from strongroom.command_guard.rules import has_option, option_value
from strongroom.command_guard.shell.steps import Step, is_known, shown

_DEVICE = re.compile(
    r"/dev/(?!null$|zero$|u?random$|stdout$|stderr$|stdin$|tty|fd/|shm/|full$|tcp/|udp/)"
)
_GUARDED = re.compile(
    r"(?:^|/)(?:strongroom\.(?:toml|lock)|\.config/strongroom(?:/.*)?)$|^/etc/strongroom\b"
    # Where the guard's hooks stand (``hosts.settings``), and what they run.
    r"|(?:^|/)\.claude/settings(?:\.local)?\.json$|(?:^|/)\.(?:codex|cursor)/hooks\.json$"
    r"|(?:^|/)\.gemini/settings\.json$|/strongroom/guard-hooks\.json$"
    r"|/share/strongroom/(?:guard-bin(?:/|$)|strongroom-guard-client)"
)
_REPOSITORY = re.compile(r"(?:^|/)\.git(?:/\*?)?$")
_VARIABLES = re.compile(r"(?:^|/)\.env(?:\.(?!example|sample|template|dist|test)[\w.]+)?$")
_COMPOSE = re.compile(r"(?:^|/)(?:docker-)?compose(?:\.ya?ml|\.prod\w*\.ya?ml)$")
_SQLITE = re.compile(r"\.(?:db|sqlite3?|db3|rdb|aof|ibd|duckdb)$", re.IGNORECASE)
_CLUSTER = re.compile(
    r"/var/lib/(?:postgres|pgsql|mysql|mongo|redis)|pg_?data|/pg_wal", re.IGNORECASE
)
_COPY = re.compile(r"back|bak|cop(?:y|ies)|old|orig|archive", re.IGNORECASE)
_INSIDE_CLUSTER = re.compile(
    r"/(?:pg_wal|pg_xact|base|global|postmaster\.pid|pg_xlog)(?:/|$)|PGDATA", re.IGNORECASE
)


_RECURSIVE = ("-r", "-R", "--recursive", "-Recurse", "-recurse", "/s")


def judge_removal(step: Step, context: Context) -> Iterator[Finding]:
    """``rm``, ``unlink``, ``shred``, ``rmdir`` and what code deletes."""
    words = step.arguments
    paths = [
        word
        for place, word in enumerate(words)
        if not word.startswith("-") or "--" in words[:place]
    ]
    if step.program == "shred":
        paths = _without(words, ("-s", "--size", "-n", "--iterations"))
        if any(classify(path, step, context) in {"plain", "unknown"} for path in paths):
            yield found(
                step, "shred", "needs_human", "overwrites a file so that nothing brings it back"
            )
    elif step.program == "truncate":
        paths = _without(words, ("-s", "--size", "-n", "--iterations", "-r", "--reference"))
    recursive = any(has_option(words, one) for one in _RECURSIVE)
    removes_trees = recursive or step.program in {"rd", "remove-item", "ri", "rimraf"}
    yield from removed(step, paths, context, trees=removes_trees)


def _without(words: Iterable[str], valued: tuple[str, ...]) -> list[str]:
    paths, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word in valued:
            skip = True
        elif not word.startswith("-"):
            paths.append(word)
    return paths


def removed(
    step: Step, paths: Iterable[str], context: Context, *, trees: bool
) -> Iterator[Finding]:
    """Judge each path that goes away."""
    for path in paths:
        if _GUARDED.search(path):
            yield found(
                step,
                "remove-guard",
                "needs_human",
                "removes what strongroom expects of the database",
            )
        elif _REPOSITORY.search(path) and trees and classify(path, step, context) != "scratch":
            yield found(
                step,
                "remove-repository",
                "needs_human",
                "removes the history with all that was never pushed",
            )
        elif (
            _VARIABLES.search(path) and step.is_local and classify(path, step, context) != "scratch"
        ):
            yield found(
                step,
                "remove-variables",
                "needs_human",
                "removes the file that says which database is used",
            )
        else:
            yield from _removed(step, path, context, trees=trees)


def _removed(step: Step, path: str, context: Context, *, trees: bool) -> Iterator[Finding]:
    kind = classify(path, step, context)
    if kind == "data":
        yield found(
            step,
            "remove-data",
            "needs_backup",
            f"removes {shown(path)}, which may hold a database or its backups",
        )
    elif kind == "broad" and (trees or path.endswith("*")):
        yield found(step, "remove-broad", "needs_human", f"removes everything in {shown(path)}")
    elif kind == "unknown" and trees:
        yield found(
            step,
            "remove-unknown",
            "needs_human",
            f"removes {shown(path)}, and nobody can tell what that is",
        )


def judge_move(step: Step, context: Context) -> Iterator[Finding]:
    """``mv``: what is moved away is missing where it was."""
    paths = _without(step.arguments, ("-S", "--suffix"))
    target = option_value(step.arguments, "-t", "--target-directory")
    sources = paths if target else paths[:-1]
    for path in sources:
        kind = classify(path, step, context)
        if _GUARDED.search(path):
            yield found(
                step, "move-guard", "needs_human", "moves what strongroom expects of the database"
            )
        elif kind == "data" or (kind == "broad" and step.is_local):
            yield found(
                step,
                "move-data",
                "needs_backup",
                f"moves {shown(path)} away, which may hold a database",
            )
    if paths[1:]:
        yield from judge_overwriting(step, paths[-1], context)
        yield from _moved_settings(step, paths)


def _moved_settings(step: Step, paths: list[str]) -> Iterator[Finding]:
    """Another environment's variables in the place of these; a compose file in another project."""
    if _VARIABLES.search(paths[-1]) and paths[-1].endswith(".env") and _VARIABLES.search(paths[0]):
        yield found(
            step, "move-variables", "needs_human", "may point the application at another database"
        )
    elif _COMPOSE.search(paths[0]) and not _COMPOSE.search(paths[-1]) and step.is_local:
        yield found(
            step,
            "move-compose",
            "needs_human",
            "gives the project another name, and every volume with it",
        )


def judge_copy(step: Step, context: Context) -> Iterator[Finding]:
    """``cp`` and ``install``: what they copy onto something."""
    paths = _without(step.arguments, ("-S", "--suffix", "-m", "--mode", "-o", "-g"))
    if paths and _DEVICE.match(paths[-1]):
        yield found(step, "copy-device", "needs_human", f"writes over the whole device {paths[-1]}")
    elif len(paths) > 1 and not has_option(step.arguments, "-n"):
        yield from judge_overwriting(step, paths[-1], context)
        if _inside_cluster(paths[-1], step, context):
            yield found(
                step,
                "copy-over-cluster",
                "needs_backup",
                f"writes over {shown(paths[-1])}, a database's own files",
            )


def judge_overwriting(step: Step, path: str, context: Context) -> Iterator[Finding]:
    """A file that gets another content: settings of the guard, variables, databases."""
    kind = classify(path, step, context)
    if kind == "scratch":
        return
    if _GUARDED.search(path):
        yield found(
            step,
            "overwrite-guard",
            "needs_human",
            "changes what strongroom expects of the database",
        )
    elif _VARIABLES.search(path) and step.is_local and _holds_address(step, path, context):
        yield found(
            step,
            "overwrite-variables",
            "needs_human",
            f"may point the application at another database ({shown(path)})",
        )
    elif _SQLITE.search(path) and step.is_local and not _COPY.search(path) and is_known(path):
        yield found(
            step, "overwrite-database", "needs_human", f"writes over the database {shown(path)}"
        )


def _holds_address(step: Step, path: str, context: Context) -> bool:
    text = context.text(step.directory, path) if is_known(path) else None
    return bool(
        re.search(r"(?m)^\s*(?:export )?\w*(?:DATABASE|DB_|PG|POSTGRES|MYSQL|MONGO)", text or "")
    )


def judge_synchronising(step: Step, context: Context) -> Iterator[Finding]:
    """``rsync``: what it deletes at its target, and data that it writes over."""
    words = step.arguments
    if has_option(words, "-n") or "--dry-run" in words:
        return
    paths = _without(
        words,
        (
            "-e",
            "--rsh",
            "--exclude",
            "--include",
            "--filter",
            "-f",
            "--exclude-from",
            "--files-from",
            "--log-file",
            "--bwlimit",
            "--partial-dir",
            "--backup-dir",
            "--chown",
            "--rsync-path",
        ),
    )
    if not paths:
        return
    deletes = any(word.startswith("--del") for word in words)
    target = paths[-1]
    kind = classify(target.partition(":")[2] if ":" in target else target, step, context)
    if deletes and kind in {"data", "broad", "unknown"}:
        yield found(
            step,
            "rsync-delete",
            "needs_backup",
            f"deletes in {shown(target)} whatever its source lacks",
        )
    elif _inside_cluster(target, step, context):
        yield found(
            step,
            "rsync-over-cluster",
            "needs_backup",
            f"writes over {shown(target)}, a database's own files",
        )
    if "--remove-source-files" in words:
        yield from removed(step, paths[:-1], context, trees=True)


def _inside_cluster(path: str, step: Step, context: Context) -> bool:
    named = _CLUSTER.search(shown(path))
    return bool(named) and not _COPY.search(path) and classify(path, step, context) == "data"


def judge_raw_copy(step: Step, context: Context) -> Iterator[Finding]:
    """``dd``: where it writes."""
    for word in step.arguments:
        if word.startswith("of="):
            path = word.removeprefix("of=")
            if _DEVICE.match(path):
                yield found(
                    step, "dd-device", "needs_human", f"writes over the whole device {path}"
                )
            elif classify(path, step, context) == "data" and not re.search(r"backup|dump", path):
                yield found(step, "dd-data", "needs_backup", f"writes over {shown(path)}")


def judge_unpacking(step: Step, context: Context) -> Iterator[Finding]:
    """``tar`` and ``unzip`` into a database's directory."""
    target = option_value(step.arguments, "-C", "--directory", "-d")
    first = step.arguments[0] if step.arguments else ""
    unpacks = step.program == "unzip" or "x" in first.lstrip("-") or "--extract" in step.arguments
    if target and unpacks and _inside_cluster(target, step, context):
        yield found(
            step,
            "unpack-over-cluster",
            "needs_backup",
            f"unpacks over {shown(target)}, a database's own files",
        )
    if "--remove-files" in step.arguments:
        yield from removed(
            step,
            [word for word in step.arguments[1:] if not word.startswith("-")],
            context,
            trees=True,
        )


def judge_redirects(step: Step, context: Context) -> Iterator[Finding]:
    """``>`` onto a device, a database, or a file inside a cluster."""
    for redirect in step.redirects:
        path = redirect.target
        if ">" not in redirect.operator or not path:
            continue
        if _DEVICE.match(path):
            yield found(step, "write-device", "needs_human", f"writes over the whole device {path}")
        elif (
            redirect.operator != ">>"
            and (
                _SQLITE.search(path)
                or _INSIDE_CLUSTER.search(shown(path))
                or _inside_cluster(path, step, context)
            )
            and classify(path, step, context) == "data"
        ):
            yield found(
                step,
                "write-data",
                "needs_backup",
                f"empties {shown(path)} and writes over it",
            )
