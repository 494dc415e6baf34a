"""Shell commands that change files which decide about data: ``echo >> .env``, tee, ``sed -i``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from strongroom.command_guard.context import Context
from strongroom.command_guard.decision import Finding
from strongroom.command_guard.edits import findings_of_edit
from strongroom.command_guard.judges.files import judge_overwriting
from strongroom.command_guard.judges.finding import found
from strongroom.command_guard.paths import classify
from strongroom.command_guard.rules import has_option
from strongroom.command_guard.shell.steps import Step, is_known, shown

_ADDRESS = re.compile(
    r"DATABASE_?UR|POSTGRES|PG(?:HOST|PORT|DATABASE|DATA)|DB_(?:NAME|HOST|PORT|DATABASE|URL)"
    r"|COMPOSE_PROJECT|sqlalchemy\.url|data_directory|postgres(?:ql)?://|mysql://|mongodb(?:\+srv)?://"
)
_VOLUME = re.compile(
    r"pg_?data|(?:postgres|mysql|mongo|redis|db)[-_]?data|[-_]data\b|volume|/var/lib|\bname:",
    re.IGNORECASE,
)
_DECIDING = re.compile(
    r"(?:^|/)(?:\.env(?:\.[\w.-]+)?|(?:docker-)?compose[\w.-]*\.ya?ml|alembic\.ini|postgresql\.conf|database\.ya?ml|strongroom\.(?:toml|lock))$"
)
_EXAMPLE = re.compile(r"example|sample|template|dist|\.test\b")

_GUARDED = re.compile(
    r"(?:^|/)strongroom\.(?:toml|lock)$|/strongroom/guard(?:-hooks\.json|\.toml)$"
    # Where the guard's hooks stand (``hosts.settings``).
    r"|(?:^|/)\.claude/settings(?:\.local)?\.json$|(?:^|/)\.(?:codex|cursor)/hooks\.json$"
    r"|(?:^|/)\.gemini/settings\.json$|/share/strongroom/guard-bin/"
)


def judge_writes(step: Step, context: Context) -> Iterator[Finding]:
    """What a command's output is written into."""
    for redirect in step.redirects:
        if ">" in redirect.operator and redirect.target and "&" not in redirect.target:
            yield from _written(
                step, redirect.target, step.output, context, more=redirect.operator == ">>"
            )


def judge_tee(step: Step, context: Context) -> Iterator[Finding]:
    """``tee``: each file that it writes."""
    for word in step.arguments:
        if not word.startswith("-"):
            more = any(has_option(step.arguments, one) for one in ("-a", "--append"))
            yield from _written(step, word, step.standard_input or "", context, more=more)
            if not more:
                yield from (
                    judge_overwriting(step, word, context) if not _DECIDING.search(word) else ()
                )


def judge_code_write(step: Step, context: Context) -> Iterator[Finding]:
    """A file that code writes."""
    yield from _written(step, step.arguments[0], step.arguments[1], context, more=False)


def _written(
    step: Step, path: str, text: str, context: Context, *, more: bool
) -> Iterator[Finding]:
    if not is_known(path) or classify(path, step, context) == "scratch":
        return
    old = (context.text(step.directory, path) if step.is_local else None) or ""
    if _GUARDED.search(path):
        yield found(
            step,
            "write-guard",
            "needs_human",
            f"changes {path}: what strongroom expects, or how it guards",
        )
        return
    new = old + "\n" + text if more else text
    findings = list(findings_of_edit(path, old if more or old else "", new, context))
    if not more and not old and step.directory is not None and step.directory.is_dir():
        # A first file names its data; nothing is led away from anything.
        findings = [one for one in findings if one.rule != "edit-address"]
    yield from (
        found(step, one.rule, one.verdict, one.reason.partition(shown(path))[2].strip())
        for one in findings[:1]
    )


def judge_stream_edit(step: Step, context: Context) -> Iterator[Finding]:
    """``sed -i`` and ``perl -pi`` on files that decide about data."""
    words = step.arguments
    in_place = any(
        re.match(r"-[a-zA-Z]*i|--in-place", word)
        for word in words
        if not word.startswith("--quiet")
    )
    if not in_place:
        return
    for path in words:
        if _GUARDED.search(path) and classify(path, step, context) != "scratch":
            changes = f"changes {path}: what strongroom expects, or how it guards"
            yield found(step, "write-guard", "needs_human", changes)
    files = [word for word in words if _DECIDING.search(word) and not _EXAMPLE.search(word)]
    script = " ".join(word for word in words if word not in files)
    for path in files:
        if classify(path, step, context) == "scratch":
            continue
        pattern = _VOLUME if "compose" in path else _ADDRESS
        if (
            "strongroom." in path
            or pattern.search(script)
            or _ADDRESS.search(script)
            or not is_known(script)
        ):
            if re.search(r"_test\b|/test_", script) and "strongroom." not in path:
                continue
            yield found(
                step,
                "edit-in-place",
                "needs_human",
                f"may point the application at other data (in {path})",
            )
