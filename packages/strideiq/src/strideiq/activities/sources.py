"""What sources say of an activity: read, settled into what is shown, and chosen among."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import CTE, ScalarSelect, func, select, update
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.orm import Session

from strideiq.activities import stored_streams
from strideiq.activities.activity_view import DERIVED
from strideiq.activities.annotations import changed, lock, no_such_activity
from strideiq.activities.errors import MergedActivityError, NoSuchSourceError
from strideiq.activities.fields import FIELDS, field_named
from strideiq.activities.models import Activity, ActivityObservation, ActivitySourceChoice
from strideiq.activities.resolving import (
    EVERYTHING,
    STREAMS,
    Choice,
    Sources,
    deletion_upstream,
    newest_by_source,
)
from strideiq.activities.shown import OBSERVED_FIELDS
from strideiq.platform.language import gettext as _

SETTLED_FIELDS = tuple(name for name in OBSERVED_FIELDS if name not in DERIVED)
"""The columns of an activity that follow from what sources say of it."""

ALWAYS_THERE = frozenset({"name", "sport", "started_at", "elapsed_s", "moving_s"})
"""Columns that keep their value where no source says anything of them."""


def sources_of(session: Session, athlete_id: UUID, activity_id: UUID) -> Sources:
    """What each source says at present, those of activities merged into this one after its own."""
    family, observation = _family(athlete_id, activity_id), ActivityObservation
    rows = session.execute(
        select(family.c.activity_id, family.c.into, observation, _chosen(athlete_id, activity_id))
        .outerjoin(
            observation,
            (observation.athlete_id == athlete_id)
            & (observation.activity_id == family.c.activity_id),
        )
        .order_by(family.c.started_at, family.c.activity_id, observation.number)
    ).all()
    parts: dict[UUID | None, list[UUID]] = {}
    said: dict[UUID, list[ActivityObservation]] = {}
    for each, into, one, _chosen_too in rows:
        if each not in said:
            parts.setdefault(into, []).append(each)
        said.setdefault(each, []).extend([one] if one else [])
    group = [activity_id]
    for each in group:
        group += parts.get(each, [])
    observations = [one for each in group for one in said.get(each, [])]
    choices: dict[str, Choice] = {}
    for field, source, chosen_by in (rows[0][-1] or []) if rows else []:
        choices.pop(field, None)
        if source is not None:
            choices[field] = Choice(source, chosen_by == "athlete")
    return Sources(
        newest_by_source(observations), choices, group[1:], deletion_upstream(observations)
    )


def _family(athlete_id: UUID, activity_id: UUID) -> CTE:
    """The activity and what was merged into it, however deep: activity_id, into, started_at."""
    columns = (Activity.activity_id, Activity.merged_into.label("into"), Activity.started_at)
    mine = select(*columns).where(Activity.athlete_id == athlete_id)
    family = mine.where(Activity.activity_id == activity_id).cte("family", recursive=True)
    return family.union(mine.where(Activity.merged_into == family.c.activity_id))


def _chosen(athlete_id: UUID, activity_id: UUID) -> ScalarSelect[Any]:
    """Every choice of a source, oldest first: field, source, and who chose."""
    choice = ActivitySourceChoice
    told = func.jsonb_build_array(choice.field, choice.source, choice.chosen_by)
    return (
        select(func.jsonb_agg(aggregate_order_by(told, choice.version), type_=JSONB))
        .where(choice.athlete_id == athlete_id, choice.activity_id == activity_id)
        .scalar_subquery()
    )


def merged_group(session: Session, athlete_id: UUID, activity_id: UUID) -> list[UUID]:
    """The activity, and those that were merged into it, however deep; itself first."""
    group = [activity_id]
    for each in group:
        group += session.scalars(
            select(Activity.activity_id)
            .where(Activity.athlete_id == athlete_id, Activity.merged_into == each)
            .order_by(Activity.started_at, Activity.activity_id)
        )
    return group


def stands_for(session: Session, athlete_id: UUID, activity_id: UUID) -> UUID:
    """The activity that an activity was merged into, or itself."""
    while True:
        into = session.scalar(
            select(Activity.merged_into).where(
                Activity.athlete_id == athlete_id, Activity.activity_id == activity_id
            )
        )
        if into is None:
            return activity_id
        activity_id = into


def refuse_merged(session: Session, athlete_id: UUID, activity_id: UUID) -> None:
    """Raise MergedActivityError for an activity that does not stand for itself."""
    if stands_for(session, athlete_id, activity_id) != activity_id:
        raise MergedActivityError(
            _("This activity was merged into another one."),
            next_step=_("Take the two apart again on the page of the other one."),
        )


def choose_source(
    session: Session, athlete_id: UUID, activity_id: UUID, field: str, source: str | None
) -> None:
    """Have a source count for a field, for all others (``*``) or for the streams.

    None takes the choice back. What the athlete says of a field is shown all the same.

    Raises:
        NoSuchActivityError: the athlete has no such activity.
        NoSuchFieldError: there is no such field.
        NoSuchSourceError: no such source says anything of it.
    """
    if field not in {EVERYTHING, STREAMS}:
        field_named(field)
    lock(session, athlete_id, activity_id)
    newest = sources_of(session, athlete_id, activity_id).newest
    if source is not None and (source not in newest or not _says(newest[source], field)):
        raise NoSuchSourceError(
            _("No such source says anything of this."),
            next_step=_("Choose one that the page of the activity shows."),
        )
    add_choice(session, athlete_id, activity_id, field, source, by_athlete=True)
    settle(session, athlete_id, activity_id)


def add_choice(
    session: Session,
    athlete_id: UUID,
    activity_id: UUID,
    field: str,
    source: str | None,
    *,
    by_athlete: bool,
) -> None:
    """Write a choice down, as the newest of its field."""
    version = session.scalar(
        select(func.max(ActivitySourceChoice.version)).where(
            ActivitySourceChoice.athlete_id == athlete_id,
            ActivitySourceChoice.activity_id == activity_id,
            ActivitySourceChoice.field == field,
        )
    )
    session.add(
        ActivitySourceChoice(
            athlete_id=athlete_id,
            activity_id=activity_id,
            field=field,
            version=(version or 0) + 1,
            source=source,
            chosen_by="athlete" if by_athlete else "rule",
        )
    )
    session.flush()


def settle(session: Session, athlete_id: UUID, activity_id: UUID) -> set[str]:
    """Bring an activity's columns and streams to what its sources say; returns what changed.

    Whoever derives something from activities hears of each changed field.
    """
    activity = session.get(Activity, (athlete_id, activity_id), populate_existing=True)
    if activity is None:
        raise no_such_activity(activity_id)
    sources = sources_of(session, athlete_id, activity_id)
    if not sources.newest:
        return set()
    values = _settled(activity, sources)
    different = {name for name, value in values.items() if getattr(activity, name) != value}
    if different:
        session.execute(
            update(Activity)
            .where(Activity.athlete_id == athlete_id, Activity.activity_id == activity_id)
            .values({name: values[name] for name in different})
            .execution_options(synchronize_session="fetch")
        )
    if stored_streams.use(session, activity, sources):
        different |= {STREAMS}
    for name in sorted(different):
        changed(session, athlete_id, activity_id, name)
    return different


def _settled(activity: Activity, sources: Sources) -> dict[str, Any]:
    values: dict[str, Any] = {}
    also: dict[str, str] = {}
    for name, field in FIELDS.items():
        text = sources.said(name)
        if name in SETTLED_FIELDS:
            values[name] = None if text is None else field.decode(text)
            if text is None and name in ALWAYS_THERE:
                values[name] = getattr(activity, name)
        elif name not in DERIVED and text is not None:
            also[name] = text
    values["also_observed"] = also or None
    main = sources.newest[sources.main]
    values["device"], values["device_serial"] = main.device, main.device_serial
    return values


def _says(observation: ActivityObservation, field: str) -> bool:
    if field == STREAMS:
        return observation.sample_count > 0
    return field == EVERYTHING or field in observation.said
