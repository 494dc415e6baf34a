"""What a path may hold: data, everything, scratch, or nothing that anybody would miss."""

from __future__ import annotations

import itertools
import os
import re
from pathlib import Path
from typing import Literal

from strongroom.command_guard.context import Context
from strongroom.command_guard.shell.steps import EDGE, Step, is_known, names_in
from strongroom.command_guard.targets import is_test_name, volume_is_free

Kind = Literal["data", "broad", "unknown", "scratch", "plain"]

_SCRATCH_ROOTS = ("/tmp/", "/var/tmp/", "/dev/shm/", "/private/tmp/", "/private/var/folders/")  # noqa: S108
_SCRATCH = frozenset(
    [
        "node_modules",
        ".venv",
        "venv",
        "env",
        "virtualenv",
        "__pycache__",
        "dist",
        "build",
        "target",
        ".next",
        ".nuxt",
        ".output",
        ".cache",
        ".turbo",
        ".parcel-cache",
        "coverage",
        "htmlcov",
        ".coverage",
        ".nyc_output",
        ".pytest_cache",
        ".mypy_cache",
        ".ruff_cache",
        ".tox",
        ".nox",
        ".eggs",
        ".gradle",
        ".svelte-kit",
        ".vite",
        ".angular",
        ".terraform",
        ".serverless",
        ".sass-cache",
        "out",
        "tmp",
        "temp",
        ".tmp",
        "logs",
        "log",
        "obj",
        "storybook-static",
        ".hypothesis",
        ".ipynb_checkpoints",
        ".DS_Store",
        "vendor",
        "bower_components",
        ".docusaurus",
        ".expo",
        "playwright-report",
        "test-results",
        "cdk.out",
        "_build",
        ".dart_tool",
        "Pods",
        "DerivedData",
        ".yarn",
        ".pnpm-store",
        ".npm",
        "site",
        "public/build",
        "test",
        "tests",
        "fixtures",
        "__tests__",
        "spec",
        "scratch",
        "sandbox",
    ]
)
_SCRATCH_NAME = re.compile(
    r"(?:^|_)(?:te?mp|cache|build|dist|out(?:put)?|scratch|mktemp|coverage|venv|artifacts?)(?:_?dir|_?path)?(?:$|_)|mktemp",
    re.IGNORECASE,
)
_DATA_NAME = re.compile(
    r"pg_?data|(?:^|_)data|(?:^|_)db|postgres|mysql|mongo|redis|volume|backup|dump|store",
    re.IGNORECASE,
)
_STRONG = re.compile(
    r"(?:^|[-_.])(?:pg_?data|postgres(?:ql)?(?:[-_]?data)?|pg_?(?:wal|xlog|xact)|mysql(?:[-_]?data)?|mariadb|mongo(?:db)?(?:[-_]?data)?"
    r"|redis(?:[-_]?data)?|clickhouse|influxdb|elasticsearch|esdata|cassandra|couchdb|neo4j|minio|rabbitmq|grafana|prometheus|pgbackrest|barman|wal-?g|restic|borg)(?:[-_.]?\d+)?(?:$|[-_.](?:data|backup|backups|db|vol(?:ume)?)?)",
    re.IGNORECASE,
)
_WEAK = re.compile(
    r"(?:.*[-_.])?(?:data|databases?|db|dbs|db[-_]?data|volumes?|backups?|dumps?|snapshots?|wal|wal_?archive|archive|uploads?|media|storage|store|strongroom|basebackup)(?:[-_.]?\d+)?(?:[-_.](?:old|prod\w*|live|dir|vol))?",
    re.IGNORECASE,
)
_DATA_FILE = re.compile(
    r".*(?:\.(?:db|db3|sqlite3?|sqlitedb|rdb|aof|dump|dmp|bak|backup|pgdump|ibd|mdb|duckdb|bson|tfstate(?:\.backup)?|age|sql\.(?:gz|zst|xz|bz2)|(?:db|sqlite3?)-(?:wal|journal|shm))|(?:dump|backup|prod)[^/]*\.(?:sql|tar|tgz|tar\.gz|zip|gz))",
    re.IGNORECASE,
)
_SOURCE = frozenset(
    [
        "src",
        "app",
        "lib",
        "packages",
        "components",
        "pages",
        "docs",
        "doc",
        "frontend",
        "client",
        "web",
        "ui",
        "assets",
        "static",
        "examples",
        "scripts",
        "cmd",
        "internal",
        "pkg",
        "crates",
        "include",
        "hooks",
        "utils",
        "styles",
        "templates",
    ]
)
_CLUSTER_ROOTS = re.compile(
    r"/var/lib/(?:postgres\w*|pgsql|mysql|mariadb|mongo\w*|redis|docker|containers|containerd|rancher|kubelet|etcd|influxdb|clickhouse|elasticsearch|cassandra|rabbitmq|grafana|libvirt|strideiq)\b"
    r"|/var/opt/|/var/backups\b|/usr/local/(?:var/postgres|pgsql)|/opt/homebrew/var/|/bitnami/|/opt/(?:postgres\w*|pgsql)\b|/var/snap/docker"
)
_BROAD = frozenset(
    [
        "/",
        "/var",
        "/var/lib",
        "/home",
        "/root",
        "/srv",
        "/opt",
        "/mnt",
        "/media",
        "/data",
        "/usr",
        "/etc",
        "/boot",
        "/lib",
        "/bin",
        "/sbin",
        "/users",
        "/volumes",
        "/proc",
        "/sys",
        "/dev",
        "/run",
        "/var/log",
    ]
)
_HOME = re.compile(
    r"/(?:home|Users|mnt|media|srv)/[^/]+|/?|(?:/home/[^/]+|/Users/[^/]+|/root)/[A-Z]\w+"
)
_SERVED = frozenset({"app", "web", "client", "frontend"})
_ENTRIES_MAX = 200
_LEVELS_DOWN = 2


