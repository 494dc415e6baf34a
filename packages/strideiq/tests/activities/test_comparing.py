from __future__ import annotations

import json
import re
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from activity_samples import NewBrowser, observed
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.activities.comparing import compare


def steady(mps: float, seconds: int, pause_s: int = 0) -> dict[str, Any]:
    """A run at one speed, with a pause in its middle."""
    time_s = np.arange(float(seconds))
    time_s[seconds // 2 :] += pause_s
    return {"time_s": time_s, "distance_m": np.arange(float(seconds)) * mps}


def test_by_distance_the_difference_is_the_time_between_them_at_the_same_place() -> None:
    compared = compare(steady(3.0, 1001), steady(4.0, 1001), "distance")
    assert compared is not None
    assert compared.at[-1] == pytest.approx(3000)
    assert compared.ahead[-1] == pytest.approx(1000 - 750)
    assert compared.ahead[0] == 0
    assert compared.speeds_mps[0][200] == pytest.approx(3.0)
    assert compared.speeds_mps[1][200] == pytest.approx(4.0)


def test_by_time_the_difference_is_the_way_between_them_at_the_same_moment() -> None:
    compared = compare(steady(3.0, 1001), steady(4.0, 801), "time")
    assert compared is not None
    assert compared.at[-1] == pytest.approx(800)
    assert compared.ahead[-1] == pytest.approx(800)


def test_a_pause_costs_its_length() -> None:
    compared = compare(steady(3.0, 1001), steady(3.0, 1001, pause_s=60), "distance")
    assert compared is not None
    assert compared.ahead[-1] == pytest.approx(-60)


@pytest.mark.parametrize("axis", ["distance", "time"])
def test_what_has_no_distances_is_not_compared(axis: Any) -> None:
    assert compare(steady(3.0, 100), {"time_s": np.arange(100.0)}, axis) is None
    assert compare({}, steady(3.0, 100), axis) is None
    assert compare(steady(0.0, 100), steady(3.0, 100), "distance") is None


def test_two_runs_are_compared_on_a_page_and_only_ones_own(
    new_browser: NewBrowser, session: Session
) -> None:
    browser, other = (new_browser(f"{name}@example.com") for name in ("robin", "other"))
    one, two = activities.record_many(
        session, browser.athlete_id, [observed(0, name="Monday"), observed(1, name="Tuesday")]
    )
    session.commit()
    page = browser.get(f"/activities/{one}/compare").text
    assert "Tuesday" in page
    for axis in ("distance", "time"):
        page = browser.get(f"/activities/{one}/compare?with={two}&axis={axis}").text
        found = re.search(r'id="compare-data">(.*?)</script>', page, re.DOTALL)
        assert found
        data = json.loads(found.group(1))
        assert [series["key"] for series in data["series"]] == ["pace", "heart", "height"]
        assert set(data["ahead"]) == {0.0}
    assert "latitude" not in page
    for first, second in ((one, uuid4()), (uuid4(), one)):
        assert browser.get(f"/activities/{first}/compare?with={second}").status_code == 404
    assert other.get(f"/activities/{one}/compare?with={two}").status_code == 404
    bare = observed(3, streams={"time_s": np.array([])})
    (third,) = activities.record_many(session, browser.athlete_id, [bare])
    session.commit()
    page = browser.get(f"/activities/{one}/compare?with={third}").text
    assert "there is nothing to draw" in page
