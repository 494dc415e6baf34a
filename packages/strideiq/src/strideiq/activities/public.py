"""What other features may call of activities."""

from strideiq.activities.errors import ActivityNameError, NoSuchActivityError
from strideiq.activities.measures import climb_m, known_distance, moving_so_far_s, travelled_m
from strideiq.activities.observed import CHANNELS, ObservedActivity, ObservedLap
from strideiq.activities.panels import Panel, add_panel
from strideiq.activities.service import (
    RecordedCallback,
    delete,
    on_recorded,
    record,
    record_many,
    rename,
    undelete,
)
from strideiq.activities.sparklines import sparklines
from strideiq.activities.views import (
    ActivityView,
    RecordedChannels,
    SplitView,
    Totals,
    activity,
    list_activities,
    of_source_file,
    overlapping,
    recorded_channels,
    splits,
    streams,
    totals,
    visible,
)

__all__ = [
    "CHANNELS",
    "ActivityNameError",
    "ActivityView",
    "NoSuchActivityError",
    "ObservedActivity",
    "ObservedLap",
    "Panel",
    "RecordedCallback",
    "RecordedChannels",
    "SplitView",
    "Totals",
    "activity",
    "add_panel",
    "climb_m",
    "delete",
    "known_distance",
    "list_activities",
    "moving_so_far_s",
    "of_source_file",
    "on_recorded",
    "overlapping",
    "record",
    "record_many",
    "recorded_channels",
    "rename",
    "sparklines",
    "splits",
    "streams",
    "totals",
    "travelled_m",
    "undelete",
    "visible",
]
