"""What can be wrong with a request about training."""

from __future__ import annotations

from strideiq.platform.errors import StrideiqError


class NoSuchPlanError(StrideiqError):
    """The athlete has no plan with this id."""

    code = "no_such_plan"
    http_status = 404


class NoSuchWorkoutError(StrideiqError):
    """The athlete has no planned workout with this id."""

    code = "no_such_workout"
    http_status = 404


class NoSuchProposalError(StrideiqError):
    """The athlete has no proposal with this id, or it has been decided otherwise."""

    code = "no_such_proposal"
    http_status = 404


class GoalError(StrideiqError):
    """There is no sensible plan for this goal; says why, and as the next step what would do."""

    code = "goal"
    http_status = 422


class WorkoutFieldError(StrideiqError):
    """A planned workout cannot have this value."""

    code = "workout_field"
    http_status = 422
