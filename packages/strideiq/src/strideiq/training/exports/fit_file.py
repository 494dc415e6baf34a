"""A workout as a FIT file with structured steps, as watches take them.

Field names and codes are those of Garmin's public FIT profile, file type ``workout``; the bytes
are written by fit-tool.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from strideiq.training.planning.structure import Part, Repeat, Step
from strideiq.training.targets import Targets

NAME_LENGTH_MAX = 40
SERIAL_BITS = 32

INTENSITIES = {"warm_up": "WARMUP", "work": "ACTIVE", "recovery": "RECOVERY",
               "cool_down": "COOLDOWN", "run": "ACTIVE"}  # fmt: skip


def workout_file(
    name: str,
    structure: Iterable[Part],
    targets: Targets,
    workout_id: UUID,
    made_at: datetime,
) -> bytes:
    """The file's bytes; targets are ranges of speed at the index that ``targets`` are of.

    The same workout gives the same serial number, so that a watch replaces it.
    """
    from fit_tool.fit_file_builder import FitFileBuilder  # noqa: PLC0415  half a second
    from fit_tool.profile.messages.file_id_message import FileIdMessage  # noqa: PLC0415
    from fit_tool.profile.messages.workout_message import WorkoutMessage  # noqa: PLC0415
    from fit_tool.profile.profile_type import FileType, Manufacturer, Sport  # noqa: PLC0415

    identity = FileIdMessage()
    identity.type = FileType.WORKOUT
    identity.manufacturer = Manufacturer.DEVELOPMENT.value
    identity.product = 0
    identity.serial_number = workout_id.int % (1 << SERIAL_BITS - 1) + 1
    identity.time_created = round(made_at.timestamp() * 1000)
    steps = _steps(structure, targets)
    head = WorkoutMessage()
    head.workout_name = name[:NAME_LENGTH_MAX]
    head.sport = Sport.RUNNING
    head.num_valid_steps = len(steps)
    builder = FitFileBuilder(auto_define=True, min_string_size=NAME_LENGTH_MAX + 10)
    builder.add(identity)
    builder.add(head)
    builder.add_all(steps)
    return bytes(builder.build().to_bytes())


def _steps(structure: Iterable[Part], targets: Targets) -> list[object]:
    """Steps in order; after those of a repeat, one that leads back to its first."""
    messages: list[object] = []
    for part in structure:
        first = len(messages)
        for step in part.steps if isinstance(part, Repeat) else (part,):
            messages.append(_step(len(messages), step, targets))
        if isinstance(part, Repeat):
            messages.append(_back_to(len(messages), first, part.times))
    return messages


def _step(index: int, step: Step, targets: Targets) -> object:
    from fit_tool.profile.messages.workout_step_message import WorkoutStepMessage  # noqa: PLC0415
    from fit_tool.profile.profile_type import (  # noqa: PLC0415
        Intensity,
        WorkoutStepDuration,
        WorkoutStepTarget,
    )

    paces = targets.ranges[step.target]
    message = WorkoutStepMessage()
    message.message_index = index
    message.workout_step_name = step.target
    message.intensity = Intensity[INTENSITIES[step.role]]
    if step.distance_m is not None:
        message.duration_type = WorkoutStepDuration.DISTANCE
        message.duration_distance = step.distance_m
    else:
        message.duration_type = WorkoutStepDuration.TIME
        message.duration_time = step.duration_s
    message.target_type = WorkoutStepTarget.SPEED
    message.target_value = 0
    message.custom_target_speed_low = 1000 / paces.slowest_s_per_km
    message.custom_target_speed_high = 1000 / paces.fastest_s_per_km
    return message


def _back_to(index: int, first: int, times: int) -> object:
    from fit_tool.profile.messages.workout_step_message import WorkoutStepMessage  # noqa: PLC0415
    from fit_tool.profile.profile_type import (  # noqa: PLC0415
        WorkoutStepDuration,
        WorkoutStepTarget,
    )

    message = WorkoutStepMessage()
    message.message_index = index
    message.duration_type = WorkoutStepDuration.REPEAT_UNTIL_STEPS_CMPLT
    message.duration_step = first
    message.target_type = WorkoutStepTarget.OPEN
    message.target_repeat_steps = times
    return message
