"""What other features may call of activities."""

from strideiq.activities.activity_view import ActivityView
from strideiq.activities.annotations import (
    AnnotationVersion,
    ChangedCallback,
    annotate,
    annotation_history,
    on_changed,
    restore_version,
)
from strideiq.activities.annotations import current_annotations as annotations
from strideiq.activities.errors import (
    FieldValueError,
    NoSuchActivityError,
    NoSuchFieldError,
    NoSuchVersionError,
)
from strideiq.activities.field_kinds import FieldValue
from strideiq.activities.fields import FEELINGS, FIELDS, SURFACES, Field
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
from strideiq.activities.views import (
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
    "FEELINGS",
    "FIELDS",
    "SURFACES",
    "ActivityView",
    "AnnotationVersion",
    "ChangedCallback",
    "Field",
    "FieldValue",
    "FieldValueError",
    "NoSuchActivityError",
    "NoSuchFieldError",
    "NoSuchVersionError",
    "ObservedActivity",
    "ObservedLap",
    "Panel",
    "RecordedCallback",
    "RecordedChannels",
    "SplitView",
    "Totals",
    "activity",
    "add_panel",
    "annotate",
    "annotation_history",
    "annotations",
    "climb_m",
    "delete",
    "known_distance",
    "list_activities",
    "moving_so_far_s",
    "of_source_file",
    "on_changed",
    "on_recorded",
    "overlapping",
    "record",
    "record_many",
    "recorded_channels",
    "rename",
    "restore_version",
    "splits",
    "streams",
    "totals",
    "travelled_m",
    "undelete",
    "visible",
]
