"""What can be wrong with a request about an activity."""

from __future__ import annotations

from strideiq.platform.errors import StrideiqError


class NoSuchActivityError(StrideiqError):
    """The athlete has no activity with this id."""

    code = "no_such_activity"
    http_status = 404


class ActivityNameError(StrideiqError):
    """An activity cannot have this name."""

    code = "activity_name"
    http_status = 422