def classify(path: str, step: Step, context: Context) -> Kind:  # noqa: PLR0911  in this order
    """What a path may hold."""
    if mounted := _mounted(path, step, context):
        return mounted
    if not is_known(path):
        kind = _unknown_kind(path)
        if kind is not None:
            return kind
    text = re.sub(f"{EDGE}[^{EDGE}]*{EDGE}", "x", path)
    absolute = _absolute(text, step)
    if absolute is None:
        return _by_name(text, context)
    told = text.startswith(("/", "~")) or step.directory != context.directory
    if told and _is_scratch(absolute, context):
        return "scratch"
    last = absolute.rstrip("/*").rsplit("/", 1)[-1]
    home = _HOME.fullmatch(absolute.rstrip("/*")) and not _STRONG.search(last)
    if absolute.rstrip("/*").lower() in _BROAD or home:
        return (
            "broad" if step.is_local or absolute.strip("/*") in {"", "var", "var/lib"} else "data"
        )
    if step.is_local and step.directory is not None and _takes_all(absolute, step.directory):
        return "scratch" if is_scratch_directory(step, context) else "broad"
    if step.is_local and context.may_probe() and _holds_cluster(Path(absolute.rstrip("*"))):
        return "data"
    return _by_name(absolute if text.startswith(("/", "~")) else text, context)


def _mounted(path: str, step: Step, context: Context) -> Kind | None:
    """What is behind a path in a container that a volume or directory is mounted on."""
    for mount in step.variables.get("strongroom:mounts", "").split(";"):
        source, _, rest = mount.partition(":")
        inside = rest.partition(":")[0]
        if (
            source
            and inside
            and step.places
            and (path.rstrip("/*") + "/").startswith(inside.rstrip("/") + "/")
        ):
            if "/" not in source and is_known(source):
                return "scratch" if volume_is_free(source, context) else "data"
            behind = source.rstrip("/") + path[len(inside.rstrip("/")) :]
            kind = _by_name(behind, context)
            return "unknown" if kind == "plain" and not is_known(source) else kind
    return None


