from __future__ import annotations

import json
from typing import Any

from strongroom.backups import listed
from strongroom.drills import proofs

Watched = Any
"""``conftest.Watched``; pytest loads that file under a name of its own."""


def test_what_is_due_is_done_proven_told_and_pinged(watched: Watched) -> None:
    """The sample has a backup of today that was never drilled."""
    before = len(listed(watched.configuration))
    done = watched.once("--json")
    assert done.returncode == 0, done.stderr
    (told,) = json.loads(done.stdout)["rounds"]
    assert [one["job"] for one in told["jobs"]] == ["drill"]
    assert told["conditions"] == []
    assert len(listed(watched.configuration)) == before
    assert [one.verdict for one in proofs(watched.configuration)] == ["proven"]
    assert watched.pings == ["/ping/secret-check/start", "/ping/secret-check"]
    assert watched.alerts == []

    again = watched.once("--json")
    assert (again.returncode, json.loads(again.stdout)["rounds"][0]["jobs"]) == (0, [])
    assert len(watched.pings) == 2, "nothing was due, so nothing was done that could be good"
