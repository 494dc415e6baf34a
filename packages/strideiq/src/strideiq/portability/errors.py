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


class NotProvenError(StrideiqError):
    """A deletion has to stand on a proven backup, and there is none."""

    code = "not_proven"
    http_status = 409


class DeletionRefusedError(StrideiqError):
    """The database let the deletion not pass: the permit was not enough for what it met."""

    code = "deletion_refused"
    http_status = 409
