"""How a channel of samples is stored: fixed-point int32, delta, byte shuffle, zstd.

A stored channel is a header of six bytes, little-endian (format version, flags, number of
samples), and a zstd frame. The frame holds, when samples are missing, one bit per sample
(1 = present), and then the present samples: rounded to the channel's step, turned into
differences from sample to sample (modulo 2**32), folded so that small negative differences have
zero high bytes too, and transposed so that the high bytes of all samples stand together.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

import numpy as np
import zstandard
from numpy.typing import NDArray

STEPS_PER_UNIT: Mapping[str, float] = {
    "time_s": 1e3,
    "distance_m": 1e2,
    "latitude_deg": 1e7,
    "longitude_deg": 1e7,
    "altitude_m": 1e1,
    "heart_rate_bpm": 1e0,
    "cadence_spm": 1e0,
    "power_w": 1e0,
    "speed_mps": 1e3,
    "temperature_c": 1e1,
    "rr_interval_ms": 1e0,
    "ground_contact_ms": 1e0,
    "vertical_oscillation_mm": 1e1,
    "step_length_mm": 1e0,
    "form_power_w": 1e0,
    "air_power_w": 1e0,
    "leg_spring_stiffness_kn_m": 1e2,
    "respiration_per_min": 1e1,
    "core_temperature_c": 1e2,
}
"""How finely each channel is kept: a millisecond, a centimetre, ten nanodegrees, …"""

LEVEL_FACTOR = 4
"""How many samples of one level become one sample of the next, coarser one."""

LEVEL_SAMPLES_MAX = 1000
"""A coarser level is made while the finest so far has more samples than a chart can show."""

_VERSION = 1
_HAS_MISSING = 1
_HEADER = struct.Struct("<BBI")
_INT32 = np.iinfo(np.int32)


def encode(channel: str, values: NDArray[np.float64]) -> bytes:
    """Pack one channel; what comes back differs by at most half a step.

    A value that is not finite, or too large for int32 at the channel's step (a distance beyond
    21,474 km), is no measurement and is kept as missing.
    """
    with np.errstate(over="ignore"):
        steps = np.round(np.asarray(values, dtype=np.float64) * STEPS_PER_UNIT[channel])
    present = (steps >= _INT32.min) & (steps <= _INT32.max)
    whole = bool(present.all())
    kept = steps if whole else steps[present]
    body = _shuffle(kept.astype(np.int32))
    if not whole:
        body = np.packbits(present).tobytes() + body
    header = _HEADER.pack(_VERSION, 0 if whole else _HAS_MISSING, len(steps))
    return header + zstandard.ZstdCompressor(level=3).compress(body)


def decode(channel: str, content: bytes) -> NDArray[np.float64]:
    """Unpack one channel as float64, NaN where a sample is missing.

    Raises:
        ValueError: the content is not an encoded channel, or of a format from the future.
    """
    if len(content) < _HEADER.size:
        raise ValueError("a stored channel is shorter than its own header")
    version, flags, count = _HEADER.unpack_from(content)
    if version != _VERSION:
        raise ValueError(f"a stored channel has format {version}; this code reads {_VERSION}")
    bitmap_bytes = (count + 7) // 8 if flags & _HAS_MISSING else 0
    body = _decompress(content[_HEADER.size :], size_bytes_max=bitmap_bytes + 4 * count)
    present = np.ones(count, dtype=np.bool_)
    if bitmap_bytes:
        bitmap = np.frombuffer(body, dtype=np.uint8, count=bitmap_bytes)
        present = np.unpackbits(bitmap, count=count).astype(np.bool_)
    kept = _unshuffle(body[bitmap_bytes:])
    if len(kept) != np.count_nonzero(present):
        raise ValueError("a stored channel holds another number of samples than it says")
    values = np.full(count, np.nan)
    values[present] = kept / STEPS_PER_UNIT[channel]
    return values


def levels(
    streams: Mapping[str, NDArray[np.float64]],
) -> Iterator[tuple[int, Mapping[str, NDArray[np.float64]]]]:
    """The pyramid of an activity: level 0 is every sample, each further one is four times coarser.

    A coarser sample is the mean of the present samples of its four, NaN when there are none.
    """
    level = 0
    yield level, streams
    while len(streams["time_s"]) > LEVEL_SAMPLES_MAX:
        level += 1
        streams = {channel: _coarser(values) for channel, values in streams.items()}
        yield level, streams


def coarsest(
    streams: Mapping[str, NDArray[np.float64]],
) -> Mapping[str, NDArray[np.float64]]:
    """The last level of the pyramid: what a chart of the whole activity can show."""
    return {} if "time_s" not in streams else list(levels(streams))[-1][1]


def _coarser(values: NDArray[np.float64]) -> NDArray[np.float64]:
    padding = -len(values) % LEVEL_FACTOR
    if padding:
        values = np.concatenate([values, np.full(padding, np.nan)])
    missing = np.isnan(values)
    if not missing.any():
        return _sums(values) / LEVEL_FACTOR
    counts = LEVEL_FACTOR - missing.reshape(-1, LEVEL_FACTOR).sum(axis=1)
    means = np.full(len(counts), np.nan)
    np.divide(_sums(np.where(missing, 0.0, values)), counts, out=means, where=counts > 0)
    return means


def _sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum of each four; ``sum`` along so short an axis adds in this order too, but slowly."""
    first, second, third, fourth = values.reshape(-1, LEVEL_FACTOR).T
    return np.asarray(first + second + third + fourth)


def _shuffle(steps: NDArray[np.int32]) -> bytes:
    differences = steps.copy()
    differences[1:] -= steps[:-1]
    folded = (differences << 1) ^ (differences >> 31)
    return np.ascontiguousarray(folded.view(np.uint8).reshape(-1, 4).T).tobytes()


def _unshuffle(body: bytes) -> NDArray[np.int32]:
    if len(body) % 4:
        raise ValueError("a stored channel ends in the middle of a sample")
    planes = np.frombuffer(body, dtype=np.uint8).reshape(4, -1)
    folded = np.ascontiguousarray(planes.T).view(np.uint32).reshape(-1)
    differences = (folded >> np.uint32(1)) ^ (np.uint32(0) - (folded & np.uint32(1)))
    return np.cumsum(differences, dtype=np.uint32).view(np.int32)


def _decompress(frame: bytes, *, size_bytes_max: int) -> bytes:
    """At most ``size_bytes_max`` bytes out of a zstd frame, so that damage cannot fill memory."""
    try:
        with zstandard.ZstdDecompressor().stream_reader(frame) as reader:
            body = reader.read(size_bytes_max + 1)
    except zstandard.ZstdError as error:
        raise ValueError(f"a stored channel cannot be unpacked: {error}") from error
    if len(body) > size_bytes_max:
        raise ValueError("a stored channel holds more than its header says")
    return body
