"""FIT files: a fast reader for whole ones, a patient one for what is left of damaged ones.

Both readers give messages as plain dictionaries in the units of the FIT profile, so that
everything after reading is the same for whole and for damaged files. The records of ordinary
files, most of what there is to read, come as columns of the same values.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

import fitdecode
import fitfast
import numpy as np

from strideiq.activities.observed import ObservedActivity
from strideiq.imports.parsers import fit_columns, sports
from strideiq.imports.parsers.assembly import Floats, Stated, StatedLap, assemble, plausible_times
from strideiq.imports.parsers.fit_checksum import as_the_fast_reader_expects
from strideiq.imports.parsers.fit_columns import Records
from strideiq.imports.parsers.fit_extras import paused_s, rr_intervals_ms
from strideiq.imports.parsers.fit_samples import (
    Message,
    number_of,
    samples_of,
    samples_of_columns,
)
from strideiq.imports.parsers.parsed import ParsedFile, UnreadableFileError

Messages = Mapping[str, Sequence[Message]]

FIT_EPOCH_S = 631_065_600
"""31 December 1989, from which FIT counts, in seconds since 1970."""
CLOCK_UNSET_BELOW_S = FIT_EPOCH_S + 0x1000_0000
"""An earlier time counts from when the device was switched on (FIT profile, date_time)."""
LAST_SESSION_GRACE_S = 60.0
"""Records this long after the last session of a damaged file belong to one that was lost."""
SERIAL_UNSET = frozenset({0, 0x7FFF_FFFF, 0xFFFF_FFFF})
_DAMAGE = (
    fitdecode.FitError,
    struct.error,
    AssertionError,
    ArithmeticError,
    LookupError,
    TypeError,
    ValueError,
)
"""Damage shows wherever the bytes lead the patient reader; the messages before it are whole."""
_IN_PLAIN_WORDS = (
    ("unexpected EOF", "it ends too early"),
    ("checksum mismatch", "its checksum does not fit its content"),
    ("not a FIT file", "something else follows the recording"),
    ("missing message definition", "a message in it is described nowhere"),
)
"""What the fast reader says, and what that means."""
_WANTED = frozenset(
    {"file_id", "device_info", "activity", "sport", "session", "lap", "record", "event", "hrv"}
    | {"field_description"}
)


def parse(content: bytes) -> ParsedFile:
    """Read the activities of a FIT file, one per session.

    Raises:
        UnreadableFileError: nothing in it is an activity.
    """
    messages, columns, damage = _read(content)
    kind = _first(messages, "file_id").get("type")
    if kind is not None and kind != "activity" and not messages.get("session"):
        raise UnreadableFileError(f"A FIT file, but of kind {kind}, not an activity.", format="fit")
    records = messages.get("record", ())
    described = messages.get("field_description", ())
    if columns is None:
        samples = samples_of(records, described)
    else:
        samples = samples_of_columns(columns, described)
    shift_s = _clock_shift_s(messages)
    moments = samples["time_s"] + shift_s
    samples["time_s"] = np.where(plausible_times(moments), moments, np.nan)
    samples["rr_interval_ms"] = rr_intervals_ms(messages.get("hrv", ()), samples["time_s"])
    activities = _activities(messages, samples, shift_s, damaged=damage is not None)
    if not activities:
        reason = (
            f"Nothing could be read from this FIT file: {damage}."
            if damage
            else ("This FIT file holds no activity.")
        )
        raise UnreadableFileError(reason, format="fit")
    return ParsedFile("fit", activities, columns.count if columns else len(records), damage)


def _read(content: bytes) -> tuple[Messages, Records | None, str | None]:
    """All messages by kind, the records apart where they could be, and what is damaged."""
    records = fit_columns.read(content)
    if records is not None:
        with suppress(fitfast.FitDecodeError):
            return fitfast.parse(records.rest), records, None
    messages, damage = _messages(content)
    return messages, None, damage


def _messages(content: bytes) -> tuple[Messages, str | None]:
    """All messages by kind, and what is damaged; None when the file is whole."""
    try:
        return fitfast.parse(as_the_fast_reader_expects(content)), None
    except fitfast.FitDecodeError as error:
        said = str(error).removeprefix("FIT decode error").lstrip(": ")
        what = next((plain for words, plain in _IN_PLAIN_WORDS if words in said), said)
    except BaseException as error:
        # The fast reader is written in Rust, and a panic of it is no ordinary exception.
        if type(error).__name__ != "PanicException":
            raise
        what = "a message in it contradicts itself"  # the panic's own words help nobody
    return _salvage(content), f"the file is damaged: {what}"


def _salvage(content: bytes) -> Messages:
    """Every message up to the one that cannot be read."""
    messages: dict[str, list[Message]] = {}
    try:
        with fitdecode.FitReader(
            content,
            check_crc=fitdecode.CrcCheck.DISABLED,
            error_handling=fitdecode.ErrorHandling.IGNORE,
        ) as reader:
            for frame in reader:
                if frame.frame_type == fitdecode.FIT_FRAME_DATA and frame.name in _WANTED:
                    fields = {field.name: _plain(field.value) for field in reversed(frame.fields)}
                    messages.setdefault(frame.name, []).append(fields)
    except _DAMAGE:
        return messages
    return messages


def _plain(value: object) -> object:
    return value.timestamp() if isinstance(value, datetime) else value


def _clock_shift_s(messages: Messages) -> float:
    """What to add to every time when the device's clock counts from when it was switched on.

    Such a device knows the local time when it saves; without a time zone we take it for UTC.
    """
    activity = _first(messages, "activity")
    clock, local = _time(activity, "timestamp"), _time(activity, "local_timestamp")
    if clock is None or local is None or not clock < CLOCK_UNSET_BELOW_S <= local:
        return 0.0
    return local - clock


def _activities(
    messages: Messages, samples: Mapping[str, Floats], shift_s: float, *, damaged: bool
) -> tuple[ObservedActivity, ...]:
    """One activity per session; each sample belongs to the last session begun before it."""
    sessions = sorted(
        (each for each in messages.get("session", ()) if _time(each, "start_time") is not None),
        key=lambda each: _time(each, "start_time") or 0.0,
    )
    edges = [(_time(each, "start_time") or 0.0) + shift_s for each in sessions[1:]]
    ended_s = max((_ended_s(each) for each in sessions), default=0.0)
    if not sessions or (damaged and _later(samples, ended_s + shift_s + LAST_SESSION_GRACE_S)):
        edges = [*edges, ended_s + shift_s] if sessions else []
        sessions = [*sessions, {}]
    owner = np.searchsorted(np.array(edges), samples["time_s"], side="right")
    laps = _laps(messages.get("lap", ()), shift_s)
    lap_owner = np.searchsorted(np.array(edges), [lap.started_at_s for lap in laps], side="right")
    found = (
        _session(
            messages,
            session,
            {channel: values[owner == number] for channel, values in samples.items()},
            [lap for lap, index in zip(laps, lap_owner, strict=True) if index == number],
            number,
            shift_s,
        )
        for number, session in enumerate(sessions)
    )
    return tuple(each for each in found if each is not None)


def _ended_s(session: Message) -> float:
    """When a session ended; some apps write the message, with its own time, before the records."""
    written_s = _time(session, "timestamp") or 0.0
    return max(
        written_s,
        (_time(session, "start_time") or 0.0) + (_float(session, "total_elapsed_time") or 0.0),
    )


def _later(samples: Mapping[str, Floats], moment_s: float) -> bool:
    return bool((samples["time_s"] > moment_s).any())


def _session(
    messages: Messages,
    session: Message,
    samples: dict[str, Floats],
    laps: Sequence[StatedLap],
    number: int,
    shift_s: float,
) -> ObservedActivity | None:
    named = session.get("sport") or (
        _first(messages, "sport").get("sport") if not messages.get("session") else None
    )
    sport = sports.canonical(str(named)) if named is not None else "other"
    if sport in sports.ON_FOOT:
        samples["cadence_spm"] = samples["cadence_spm"] * 2
    if number and len(samples["distance_m"]):
        samples["distance_m"] = _from_zero(samples["distance_m"], session)
    notes = []
    if shift_s:
        notes.append("the device's clock was not set; its local time was taken for UTC")
    if named is None:
        notes.append("the sport was lost with the end of the file")
    start_s = _time(session, "start_time")
    device, serial = _device(messages)
    stated = Stated(
        started_at_s=None if start_s is None else start_s + shift_s,
        elapsed_s=_float(session, "total_elapsed_time"),
        moving_s=_float(session, "total_timer_time") or _running_s(messages, samples),
        distance_m=_float(session, "total_distance"),
        ascent_m=_float(session, "total_ascent"),
        descent_m=_float(session, "total_descent"),
        energy_kcal=_float(session, "total_calories"),
        device=device,
        device_serial=serial,
    )
    return assemble(sport, samples, stated, laps=laps, session_number=number, notes=notes)


def _running_s(messages: Messages, samples: Mapping[str, Floats]) -> float | None:
    """How long the timer ran while these samples were taken, by its own starts and stops."""
    known = samples["time_s"][np.isfinite(samples["time_s"])]
    stopped_s = paused_s(messages.get("event", ()), known)
    return float(np.ptp(known)) - stopped_s if stopped_s else None


def _from_zero(distance_m: Floats, session: Message) -> Floats:
    """A later session's distance from its own start, also where the device went on counting."""
    known = distance_m[np.isfinite(distance_m)]
    total_m = _float(session, "total_distance")
    if len(known) == 0 or total_m is None:
        return distance_m
    first_m, last_m = float(known[0]), float(known[-1])
    went_on = abs(last_m - first_m - total_m) < abs(last_m - total_m)
    return distance_m - first_m if went_on else distance_m


