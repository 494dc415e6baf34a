"""Findings as SARIF 2.1.0, which code hosts show beside the changed line."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from strongroom.migrations.lint.findings import Finding
from strongroom.migrations.lint.rule import RULES

_LEVELS = {"danger": "error", "unknown": "error", "caution": "warning"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def to_sarif(findings: Sequence[Finding]) -> dict[str, object]:
    """The whole document, with a description of each rule that has a finding."""
    names = sorted({one.rule for one in findings})
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "strongroom", "rules": [_rule(one) for one in names]}},
                "results": [_result(one, names.index(one.rule)) for one in findings],
            }
        ],
    }


def _rule(name: str) -> dict[str, object]:
    known = RULES.get(name)
    described: dict[str, object] = {"id": name}
    if known is not None:
        described["shortDescription"] = {"text": known.why}
        described["help"] = {"text": known.instead}
        described["defaultConfiguration"] = {"level": _LEVELS[known.severity]}
    return described


def _uri(file: str | None) -> str:
    """Relative to this directory where it can be, so that a code host finds it."""
    if file is None or file == "-":
        return "stdin"
    path = Path(os.path.normpath(Path.cwd() / file))
    near = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    return quote(near.as_posix())


def _result(finding: Finding, index: int) -> dict[str, object]:
    about = f"{finding.table}: " if finding.table else ""
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{about}{finding.why} Instead: {finding.instead}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(finding.file)},
                    "region": {"startLine": max(finding.line, 1)},
                }
            }
        ],
    }
