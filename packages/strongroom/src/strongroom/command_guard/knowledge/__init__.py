"""What is known of commands that lose data: one file per family, each with its own cases.

A family has ``RULES``, and ``DANGEROUS`` and ``SAFE`` commands, one a line, which a test runs. What
no pattern can tell, such as what a path holds, is asked of the judges.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

from strongroom.command_guard.context import Context
from strongroom.command_guard.databases import is_production, is_test_database
from strongroom.command_guard.decision import Finding
from strongroom.command_guard.judges import code, covering, files, http, postgres, writing
from strongroom.command_guard.judges.finding import found
from strongroom.command_guard.knowledge import (
    backup_tools,
    cloud,
    containers,
    disks,
    git,
    kubernetes,
    migrations,
    object_stores,
    other_databases,
    platforms,
    servers,
    strongroom_verbs,
    terraform,
)
from strongroom.command_guard.paths import classify, is_scratch_directory
from strongroom.command_guard.rules import Rule, option_value
from strongroom.command_guard.shell.code import CALL, DELETE, SQL, WRITE
from strongroom.command_guard.shell.steps import Step, is_known, names_in
from strongroom.command_guard.targets import (
    containers_are_free,
    is_test_name,
    volumes_are_free,
)

FAMILIES = (
    backup_tools,
    cloud,
    containers,
    disks,
    git,
    kubernetes,
    migrations,
    object_stores,
    other_databases,
    platforms,
    servers,
    strongroom_verbs,
    terraform,
)

_Judge = Callable[[Step, Context], Iterator[Finding]]
JUDGES: dict[str, _Judge] = {
    **dict.fromkeys(
        ("rm", "unlink", "shred", "truncate", "rmdir", "rimraf", "trash", "srm", "del", "rd", "erase",
         "remove-item", "ri", "del-cli", DELETE),
        files.judge_removal,
    ),
    **dict.fromkeys(("mv", "move", "move-item", "rename", "ren"), files.judge_move),
    **dict.fromkeys(("chmod", "chown"), covering.judge_rights),
    **dict.fromkeys(("ln", "mount"), covering.judge_covering),
    **dict.fromkeys(("cp", "install", "copy", "copy-item"), files.judge_copy),
    "rsync": files.judge_synchronising,
    "dd": files.judge_raw_copy,
    **dict.fromkeys(("tar", "unzip", "bsdtar"), files.judge_unpacking),
    "tee": writing.judge_tee,
    "sponge": writing.judge_tee,
    **dict.fromkeys(("sed", "gsed", "perl", "yq", "awk", "gawk"), writing.judge_stream_edit),
    WRITE: writing.judge_code_write,
    **dict.fromkeys(("psql", "pgcli", "usql", "pg_psql"), postgres.judge_psql),
    "dropdb": postgres.judge_dropdb,
    "pg_restore": postgres.judge_pg_restore,
    SQL: postgres.judge_code_sql,
    CALL: code.judge_call,
    **dict.fromkeys(
        ("mysql", "mariadb", "sqlite3", "sqlite", "duckdb", "clickhouse-client", "clickhouse", "sqlcmd",
         "mycli", "cockroach", "cqlsh", "wrangler", "turso", "snowsql", "bq", "sqlplus", "influx"),
        postgres.judge_other_sql,
    ),
    **dict.fromkeys(("mongosh", "mongo"), code.judge_mongo),
    **dict.fromkeys(("redis-cli", "valkey-cli", "keydb-cli"), code.judge_redis),
    **dict.fromkeys(("curl", "wget", "http", "https", "xh", "gh", "glab"), http.judge_request),
}  # fmt: skip


@cache
def rules_by_program() -> dict[str, tuple[Rule, ...]]:
    """All rules by the programs that they are about."""
    index: dict[str, list[Rule]] = {}
    for family in FAMILIES:
        for rule in family.RULES:
            for program in rule.programs:
                index.setdefault(program, []).append(rule)
    return {program: tuple(rules) for program, rules in index.items()}


_ANY = (
    "rm", "docker", "docker-compose", "psql", "prisma", "alembic", "manage.py", "kubectl", "terraform", "git",
    "artisan", "rails", "supabase", "redis-cli", "dropdb", "helm", "aws", "drizzle-kit",
)  # fmt: skip
"""What a program may be whose name nobody knows."""
_NAMED = {
    "PYTHON": "python",
    "PSQL": "psql",
    "DOCKER": "docker",
    "COMPOSE": "docker-compose",
    "DC": "docker-compose",
}


def findings_of_step(step: Step, context: Context) -> Iterator[Finding]:
    """What one command would lose."""
    yield from writing.judge_writes(step, context)
    yield from files.judge_redirects(step, context)
    if not step.words:
        return
    if not is_known(step.words[0]):
        yield from _of_any(step, context)
        return
    yield from _of_program(step, context)


def _of_program(step: Step, context: Context) -> Iterator[Finding]:
    name = step.program
    judge = JUDGES.get(name)
    if judge is not None:
        yield from judge(step, context)
    for rule in rules_by_program().get(name, ()):
        end = rule.matches(step.arguments)
        if end is not None and not is_spared(rule, step, end, context):
            yield found(step, rule.name, rule.needs, rule.loses)
            return
    if unseen := _unseen_script(step, context):
        yield found(step, "unseen-script", "needs_human", unseen)


def _of_any(step: Step, context: Context) -> Iterator[Finding]:
    """A program that only the run would tell: whatever of these it could be counts."""
    named = [_NAMED[one] for one in names_in(step.words[0]) if one in _NAMED]
    for name in named or _ANY:
        for one in _of_program(step.with_words((name, *step.arguments)), context):
            yield found(step, one.rule, "needs_human", f"could be {name}, and {one.reason}")
            return


def is_spared(  # noqa: C901, PLR0911  one for each kind of target
    rule: Rule, step: Step, end: int, context: Context
) -> bool:
    """Whether what a rule is about is a test's, or scratch."""
    words = step.arguments
    rest = [word for word in words[end:] if not word.startswith("-")]
    if rule.target == "volume":
        return volumes_are_free(rest, context)
    if rule.target == "container":
        return containers_are_free(rest, context)
    if rule.target == "production":
        return not is_production(step, context)
    if rule.target == "database":
        return is_test_database(step, context)
    if rule.target == "path":
        given = option_value(words, "-D", "--pgdata")
        rest = [given] if given else rest
        return bool(rest) and all(classify(one, step, context) == "scratch" for one in rest)
    if rule.target == "release":
        return bool(rest) and (
            all(map(_STATELESS.search, rest[:1]))
            or any(is_test_name(_bare(one), context) for one in words if is_known(one))
        )
    if rule.target == "manifest":
        return _is_stateless_manifest(step, context)
    if rule.target == "cluster":
        return not any(_CLUSTER.search(one) or not is_known(one) for one in rest)
    if rule.target == "clean":
        excluding = {"-e", "--exclude"} & set(words)
        if (
            rest
            and not excluding
            and all(classify(one, step, context) == "scratch" for one in rest)
        ):
            return True
        return "-h" in words or is_scratch_directory(step, context)
    if rule.target == "directory":
        return is_scratch_directory(step, context)
    if rule.target == "name":
        return _names_test_target(words, context) or any(
            is_test_name(step.variables.get(name, ""), context)
            for name in ("COMPOSE_PROJECT_NAME", "COMPOSE_FILE")
        )
    return False


