"""What other features may call of activities."""

from strideiq.activities.activity_view import ActivityView
from strideiq.activities.analysis import DECOUPLING_MIN_S, Analysis, analyse
from strideiq.activities.annotations import (
    AnnotationVersion,
    ChangedCallback,
    annotate,
    annotation_history,
    on_changed,
    restore_version,
)
from strideiq.activities.annotations import current_annotations as annotations
from strideiq.activities.by_day import Dated, Outing, Sums, Unit, dated, found_by_day, outings, sums
from strideiq.activities.clocks import between_days, known_zone, local_day
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
from strideiq.activities.filters import Filters
from strideiq.activities.intensity import (
    Intensity,
    Zones,
    derive_threshold_pace,
    intensity,
    time_in_zones,
)
from strideiq.activities.lent import LentCounts, coach_may_use, lent_before, lent_value
from strideiq.activities.lent import counts as lent_counts
from strideiq.activities.lent import has_streams as streams_lent_until
from strideiq.activities.loans import (
    Lent,
    Loan,
    end_loan,
    end_loans,
    give_way,
    lend,
    lend_streams,
)
from strideiq.activities.loans import expire as expire_loans
from strideiq.activities.loans import put_away as put_loans_away
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
from strideiq.activities.outside import RoughPlace, Unasked, not_spoken_of, rough_places
from strideiq.activities.panels import Panel, add_panel
from strideiq.activities.places import zone_of_observed
from strideiq.activities.privacy import add_zone as add_privacy_zone
from strideiq.activities.recomputing import (
    Derivation,
    add_derivation,
    derivations,
    every_activity,
)
from strideiq.activities.said_before import said_by_file, upstream_between
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
from strideiq.activities.totals import Totals, totals
from strideiq.activities.views import (
    RecordedChannels,
    SplitView,
    activity,
    list_activities,
    of_source_file,
    overlapping,
    recorded_channels,
    several,
    splits,
    streams,
    visible,
)

__all__ = [
    "CHANNELS",
    "DECOUPLING_MIN_S",
    "FEELINGS",
    "FIELDS",
    "FORMULA_VERSION",
    "SURFACES",
    "ActivityView",
    "Analysis",
    "AnnotationVersion",
    "ChangedCallback",
    "Dated",
    "Derivation",
    "Field",
    "FieldValue",
    "FieldValueError",
    "Filters",
    "GearSource",
    "Intensity",
    "Lent",
    "LentCounts",
    "Loan",
    "MergedActivityError",
    "Neighbour",
    "NoSuchActivityError",
    "NoSuchFieldError",
    "NoSuchSourceError",
    "NoSuchVersionError",
    "NotMergeableError",
    "ObservedActivity",
    "ObservedLap",
    "Outing",
    "Panel",
    "RecordedCallback",
    "RecordedChannels",
    "RoughPlace",
    "Source",
    "SplitView",
    "Sums",
    "Totals",
    "Unasked",
    "Unit",
    "Zones",
    "activity",
    "add_derivation",
    "add_panel",
    "add_privacy_zone",
    "analyse",
    "annotate",
    "annotation_history",
    "annotations",
    "between_days",
    "choose_source",
    "climb_m",
    "coach_may_use",
    "dated",
    "decisions",
    "delete",
    "deleted_upstream",
    "derivations",
    "derive_threshold_pace",
    "end_loan",
    "end_loans",
    "every_activity",
    "expire_loans",
    "fields_panel",
    "found_by_day",
    "gear_from",
    "give_way",
    "intensity",
    "keep_apart",
    "known_distance",
    "known_zone",
    "lend",
    "lend_streams",
    "lent_before",
    "lent_counts",
    "lent_value",
    "list_activities",
    "local_day",
    "merge",
    "merged_here",
    "moving_so_far_s",
    "not_spoken_of",
    "observe",
    "observe_fields",
    "observed_near",
    "observed_streams",
    "observed_upstream",
    "of_source_file",
    "on_changed",
    "on_recorded",
    "outings",
    "overlapping",
    "put_loans_away",
    "record",
    "record_each",
    "record_many",
    "recorded_channels",
    "rename",
    "restore_version",
    "rough_places",
    "said_by_file",
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
    "streams_lent_until",
    "sums",
    "tell_recorded",
    "time_in_zones",
    "totals",
    "travelled_m",
    "undecided_pairs",
    "undelete",
    "unmerge",
    "upstream_between",
    "visible",
    "zone_of_observed",
]
