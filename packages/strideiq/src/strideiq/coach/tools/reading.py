"""The one place where tools read activities, and so the place where a source's terms hold."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from strideiq.activities import public as activities
from strideiq.athletes import public as athletes
from strideiq.coach.tools.tool import Scope
from strideiq.fitness import public as fitness


def time_zone(scope: Scope) -> str:
    """The athlete's time zone."""
    return athletes.time_zone_of(scope.session, scope.athlete_id)


def found(scope: Scope, filters: activities.Filters, limit: int) -> list[activities.Dated]:
    """The athlete's activities that the filters leave, in their order."""
    zone = time_zone(scope)
    return activities.found_by_day(scope.session, scope.athlete_id, zone, filters, limit)


def several(scope: Scope, activity_ids: Sequence[UUID]) -> list[activities.Dated]:
    """Some activities of the athlete, in the order asked for.

    Those deleted are left out, and so is what a service only lends: its terms want no coach.
    """
    views = activities.several(scope.session, scope.athlete_id, activity_ids)
    shown = [one for one in views if one.deleted_at is None and one.lender is None]
    return activities.dated(time_zone(scope), shown)


def sums(
    scope: Scope, filters: activities.Filters, by: activities.Unit | None = None
) -> list[activities.Sums]:
    """What the athlete's activities add up to."""
    return activities.sums(scope.session, scope.athlete_id, time_zone(scope), filters, by)


def outings(scope: Scope, filters: activities.Filters, limit: int) -> list[activities.Outing]:
    """The athlete's activities in the few columns that groups are made of."""
    zone = time_zone(scope)
    return activities.outings(scope.session, scope.athlete_id, zone, filters, limit)


def splits(scope: Scope, activity_id: UUID, kind: str) -> list[activities.SplitView]:
    """The splits of an activity that ``several`` or ``found`` gave."""
    return activities.splits(scope.session, scope.athlete_id, activity_id, kind)


def analysis(scope: Scope, one: activities.ActivityView) -> activities.Analysis:
    """What every sample of such an activity tells together."""
    channels = activities.streams(scope.session, scope.athlete_id, one.activity_id)
    zones = activities.intensity(scope.session, scope.athlete_id)
    return activities.analyse(channels, one.sport, zones)


def history(scope: Scope) -> fitness.History | None:
    """The athlete's days up to today; None before the first activity."""
    return fitness.history(scope.session, scope.athlete_id, scope.today)


def index(scope: Scope) -> fitness.CurrentIndex | None:
    """The running performance index of today, with the effort that shows it."""
    return fitness.current_rpi(scope.session, scope.athlete_id, scope.today)