_CLUSTER = re.compile(r"/var/lib/|pg_?data|/main\b|PGDATA", re.IGNORECASE)
_STATEFUL = re.compile(
    r"kind:\s*(?:PersistentVolume\w*|StatefulSet|Namespace|\w*Postgres\w*|Cluster|\w*MySQL\w*|Mongo\w*|Redis\w*)"
)
_STATELESS_FILE = re.compile(
    r"ingress|deploy|service|svc|job|configmap|cron|hpa|rbac|web|api|frontend|worker|test",
    re.IGNORECASE,
)


def _is_stateless_manifest(step: Step, context: Context) -> bool:
    """Whether every file that ``kubectl delete -f`` is given describes nothing that holds data."""
    files = [
        step.words[place + 1]
        for place, word in enumerate(step.words[:-1])
        if word in {"-f", "--filename"}
    ]
    if not files:
        return False
    for file in files:
        text = context.text(step.directory, file) if step.is_local and is_known(file) else None
        if text is not None and _STATEFUL.search(text):
            return False
        if text is None and (
            not is_known(file) or not _STATELESS_FILE.search(file.rsplit("/", 1)[-1])
        ):
            return False
    return True


def _names_test_target(words: tuple[str, ...], context: Context) -> bool:
    """Whether a name on the line is a test's; local paths and patterns are none."""
    return any(
        is_test_name(_bare(one), context)
        for place, one in enumerate(words)
        if is_known(one)
        and "*" not in one
        and not one.startswith(("/", "./", "file://"))
        and (not place or words[place - 1] not in {"--exclude", "--include", "--filter"})
    )


