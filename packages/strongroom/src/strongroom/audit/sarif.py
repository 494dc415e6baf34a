"""Findings as SARIF 2.1.0, which code hosts show beside the line."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from strongroom.audit.finding import Finding
from strongroom.audit.rule import RULES

_LEVELS = {"danger": "error", "caution": "warning", "note": "note"}
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
                "columnKind": "unicodeCodePoints",
                "results": [_result(one, names.index(one.rule)) for one in findings],
            }
        ],
    }


def _rule(name: str) -> dict[str, object]:
    known = RULES[name]
    return {
        "id": name,
        "shortDescription": {"text": known.why},
        "help": {"text": f"{known.fix} See {known.docs}."},
        "defaultConfiguration": {"level": _LEVELS[known.severity]},
    }


def _uri(file: Path) -> str:
    """Relative to this directory where it can be, so that a code host finds it."""
    path = Path(os.path.normpath(Path.cwd() / file))
    near = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    return quote(near.as_posix())


def _result(finding: Finding, index: int) -> dict[str, object]:
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.what}. {finding.why} Instead: {finding.fix}"},
        "partialFingerprints": {"strongroom/v1": finding.fingerprint(Path.cwd())},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(finding.file)},
                    "region": {"startLine": max(finding.line, 1)},
                }
            }
        ],
    }
