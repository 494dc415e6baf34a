"""From what a source observed to rows: the observation, and the activity that begins with it."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from psycopg.types.json import Jsonb

from strideiq.activities import derived
from strideiq.activities.errors import FieldValueError
from strideiq.activities.field_kinds import FieldValue
from strideiq.activities.fields import FIELDS
from strideiq.activities.observed import ObservedActivity, ObservedLap

FIGURES = (
    "sport",
    "name",
    "started_at",
    "elapsed_s",
    "moving_s",
    "distance_m",
    "ascent_m",
    "descent_m",
    "energy_kcal",
)
"""The fields that an observed activity says by attributes of its own."""


JSON_COLUMNS = frozenset({"said", "laps", "also_observed"})


@dataclass(frozen=True)
class Source:
    """Who observes: a file of some format, read by some version of our parser, or a service."""

    kind: str
    source_file_id: UUID | None = None
    parser_version: int | None = None
    name: str | None = None
    """What to call a source that is no file, for example ``strava``."""

    def key(self, session_number: int) -> str:
        """The source's name within its activity, the same whenever it speaks."""
        if self.source_file_id is None:
            return self.name or "recorded"
        return f"file:{self.source_file_id}:{session_number}"


def said_of(observed: ObservedActivity) -> dict[str, str]:
    """What a source says, by field, encoded as annotations are."""
    values = {name: getattr(observed, name) for name in FIGURES}
    values["name"] = values["name"] or observed.sport.replace("_", " ").capitalize()
    said = {
        name: FIELDS[name].encode(_plain(value))
        for name, value in values.items()
        if value is not None
    }
    return said | said_besides({"notes": observed.description, **observed.more})


def said_besides(values: Mapping[str, object]) -> dict[str, str]:
    """Further fields that a source says, encoded; what no athlete could say either is left out."""
    said = {}
    for name, value in values.items():
        if value is not None and name in FIELDS:
            with contextlib.suppress(FieldValueError):
                said[name] = FIELDS[name].encode(FIELDS[name].read(value))
    return said


def laps_of(observed: ObservedActivity) -> list[list[float | None]]:
    """Laps as an observation stores them."""
    return [[lap.start_s, lap.elapsed_s, lap.moving_s, lap.distance_m] for lap in observed.laps]


def laps_from(stored: Sequence[Sequence[float | None]] | None) -> tuple[ObservedLap, ...]:
    """The laps of a stored observation."""
    return tuple(
        ObservedLap(start_s or 0.0, elapsed_s or 0.0, distance_m or 0.0, moving_s)
        for start_s, elapsed_s, moving_s, distance_m in stored or ()
    )


def observation_row(observed: ObservedActivity, source: Source, number: int = 1) -> dict[str, Any]:
    """The values of an ``ActivityObservation``, without its keys."""
    laps = laps_of(observed)
    return {
        "number": number,
        "source": source.key(observed.session_number),
        "kind": source.kind,
        "source_file_id": source.source_file_id,
        "upstream_id": observed.upstream_id,
        "said": said_of(observed),
        "computed": sorted(observed.computed),
        "laps": laps or None,
        "device": observed.device,
        "device_serial": observed.device_serial,
        "started_at": observed.started_at,
        "elapsed_s": observed.elapsed_s,
        "sample_count": observed.sample_count,
        "content_hash": content_hash(observed),
        "parser_version": source.parser_version,
    }


def activity_row(observed: ObservedActivity, source: Source) -> dict[str, Any]:
    """The values of an ``Activity`` that begins with this observation, without its keys."""
    said = said_of(observed)
    also = {name: text for name, text in said.items() if name not in FIGURES}
    return {
        "source_file_id": source.source_file_id,
        "session_number": observed.session_number,
        **{name: getattr(observed, name) for name in FIGURES},
        "name": said["name"],
        **derived.means(observed.streams),
        "device": observed.device,
        "device_serial": observed.device_serial,
        "sample_count": observed.sample_count,
        "also_observed": also or None,
        "formula_version": derived.FORMULA_VERSION,
    }


def copyable(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row for COPY, which must be told what is JSON."""
    json = {name: Jsonb(row[name]) for name in JSON_COLUMNS & row.keys() if row[name] is not None}
    return {**row, **json}


def content_hash(observed: ObservedActivity) -> bytes:
    """SHA-256 of everything that the source says, so that a repetition is known."""
    digest = hashlib.sha256()
    for name, text in sorted(said_of(observed).items()):
        digest.update(f"{name}={len(text)}:{text};".encode())
    digest.update(repr((laps_of(observed), observed.device, observed.device_serial)).encode())
    for channel in sorted(observed.streams):
        digest.update(channel.encode())
        digest.update(np.ascontiguousarray(observed.streams[channel]).tobytes())
    return digest.digest()


def _plain(value: FieldValue) -> FieldValue:
    """A numpy number as Python's own, whose text reads back as the same number."""
    plain: FieldValue = value.item() if isinstance(value, np.generic) else value
    return plain
