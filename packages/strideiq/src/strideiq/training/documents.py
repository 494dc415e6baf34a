"""How a wish and its reasons are stored, and read again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from strideiq.training.planning.plan import Plan, Week
from strideiq.training.planning.reasons import Reason
from strideiq.training.planning.request import Request, Span


def request_document(request: Request) -> dict[str, object]:
    """A wish as it is stored."""
    return {
        "goal_distance_m": request.goal_distance_m,
        "race_day": request.race_day.isoformat(),
        "start_day": request.start_day.isoformat(),
        "index": request.index,
        "weekdays": sorted(request.weekdays),
        "long_run_weekday": request.long_run_weekday,
        "weekly_distance_m": request.weekly_distance_m,
        "longest_run_m": request.longest_run_m,
        "weekly_distance_max_m": request.weekly_distance_max_m,
        "experience": request.experience,
        "breaks": [
            [span.first_day.isoformat(), span.last_day.isoformat()] for span in request.breaks
        ],
        "easy_until": request.easy_until and request.easy_until.isoformat(),
    }


def request_from(document: Mapping[str, Any]) -> Request:
    """A stored wish."""
    easy_until = document["easy_until"]
    return Request(
        goal_distance_m=document["goal_distance_m"],
        race_day=date.fromisoformat(document["race_day"]),
        start_day=date.fromisoformat(document["start_day"]),
        index=document["index"],
        weekdays=frozenset(document["weekdays"]),
        long_run_weekday=document["long_run_weekday"],
        weekly_distance_m=document["weekly_distance_m"],
        longest_run_m=document["longest_run_m"],
        weekly_distance_max_m=document["weekly_distance_max_m"],
        experience=document["experience"],
        breaks=tuple(
            Span(date.fromisoformat(first), date.fromisoformat(last))
            for first, last in document["breaks"]
        ),
        easy_until=None if easy_until is None else date.fromisoformat(easy_until),
    )


def week_documents(plan: Plan) -> list[dict[str, object]]:
    """What is kept of each week besides its workouts."""
    return [_week_document(week) for week in plan.weeks]


def reason_documents(reasons: Iterable[Reason]) -> list[dict[str, object]]:
    """Reasons as they are stored."""
    return [reason.as_document() for reason in reasons]


def reason_from(document: Mapping[str, Any]) -> Reason:
    """A stored reason."""
    return Reason(document["code"], document["values"])


def reasons_from(documents: Iterable[Mapping[str, Any]]) -> tuple[Reason, ...]:
    """Stored reasons."""
    return tuple(reason_from(document) for document in documents)


def _week_document(week: Week) -> dict[str, object]:
    return {
        "monday": week.monday.isoformat(),
        "phase": week.phase,
        "recovery": week.recovery,
        "reason": week.reason.as_document(),
    }
