from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from activity_samples import NewBrowser, course, observed
from fastapi.routing import APIRoute
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.activities.privacy import Privacy, Zone, hidden, without_hidden
from strideiq.activities.streams import coarsest
from strideiq.features import FEATURES

HOME = (48.0, 16.0)
RADIUS_M = 500.0
OWNERS_OWN = {"/preferences/privacy", "/files/{source_file_id}"}
"""What only the owner may open, and where positions stand on purpose."""


def zone_around(
    latitude_deg: float = HOME[0],
    longitude_deg: float = HOME[1],
    radius_m: float = RADIUS_M,
    **shift: float,
) -> Zone:
    return Zone(uuid4(), "Home", latitude_deg, longitude_deg, radius_m, **shift)


@pytest.fixture
def private_run(new_browser: NewBrowser, session: Session) -> tuple[Any, UUID]:
    """A run of which the first 450 m lie in a zone, and its athlete's browser."""
    browser = new_browser("robin@example.com")
    (activity_id,) = activities.record_many(session, browser.athlete_id, [observed()])
    session.commit()
    answer = browser.post(
        "/preferences/privacy/zones",
        {"name": "Home", "latitude": "48.0", "longitude": "16", "radius_m": str(RADIUS_M)},
    )
    assert answer.status_code == 303
    return browser, activity_id


def places_inside(text: str) -> list[str]:
    """Numbers that can only be a latitude within the zone."""
    # The run goes as many degrees east as north.
    near = RADIUS_M / np.hypot(111_195, 111_195 * np.cos(np.radians(HOME[0])))
    return [
        number
        for number in re.findall(r"\b4[78]\.\d{3,}", text)
        if abs(float(number) - HOME[0]) < near and re.search(r"\b16\.\d{3,}", text)
    ]


def addresses(activity_id: UUID) -> Iterator[tuple[str, str, str]]:
    """Each route there is: its method, its pattern, and an address with the run's id in it."""
    for feature in FEATURES:
        for router in (feature.router, getattr(feature, "api", None)):
            for route in router.routes if router else ():
                if isinstance(route, APIRoute):
                    address = route.path.replace("{activity_id}", str(activity_id))
                    address = re.sub(r"{[^}]*}", str(activity_id), address)
                    prefix = "/api/v1" if router is not feature.router else ""
                    yield next(iter(route.methods)), route.path, prefix + address


def test_no_route_gives_a_hidden_place_to_anybody_but_its_owner(
    private_run: tuple[Any, UUID], new_browser: NewBrowser
) -> None:
    owner, activity_id = private_run
    tried = 0
    for visitor in (new_browser(), new_browser("other@example.com"), owner):
        for method, pattern, address in addresses(activity_id):
            if visitor is owner and (pattern in OWNERS_OWN or method != "GET"):
                continue
            query = "?" if visitor is owner else "?private=true&"
            both = f"{query}other={activity_id}&with={activity_id}&a={activity_id}&b={activity_id}"
            send = visitor.get if method == "GET" else visitor.post
            for asked in (address, address + both):
                assert not places_inside(send(asked).text), (method, asked)
                tried += 1
    assert tried > 80


def test_the_whole_track_is_on_the_private_view_and_a_part_on_the_ordinary_one(
    private_run: tuple[Any, UUID],
) -> None:
    owner, activity_id = private_run
    ordinary = owner.get(f"/activities/{activity_id}").text
    private = owner.get(f"/activities/{activity_id}?private=true").text
    assert "Places that you hide are left out" in ordinary
    assert not places_inside(ordinary)
    assert places_inside(private)
    drawn = [value for value in course(ordinary)["track"]["latitude"] if value is not None]
    assert 0.3 < len(drawn) / len(course(private)["track"]["latitude"]) < 0.95


