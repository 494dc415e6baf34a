"""What the audit finds in the surroundings of a database, where its configuration names some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from strongroom.config import Configuration, unusable
from strongroom.errors import AuditError

if TYPE_CHECKING:
    from strongroom.audit import Finding

SHOWN_MAX = 3


@dataclass(frozen=True)
class AuditSettings:
    """What ``[audit]`` says."""

    paths: tuple[Path, ...] = ()
    """Files and directories that are audited whenever things are looked at."""
    baseline: Path | None = None
    """The findings that are known already."""


@dataclass(frozen=True)
class Surroundings:
    """The dangers that an audit found and no baseline knows, or why there was none."""

    dangers: tuple[Finding, ...] = ()
    problem: AuditError | None = None


def audit_settings(configuration: Configuration) -> AuditSettings:
    """Read the table; its paths are relative to the configuration's directory.

    Raises:
        ConfigurationError: it says something that is not known.
    """
    written = configuration.audit
    if unknown := written.keys() - {"paths", "baseline"}:
        raise unusable(configuration.path, f"audit.{min(unknown)} is not known")
    paths, baseline = written.get("paths", []), written.get("baseline")
    if not isinstance(paths, list) or not all(_is_path(one) for one in paths):
        raise unusable(configuration.path, f"audit.paths is {paths!r}: use a list of paths")
    if baseline is not None and not _is_path(baseline):
        raise unusable(configuration.path, f"audit.baseline is {baseline!r}: use a path")
    directory = configuration.directory
    return AuditSettings(
        tuple(directory / one for one in paths), directory / baseline if baseline else None
    )


def _is_path(value: Any) -> bool:  # noqa: ANN401  of a document
    return isinstance(value, str) and bool(value)


def surroundings_of(configuration: Configuration) -> Surroundings | None:
    """Audit what the configuration names; None where it names nothing."""
    settings = audit_settings(configuration)
    if not settings.paths:
        return None
    try:
        return Surroundings(_dangers(settings.paths, settings.baseline))
    except AuditError as error:
        return Surroundings(problem=error)


def _dangers(paths: Sequence[Path], baseline: Path | None) -> tuple[Finding, ...]:
    from strongroom.audit import audit  # noqa: PLC0415  its parsers are heavy
    from strongroom.audit.baseline import compare  # noqa: PLC0415  the same

    findings: Sequence[Finding] = audit(paths).findings
    if baseline is not None:
        findings = compare(baseline, findings).new
    return tuple(one for one in findings if one.severity == "danger")


def told(findings: Sequence[Finding], directory: Path) -> str:
    """The worst findings in a sentence's length."""
    shown = [f"{one.rule} in {_near(one.file, directory)}:{one.line}" for one in findings]
    more = len(shown) - SHOWN_MAX
    return ", ".join(shown[:SHOWN_MAX]) + (f" and {more} more" if more > 0 else "")


def _near(file: Path, directory: Path) -> Path:
    return file.relative_to(directory) if file.is_relative_to(directory) else file
