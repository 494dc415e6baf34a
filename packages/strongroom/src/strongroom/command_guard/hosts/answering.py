"""One call of a hook: the host's bytes in, its answer out, whatever was sent."""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING

from strongroom.command_guard.fast import harmless
from strongroom.command_guard.hosts import HOSTS
from strongroom.command_guard.hosts.exchange import (
    EDIT_FILE_SIZE_MAX_BYTES,
    Asked,
    Edit,
    NotUnderstoodError,
    Reply,
)

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from strongroom.command_guard.decision import Decision

SIZE_MAX_BYTES = 8 * 1024 * 1024
REASON_SIZE_MAX = 4_000
BLOCKED = 2
"""The exit status that every host takes for a refusal."""


def answer(host: str, given: bytes, directory: str, *, asking: bool = True) -> Reply:
    """Answer a host's call of its hook. This never raises, and never lets pass what it cannot read.

    Args:
        host: one of ``HOSTS``.
        given: what the host wrote to the hook's standard input.
        directory: where the hook runs, for hosts that name no directory.
        asking: whether to ask the resident guard first.
    """
    if host not in HOSTS:
        return Reply(stderr=f"strongroom guard knows no host {host!r}\n", exit_code=BLOCKED)
    adapter = import_module(f"strongroom.command_guard.hosts.{host}")
    event = ""
    try:
        document = _document(given)
        event = str(document.get("hook_event_name", ""))
        asked: Asked = adapter.asked(document, directory)
        if not asked.edits and all(harmless(one) for one in asked.commands):
            reply: Reply = adapter.neutral()
            return reply
        resident = _by_daemon(host, given, directory) if asking else None
        return resident or _judged(adapter, asked, event)
    except NotUnderstoodError as error:
        return _refused(adapter, f"what {host} sent was not understood: {error}", event)
    except Exception as error:  # noqa: BLE001  a guard that stumbles must not let anything through
        return _refused(adapter, f"it could not be judged ({type(error).__name__})", event)


def neutral(host: str, given: bytes, directory: str) -> bytes | None:
    """What the daemon answers: the host's neutral reply, or None for all that is not harmless.

    Nothing is acted upon: no permit is used, nothing is recorded.
    """
    if host not in HOSTS:
        return None
    adapter = import_module(f"strongroom.command_guard.hosts.{host}")
    try:
        asked: Asked = adapter.asked(_document(given), directory)
        from pathlib import Path  # noqa: PLC0415  not for what is harmless

        decisions = _decisions(asked, Path(asked.directory), acting=False)
    except Exception:  # noqa: BLE001  the asking process finds out, and refuses
        return None
    reply: Reply = adapter.neutral()
    return reply.stdout.encode() if all(one.allowed for one in decisions) else None


def _by_daemon(host: str, given: bytes, directory: str) -> Reply | None:
    from strongroom.command_guard import resident  # noqa: PLC0415  not for what is harmless

    try:
        told = resident.asks(host, given, directory)
    except resident.NotServedError:
        resident.start()
        return None
    return None if told is None else Reply(told.decode())


def _document(given: bytes) -> dict[str, object]:
    if len(given) > SIZE_MAX_BYTES:
        raise NotUnderstoodError(f"it is longer than {SIZE_MAX_BYTES} bytes")
    try:
        document = json.loads(given)
    except (ValueError, RecursionError):
        raise NotUnderstoodError("it is no JSON") from None
    if not isinstance(document, dict):
        raise NotUnderstoodError("it is no JSON object")
    return document


def _refused(adapter: ModuleType, why: str, event: str) -> Reply:
    reason = f"strongroom guard: {why}. Run it by hand if it is meant, or ask a person."
    reply: Reply = adapter.refusal(reason[:REASON_SIZE_MAX], ask=False, event=event)
    return reply


def _judged(adapter: ModuleType, asked: Asked, event: str) -> Reply:
    from pathlib import Path  # noqa: PLC0415  not for what is harmless

    directory = Path(asked.directory)
    for decision in _decisions(asked, directory):
        if not decision.allowed:
            ask = decision.decision == "needs_human" and asked.may_ask
            refusal: Reply = adapter.refusal(reason_of(decision), ask=ask, event=event)
            return refusal
    reply: Reply = adapter.neutral()
    return reply


def _decisions(asked: Asked, directory: Path, *, acting: bool = True) -> list[Decision]:
    """Every decision up to the first refusal: what follows a refusal uses up no permit."""
    from strongroom.command_guard.decision import Decision  # noqa: PLC0415  heavy
    from strongroom.command_guard.hosts.settings import holds_our_hook  # noqa: PLC0415  heavy
    from strongroom.command_guard.judging import judge, judge_edit  # noqa: PLC0415  heavy

    found: list[Decision] = []
    for edit in asked.edits:
        old, new = whole_texts(edit, directory)
        if old != new and holds_our_hook(str(directory / edit.path), old):
            why = f"The change of {edit.path} reaches into settings that hold the guard's own hook."
            return [Decision("needs_human", (why,), "a person may change it by hand")]
        found.append(judge_edit(str(directory / edit.path), old, new, directory))
        if not found[-1].allowed:
            return found
    for command in asked.commands:
        found.append(judge(command, directory, acting=acting))
        if not found[-1].allowed:
            return found
    return found


def whole_texts(edit: Edit, directory: Path) -> tuple[str, str]:
    """The file before and after an edit, where it can be read; else the text around the change."""
    try:
        with (directory / edit.path).open("rb") as file:
            present = file.read(EDIT_FILE_SIZE_MAX_BYTES + 1)
    except (OSError, ValueError):
        return edit.old, edit.new
    if len(present) > EDIT_FILE_SIZE_MAX_BYTES:
        return edit.old, edit.new
    before = present.decode(errors="replace")
    if edit.whole:
        return before, edit.new
    if not edit.old or edit.old not in before:
        return edit.old, edit.new
    return before, before.replace(edit.old, edit.new, -1 if edit.everywhere else 1)


def reason_of(decision: Decision) -> str:
    """A decision as one text for an agent: what would be lost, and the one next step."""
    lines = [f"strongroom guard: {decision.decision}.", *decision.reasons]
    if decision.next:
        lines.append(f"next: {decision.next}")
    return "\n".join(lines)[:REASON_SIZE_MAX]
