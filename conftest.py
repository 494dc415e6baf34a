"""What all tests share: made-up cases are judged by what happens, never by how long it takes."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("untimed", settings.get_profile("default"), deadline=None)
if settings.get_current_profile_name() == "default":  # in CI it chooses one without a deadline
    settings.load_profile("untimed")
