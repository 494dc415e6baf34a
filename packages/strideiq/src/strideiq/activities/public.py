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
from strideiq.activities.derived import FORMULA_VERSION
from strideiq.activities.errors import (
    FieldValueError,
    MergedActivityError,
    NoSuchActivityError,
    NoSuchFieldError,
    NoSuchSourceError,
    NoSuchVersionError,
    NotMergeableError,
)
from strideiq.activities.field_kinds import FieldValue
from strideiq.activities.field_panels import fields_panel, sources_panel
from strideiq.activities.fields import FEELINGS, FIELDS, SURFACES, Field
from strideiq.activities.intensity import (
    Intensity,
    Zones,
    derive_threshold_pace,
    intensity,
    time_in_zones,
)
from strideiq.activities.measures import climb_m, known_distance, moving_so_far_s, travelled_m
from strideiq.activities.merging import (
    decisions,
    keep_apart,
    merge,
    merged_here,
    set_apart,
    unmerge,
)
from strideiq.activities.observation_rows import Source
from strideiq.activities.observations import (
    Neighbour,
    deleted_upstream,
    observe,
    observe_fields,
    observed_near,
    observed_streams,
    observed_upstream,
    spoken_by,
)
from strideiq.activities.observed import CHANNELS, ObservedActivity, ObservedLap
from strideiq.activities.panels import Panel, add_panel
from strideiq.activities.privacy import add_zone as add_privacy_zone
from strideiq.activities.recomputing import (
    Derivation,
    add_derivation,
    derivations,
    every_activity,
)
from strideiq.activities.search import GearSource, gear_from
from strideiq.activities.service import (
    RecordedCallback,
    delete,
    on_recorded,
    record,
    record_each,
    record_many,
    rename,
    tell_recorded,
    undelete,
)
from strideiq.activities.simultaneous import spans_with_neighbours, undecided_pairs
from strideiq.activities.sources import choose_source, sources_of, stands_for
from strideiq.activities.sparklines import sparklines
from strideiq.activities.views import (
    RecordedChannels,
    SplitView,
    Totals,
    activity,
    list_activities,
    of_source_file,
    overlapping,
    recorded_channels,
    several,
    splits,
    streams,
    totals,
    visible,
)

__all__ = [
    "CHANNELS",
    "FEELINGS",
    "FIELDS",
    "FORMULA_VERSION",
    "SURFACES",
    "ActivityView",
    "AnnotationVersion",
    "ChangedCallback",
    "Derivation",
    "Field",
    "FieldValue",
    "FieldValueError",
    "GearSource",
    "Intensity",
    "MergedActivityError",
    "Neighbour",
    "NoSuchActivityError",
    "NoSuchFieldError",
    "NoSuchSourceError",
    "NoSuchVersionError",
    "NotMergeableError",
    "ObservedActivity",
    "ObservedLap",
    "Panel",
    "RecordedCallback",
    "RecordedChannels",
    "Source",
    "SplitView",
    "Totals",
    "Zones",
    "activity",
    "add_derivation",
    "add_panel",
    "add_privacy_zone",
    "annotate",
    "annotation_history",
    "annotations",
    "choose_source",
    "climb_m",
    "decisions",
    "delete",
    "deleted_upstream",
    "derivations",
    "derive_threshold_pace",
    "every_activity",
    "fields_panel",
    "gear_from",
    "intensity",
    "keep_apart",
    "known_distance",
    "list_activities",
    "merge",
    "merged_here",
    "moving_so_far_s",
    "observe",
    "observe_fields",
    "observed_near",
    "observed_streams",
    "observed_upstream",
    "of_source_file",
    "on_changed",
    "on_recorded",
    "overlapping",
    "record",
    "record_each",
    "record_many",
    "recorded_channels",
    "rename",
    "restore_version",
    "set_apart",
    "several",
    "sources_of",
    "sources_panel",
    "spans_with_neighbours",
    "sparklines",
    "splits",
    "spoken_by",
    "stands_for",
    "streams",
    "tell_recorded",
    "time_in_zones",
    "totals",
    "travelled_m",
    "undecided_pairs",
    "undelete",
    "unmerge",
    "visible",
]
