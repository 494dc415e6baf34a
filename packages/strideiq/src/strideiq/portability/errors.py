"""What can be wrong with an archive, or with where it is to go."""

from __future__ import annotations

from strideiq.platform.errors import StrideiqError


class ArchiveError(StrideiqError):
    """This is no archive of ours, it is damaged, or a newer version made it."""

    code = "archive"
    exit_code = 4
    http_status = 422


class NotEqualError(StrideiqError):
    """The account holds something else already: nothing was brought in."""

    code = "not_equal"
    exit_code = 5
    http_status = 409