def _bare(word: str) -> str:
    return word.partition("=")[2] if word.startswith("-") else word


_STATELESS = re.compile(
    r"(?:^|-)(?:ingress|nginx|cert-manager|traefik|metrics|external-dns|frontend|web|api|worker|proxy"
    r"|gateway|cron|istio\w*|linkerd|autoscaler|dashboard)(?:-|$)"
)
_LOSING_NAME = re.compile(
    r"(?:^|[-_:./])(?:delete_old_cluster|clean[-_]?(?:db|data|database|volumes?)|reset|wipe|drop|nuke|destroy|purge|fresh|obliterate|teardown|truncate|flush)(?:[-_:./]?(?:db|database|data|all|prod\w*|schema|postgres|volumes?|sh|py|js|ts|everything|hard|force))*$"
    r"|(?:db|database|data|migrate|migration|schema|postgres|volumes?)[-_:.]?(?:reset|wipe|drop|nuke|destroy|purge|fresh|refresh|rebuild|recreate|clean|delete|truncate|flush|redo)",
    re.IGNORECASE,
)
_DATA_WORD = re.compile(
    r"cluster|destroy|nuke|wipe|obliterate|db|database|data|migrat|schema|postgres|volume|prod|all|hard",
    re.IGNORECASE,
)


def _unseen_script(step: Step, context: Context) -> str | None:
    """A script that cannot be read, with a name that sounds like a loss."""
    from strongroom.command_guard.shell.bodies import body_of, script_name  # noqa: PLC0415  rare

    name: str | None = None
    words = [word for word in step.arguments if not word.startswith("-")]
    if step.program in {"npm", "yarn", "pnpm", "bun"}:
        name = script_name(step)
    elif step.program in {
        "make",
        "gmake",
        "just",
        "task",
        "invoke",
        "inv",
        "rake",
        "poe",
        "nox",
        "mage",
        "turbo",
        "nx",
        "lerna",
        "moon",
        "composer",
    }:
        name = next((word for word in words if _LOSING_NAME.search(word)), None)
    elif step.program in {"bash", "sh", "zsh", "python", "python3", "node", "ruby", "source"}:
        name = next(
            (word for word in words if re.search(r"\.(?:sh|py|js|ts|rb|bash)$|/", word)), None
        )
    elif "/" in step.words[0] and not step.words[0].startswith(("/usr/", "/bin/", "/sbin/")):
        name = step.words[0]
    if not name or not _LOSING_NAME.search(name) or not _DATA_WORD.search(name):
        return None
    if any(is_test_name(one, context) for one in re.split(r"[:/]", name)) or is_test_database(
        step, context
    ):
        return None
    if {"-n", "--dry-run", "--help", "--list", "-l"} & set(step.arguments):
        return None
    if step.is_local and (
        body_of(context.files, step) or context.text(step.directory, name) is not None
    ):
        return None  # what it does was judged
    return f"runs {name}, which sounds like a loss and cannot be read"
