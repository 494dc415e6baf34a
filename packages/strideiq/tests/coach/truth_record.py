"""The rows of the demo athlete, by SQL, and the days that the lists of questions name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session
from truth_told import TODAY, Truth

ZONE = "Europe/Zurich"
VISIBLE = "a.athlete_id = :me AND a.deleted_at IS NULL AND a.merged_into IS NULL"
LOCAL_DAY = f"(a.started_at AT TIME ZONE '{ZONE}')::date"
Spec = Mapping[str, str]


@dataclass(frozen=True)
class Record:
    """What the tables hold of one athlete."""

    session: Session
    athlete_id: UUID

    def rows(self, sql: str, **given: object) -> list[Any]:
        """The rows of a query; ``:me`` is the athlete."""
        found = self.session.execute(text(sql), {"me": self.athlete_id, **given})
        return list(found.mappings())

    def runs(
        self, where: str = "true", order: str = "a.started_at DESC", **given: object
    ) -> list[Any]:
        """Runs as they were recorded, the newest first, with their local day."""
        return self.rows(
            f"SELECT a.*, {LOCAL_DAY} AS day FROM activity a"
            f" WHERE {VISIBLE} AND a.sport = 'running' AND {where} ORDER BY {order}",
            **given,
        )

    def in_period(self, name: str, order: str = "a.started_at DESC") -> list[Any]:
        """The runs of a named period."""
        first, last = span(name)
        return self.runs(f"{LOCAL_DAY} BETWEEN :first AND :last", order, first=first, last=last)

    def morning(self, fields: str, first: date, last: date) -> list[float]:
        """What was said of some mornings, the newest version of each, the newest day first."""
        found = self.rows(
            "SELECT DISTINCT ON (day) day, figure FROM check_in_value WHERE athlete_id = :me"
            " AND field = :field AND day BETWEEN :first AND :last ORDER BY day DESC, version DESC",
            field=fields,
            first=first,
            last=last,
        )
        return [one["figure"] for one in found if one["figure"] is not None]


def span(name: str) -> tuple[date, date]:
    """The days of a period by its name in the lists of questions."""
    monday = TODAY - timedelta(days=TODAY.weekday())
    kind, _, rest = name.partition(":")
    if kind in {"days", "weeks"}:
        days = int(rest) * (7 if kind == "weeks" else 1)
        return TODAY - timedelta(days=days - 1), TODAY
    if kind == "since_month":
        return date(TODAY.year, int(rest), 1), TODAY
    if kind == "month":
        return _month(TODAY.year, int(rest))
    if kind == "between":
        first, last = rest.split(":")
        return date.fromisoformat(first), date.fromisoformat(last)
    return {
        "today": (TODAY, TODAY),
        "this_week": (monday, monday + timedelta(days=6)),
        "last_week": (monday - timedelta(days=7), monday - timedelta(days=1)),
        "week_before": (monday - timedelta(days=14), monday - timedelta(days=8)),
        "next_week": (monday + timedelta(days=7), monday + timedelta(days=13)),
        "this_month": _month(TODAY.year, TODAY.month),
        "last_month": _month(TODAY.year, TODAY.month - 1),
        "month_before": _month(TODAY.year, TODAY.month - 2),
        "this_year": (date(TODAY.year, 1, 1), date(TODAY.year, 12, 31)),
        "last_year": (date(TODAY.year - 1, 1, 1), date(TODAY.year - 1, 12, 31)),
        "all": (date(2000, 1, 1), TODAY),
    }[kind]


def _month(year: int, month: int) -> tuple[date, date]:
    first = date(year, month, 1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


Find = Callable[[Record, Spec], Truth]
