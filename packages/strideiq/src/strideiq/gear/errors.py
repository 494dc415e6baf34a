"""What can be wrong with a request about gear."""

from __future__ import annotations

from strideiq.platform.errors import StrideiqError


class NoSuchGearError(StrideiqError):
    """The athlete has no gear with this id."""

    code = "no_such_gear"
    http_status = 404


class GearError(StrideiqError):
    """Gear cannot be called so, or cannot have this length."""

    code = "gear"
    http_status = 422
