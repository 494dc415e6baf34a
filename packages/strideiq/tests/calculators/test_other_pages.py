"""Every calculator is public, answers as one types and as JSON, and says in words what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from strideiq.physiology import public as physiology

NewBrowser = Callable[..., Any]
HTMX = {"HX-Request": "true"}
PAGES = ["/paces", "/equivalents", "/critical-speed", "/grade-and-heat", "/pace"]


@pytest.mark.parametrize("page", PAGES)
def test_anybody_may_open_it_and_sees_an_example_with_its_equations(
    new_browser: NewBrowser, page: str
) -> None:
    browser = new_browser()
    whole = browser.get(page)
    assert whole.status_code == 200
    assert "<math>" in whole.text
    assert "<dt>" in whole.text
    assert page in browser.get("/calculators").text
    part = browser.get(page, headers=HTMX)
    assert "<html" not in part.text
    assert "<math>" in part.text


@pytest.mark.parametrize("page", PAGES)
def test_the_same_address_answers_with_json_to_who_asks_for_it(
    new_browser: NewBrowser, page: str
) -> None:
    browser = new_browser()
    by_name = browser.get(f"{page}.json")
    by_header = browser.get(page, headers={"Accept": "application/json"})
    assert by_name.status_code == by_header.status_code == 200
    assert by_name.json() == by_header.json()
    assert "html" not in by_name.headers["Content-Type"]


WRONG = [
    ("/equivalents?d1=5km&t1=&d2=&t2=", "Effort 1 has no time"),
    ("/equivalents?d1=&t1=&d2=&t2=", "At least one race is needed"),
    ("/equivalents?d1=5km&t1=20:00&d2=5km&t2=20:10", "races over different distances"),
    ("/critical-speed?d2=&t2=", "at least two efforts"),
    ("/critical-speed?d1=5km&t1=20:00&d2=10km&t2=19:00", "longer effort takes longer"),
    ("/grade-and-heat?pace=soon", "neither a pace nor a speed"),
    ("/grade-and-heat?grade=80", "steeper slope than 45"),
    ("/grade-and-heat?air=90", "between -20 and 50"),
    ("/grade-and-heat?humidity=wet", "is no relative humidity"),
    ("/pace?speed=900 km/h", "no speed of a runner"),
    ("/pace?speed=0:00", "no speed of a runner"),
]


@pytest.mark.parametrize(("address", "words"), WRONG)
def test_what_cannot_be_used_is_said_in_words(
    new_browser: NewBrowser, address: str, words: str
) -> None:
    browser = new_browser()
    page = browser.get(address)
    assert page.status_code == 422
    assert words in page.text
    assert browser.get(address, headers=HTMX).status_code == 200
    path, _, query = address.partition("?")
    document = browser.get(f"{path}.json?{query}")
    assert document.status_code == 422
    assert words in document.json()["error"]["message"]


@pytest.mark.parametrize("page", PAGES)
def test_typed_text_is_shown_as_text(new_browser: NewBrowser, page: str) -> None:
    field = {"/paces": "distance", "/grade-and-heat": "pace", "/pace": "speed"}.get(page, "d1")
    shown = new_browser().get(page, params={field: "<script>alert(1)</script>"})
    assert "<script>alert" not in shown.text
    assert "&lt;script&gt;" in shown.text


def test_the_three_models_stand_side_by_side_and_their_disagreement_is_drawn(
    new_browser: NewBrowser,
) -> None:
    query = "d1=5km&t1=20:00&d2=1500m&t2=5:28&units=imperial"
    page = new_browser().get(f"/equivalents?{query}").text
    assert page.count('class="spread"') == 8
    assert page.count('data-model="critical_speed"') == 9
    assert 'data-model="critical_speed" data-beyond' in page
    found = new_browser().get(f"/equivalents.json?{query}").json()
    ten = next(one for one in found["equivalents"] if one["race"] == "10 km")
    models = physiology.runner_models([physiology.Race(5000, 1200), physiology.Race(1500, 328)])
    for model, one in models.over("10 km", 10_000).by_model.items():
        assert ten[f"{model}_time_s"] == pytest.approx(one.time_s, abs=0.01)
    assert ten["extrapolated_by"] == ["critical_speed"]
    assert found["models"]["power"]["own_exponent"] is True


def test_one_race_alone_says_what_critical_speed_needs(new_browser: NewBrowser) -> None:
    page = new_browser().get("/equivalents?d1=5km&t1=20:00&d2=&t2=").text
    assert "at least two efforts" in page
    assert "41:42" in page


def test_critical_speed_is_told_with_its_errors_and_a_third_effort_gives_a_greatest_speed(
    new_browser: NewBrowser,
) -> None:
    browser = new_browser()
    two = browser.get("/critical-speed?d1=1200m&t1=4:20&d2=3600m&t2=14:30").text
    assert "±" in two
    assert "at least three efforts" in two
    three = browser.get(
        "/critical-speed.json?d1=1200m&t1=4:20&d2=3600m&t2=14:30&d3=800m&t3=2:40"
    ).json()
    assert three["two_parameters"]["spare_efforts"] == 1
    assert three["three_parameters"]["max_speed_mps"] > 5


def test_a_slope_and_heat_change_a_pace_both_ways(new_browser: NewBrowser) -> None:
    found = new_browser().get("/grade-and-heat.json?pace=5:00&grade=10&air=30&humidity=50").json()
    assert found["grade_factor"] == pytest.approx(1.65, abs=0.03)
    assert found["slope_pace_of_same_cost_s_per_km"] == pytest.approx(
        300 * found["grade_factor"], abs=0.1
    )
    assert 300 < found["pace_in_heat_s_per_km_low"] < found["pace_in_heat_s_per_km_high"] < 345
    hot = new_browser().get("/grade-and-heat?air=38&humidity=60").text
    assert "heat illness" in hot


@pytest.mark.parametrize(
    ("typed", "mps"),
    [
        ("4:10 /km", 4.0),
        ("4:10", 4.0),
        ("14.4 km/h", 4.0),
        ("14,4 km/h", 4.0),
        ("4 m/s", 4.0),
        ("240 m/min", 4.0),
        ("1:40 /400m", 4.0),
        ("10 mph", 4.4704),
        ("6:00/mi", 1609.344 / 360),
    ],
)
def test_a_speed_is_read_in_every_unit(new_browser: NewBrowser, typed: str, mps: float) -> None:
    found = new_browser().get("/pace.json", params={"speed": typed}).json()
    assert found["speed_mps"] == pytest.approx(mps, abs=1e-3)


def test_an_athlete_reads_paces_in_their_own_units(new_browser: NewBrowser) -> None:
    browser = new_browser("miles@example.com", units="imperial")
    assert "/mi" in browser.get("/critical-speed").text
    assert browser.get("/pace.json?speed=6:00").json()["pace_s_per_mile"] == pytest.approx(360)
