"""Requests that delete something at a provider: curl, wget, HTTPie."""

from __future__ import annotations

import re
from collections.abc import Iterator

from strongroom.command_guard.context import Context
from strongroom.command_guard.decision import Finding
from strongroom.command_guard.judges.finding import found
from strongroom.command_guard.rules import option_value
from strongroom.command_guard.shell.steps import Step, is_known

_LOCAL = re.compile(
    r"(?:^|//)(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0|host\.docker\.internal)(?::\d+)?(?:/|$)"
)
_MUTATION = re.compile(
    r"(?:volume|database|project|environment|service|cluster|branch|instance|app|deployment|backup|snapshot|bucket|table|plugin|addOn|resource)s?(?:Instance)?(?:Delete|Destroy|Remove|Wipe|Reset)\b"
    r"|\b(?:delete|destroy|remove|wipe|reset|terminate|drop)(?:All)?(?:_)?(?:Volume|Database|Project|Environment|Service|Cluster|Branch|Instance|App|Deployment|Backup|Snapshot|Bucket|Table|User|Addon|Resource|Data|Droplet|Server)\w*"
    r"|\bdelete_\w+\s*\(\s*where\s*:\s*\{\s*\}|\btruncate_table\b|\"type\"\s*:\s*\"(?:pg_)?(?:run_sql|drop\w*|delete\w*|clear_metadata|replace_metadata)\"",
    re.IGNORECASE,
)
_ENGINE = re.compile(r"docker\.sock")
_SEARCH = re.compile(r":9200\b|:8086\b|:5984\b|:8123\b|:6333\b|:2379\b|:8529\b|:8983\b")
_SQL_BODY = re.compile(
    r"[\"'](?:query|sql|statement)[\"']\s*:\s*\\?[\"'](?:drop\s|truncate\s|delete\s+from|alter\s)",
    re.IGNORECASE,
)
_SQL = re.compile(r"\b(?:drop\s+(?:table|database|schema)|truncate|delete\s+from)\b", re.IGNORECASE)


def judge_request(  # noqa: C901  one kind of request after the other
    step: Step, context: Context
) -> Iterator[Finding]:
    """One request: its method, its address and its body."""
    words = step.arguments
    if step.program in {"gh", "glab"} and words[:1] != ("api",):
        return
    text = " ".join([*words, step.standard_input or ""])
    for word in words:
        if word.startswith("@") and is_known(word):
            text += context.text(step.directory, word[1:]) or ""
    if re.search(r"\bmutation\b", text) and _MUTATION.search(text):
        yield found(step, "http-mutation", "needs_human", "asks a provider to delete something")
        return
    if (
        _MUTATION.search(text)
        and re.search(r"run_sql|clear_metadata|graphql", text)
        and _is_body(words)
    ):
        if "run_sql" not in text or _SQL.search(text):
            yield found(step, "http-mutation", "needs_human", "asks a service to delete something")
        return
    if _SQL_BODY.search(text) and _is_body(words) and not _LOCAL.search(text):
        yield found(step, "http-sql", "needs_human", "sends SQL that loses rows")
        return
    method = _method(step)
    if method == "DELETE":
        address = next((word for word in words if "/" in word and not word.startswith("-")), "")
        local = _LOCAL.search(address) and not _SEARCH.search(address)
        if not local or _ENGINE.search(text):
            yield found(step, "http-delete", "needs_human", "asks a server to delete something")
    elif method in {"POST", "PUT", "PATCH"} and re.search(
        r"/(?:volumes/prune|system/prune|_delete_by_query|actions/(?:delete|destroy|rebuild|shutdown)|snapshot-force|restore|reset|wipe|destroy|terminate)(?:\W|$)",
        text,
    ):
        yield found(step, "http-losing", "needs_human", "asks a server to delete or to go back")
    elif _SEARCH.search(text) and _SQL.search(text) and "select" not in text.lower().split():
        yield found(step, "http-sql", "needs_human", "sends SQL that loses rows")


def _is_body(words: tuple[str, ...]) -> bool:
    return any(word.startswith(("-d", "--data", "--json", "-F", "@", "{")) for word in words)


def _method(step: Step) -> str:
    if step.program in {"http", "https", "xh"}:
        return next(
            (word.upper() for word in step.arguments if word.isalpha() and word.upper() == word),
            "GET",
        )
    told = None
    for place, word in enumerate(step.arguments):
        if word in {"-X", "--request", "--method"}:  # of several the last one counts
            told = option_value(step.arguments[place:], word)
    told = told or option_value(step.arguments, "-X", "--request", "--method")
    for word in step.arguments:
        cluster = re.fullmatch(r"-[a-zA-Z]*X([A-Z]+)?", word)
        if cluster and told is None:
            place = step.arguments.index(word)
            told = cluster[1] or (
                step.arguments[place + 1] if place + 1 < len(step.arguments) else ""
            )
    return (told or "").strip("\"'").upper()
