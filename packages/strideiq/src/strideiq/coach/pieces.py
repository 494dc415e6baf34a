"""What happened in a turn as JSON, as it is kept, exported and sent to pages.

Each kind of piece:

- ``looked``: ``tool``, ``arguments``, ``rows`` (a table for people, with ``columns`` in their
  order), ``missing``, ``cut_off``, and the evidence: ``subjects``, ``figures`` and ``trends``,
  which name their subject by its place.
- ``said``: ``sentence`` and ``citations`` (``evidence_id``, ``said``, ``formula_version``, and of
  the row ``kind``, ``row_id``, ``name``, ``first_day``, ``last_day``, ``address``).
- ``withheld``: ``sentence`` and ``why``.
- ``fallen``: ``engine`` and ``reason``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from strideiq.coach.checking.evidence import Subject
from strideiq.coach.events import Citation, Event, Fallen, Looked, Said, Withheld
from strideiq.coach.judging import plain_text
from strideiq.coach.tools.tool import Found, Step, evidence_of

Piece = tuple[str, dict[str, Any]]


def piece_of(event: Event) -> Piece | None:
    """The kind and content of an event; None for the end, which the turn itself tells."""
    if isinstance(event, Looked):
        return "looked", _looked(event.step)
    if isinstance(event, Said):
        cited = [_citation(one) for one in event.citations]
        return "said", {"sentence": event.sentence, "citations": cited}
    if isinstance(event, Withheld):
        return "withheld", {"sentence": plain_text(event.sentence), "why": plain_text(event.why)}
    if isinstance(event, Fallen):
        return "fallen", {"engine": event.engine, "reason": plain_text(event.reason)}
    return None


def _looked(step: Step) -> dict[str, Any]:
    return {
        "tool": step.tool,
        "arguments": plain(step.arguments),
        "columns": list(dict.fromkeys(name for row in step.found.rows for name in row)),
        "rows": plain(step.found.rows),
        "missing": step.found.missing,
        "cut_off": step.found.cut_off,
        **_evidence(step.found),
    }


def _evidence(found: Found) -> dict[str, Any]:
    subjects = evidence_of([found]).all_subjects
    place = {subject: index for index, subject in enumerate(subjects)}
    return {
        "subjects": [_subject(one) for one in subjects],
        "figures": [
            {
                "id": one.figure_id,
                "subject": place[one.subject],
                "quantity": one.quantity,
                "value": plain(one.value),
                "formula_version": one.formula_version,
            }
            for one in found.figures
        ],
        "trends": [
            {
                "id": one.trend_id,
                "subject": place[one.subject],
                "quantity": one.quantity,
                "direction": one.direction,
                "sample_size": one.sample_size,
                "formula_version": one.formula_version,
            }
            for one in found.trends
        ],
    }


def _subject(subject: Subject) -> dict[str, Any]:
    return {
        "kind": subject.kind,
        "row_id": subject.row_id,
        "name": plain(subject.name),
        "first_day": plain(subject.first_day),
        "last_day": plain(subject.last_day),
        "address": subject.address,
    }


def _citation(citation: Citation) -> dict[str, Any]:
    return {
        "evidence_id": citation.evidence_id,
        "said": citation.said,
        "formula_version": citation.formula_version,
        **_subject(citation.subject),
    }


def plain(value: object) -> Any:  # noqa: ANN401  whatever JSON can hold
    """A value as JSON holds it: days and ids as text, what is no number as none."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [plain(one) for one in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value).replace("\x00", "").encode("utf-8", "replace").decode()
