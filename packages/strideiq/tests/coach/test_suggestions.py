"""Suggestions, the briefing and the review say what is so today, and only that."""

from __future__ import annotations

from sqlalchemy import text

from strideiq.coach.briefing import briefing, review
from strideiq.coach.engines.builtin.engine import phrases_of
from strideiq.coach.engines.builtin.understanding.understand import understand
from strideiq.coach.suggestions import suggestions
from strideiq.coach.tools.catalogue import TOOLS
from strideiq.coach.tools.tool import Scope, Toolbox


def by_kind(reading_scope: Scope) -> dict[str, str]:
    """The sentence of each suggestion."""
    found = suggestions(Toolbox(reading_scope, TOOLS), phrases_of(reading_scope))
    assert all(one.because.shown and one.because.citations for one in found)
    assert all(understand(one.question, reading_scope.today).kind != "unknown" for one in found)
    return {one.kind: one.because.sentence for one in found}


def test_a_run_of_yesterday_and_the_long_run_of_tomorrow_are_suggested(
    reading_scope: Scope,
) -> None:
    found = by_kind(reading_scope)
    assert "yesterday" in found["run_just_done"]
    assert "planned 21.0 km" in found["long_run_tomorrow"]
    assert "no_run" not in found


def test_days_without_a_run_are_noticed(reading_scope: Scope) -> None:
    reading_scope.session.execute(
        text(
            "UPDATE activity SET deleted_at = now() WHERE athlete_id = :me"
            " AND started_at > timestamp '2026-11-22 23:00'"
        ),
        {"me": reading_scope.athlete_id},
    )
    found = by_kind(reading_scope)
    assert found["no_run"] == "It is 6 days since your last run."
    assert "run_just_done" not in found


def test_mornings_without_a_check_in_are_noticed(reading_scope: Scope) -> None:
    reading_scope.session.execute(
        text("DELETE FROM check_in_value WHERE athlete_id = :me AND day > date '2026-11-23'"),
        {"me": reading_scope.athlete_id},
    )
    assert "check-ins in the last 7 days" in by_kind(reading_scope)["check_ins"]


def test_the_briefing_tells_the_night_the_day_before_and_what_today_holds(
    reading_scope: Scope,
) -> None:
    written = briefing(Toolbox(reading_scope, TOOLS), phrases_of(reading_scope)).sentences
    told = " ".join(one.sentence for one in written)
    for part in ("of sleep", "Yesterday you ran", "Today's workout", "days to go"):
        assert part in told


def test_the_review_tells_the_week_the_plan_and_form(reading_scope: Scope) -> None:
    written = review(Toolbox(reading_scope, TOOLS), phrases_of(reading_scope)).sentences
    told = " ".join(one.sentence for one in written)
    for part in ("Last week you ran", "Planned were", "your form", "days to go"):
        assert part in told
