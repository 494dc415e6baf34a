"""Activities for tests, and what a page says of one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Engine, event

from strideiq.activities.observed import ObservedActivity, ObservedLap

NewBrowser = Callable[..., Any]
START = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def observed(
    number: int = 0,
    sport: str = "running",
    name: str = "Morning run",
    **changed: Any,
) -> ObservedActivity:
    """Half an hour at 3 m/s (5:33 per km), one sample a second, with every channel."""
    time_s = np.arange(1800.0)
    given: dict[str, Any] = dict(  # noqa: C408  reads like the call below
        sport=sport,
        name=name,
        started_at=START + timedelta(days=number),
        elapsed_s=1800,
        moving_s=1800,
        distance_m=5400,
        ascent_m=30.48,
        device="Watch One",
        laps=(ObservedLap(0, 900, 2700), ObservedLap(900, 900, 2700)),
        streams={
            "time_s": time_s,
            "distance_m": time_s * 3,
            "latitude_deg": 48 + time_s * 1e-5,
            "longitude_deg": 16 + time_s * 1e-5,
            "altitude_m": 200 + 10 * np.sin(time_s / 100),
            "heart_rate_bpm": np.full(1800, 150.0),
            "cadence_spm": np.full(1800, 172.0),
        },
    )
    return ObservedActivity(**(given | changed))


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """Collects the statements that are sent to the database."""
    statements: list[str] = []

    def count(*arguments: Any) -> None:
        statements.append(arguments[2])

    event.listen(engine, "before_cursor_execute", count)
    yield statements
    event.remove(engine, "before_cursor_execute", count)


def course(page: str) -> Any:
    """What the charts of a page draw from."""
    found = re.search(r'id="course-data">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found.group(1))
