from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from activity_samples import NewBrowser, course, observed
from sqlalchemy import update
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.activities import sharing_routes
from strideiq.activities.page_models import ShareLink


@pytest.fixture
def owner(new_browser: NewBrowser) -> Any:
    return new_browser("robin@example.com")


@pytest.fixture
def run(owner: Any, session: Session) -> UUID:
    (activity_id,) = activities.record_many(session, owner.athlete_id, [observed()])
    session.commit()
    owner.get("/preferences")
    return activity_id


def link(owner: Any, run: UUID, **choices: str) -> str:
    page = owner.post(f"/activities/{run}/share", choices).text
    found = re.search(r'value="http://testserver(/shared/[^"]+)"', page)
    assert found
    return found.group(1)


def test_a_link_shows_what_was_chosen_and_nothing_of_the_account(
    owner: Any, run: UUID, new_browser: NewBrowser
) -> None:
    visitor = new_browser()
    bare = visitor.get(link(owner, run))
    assert bare.status_code == 200
    assert 'content="noindex, nofollow"' in bare.text
    assert bare.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert bare.headers["Referrer-Policy"] == "no-referrer"
    data = course(bare.text)
    assert data["track"] is None
    assert [series["key"] for series in data["series"]] == ["pace", "cadence"]
    words = re.sub(r"<script.*?</script>", "", bare.text, flags=re.DOTALL)
    assert not re.search(r"\b150\b", words), "the heart rate, not a part of an asset's hash"
    for secret in ("robin@example.com", "Robin", str(owner.athlete_id), str(run)):
        assert secret not in bare.text
    full = visitor.get(link(owner, run, track="true", heart="true", name="true"))
    keys = [series["key"] for series in course(full.text)["series"]]
    assert keys == ["pace", "heart", "height", "cadence"]
    assert course(full.text)["track"]["latitude"]
    assert "Robin" in full.text
    assert "robin@example.com" not in full.text


def test_a_shared_track_leaves_out_what_its_athlete_hides(
    owner: Any, run: UUID, new_browser: NewBrowser
) -> None:
    owner.post(
        "/preferences/privacy/zones",
        {"name": "Home", "latitude": "48", "longitude": "16", "radius_m": "500"},
    )
    address = link(owner, run, track="true")
    for visitor in (new_browser(), owner):
        page = visitor.get(f"{address}?private=true").text
        shown = [value for value in course(page)["track"]["latitude"] if value is not None]
        assert shown
        assert min(shown) > 48.0037
        (heights,) = (one for one in course(page)["series"] if one["key"] == "height")
        assert len([value for value in heights["values"] if value is not None]) == len(shown)


def test_a_link_that_has_ended_shows_nothing_any_more(
    owner: Any, run: UUID, new_browser: NewBrowser, session: Session
) -> None:
    visitor = new_browser()
    address = link(owner, run)
    assert visitor.get(address).status_code == 200
    page = owner.get(f"/activities/{run}/share").text
    assert "opened once" in page
    (end,) = re.findall(r'action="(/shared/links/[^"]+/end)"', page)
    stranger = new_browser("other@example.com")
    assert stranger.post(end).status_code == 404
    assert visitor.get(address).status_code == 200
    owner.get("/preferences")
    assert owner.post(end).status_code == 303
    assert visitor.get(address).status_code == 404
    other = link(owner, run)
    session.execute(update(ShareLink).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    session.commit()
    assert visitor.get(other).status_code == 404


def test_a_deleted_activity_is_shared_no_more_until_it_is_back(
    owner: Any, run: UUID, new_browser: NewBrowser
) -> None:
    visitor, address = new_browser(), link(owner, run)
    owner.post(f"/activities/{run}/delete")
    assert visitor.get(address).status_code == 404
    owner.get("/preferences")
    assert owner.post(f"/activities/{run}/share").status_code == 422
    owner.post(f"/activities/{run}/undelete")
    assert visitor.get(address).status_code == 200


def test_nobody_shares_the_activity_of_another(
    owner: Any, run: UUID, new_browser: NewBrowser
) -> None:
    other = new_browser("other@example.com")
    for activity_id in (run, uuid4()):
        assert other.get(f"/activities/{activity_id}/share").status_code == 404
        assert other.post(f"/activities/{activity_id}/share").status_code == 404
    assert "Links so far" not in owner.get(f"/activities/{run}/share").text


def test_guessing_links_is_slowed_down(
    new_browser: NewBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing_routes, "OPENED_PER_ADDRESS_MAX", 5)
    visitor = new_browser()
    answers = [visitor.get(f"/shared/{number}").status_code for number in range(7)]
    assert answers == [404] * 5 + [429] * 2
