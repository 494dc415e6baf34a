"""What the athlete says of an activity's fields: kept for ever, version after version.

A version is never changed or removed. Whatever a source says later is shown only where the
athlete has said nothing, or has taken it back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from strideiq.activities.errors import FieldValueError, NoSuchActivityError, NoSuchVersionError
from strideiq.activities.field_kinds import FieldValue
from strideiq.activities.fields import FIELDS, field_named
from strideiq.activities.models import Activity, ActivityAnnotation
from strideiq.activities.shown import newest_annotations, shown_value
from strideiq.platform.language import gettext as _

ORIGINAL = 0
"""The version before anything was said: what the sources say."""

ChangedCallback = Callable[[Session, UUID, UUID, str], None]
"""Called with the session, the athlete, the activity and the field that shows something else."""

_on_changed: list[ChangedCallback] = []


@dataclass(frozen=True)
class AnnotationVersion:
    """One thing that was said of a field; ``value`` None took back what was said before."""

    field: str
    version: int
    value: FieldValue | None
    said_at: datetime


def on_changed(callback: ChangedCallback) -> None:
    """Have ``callback`` called, in the same transaction, whenever a shown value has changed."""
    if callback not in _on_changed:
        _on_changed.append(callback)


def annotate(
    session: Session, athlete_id: UUID, activity_id: UUID, field: str, value: object
) -> None:
    """Say what a field is; None takes back what was said, and shows the sources' value again.

    ``value`` may be of the field's own type or text as a form sends it. To say what is said
    already adds nothing to the history. The caller commits.

    Raises:
        FieldValueError: the field cannot have this value.
        NoSuchActivityError: the athlete has no such activity.
        NoSuchFieldError: no field of this name can be annotated.
    """
    meant = field_named(field)
    read = None if value is None else meant.read(value)
    lock(session, athlete_id, activity_id)
    if read is not None:
        _refuse_contradiction(session, athlete_id, activity_id, field, read)
    text = None if read is None else meant.encode(read)
    newest = _newest(session, athlete_id, activity_id, field)
    if text == (newest.value if newest else None):
        return
    session.add(
        ActivityAnnotation(
            athlete_id=athlete_id,
            activity_id=activity_id,
            field=field,
            version=newest.version + 1 if newest else 1,
            value=text,
        )
    )
    session.flush()
    changed(session, athlete_id, activity_id, field)


def restore_version(
    session: Session, athlete_id: UUID, activity_id: UUID, field: str, version: int
) -> None:
    """Say again what an earlier version said, as a new version; 0 is the sources' value.

    Raises:
        NoSuchActivityError: the athlete has no such activity.
        NoSuchFieldError: no field of this name can be annotated.
        NoSuchVersionError: the field has no such version.
    """
    history = annotation_history(session, athlete_id, activity_id, field)
    values: dict[int, FieldValue | None] = {ORIGINAL: None}
    values.update((said.version, said.value) for said in history)
    if version not in values:
        raise NoSuchVersionError(
            _("There is no version %(version)d of this field.") % {"version": version},
            next_step=_("Choose one from the field's history."),
        )
    annotate(session, athlete_id, activity_id, field, values[version])


def current_annotations(
    session: Session, athlete_id: UUID, activity_id: UUID
) -> Mapping[str, FieldValue]:
    """What the athlete says now, by field; fields of which nothing is said are left out.

    Raises:
        NoSuchActivityError: the athlete has no such activity.
    """
    _require(session, athlete_id, activity_id)
    said = newest_annotations(athlete_id, activity_id)
    texts: Mapping[str, str] = session.scalar(select(said.c.said)) or {}
    return {name: FIELDS[name].decode(text) for name, text in texts.items() if name in FIELDS}


def annotation_history(
    session: Session, athlete_id: UUID, activity_id: UUID, field: str | None = None
) -> list[AnnotationVersion]:
    """Everything that was ever said of the activity, or of one field, newest first.

    Raises:
        NoSuchActivityError: the athlete has no such activity.
        NoSuchFieldError: no field of this name can be annotated.
    """
    if field is not None:
        field_named(field)
    _require(session, athlete_id, activity_id)
    rows = select(ActivityAnnotation).where(
        ActivityAnnotation.athlete_id == athlete_id,
        ActivityAnnotation.activity_id == activity_id,
        ActivityAnnotation.field.in_(FIELDS if field is None else [field]),
    )
    rows = rows.order_by(
        ActivityAnnotation.said_at.desc(),
        ActivityAnnotation.version.desc(),
        ActivityAnnotation.field,
    )
    return [
        AnnotationVersion(
            said.field,
            said.version,
            None if said.value is None else FIELDS[said.field].decode(said.value),
            said.said_at,
        )
        for said in session.scalars(rows)
    ]


def changed(session: Session, athlete_id: UUID, activity_id: UUID, field: str) -> None:
    """Tell whoever derives something from activities that a field shows something else."""
    for callback in _on_changed:
        callback(session, athlete_id, activity_id, field)


def lock(session: Session, athlete_id: UUID, activity_id: UUID) -> None:
    """Hold the activity's row, so that two changes of it come one after the other.

    Raises:
        NoSuchActivityError: the athlete has no such activity.
    """
    found = session.scalar(
        select(Activity.activity_id)
        .where(Activity.athlete_id == athlete_id, Activity.activity_id == activity_id)
        .with_for_update()
    )
    if found is None:
        raise no_such_activity(activity_id)


def no_such_activity(activity_id: UUID) -> NoSuchActivityError:
    """The error for an id that is unknown, or another athlete's: the two look the same."""
    return NoSuchActivityError(
        f"There is no activity {activity_id}.", next_step="Choose one from the list of activities."
    )


def _require(session: Session, athlete_id: UUID, activity_id: UUID) -> None:
    found = session.scalar(
        select(Activity.activity_id).where(
            Activity.athlete_id == athlete_id, Activity.activity_id == activity_id
        )
    )
    if found is None:
        raise no_such_activity(activity_id)


def _newest(
    session: Session, athlete_id: UUID, activity_id: UUID, field: str
) -> ActivityAnnotation | None:
    return session.scalar(
        select(ActivityAnnotation)
        .where(
            ActivityAnnotation.athlete_id == athlete_id,
            ActivityAnnotation.activity_id == activity_id,
            ActivityAnnotation.field == field,
        )
        .order_by(ActivityAnnotation.version.desc())
        .limit(1)
    )


def _refuse_contradiction(
    session: Session, athlete_id: UUID, activity_id: UUID, field: str, value: FieldValue
) -> None:
    """Nobody moves for longer than the whole took; each time is fine only beside the other."""
    if field not in {"moving_s", "elapsed_s"} or not isinstance(value, float):
        return
    said = newest_annotations(athlete_id, activity_id)
    moving_s, elapsed_s = session.execute(
        select(shown_value("moving_s", said), shown_value("elapsed_s", said))
        .outerjoin(said, said.c.activity_id == Activity.activity_id)
        .where(Activity.athlete_id == athlete_id, Activity.activity_id == activity_id)
    ).one()
    times: dict[str, float] = {"moving_s": moving_s, "elapsed_s": elapsed_s, field: value}
    if times["moving_s"] > times["elapsed_s"]:
        raise FieldValueError(
            _("The moving time cannot be longer than the time with pauses."),
            next_step=_("Change the other one of the two times first."),
        )
