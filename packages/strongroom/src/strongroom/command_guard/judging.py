"""The one door: what a command would lose, and what must happen before it may run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from strongroom.command_guard.context import CONFIGURATION_NAME, Context
from strongroom.command_guard.decision import ALLOWED, Decision, Finding, heaviest
from strongroom.command_guard.fast import harmless
from strongroom.command_guard.settings import GuardSettings, read_settings
from strongroom.command_guard.shell.reading import Files, TooMuchError

if TYPE_CHECKING:
    from strongroom.command_guard.shell.evaluating import Evaluation, Scope

COMMAND_SIZE_MAX = 300_000
"""Longer text is not parsed: a guard has to answer in time."""
REASONS_MAX = 6
PARTS_MAX = 100

_RISK = re.compile(
    r"\b(?:rm|dd|mkfs\S*|shred|truncate|wipefs|dropdb|initdb|pg_resetwal)\b\s+\S"
    r"|\b(?:drop|truncate)\s+(?:table|database|schema|owned|if)\b|\bdelete\s+from\b"
    r"|\bdown\b.{0,200}?\s-\w{0,9}v|--volumes\b"
    r"|\b(?:volume|system)\s+(?:rm|prune)\b|--force-reset|--accept-data-loss"
    r"|\bmigrate[:\s]\s*(?:reset|fresh)|\bdestroy\b"
    r"|\bflush(?:all|db)\b|\bdowngrade\b|\bpsql\b|\bdb[:\s]\s*(?:reset|drop|wipe)\b"
    r"|--delete\b|\breset\s+--hard|\bclean\s+-\w*f",
    re.IGNORECASE | re.DOTALL,
)


def judge(
    command: str,
    directory: Path,
    *,
    settings: GuardSettings | None = None,
    acting: bool = True,
    texts: Mapping[Path, str] | None = None,
) -> Decision:
    """Judge a shell command that is about to run in a directory.

    Args:
        command: the text as it was typed or sent, of any length and content.
        directory: where it would run.
        settings: instead of those of this machine.
        acting: whether the command really is about to run: then a permit for it is used up, and a
            refusal goes into the ledger. False only asks.
        texts: files that are to be taken as they are here, by path, wherever they lie.

    Returns:
        The decision. Whatever goes wrong while judging is a decision too: ``needs_human``.
    """
    if harmless(command):
        return ALLOWED
    findings, steps = _judged(command, directory, settings, texts or {})
    if not findings:
        return Decision("allow", steps=steps)
    decision = _decided(command, directory, findings, steps)
    if not acting:
        return decision
    if not any((one / CONFIGURATION_NAME).is_file() for one in (directory, *directory.parents)):
        return replace(decision, next=f"strongroom adopt, then {decision.next}")
    from strongroom.command_guard.acting import acted  # noqa: PLC0415  it loads databases

    return acted(decision, command, directory)


def judge_edit(
    path: str, old: str, new: str, directory: Path, *, settings: GuardSettings | None = None
) -> Decision:
    """Judge a change of a file, as an agent's editor makes it: ``old`` text becomes ``new``."""
    from strongroom.command_guard.edits import findings_of_edit  # noqa: PLC0415  rarely needed

    try:
        context = Context(directory, settings if settings is not None else read_settings())
        findings = tuple(findings_of_edit(path, old, new, context))
    except Exception as error:  # noqa: BLE001  a guard that stumbles must not let anything through
        findings = (_unjudged(f"could not be judged ({type(error).__name__})"),)
    return _decided(f"edit {path}\0{old}\0{new}", directory, findings, ()) if findings else ALLOWED


