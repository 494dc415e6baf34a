"""What other features may call of training."""

from strideiq.training.errors import (
    GoalError,
    NoSuchPlanError,
    NoSuchWorkoutError,
    WorkoutFieldError,
)
from strideiq.training.matches import rematch_changed, rematch_plan, rematch_recorded
from strideiq.training.pages import Presenter, Shown
from strideiq.training.panels import planned_panel
from strideiq.training.planning.plan import FORMULA_VERSION
from strideiq.training.planning.request import Request, Span, monday_of
from strideiq.training.plans import create
from strideiq.training.proposals import Proposal, add_illness_source
from strideiq.training.proposals import open_of_plan as open_proposals
from strideiq.training.targets import Line, lines
from strideiq.training.today import today_card
from strideiq.training.views import PlanView, WorkoutView, plans, workouts_between
from strideiq.training.words import say as say_reason
from strideiq.training.workouts import annotate, history

__all__ = [
    "FORMULA_VERSION",
    "GoalError",
    "Line",
    "NoSuchPlanError",
    "NoSuchWorkoutError",
    "PlanView",
    "Presenter",
    "Proposal",
    "Request",
    "Shown",
    "Span",
    "WorkoutFieldError",
    "WorkoutView",
    "add_illness_source",
    "annotate",
    "create",
    "history",
    "lines",
    "monday_of",
    "open_proposals",
    "planned_panel",
    "plans",
    "rematch_changed",
    "rematch_plan",
    "rematch_recorded",
    "say_reason",
    "today_card",
    "workouts_between",
]
