"""How things stand: the facts of one database, the conditions that hold, the metrics."""

from strongroom.report.ages import Age, ages_of, at_risk_s
from strongroom.report.attempts import (
    Attempts,
    Failure,
    attempts_of,
    note_clock_jump,
    note_failure,
    note_success,
)
from strongroom.report.channels import ChannelStanding, channels_of
from strongroom.report.conditions import KINDS, Conditions, evaluate
from strongroom.report.facts import Facts, StoreFacts, collect, read_store, subject_of
from strongroom.report.figures import Figures, Measured, figures_of, rpo_s
from strongroom.report.metrics import metrics_of

__all__ = [
    "KINDS",
    "Age",
    "Attempts",
    "ChannelStanding",
    "Conditions",
    "Facts",
    "Failure",
    "Figures",
    "Measured",
    "StoreFacts",
    "ages_of",
    "at_risk_s",
    "attempts_of",
    "channels_of",
    "collect",
    "evaluate",
    "figures_of",
    "metrics_of",
    "note_clock_jump",
    "note_failure",
    "note_success",
    "read_store",
    "rpo_s",
    "subject_of",
]
