"""What other features may call of training."""

from strideiq.training.errors import (
    GoalError,
    NoSuchPlanError,
    NoSuchWorkoutError,
    WorkoutFieldError,
)
from strideiq.training.matches import rematch_changed, rematch_plan, rematch_recorded
from strideiq.training.panels import planned_panel
from strideiq.training.planning.request import Request, Span
from strideiq.training.plans import create
from strideiq.training.proposals import add_illness_source
from strideiq.training.today import today_card
from strideiq.training.views import PlanView, WorkoutView, plans, workouts_between
from strideiq.training.workouts import annotate, history

__all__ = [
    "GoalError",
    "NoSuchPlanError",
    "NoSuchWorkoutError",
    "PlanView",
    "Request",
    "Span",
    "WorkoutFieldError",
    "WorkoutView",
    "add_illness_source",
    "annotate",
    "create",
    "history",
    "planned_panel",
    "plans",
    "rematch_changed",
    "rematch_plan",
    "rematch_recorded",
    "today_card",
    "workouts_between",
]
