"""What can be wrong with a request about an activity."""

from __future__ import annotations

from strideiq.platform.errors import StrideiqError


class NoSuchActivityError(StrideiqError):
    """The athlete has no activity with this id."""

    code = "no_such_activity"
    http_status = 404


class NoSuchFieldError(StrideiqError):
    """An activity has no such field, or not one that an athlete may annotate."""

    code = "no_such_field"
    http_status = 404


class FieldValueError(StrideiqError):
    """A field cannot have this value."""

    code = "field_value"
    http_status = 422


class ChangedFieldError(FieldValueError):
    """A field was changed since its form was opened; nothing was overwritten."""

    code = "changed_meanwhile"
    http_status = 409


class NoSuchVersionError(StrideiqError):
    """Nothing was said of the field under this number."""

    code = "no_such_version"
    http_status = 404


class MergedActivityError(StrideiqError):
    """The activity stands for itself no more: it was merged into another one."""

    code = "merged_activity"
    http_status = 409


class NotMergeableError(StrideiqError):
    """These activities cannot be merged, or cannot be taken apart."""

    code = "not_mergeable"
    http_status = 409


class NoSuchSourceError(StrideiqError):
    """No such source says anything of the activity, or not of this field."""

    code = "no_such_source"
    http_status = 404
