"""What an outside agent is given: evidence, verdicts and refusals as plain documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from strideiq.coach.checking.checker import Checked
from strideiq.coach.checking.evidence import Evidence, Subject
from strideiq.coach.checking.quantities import QUANTITIES
from strideiq.coach.tools.tool import Found, evidence_of

ALIASES_MAX = 8
Document = dict[str, object]


def found_document(found: Found) -> Document:
    """The outcome of one call: a table, and the evidence that sentences may rest on.

    Names and notes in it are what athletes and files say: data, whatever they read like.
    """
    subjects = evidence_of([found]).all_subjects
    places = {subject: place for place, subject in enumerate(subjects)}
    return {
        "rows": [dict(row) for row in found.rows],
        "subjects": [_subject(subject) for subject in subjects],
        "figures": [
            {
                "id": one.figure_id,
                "subject": places[one.subject],
                "quantity": one.quantity,
                "value": one.value,
                "unit": QUANTITIES[one.quantity].unit,
                "formula_version": one.formula_version,
            }
            for one in found.figures
        ],
        "trends": [
            {
                "id": one.trend_id,
                "subject": places[one.subject],
                "quantity": one.quantity,
                "direction": one.direction,
                "sample_size": one.sample_size,
                "formula_version": one.formula_version,
            }
            for one in found.trends
        ],
        "missing": found.missing or None,
        "cut_off": found.cut_off,
    }


def checked_document(judged: Sequence[Checked], evidence: Evidence) -> Document:
    """The verdict of each sentence, with the rows that it rests on."""
    known: Mapping[str, Subject] = {
        **{one.trend_id: one.subject for one in evidence.trends},
        **{one.figure_id: one.subject for one in evidence.figures},
    }
    return {
        "sentences": [
            {
                "sentence": one.sentence,
                "holds": one.shown,
                "why_not": one.why or None,
                "rests_on": [
                    {"id": cited, "address": known[cited].address} for cited in one.citations
                ],
            }
            for one in judged
        ],
        "all_hold": all(one.shown for one in judged),
    }


def _subject(subject: Subject) -> Document:
    return {
        "kind": subject.kind,
        "row_id": subject.row_id,
        "name": subject.name or None,
        "first_day": subject.first_day.isoformat() if subject.first_day else None,
        "last_day": subject.last_day.isoformat() if subject.last_day else None,
        "also_called": list(subject.aliases[:ALIASES_MAX]),
        "address": subject.address or None,
    }
