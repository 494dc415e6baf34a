"""Shown values in SQL: what the athlete says of a field, else what the sources say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    DateTime,
    Double,
    Integer,
    Subquery,
    Uuid,
    cast,
    func,
    select,
)
from sqlalchemy import Text as TextType
from sqlalchemy.dialects.postgresql import JSONB, distinct_on
from sqlalchemy.types import TypeEngine

from strideiq.activities.field_kinds import Identifier, Moment, Number, YesNo
from strideiq.activities.fields import FIELDS, Field
from strideiq.activities.models import Activity, ActivityAnnotation

OBSERVED_FIELDS = tuple(name for name in FIELDS if hasattr(Activity, name))
"""The fields with a column of their own; sources say the others in ``also_observed``."""


def newest_annotations(athlete_id: UUID, activity_id: UUID | None = None) -> Subquery:
    """What the athlete says now: activity_id, said (a JSON object of text by field).

    Activities of which nothing is said are left out.
    """
    said = ActivityAnnotation
    every = select(said.activity_id, said.field, said.value).ext(
        distinct_on(said.activity_id, said.field)
    )
    every = every.where(said.athlete_id == athlete_id)
    if activity_id is not None:
        every = every.where(said.activity_id == activity_id)
    newest = every.order_by(
        said.activity_id.desc(), said.field.desc(), said.version.desc()
    ).subquery("newest_version")
    return (
        select(
            newest.c.activity_id,
            func.jsonb_object_agg(newest.c.field, newest.c.value, type_=JSONB).label("said"),
        )
        .where(newest.c.value.is_not(None))
        .group_by(newest.c.activity_id)
        .subquery("said")
    )


def shown_value(name: str, said: Subquery) -> ColumnElement[Any]:
    """The shown value of a field, where ``Activity`` is outer-joined with ``said``."""
    field = FIELDS[name]
    annotated = cast(said.c.said[name].astext, _sql_type(field))
    observed = (
        getattr(Activity, name)
        if name in OBSERVED_FIELDS
        else cast(Activity.also_observed[name].astext, _sql_type(field))
    )
    return func.coalesce(annotated, observed, type_=_sql_type(field))


class ShownValues(Mapping[str, ColumnElement[Any]]):
    """The shown value of every field, by its name; each is made when it is asked for."""

    def __init__(self, said: Subquery) -> None:
        self._said = said

    def __getitem__(self, name: str) -> ColumnElement[Any]:
        return shown_value(name, self._said)

    def __iter__(self) -> Iterator[str]:
        return iter(FIELDS)

    def __len__(self) -> int:
        return len(FIELDS)


def _sql_type(field: Field) -> TypeEngine[Any]:
    match field.kind:
        case Number(whole=whole):
            return Integer() if whole else Double()
        case Moment():
            return DateTime(timezone=True)
        case YesNo():
            return Boolean()
        case Identifier():
            return Uuid()
        case _:
            return TextType()
