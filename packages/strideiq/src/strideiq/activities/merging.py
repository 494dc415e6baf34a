"""Two activities that are one, and one that is two: merged, taken apart, kept apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, cast
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from strideiq.activities import stored_streams
from strideiq.activities.annotations import changed, current_annotations, lock
from strideiq.activities.errors import NoSuchSourceError, NotMergeableError
from strideiq.activities.fields import FIELDS
from strideiq.activities.models import (
    Activity,
    ActivityAnnotation,
    ActivityDecision,
    ActivityObservation,
    ActivitySourceChoice,
)
from strideiq.activities.observations import next_number
from strideiq.activities.service import tell_recorded
from strideiq.activities.sources import add_choice, merged_group, settle, sources_of
from strideiq.platform.language import gettext as _

Decision = Literal["apart", "merged", "unmerged"]


def merge(session: Session, athlete_id: UUID, kept_id: UUID, other_id: UUID) -> None:
    """Have one activity stand for another one too; every row of both stays.

    What the athlete said of the other one is said of the kept one where nothing was said of that.
    The other's sources can be chosen from, and fill gaps. The caller commits.

    Raises:
        NoSuchActivityError: the athlete has no such activity.
        NotMergeableError: they are one, or one of them is deleted or merged already.
    """
    kept, other = _both(session, athlete_id, kept_id, other_id)
    if kept_id == other_id or kept.deleted_at is not None or other.deleted_at is not None:
        raise NotMergeableError(
            _("Only two different activities that are not deleted can be merged."),
            next_step=_("Bring the deleted one back first, or choose another one."),
        )
    _bring_annotations(session, athlete_id, kept_id, other_id)
    _set_merged(session, athlete_id, other_id, kept_id)
    decide(session, athlete_id, kept_id, other_id, "merged")
    settle(session, athlete_id, kept_id)


def unmerge(session: Session, athlete_id: UUID, other_id: UUID) -> UUID:
    """Bring an activity back that was merged into another one; returns that one's id.

    Both are as they were; what was said of the kept one since the merge stays with it. The caller
    commits.

    Raises:
        NoSuchActivityError: the athlete has no such activity.
        NotMergeableError: it is not merged into another one.
    """
    lock(session, athlete_id, other_id)
    other = session.get_one(Activity, (athlete_id, other_id), populate_existing=True)
    kept_id = other.merged_into
    if kept_id is None:
        raise NotMergeableError(
            _("This activity is not merged into another one."),
            next_step=_("Open it to see what it consists of."),
        )
    lock(session, athlete_id, kept_id)
    theirs = merged_group(session, athlete_id, other_id)
    _set_merged(session, athlete_id, other_id, None)
    _take_annotations_back(session, athlete_id, kept_id, theirs)
    _forget_choices(session, athlete_id, kept_id)
    decide(session, athlete_id, kept_id, other_id, "unmerged")
    settle(session, athlete_id, kept_id)
    return kept_id


def keep_apart(session: Session, athlete_id: UUID, activity_id: UUID, other_id: UUID) -> None:
    """Say that two activities at one time are two; they are not suggested as one any more.

    Raises:
        NoSuchActivityError: the athlete has no such activity.
    """
    _both(session, athlete_id, activity_id, other_id)
    decide(session, athlete_id, activity_id, other_id, "apart")


def set_apart(session: Session, athlete_id: UUID, activity_id: UUID, source: str) -> UUID:
    """Make an activity of its own of what one source says; returns its id. The caller commits.

    Raises:
        NoSuchActivityError: the athlete has no such activity.
        NoSuchSourceError: it has no such source.
        NotMergeableError: it has no other source, or this one came by a merge.
    """
    lock(session, athlete_id, activity_id)
    sources = sources_of(session, athlete_id, activity_id)
    observation = sources.newest.get(source)
    if observation is None:
        raise NoSuchSourceError(
            _("No such source says anything of this."),
            next_step=_("Choose one that the page of the activity shows."),
        )
    mine = [each for each in sources.newest.values() if each.activity_id == activity_id]
    alone = len(mine) == 1 or observation.started_at is None
    if observation.activity_id != activity_id or alone:
        raise NotMergeableError(
            _("This source cannot be set apart: it is the only one, or came by a merge."),
            next_step=_("Take the merged activities apart instead."),
        )
    return _split(session, observation)


def merged_here(session: Session, athlete_id: UUID, activity_id: UUID) -> list[UUID]:
    """The activities that were merged into this one and can be taken out again, oldest first."""
    return list(
        session.scalars(
            select(Activity.activity_id)
            .where(Activity.athlete_id == athlete_id, Activity.merged_into == activity_id)
            .order_by(Activity.started_at, Activity.activity_id)
        )
    )


def decisions(session: Session, athlete_id: UUID) -> dict[frozenset[UUID], Decision]:
    """What was last decided of each pair of activities."""
    rows = session.scalars(
        select(ActivityDecision)
        .where(ActivityDecision.athlete_id == athlete_id)
        .order_by(ActivityDecision.decided_at, ActivityDecision.version)
    )
    return {
        frozenset((row.activity_id, row.other_id)): cast("Decision", row.decision) for row in rows
    }


def decide(
    session: Session, athlete_id: UUID, activity_id: UUID, other_id: UUID, decision: Decision
) -> None:
    """Write down what was decided of two activities."""
    version = session.scalar(
        select(func.max(ActivityDecision.version)).where(
            ActivityDecision.athlete_id == athlete_id,
            ActivityDecision.activity_id == activity_id,
            ActivityDecision.other_id == other_id,
        )
    )
    session.add(
        ActivityDecision(
            athlete_id=athlete_id,
            activity_id=activity_id,
            other_id=other_id,
            version=(version or 0) + 1,
            decision=decision,
        )
    )
    session.flush()


def _both(
    session: Session, athlete_id: UUID, kept_id: UUID, other_id: UUID
) -> tuple[Activity, Activity]:
    """Both activities, held in the order of their ids so that two merges cannot wait in a ring."""
    for each in sorted({kept_id, other_id}):
        lock(session, athlete_id, each)
    kept, other = (
        session.get_one(Activity, (athlete_id, each), populate_existing=True)
        for each in (kept_id, other_id)
    )
    return kept, other


def _set_merged(session: Session, athlete_id: UUID, other_id: UUID, into: UUID | None) -> None:
    """Merged activities have a tombstone as well, so that nobody counts them twice."""
    session.execute(
        update(Activity)
        .where(Activity.athlete_id == athlete_id, Activity.activity_id == other_id)
        .values(merged_into=into, deleted_at=None if into is None else func.now())
        .execution_options(synchronize_session="fetch")
    )


def _bring_annotations(session: Session, athlete_id: UUID, kept_id: UUID, other_id: UUID) -> None:
    said = current_annotations(session, athlete_id, kept_id)
    for field, value in current_annotations(session, athlete_id, other_id).items():
        if field not in said:
            _say(session, athlete_id, kept_id, field, FIELDS[field].encode(value), other_id)


def _take_annotations_back(
    session: Session, athlete_id: UUID, kept_id: UUID, theirs: Sequence[UUID]
) -> None:
    for field in current_annotations(session, athlete_id, kept_id):
        newest = session.scalars(
            select(ActivityAnnotation)
            .where(
                ActivityAnnotation.athlete_id == athlete_id,
                ActivityAnnotation.activity_id == kept_id,
                ActivityAnnotation.field == field,
            )
            .order_by(ActivityAnnotation.version.desc())
            .limit(1)
        ).one()
        if newest.merged_from in theirs:
            _say(session, athlete_id, kept_id, field, None, newest.merged_from)


def _say(
    session: Session,
    athlete_id: UUID,
    activity_id: UUID,
    field: str,
    text: str | None,
    merged_from: UUID | None,
) -> None:
    version = session.scalar(
        select(func.max(ActivityAnnotation.version)).where(
            ActivityAnnotation.athlete_id == athlete_id,
            ActivityAnnotation.activity_id == activity_id,
            ActivityAnnotation.field == field,
        )
    )
    session.add(
        ActivityAnnotation(
            athlete_id=athlete_id,
            activity_id=activity_id,
            field=field,
            version=(version or 0) + 1,
            value=text,
            merged_from=merged_from,
        )
    )
    session.flush()
    changed(session, athlete_id, activity_id, field)


def _forget_choices(session: Session, athlete_id: UUID, activity_id: UUID) -> None:
    """Choices of sources that are no more of this activity give way to those before them."""
    sources = sources_of(session, athlete_id, activity_id)
    for field, choice in sources.choices.items():
        if choice.source in sources.newest:
            continue
        former = session.scalars(
            select(ActivitySourceChoice)
            .where(
                ActivitySourceChoice.athlete_id == athlete_id,
                ActivitySourceChoice.activity_id == activity_id,
                ActivitySourceChoice.field == field,
            )
            .order_by(ActivitySourceChoice.version.desc())
        )
        before = next(
            (each for each in former if each.source is None or each.source in sources.newest), None
        )
        add_choice(
            session,
            athlete_id,
            activity_id,
            field,
            None if before is None else before.source,
            by_athlete=before is not None and before.chosen_by == "athlete",
        )


def _split(session: Session, observation: ActivityObservation) -> UUID:
    athlete_id, activity_id = observation.athlete_id, observation.activity_id
    channels = stored_streams.load(session, observation)
    new_id = uuid4()
    number_of_session = 0
    if observation.source.startswith("file:"):
        number_of_session = int(observation.source.rpartition(":")[2])
    said = {name: FIELDS[name].decode(text) for name, text in observation.said.items()}
    session.add(
        Activity(
            athlete_id=athlete_id,
            activity_id=new_id,
            source_file_id=observation.source_file_id,
            session_number=number_of_session,
            sport=said.get("sport", "other"),
            name=said.get("name", ""),
            started_at=observation.started_at,
            elapsed_s=observation.elapsed_s or 0.0,
            moving_s=said.get("moving_s", 0.0),
        )
    )
    session.flush()
    copied = {
        name: getattr(observation, name)
        for name in (
            "source",
            "kind",
            "source_file_id",
            "upstream_id",
            "said",
            "computed",
            "laps",
            "device",
            "device_serial",
            "started_at",
            "elapsed_s",
            "sample_count",
            "content_hash",
            "parser_version",
        )
    }
    mine = ActivityObservation(athlete_id=athlete_id, activity_id=new_id, number=1, **copied)
    session.add(mine)
    session.add(
        ActivityObservation(
            athlete_id=athlete_id,
            activity_id=activity_id,
            number=next_number(session, athlete_id, activity_id),
            source=observation.source,
            kind=observation.kind,
            source_file_id=observation.source_file_id,
            said={},
            computed=[],
            withdrawn="apart",
        )
    )
    session.flush()
    if channels:
        new = session.get_one(Activity, (athlete_id, new_id))
        stored_streams.replace(session, new, mine.source, mine, channels)
    _forget_choices(session, athlete_id, activity_id)
    settle(session, athlete_id, activity_id)
    settle(session, athlete_id, new_id)
    decide(session, athlete_id, activity_id, new_id, "apart")
    tell_recorded(session, athlete_id, [new_id])
    return new_id
