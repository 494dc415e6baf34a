"""What all tests share: nothing of this machine, and cases judged by what happens, not when."""

from __future__ import annotations

import gc
import os
import tempfile
from pathlib import Path

from hypothesis import settings

# An installed application names its configuration to whoever looks for one. No test may come upon
# what somebody really runs on this machine; this home does not exist until a test makes it.
os.environ["STRIDEIQ_HOME"] = str(
    Path(tempfile.gettempdir()) / f"strideiq-home-of-tests-{os.getpid()}"
)
os.environ.pop("STRONGROOM_CONFIG", None)

settings.register_profile("untimed", settings.get_profile("default"), deadline=None)
if settings.get_current_profile_name() == "default":  # in CI it chooses one without a deadline
    settings.load_profile("untimed")


def pytest_collection_finish() -> None:
    """Leave what was imported and collected out of every later search for garbage."""
    gc.collect()
    gc.freeze()
