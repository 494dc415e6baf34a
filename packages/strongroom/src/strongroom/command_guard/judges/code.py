"""Calls in code that lose data, by what they are called."""

from __future__ import annotations

import re
from collections.abc import Iterator

from strongroom.command_guard.context import Context
from strongroom.command_guard.databases import is_test_database
from strongroom.command_guard.decision import Finding, Verdict
from strongroom.command_guard.judges.finding import found
from strongroom.command_guard.shell.steps import Step, is_known

TEXT_MAX = 50_000
_CALLS: tuple[tuple[str, Verdict, str], ...] = (
    (r"\bdrop_all\(|\bdrop_database\(", "needs_backup", "drops all tables"),
    (
        r"\.sync\(\s*\{[^}]*force\s*:\s*true|synchronize\(\s*true",
        "needs_backup",
        "drops all tables",
    ),
    (
        r"dropSchema\(|dropDatabase\b|\.drop_?collection\(|\.dropTable\(|\.drop\(\s*\)",
        "needs_human",
        "drops a database or a table",
    ),
    (
        r"\.delete_?many\(\s*(?:\{\s*\})?\s*\)|\.deleteMany\(\s*\{\s*where\s*:\s*\{\s*\}",
        "needs_backup",
        "deletes all rows",
    ),
    (
        (
            r"\.objects(?:\.all\(\))?\.delete\(\)|\.query\.delete\(\)|\.query\(\w+\)\.delete\(\)"
            r"|\.delete_all\b|\.destroy_all\b|::truncate\(|->truncate\(|\.truncate\("
        ),
        "needs_backup",
        "deletes all rows",
    ),
    (
        r"\b(?:requests|httpx|axios|session|client)\.delete\(\s*f?[\"'`]https?://(?!localhost|127\.|0\.0\.)",
        "needs_human",
        "asks a server to delete something",
    ),
    (r"\bdrop_table\(", "needs_backup", "drops tables"),
    (r"\bRepo\.delete_all\(", "needs_backup", "deletes all rows"),
    (
        r"\bobject_versions\.delete\(|\bobjects\.(?:all\(\)\.)?delete\(|\bvolumes\b[^\n]{0,60}\bremove\(|\bremove\(force",
        "needs_human",
        "deletes stored objects or volumes",
    ),
    (r"\.flush_?(?:all|db)\(|FLUSHALL", "needs_human", "empties Redis"),
    (
        r"\.delete_(?:bucket|db_instance|db_cluster|table|volume|stack|objects|snapshot)\(",
        "needs_human",
        "deletes at a provider",
    ),
    (
        r"(?:\$executeRawUnsafe|DB::statement|execute)\(\s*[\"'`]\s*(?:drop|truncate)|Schema::drop",
        "needs_backup",
        "drops or empties a table",
    ),
)
_COMPILED = tuple(
    (re.compile(pattern, re.IGNORECASE), verdict, what) for pattern, verdict, what in _CALLS
)


def judge_call(step: Step, context: Context) -> Iterator[Finding]:
    """One call, or code as a whole."""
    text = step.arguments[0]
    for pattern, verdict, what in _COMPILED:
        if pattern.search(text) and not is_test_database(step, context):
            yield found(step, "code-call", verdict, what)
            return


def judge_mongo(step: Step, context: Context) -> Iterator[Finding]:
    """``mongosh --eval``, and scripts in its input."""
    words = [*step.arguments, step.standard_input or ""]
    text = " ".join(words)
    losing = re.search(
        r"dropDatabase\s*\(|updateMany\s*\(\s*\{\s*\}|\.drop\s*\(|\.dropIndexes|deleteMany\s*\(\s*(?:\{\s*\})?\s*\)|\.remove\s*\(\s*\{\s*\}\s*\)|deleteMany\s*\(\s*\{\s*\}",
        text,
    )
    if losing is None:
        return
    names = [
        word
        for word in step.arguments
        if not word.startswith("-") and re.fullmatch(r"[\w./:@+-]+", word)
    ]
    switched = re.search(r"use\s+(\w+)|getSiblingDB\(\s*[\"'](\w+)", text)
    name = (switched[1] or switched[2]) if switched else names[0] if names else None
    if not is_test_database(step, context, name):
        yield found(step, "mongo-loss", "needs_human", "drops or empties a collection")


_REDIS_LOSING = frozenset({"flushall", "flushdb", "xtrim", "slaveof", "replicaof"})
_REDIS_TEXT = frozenset(
    {
        "set",
        "setex",
        "append",
        "lpush",
        "rpush",
        "publish",
        "hset",
        "sadd",
        "echo",
        "command",
        "help",
    }
)
_REDIS_VALUED = frozenset(
    {"-h", "-p", "-n", "-a", "-u", "-s", "--user", "--pass", "-r", "-i", "-x"}
)


def judge_redis(step: Step, context: Context) -> Iterator[Finding]:
    """``redis-cli``: commands that empty it, by argument or input."""
    words = [
        word
        for place, word in enumerate(step.arguments)
        if not word.startswith("-")
        and (not place or step.arguments[place - 1] not in _REDIS_VALUED)
    ]
    lines = [words, *(line.split() for line in (step.standard_input or "")[:TEXT_MAX].split("\n"))]
    if any(map(_loses_keys, lines)) and not is_test_database(step, context, _redis_name(step)):
        yield found(
            step, "redis-loss", "needs_human", "empties Redis, or removes keys that nobody can name"
        )


def _loses_keys(words: list[str]) -> bool:
    """Whether one command of Redis loses more than keys that it names."""
    if len(words) > 1 and words[1].lower() in _REDIS_LOSING and words[0].lower() not in _REDIS_TEXT:
        words = words[1:]  # the first was the value of an option that nobody knows
    first, rest = words[0].lower() if words else "", " ".join(words[1:]).lower()
    if first in _REDIS_LOSING and rest != "no one":
        return True
    if first in {"del", "unlink"}:
        return "*" in rest or not is_known(rest)
    if first in {"eval", "evalsha", "fcall"}:
        return bool(re.search(r"flush|\bdel\b|unlink", rest))
    return rest.startswith(("nosave", "reset", "set dir", "segfault")) and first in {
        *("shutdown", "cluster", "config", "debug")
    }


def _redis_name(step: Step) -> str | None:
    return next((word for word in step.arguments if word.startswith("redis://")), None)
