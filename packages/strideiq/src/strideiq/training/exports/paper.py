"""A plan on paper: a PDF with a table for each week."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from strideiq.platform.dates import dated
from strideiq.platform.formats import Formats, duration_text
from strideiq.platform.language import gettext as _
from strideiq.training import words
from strideiq.training.pages import Shown, ShownWeek
from strideiq.training.views import PlanView

MARGIN_MM = 16
COLUMNS_MM = (24, 44, 74, 18, 18)
GREY, LINE = "#555b61", "#c4c8c1"


def plan_pdf(plan: PlanView, weeks: Sequence[ShownWeek], f: Formats) -> bytes:
    """The plan's weeks on A4."""
    from reportlab.lib.pagesizes import A4  # noqa: PLC0415  a tenth of a second
    from reportlab.lib.units import mm  # noqa: PLC0415
    from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate  # noqa: PLC0415

    styles = _styles()
    title = f"{words.distance_words(plan.goal_distance_m, f)}, {words.day_words(plan.race_day)}"
    story: list[Any] = [
        Paragraph(escape(plan.name), styles["title"]),
        Paragraph(escape(title), styles["muted"]),
        *(Paragraph(escape(words.say(note, f)), styles["text"]) for note in plan.notes),
    ]
    story += [KeepTogether(_week(week, f, styles)) for week in weeks]
    file = BytesIO()
    SimpleDocTemplate(
        file,
        pagesize=A4,
        title=plan.name,
        author="StrideIQ",
        leftMargin=MARGIN_MM * mm,
        rightMargin=MARGIN_MM * mm,
        topMargin=MARGIN_MM * mm,
        bottomMargin=MARGIN_MM * mm,
        invariant=1,
    ).build(story)
    return file.getvalue()


def _week(week: ShownWeek, f: Formats, styles: dict[str, Any]) -> list[Any]:
    from reportlab.lib.units import mm  # noqa: PLC0415
    from reportlab.platypus import Paragraph, Table, TableStyle  # noqa: PLC0415

    phase = _(words.PHASES[week.phase])
    head = f"{_('Week')} {week.number}: {phase}, {words.distance_words(week.planned_m, f)}"
    rows = [_row(each, f, styles) for each in week.workouts]
    parts: list[Any] = [Paragraph(escape(head), styles["head"])]
    if week.reason:
        parts.append(Paragraph(escape(week.reason), styles["muted"]))
    if rows:
        table = Table(rows, colWidths=[width * mm for width in COLUMNS_MM])
        table.setStyle(
            TableStyle(
                [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE)]
            )
        )
        parts.append(table)
    return parts


def _row(each: Shown, f: Formats, styles: dict[str, Any]) -> list[Any]:
    from reportlab.platypus import Paragraph  # noqa: PLC0415

    day = each.workout.day
    texts = (
        dated(day, "%a %-d %b"),
        each.title,
        each.summary + (f" ({each.workout.notes})" if each.workout.notes else ""),
        words.distance_words(each.distance_m, f),
        duration_text(each.duration_s),
    )
    return [Paragraph(escape(text), styles["text"]) for text in texts]


def _styles() -> dict[str, Any]:
    from reportlab.lib.styles import ParagraphStyle  # noqa: PLC0415

    text = ParagraphStyle("text", fontName="Helvetica", fontSize=9, leading=12)
    return {
        "text": text,
        "muted": ParagraphStyle("muted", parent=text, textColor=GREY, spaceAfter=4),
        "title": ParagraphStyle(
            "title", parent=text, fontName="Helvetica-Bold", fontSize=18, leading=24
        ),
        "head": ParagraphStyle(
            "head", parent=text, fontName="Helvetica-Bold", fontSize=11, leading=15, spaceBefore=10
        ),
    }
