"""Real files through the command line, with the server up and down, once and again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from homes import Home

pytestmark = pytest.mark.samples


def test_the_samples_are_imported_once_with_a_verdict_each(
    make_home: Callable[..., Home], samples: Path
) -> None:
    home = make_home()
    added = home.strideiq("athlete", "add", "me@example.org", "--name", "Me")
    assert added.code == 0, added
    first = home.strideiq("import", samples)
    files = {Path(one["file"]).name: one for one in first.document["files"]}
    assert files["python-fitparse__nick.fit"]["verdict"] == "partial"
    assert files["python-fitparse__nick.fit"]["records"] >= 14_000
    strava = files["python-fitparse__strava-android-app-201.10-b1218918.fit"]
    assert (strava["verdict"], strava["records"] >= 470) == ("partial", True)
    assert all(one["reason"] for one in files.values() if one["verdict"] in {"partial", "failed"})
    again = home.strideiq("import", samples)
    verdicts = Counter(one["verdict"] for one in again.document["files"])
    assert set(verdicts) <= {"duplicate", "failed"}, verdicts
    assert home.strongroom("check").code == 0
