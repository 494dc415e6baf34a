"""One activity open in two tabs: what one has saved, the other does not undo unseen."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from activity_samples import observed
from sqlalchemy.orm import Session, sessionmaker

from strideiq.activities import public as activities

HTMX = {"HX-Request": "true"}
TYPED = {
    "name": ("Hills", "Flat"),
    "notes": ("windy", "calm"),
    "distance_m": ("6.1", "6.2"),
    "moving_s": ("29:00", "28:00"),
    "race": ("yes", "no"),
    "time_zone": ("Asia/Tokyo", "Europe/Vienna"),
    "started_at": ("2026-03-01T08:00:00", "2026-03-01T09:00:00"),
}
"""What the first and the second tab save, by field."""


@pytest.fixture
def browser(new_browser: Callable[..., Any]) -> Any:
    return new_browser("runner@example.com")


@pytest.fixture
def run(browser: Any, sessions: sessionmaker[Session]) -> UUID:
    with sessions.begin() as session:
        return activities.record(session, browser.athlete_id, observed())


def opened(page: str) -> str:
    """What a form keeps of what it opened with."""
    found = re.search(r'name="opened_with" value="(\w{16})"', page)
    assert found
    return found.group(1)


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["as a page", "in place"])
def test_what_another_tab_has_saved_is_told_and_what_was_typed_is_kept(
    browser: Any, run: UUID, headers: dict[str, str]
) -> None:
    """Each field in turn, because each has a control of its own."""
    browser.get(f"/activities/{run}")
    for name, (first, second) in TYPED.items():
        at = f"/activities/{run}/fields/{name}"
        tab = {"opened_with": opened(browser.get(at, headers=headers).text)}
        saved = browser.post(at, tab | {"value": first}, headers=headers)
        assert saved.status_code in {200, 303}, name
        stale = browser.post(at, tab | {"value": second}, headers=headers)
        assert stale.status_code == 409, name
        assert "changed meanwhile" in stale.text
        assert second in stale.text, "what was typed stands in the form"
        assert history(browser, run, name) == 1, "and nothing was overwritten"
        again = {"opened_with": opened(stale.text), "value": second}
        assert browser.post(at, again, headers=headers).status_code in {200, 303}, name
        assert history(browser, run, name) == 2, name


def history(browser: Any, run: UUID, name: str) -> int:
    """How often something was said of a field."""
    with browser.client.app.state.runtime.sessions() as session:
        return len(activities.annotation_history(session, browser.athlete_id, run, name))


def test_a_form_that_says_nothing_undoes_nothing(browser: Any, run: UUID) -> None:
    at = f"/activities/{run}/fields/notes"
    tab = opened(browser.get(at).text)
    browser.post(at, {"opened_with": tab, "value": "windy"})
    assert browser.post(at, {"opened_with": tab, "value": ""}).status_code == 303
    assert browser.post(at, {"opened_with": tab, "value": "windy"}).status_code == 303
    assert history(browser, run, "notes") == 1


def test_a_name_that_a_program_has_changed_meanwhile_is_told_in_its_place(
    browser: Any, run: UUID, sessions: sessionmaker[Session]
) -> None:
    at = f"/activities/{run}/name"
    browser.get(f"/activities/{run}")
    tab = opened(browser.get(at, headers=HTMX).text)
    with sessions.begin() as session:
        activities.rename(session, browser.athlete_id, run, "Hills & <dales>")
    stale = browser.post(at, {"opened_with": tab, "name": "Flat"}, headers=HTMX)
    assert stale.status_code == 409
    assert "Hills &amp; &lt;dales&gt;" in stale.text
    assert 'value="Flat"' in stale.text
    plain = browser.post(at, {"opened_with": tab, "name": "Flat"})
    assert (plain.status_code, 'value="Flat"' in plain.text) == (409, True)
    kept = browser.post(at, {"opened_with": opened(stale.text), "name": "Flat"}, headers=HTMX)
    assert "Flat" in kept.text
