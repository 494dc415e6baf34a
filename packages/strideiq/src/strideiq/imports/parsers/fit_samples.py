"""The samples of a FIT file, channel by channel, from its records as messages or as columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import numpy as np

from strideiq.imports.parsers.assembly import Floats
from strideiq.imports.parsers.fit_columns import Records
from strideiq.imports.parsers.fit_extras import EXTRA_FIELDS, in_our_units

Message = Mapping[Any, Any]

SEMICIRCLE_DEG = 180.0 / 2**31
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "time_s": ("timestamp",),
    "distance_m": ("distance",),
    "latitude_deg": ("position_lat",),
    "longitude_deg": ("position_long",),
    "altitude_m": ("enhanced_altitude", "altitude"),
    "heart_rate_bpm": ("heart_rate",),
    "cadence_spm": ("cadence",),
    "power_w": ("power", "Power"),
    "speed_mps": ("enhanced_speed", "speed"),
    "temperature_c": ("temperature",),
    **EXTRA_FIELDS,
}
"""Which fields of a record make a channel; the first that has a value in the file counts."""


def samples_of(records: Sequence[Message], descriptions: Sequence[Message]) -> dict[str, Floats]:
    """The samples in some records."""
    present: set[object] = set().union(*records)
    samples = _samples(present, lambda fields: _column(records, fields), descriptions)
    if np.isnan(samples["distance_m"]).all():
        _expand_compressed(records, samples)
    return samples


def samples_of_columns(records: Records, descriptions: Sequence[Message]) -> dict[str, Floats]:
    """The same of records that were read as columns."""
    said = {name: values for name, values in records.fields.items() if not np.isnan(values).all()}

    def column(fields: Sequence[str]) -> Floats:
        found = next((said[name] for name in fields if name in said), None)
        return np.full(records.count, np.nan) if found is None else found.copy()

    return _samples(set(said), column, descriptions)


def _samples(
    present: set[object],
    column: Callable[[Sequence[str]], Floats],
    descriptions: Sequence[Message],
) -> dict[str, Floats]:
    samples = {
        channel: column([name for name in names if name in present])
        for channel, names in _FIELDS.items()
    }
    in_our_units(samples, present, descriptions)
    samples["latitude_deg"] *= SEMICIRCLE_DEG
    samples["longitude_deg"] *= SEMICIRCLE_DEG
    samples["cadence_spm"] += np.nan_to_num(column(("fractional_cadence",)))
    return samples


def _column(records: Sequence[Message], fields: Sequence[str]) -> Floats:
    nothing = np.nan
    for field in fields:
        try:
            values = list(map(itemgetter(field), records))  # in most files, every record has it
        except KeyError:
            values = [record.get(field, nothing) for record in records]
        try:
            column = np.array(values, dtype=np.float64)
        except (TypeError, ValueError):
            column = np.empty(())
        if column.shape != (len(records),):  # a list, a name or None where damage put it
            column = np.array([number_of(value) for value in values], dtype=np.float64)
        if not np.isnan(column).all():
            return column
    return np.full(len(records), nothing)


def number_of(value: object) -> float:
    """A field's value as a number, NaN where it is none."""
    return float(value) if isinstance(value, int | float) else np.nan


def _expand_compressed(records: Sequence[Message], samples: dict[str, Floats]) -> None:
    """Unpack ``compressed_speed_distance``: 12 bits of speed, 12 bits of distance that wrap.

    Three bytes per record: speed in 1/100 m/s, distance in 1/16 m (FIT profile, record).
    """
    packed = [record.get("compressed_speed_distance") for record in records]
    whole = [
        index
        for index, value in enumerate(packed)
        if isinstance(value, bytes | tuple | list) and len(value) == 3  # noqa: PLR2004  as above
    ]
    if not whole:
        return
    triples = np.array([list(packed[index] or ()) for index in whole], dtype=np.int64)
    speed = triples[:, 0] | (triples[:, 1] & 0x0F) << 8
    distance = triples[:, 1] >> 4 | triples[:, 2] << 4
    steps = np.diff(distance, prepend=distance[:1]) % 4096
    samples["speed_mps"][whole] = speed / 100.0
    samples["distance_m"][whole] = (distance[0] + np.cumsum(steps)) / 16.0
