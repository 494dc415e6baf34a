from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import strongroom
from strideiq.activities import public as activities
from strideiq.athletes import administration
from strideiq.athletes.models import AdministratorChoice
from strideiq.features import metadata
from strideiq.portability import deletion

NewBrowser = Callable[..., Any]
PAGE = "/preferences/account"


def rows_of(session: Session, athlete_id: object) -> dict[str, int]:
    counts = {
        table.name: session.scalar(
            select(func.count()).select_from(table).where(table.c.athlete_id == athlete_id)
        )
        for table in metadata().sorted_tables
    }
    return {name: count for name, count in counts.items() if count}


def add_run(session: Session, athlete_id: Any) -> None:
    run = activities.ObservedActivity(
        sport="running",
        name="Along the river",
        started_at=datetime(2026, 5, 3, 6, tzinfo=UTC),
        elapsed_s=1800.0,
        moving_s=1790.0,
        distance_m=6000.0,
        streams={"time_s": np.array([0.0, 1800.0]), "distance_m": np.array([0.0, 6000.0])},
    )
    activities.record(session, athlete_id, run)
    session.commit()


def test_an_account_is_gone_from_every_table_and_nobody_elses_row_is(
    new_browser: NewBrowser, session: Session
) -> None:
    new_browser("administrator@example.com")
    leaving, staying = new_browser("leaving@example.com"), new_browser("staying@example.com")
    for browser in (leaving, staying):
        add_run(session, browser.athlete_id)
        browser.post("/preferences/tokens", {"name": "t", "scope": "profile:read"})
    others = rows_of(session, staying.athlete_id)
    leaving.get(PAGE)
    assert leaving.post(f"{PAGE}/delete", {"email": "staying@example.com"}).status_code == 422
    assert rows_of(session, leaving.athlete_id)["activity"] == 1
    answer = leaving.post(f"{PAGE}/delete", {"email": "Leaving@example.com"})
    assert "Your account is gone" in answer.text
    session.rollback()
    assert rows_of(session, leaving.athlete_id) == {}
    assert rows_of(session, staying.athlete_id) == others
    assert leaving.get("/preferences").status_code == 303
    assert leaving.sign_in("leaving@example.com").status_code == 422


def test_the_only_administrator_of_others_stays_until_there_is_another(
    new_browser: NewBrowser, session: Session
) -> None:
    first, second = new_browser("first@example.com"), new_browser("second@example.com")
    first.get("/people")
    first.post("/people/sign-up", {"choice": "closed"})
    answer = first.post(f"{PAGE}/delete", {"email": "first@example.com"})
    assert answer.status_code == 422
    assert "only administrator" in answer.text
    administration.appoint(session, "second@example.com", administrator=True)
    session.commit()
    assert "gone" in first.post(f"{PAGE}/delete", {"email": "first@example.com"}).text
    session.rollback()
    kept = session.execute(select(AdministratorChoice.athlete_id, AdministratorChoice.value)).all()
    assert [tuple(one) for one in kept] == [(second.athlete_id, "closed")]


def test_the_page_says_how_long_backups_keep_what_was_deleted(
    new_browser: NewBrowser, tmp_path: Path
) -> None:
    assert "removes no backup by itself" in new_browser("a@example.com").get(PAGE).text
    path = tmp_path / "strongroom.toml"
    path.write_text(
        strongroom.default_document(application="kept", environment="test", database="kept")
    )
    configuration = strongroom.load_configuration(path)
    never = deletion.backups_keep_words(configuration)
    assert "strongroom prune" in never
    pruned = replace(
        configuration, schedule={"prune": "after each backup"}, retention={"yearly": 2}
    )
    assert "2 years" in deletion.backups_keep_words(pruned)