def _judged(
    command: str,
    directory: Path,
    settings: GuardSettings | None,
    texts: Mapping[Path, str],
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    if len(command) > COMMAND_SIZE_MAX:
        return (_unjudged("is too long to be judged"),), ()
    steps: list[str] = []
    try:
        settings = settings if settings is not None else read_settings()
        context = Context(directory, settings, Files(dict(texts)))
        findings = tuple(_without_repeats(findings_of_text(command, context, told=steps)))
    except RecursionError:
        return (_unjudged("is nested too deeply to be judged"),), tuple(steps)
    except Exception as error:  # noqa: BLE001  a guard that stumbles must not let anything through
        why = getattr(error, "message", None) or type(error).__name__
        return (_unjudged(f"could not be judged ({why})"),), tuple(steps)
    return findings, tuple(steps)


def findings_of_text(
    text: str, context: Context, *, told: list[str] | None = None, within: object = None
) -> Iterator[Finding]:
    """What shell text would lose; ``told`` receives its steps, ``within`` is a step around it."""
    from strongroom.command_guard.knowledge import findings_of_step  # noqa: PLC0415  heavy
    from strongroom.command_guard.shell.evaluating import Evaluation, Scope  # noqa: PLC0415  heavy
    from strongroom.command_guard.shell.steps import Step  # noqa: PLC0415  heavy

    evaluation = Evaluation(files=context.files)
    around = within if isinstance(within, Step) else None
    scope = Scope(around.directory if around else context.directory)
    if around is not None:
        scope = replace(scope, places=around.places, through=around.through)
    # Such characters stand for what is not known; nobody types them.
    text = re.sub("[\ue000-\ue012]", "?", text).replace("\r\n", "\n").replace("\0", "")
    count = 0
    try:
        evaluation.run_text(text, scope)
    except TooMuchError as error:
        count += 1
        yield _unjudged(str(error))
    for step in evaluation.steps:
        if told is not None and step.words:
            told.append(" ".join([*(f"[{place}]" for place in step.places), step.text()]))
        for one in findings_of_step(step, context):
            count += 1
            yield one
    if not count and _applies_destruction(evaluation):
        count += 1
        yield _unjudged("applies a plan that destroys")
    if evaluation.broken and not count and _may_lose(text, scope, context):
        yield _unjudged("cannot be read as shell text, and speaks of removing something")


def _applies_destruction(evaluation: Evaluation) -> bool:
    """Whether a plan of Terraform's that destroys is made and applied."""
    steps = [one for one in evaluation.steps if one.program in {"terraform", "tofu", "terragrunt"}]
    planned = any(
        {"-destroy", "--destroy"} & set(one.words) for one in steps if "plan" in one.words
    )
    return planned and any("apply" in one.words for one in steps)


def _may_lose(text: str, scope: Scope, context: Context) -> bool:
    """Whether broken text holds something that would lose data if it were whole."""
    if _RISK.search(re.sub(r"[\\\"']", "", text)):
        return True
    from strongroom.command_guard.knowledge import findings_of_step  # noqa: PLC0415  heavy
    from strongroom.command_guard.shell.evaluating import Evaluation  # noqa: PLC0415  heavy

    evaluation = Evaluation(files=context.files)
    joined = text.replace("\\\n", " ")
    parts = re.split(r"[;&|(){}\n]+", joined)[:PARTS_MAX]
    # Braces where a command begins: the grammar reads them behind another word only.
    parts += [
        f"env {one}" for one in re.split(r"[;&|\n]+\s*", joined)[:PARTS_MAX] if one[:1] == "{"
    ]
    for part in parts:
        with suppress(TooMuchError):
            evaluation.run_text(part, scope.inner())
    return any(next(findings_of_step(step, context), None) for step in evaluation.steps)


def _without_repeats(findings: Iterator[Finding]) -> Iterator[Finding]:
    seen = set()
    for one in findings:
        if (one.rule, one.reason) not in seen:
            seen.add((one.rule, one.reason))
            yield one


def _unjudged(why: str) -> Finding:
    return Finding("unjudged", "needs_human", f"The command {why}")


def _decided(
    command: str, directory: Path, findings: tuple[Finding, ...], steps: tuple[str, ...]
) -> Decision:
    verdict = heaviest(findings)
    reasons = tuple(f"{one.reason}." for one in findings[:REASONS_MAX])
    fingerprint = fingerprint_of(command, directory)
    following = _next_of(verdict, fingerprint)
    return Decision(verdict, reasons, following, findings, steps, fingerprint)


def fingerprint_of(command: str, directory: Path) -> str:
    """What names exactly this command in exactly this directory."""
    import hashlib  # noqa: PLC0415  harmless commands need none

    text = f"{directory}\0{command.strip()}"
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]


def _next_of(verdict: str, fingerprint: str) -> str:
    asking = f"strongroom permit ask 'run_command {fingerprint}' --reason WHY"
    if verdict == "needs_backup":
        return f"strongroom backup && strongroom drill && {asking}"
    return f"show this to a person, who may run it, or grant it: {asking}"


Judge = Callable[[str, Path], Decision]