def test_a_removed_zone_shows_again_and_comes_back_by_undo(private_run: tuple[Any, UUID]) -> None:
    owner, activity_id = private_run
    page = owner.get("/preferences/privacy").text
    (remove,) = re.findall(r'action="(/preferences/privacy/zones/[^"]+/remove)"', page)
    answer = owner.post(remove)
    assert places_inside(owner.get(f"/activities/{activity_id}").text)
    (restore,) = re.findall(r'action="([^"]+/restore)"', owner.get(answer.headers["location"]).text)
    owner.post(restore)
    assert not places_inside(owner.get(f"/activities/{activity_id}").text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"latitude": "91"},
        {"longitude": "nan"},
        {"radius_m": "inf"},
        {"radius_m": "5"},
        {"latitude": "north"},
        {"latitude": ""},
    ],
)
def test_an_impossible_zone_is_refused_in_words(
    new_browser: NewBrowser, wrong: dict[str, str]
) -> None:
    browser = new_browser("robin@example.com")
    typed = {"name": "Home", "latitude": "48", "longitude": "16", "radius_m": "400"} | wrong
    answer = browser.post("/preferences/privacy/zones", typed)
    assert answer.status_code == 422
    assert "Next:" in answer.text
    assert "There is no zone yet" in answer.text


def test_nobody_removes_the_zone_of_another(
    private_run: tuple[Any, UUID], new_browser: NewBrowser
) -> None:
    owner, activity_id = private_run
    page = owner.get("/preferences/privacy").text
    (remove,) = re.findall(r'action="(/preferences/privacy/zones/[^"]+/remove)"', page)
    assert new_browser("other@example.com").post(remove).status_code == 404
    assert not places_inside(owner.get(f"/activities/{activity_id}").text)


def test_the_newest_starts_are_offered(new_browser: NewBrowser, session: Session) -> None:
    browser = new_browser("robin@example.com")
    activities.record_many(session, browser.athlete_id, [observed(n) for n in range(3)])
    session.commit()
    assert "3 of your newest runs began at one place" in browser.get("/preferences/privacy").text


@given(
    bearing=st.floats(0, 2 * np.pi),
    share=st.floats(0.2, 0.5),
    away=st.floats(0, 0.999),
    direction=st.floats(0, 2 * np.pi),
    latitude=st.floats(-80, 80),
    longitude=st.floats(-180, 180),
)
def test_every_place_within_the_radius_is_hidden_wherever_the_circle_was_moved(
    bearing: float,
    share: float,
    away: float,
    direction: float,
    latitude: float,
    longitude: float,
) -> None:
    zone = zone_around(
        latitude,
        longitude,
        shift_north_m=share * RADIUS_M * np.cos(bearing),
        shift_east_m=share * RADIUS_M * np.sin(bearing),
    )
    degree = np.radians(6_371_008.8)
    north = np.array([latitude + away * RADIUS_M * np.cos(direction) / degree])
    east = longitude + away * RADIUS_M * np.sin(direction) / degree / np.cos(np.radians(latitude))
    east = (np.array([east]) + 180) % 360 - 180
    assert hidden(Privacy((zone,)), north, east, None).all()


def test_a_line_through_a_zone_is_not_drawn() -> None:
    latitude = np.array([47.0, 47.99, 48.01, 49.0])
    longitude = np.full(4, 16.0)
    mask = hidden(Privacy((zone_around(),)), latitude, longitude, None)
    assert mask.tolist() == [False, True, True, False]


def test_the_start_and_the_end_are_hidden_by_distance() -> None:
    latitude = 48 + np.arange(11) * 1e-3
    distance = np.arange(11) * 100.0
    distance[1] = np.nan
    privacy = Privacy(hide_start_m=250, hide_end_m=150)
    mask = hidden(privacy, latitude, np.full(11, 16.0), distance)
    assert np.flatnonzero(mask).tolist() == [0, 1, 2, 9, 10]
    without = hidden(privacy, latitude, np.full(11, 16.0), None)
    assert np.flatnonzero(without).tolist() == [0, 1, 2, 9, 10]


def test_no_mean_of_samples_holds_a_hidden_one() -> None:
    latitude = 48 + np.arange(4000) * 1e-5
    channels = {
        "time_s": np.arange(4000.0),
        "latitude_deg": latitude,
        "longitude_deg": np.full(4000, 16.0),
    }
    shown = without_hidden(channels, Privacy((zone_around(),)))
    coarse = coarsest(shown.channels)["latitude_deg"]
    assert shown.hidden
    assert len(coarse) == 1000
    assert np.nanmin(coarse) > HOME[0] + RADIUS_M / 111_195
    assert np.isfinite(coarse).sum() > 800