def _unknown_kind(path: str) -> Kind | None:
    names = names_in(path)
    if any(map(_DATA_NAME.search, names)) and not path.startswith("/tmp/"):  # noqa: S108
        return "data"
    if path.startswith(EDGE):
        if all(map(_SCRATCH_NAME.search, names[:1])):
            return "scratch"
        rest = path.rpartition(EDGE)[2]
        if set(rest.split("/")) & _SCRATCH:
            return "scratch"
        return (
            "plain"
            if names[0] in {"HOME", "PWD"}
            and rest.strip("/*.")
            and not _WEAK.fullmatch(rest.strip("/"))
            else "unknown"
        )
    return None


def _absolute(text: str, step: Step) -> str | None:
    if text.startswith("~"):
        text = str(Path(text).expanduser()) if text[1:2] in {"", "/"} else f"/home/{text[1:]}"
    if text.startswith("/"):
        return os.path.normpath(text)
    if step.directory is None:
        return None
    return os.path.normpath(os.path.join(step.directory, text))  # noqa: PTH118  purely lexical


def _is_scratch(absolute: str, context: Context) -> bool:
    roots = (*_SCRATCH_ROOTS, *(f"{one.rstrip('/')}/" for one in context.settings.scratch))
    return absolute.startswith(roots) and not _CLUSTER_ROOTS.search(absolute)


def is_scratch_directory(step: Step, context: Context) -> bool:
    """Whether a command runs in scratch: below ``/tmp``, and in no project that lies there."""
    if not step.is_local or step.directory is None:
        return False
    if not _is_scratch(f"{os.path.normpath(step.directory)}/x", context):
        return False
    return not any((step.directory / one).exists() for one in _PROJECT)


_PROJECT = (
    *(
        "strongroom.toml",
        "compose.yaml",
        "compose.yml",
        "docker-compose.yml",
        "docker-compose.yaml",
    ),
    *("package.json", "pyproject.toml", "manage.py", "Gemfile", "composer.json", "go.mod", ".env"),
    *("Cargo.toml", "Makefile", "PG_VERSION", "requirements.txt", "pom.xml"),
)


def _takes_all(absolute: str, directory: Path) -> bool:
    """Whether a path takes the working directory with all that is in it, or what it lies in."""
    bare = absolute.rstrip("*").rstrip("/") or "/"
    return (
        str(directory) == bare or str(directory).startswith(f"{bare}/") or bare == str(Path.home())
    )


def _holds_cluster(path: Path) -> bool:
    """Whether a PostgreSQL cluster lies there, or at most two levels below."""
    waiting, seen = [(path, 0)], 0
    try:
        while waiting:
            where, depth = waiting.pop()
            if (where / "PG_VERSION").is_file():
                return True
            if depth == _LEVELS_DOWN or not where.is_dir():
                continue
            with os.scandir(where) as entries:
                for inner in itertools.islice(entries, _ENTRIES_MAX - seen):
                    seen += 1
                    if inner.is_dir(follow_symlinks=False):
                        waiting.append((Path(inner.path), depth + 1))
    except (OSError, ValueError):
        return False
    return False


def _by_name(path: str, context: Context) -> Kind:  # noqa: PLR0911  in this order
    if _CLUSTER_ROOTS.search(path):
        return "data"
    parts = [one for one in path.rstrip("/*").split("/") if one not in {"", ".", ".."}]
    if not parts:
        return "broad"
    parts = [one.strip("*") or one for one in parts[:-1]] + parts[-1:]
    if set(parts) & _SCRATCH or any(is_test_name(one, context) for one in parts[-2:]):
        return "scratch"
    if any(_STRONG.search(one) and "." not in one[1:].rstrip("0123456789") for one in parts):
        return "data"
    if _DATA_FILE.fullmatch(parts[-1]):
        return "data"
    sources = _SOURCE - _SERVED if path.startswith("/") else _SOURCE
    source = set(parts) & sources if path.startswith("/") else parts[0] in sources
    if not source and any(_WEAK.fullmatch(one.strip("*")) for one in parts):
        return "data"
    return "plain"
