"""What puts a database's files out of reach without removing them: rights, links, mounts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from strongroom.command_guard.context import Context
from strongroom.command_guard.decision import Finding
from strongroom.command_guard.judges.finding import found
from strongroom.command_guard.paths import classify
from strongroom.command_guard.rules import has_option
from strongroom.command_guard.shell.steps import Step, shown

_OWNERS = re.compile(
    r"(?:postgres|mysql|mariadb|redis|mongodb?|valkey|999|70|26|1001|systemd-\w+)(?::.*)?"
)
_CLOSING = re.compile(r"0{1,4}|[0-3]\d\d|[ua]*[-=](?:r?w?x?)?")
_CLUSTER = re.compile(r"/var/lib/(?:postgres|pgsql|mysql|mongo|redis)|pg_?data", re.IGNORECASE)


def judge_rights(step: Step, context: Context) -> Iterator[Finding]:
    """``chown`` and ``chmod`` that lock a server out of its own files."""
    plain = [word for word in step.arguments if not word.startswith("-")]
    if len(plain) < 2:  # noqa: PLR2004  what, and on which path
        return
    how, paths = plain[0], plain[1:]
    if step.program == "chown" and _OWNERS.fullmatch(how):
        return
    if step.program == "chmod" and not _CLOSING.fullmatch(how):
        return
    for path in paths:
        if _CLUSTER.search(path) and classify(path, step, context) == "data":
            yield found(step, "lock-out", "needs_human", f"locks the server out of {shown(path)}")


def judge_covering(step: Step, context: Context) -> Iterator[Finding]:
    """A link or a mount in the place of data: the next start finds something else there."""
    plain = [word for word in step.arguments if not word.startswith("-")]
    if len(plain) < 2 or (step.program == "ln" and not has_option(step.arguments, "-f")):  # noqa: PLR2004
        return
    target = plain[-1]
    if step.program == "mount" and not _CLUSTER.search(target):
        return
    if classify(target, step, context) == "data":
        yield found(
            step, "covered", "needs_human", f"puts something else in the place of {shown(target)}"
        )