def _laps(messages: Sequence[Message], shift_s: float) -> list[StatedLap]:
    laps = []
    for lap in messages:
        start_s, elapsed_s = _time(lap, "start_time"), _float(lap, "total_elapsed_time")
        if start_s is not None and elapsed_s is not None:
            laps.append(
                StatedLap(
                    started_at_s=start_s + shift_s,
                    elapsed_s=elapsed_s,
                    distance_m=_float(lap, "total_distance") or 0.0,
                    moving_s=_float(lap, "total_timer_time"),
                )
            )
    return laps


def _device(messages: Messages) -> tuple[str | None, str | None]:
    """The recording device as people know it, and its serial number."""
    file_id = _first(messages, "file_id")
    maker = file_id.get("manufacturer")
    model = file_id.get("product_name") or file_id.get("garmin_product") or file_id.get("product")
    name = " ".join(str(part) for part in (maker, model) if part).replace("_", " ").strip()
    serial = file_id.get("serial_number")
    known = isinstance(serial, int) and serial not in SERIAL_UNSET
    return name[:1].upper() + name[1:] or None, str(serial) if known else None


def _first(messages: Messages, kind: str) -> Message:
    return next(iter(messages.get(kind, ())), {})


def _float(message: Message, field: str) -> float | None:
    value = number_of(message.get(field))
    return value if np.isfinite(value) else None


def _time(message: Message, field: str) -> float | None:
    return _float(message, field)
