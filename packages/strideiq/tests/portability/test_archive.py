from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import os
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, UniqueConstraint, delete, select, update
from sqlalchemy.orm import Session, sessionmaker

from strideiq.activities import public as activities
from strideiq.activities.models import Activity, ActivityAnnotation
from strideiq.athletes import public as athletes
from strideiq.athletes.models import Athlete
from strideiq.features import metadata
from strideiq.imports.models import SourceFile
from strideiq.portability import archive, export, tables
from strideiq.portability.bringing_in import bring_in
from strideiq.portability.errors import ArchiveError, NotEqualError

NewBrowser = Callable[..., Any]
Sessions = sessionmaker[Session]
SOAK = os.environ.get("STRONGROOM_SOAK") == "1"
SHARED = [HealthCheck.function_scoped_fixture]


def account(sessions: Sessions, email: str) -> athletes.AthleteView:
    with sessions.begin() as session:
        return athletes.create(session, email=email, name="Robin", password="three good words")


def fill(sessions: Sessions, athlete_id: UUID) -> None:
    """Two runs with streams, what the athlete said of one, and the file of the other."""
    with sessions.begin() as session:
        content = bytes(range(256)) * 40
        file = SourceFile(
            athlete_id=athlete_id,
            source_file_id=uuid4(),
            sha256=hashlib.sha256(content).digest(),
            name="2026/Läufe/../a run.fit",
            size_bytes=len(content),
            content=content,
            verdict="imported",
            parser_version=1,
            duplicate_of=[uuid4(), uuid4()],
        )
        session.add(file)
        session.flush()
        for day in range(2):
            made = activities.record(
                session,
                athlete_id,
                activities.ObservedActivity(
                    sport="running",
                    name=f"=Run {day}",
                    started_at=datetime(2026, 5, 3, 6, tzinfo=UTC) + timedelta(days=day),
                    elapsed_s=1800.0,
                    moving_s=1790.1,
                    distance_m=6000.3,
                    streams={
                        "time_s": np.arange(1800.0),
                        "distance_m": np.linspace(0, 6000.3, 1800),
                    },
                ),
                file.source_file_id if day else None,
            )
        activities.rename(session, athlete_id, made, "Über den Fluß, “quoted” \\ done")
        activities.rename(session, athlete_id, made, None)


def exported(sessions: Sessions, athlete: athletes.AthleteView) -> io.BytesIO:
    return io.BytesIO(b"".join(export.streamed(sessions, athlete)))


def digests(sessions: Sessions, athlete_id: UUID) -> dict[str, tables.Digest]:
    with sessions() as session:
        return {
            table.name: tables.digest(session, athlete_id, table, tables.columns_of(table))
            for table in tables.exported()
        }


def changed(archived: io.BytesIO, name: str, change: Callable[[bytes], bytes]) -> io.BytesIO:
    """The archive with one member changed, and the zip around it whole."""
    made = io.BytesIO()
    with zipfile.ZipFile(archived) as old, zipfile.ZipFile(made, "w") as new:
        for member in old.namelist():
            content = old.read(member)
            new.writestr(member, change(content) if member == name else content)
    made.seek(0)
    return made


def test_every_table_of_an_athlete_is_exported_or_left_out_with_a_reason() -> None:
    named = {table.name for table in tables.exported()} | set(tables.LEFT_OUT)
    for table in metadata().tables.values():
        assert tables.OWNER in table.columns, table.name
        assert table.name in named
    assert set(tables.LEFT_OUT) <= set(metadata().tables)
    assert all(tables.LEFT_OUT.values())


def test_no_exported_table_could_clash_between_athletes_or_refer_to_itself() -> None:
    for table in tables.exported():
        if table.name == tables.ACCOUNT:
            continue
        for constraint in table.constraints:
            if isinstance(constraint, UniqueConstraint):
                assert tables.OWNER in constraint.columns, f"{table.name}: leave it out, or key it"
        for index in table.indexes:
            assert not index.unique or tables.OWNER in index.columns, index.name
        for key in table.foreign_keys:
            assert key.column.table is not table, f"{table.name}: rows would need an order"


def test_no_exported_column_holds_a_secret() -> None:
    for table in tables.exported():
        for column in tables.columns_of(table):
            words = set(column.split("_"))
            assert not words & {"password", "token", "secret", "email"}, f"{table.name}.{column}"


def test_an_account_comes_back_equal_on_another_server_and_again_changes_nothing(
    sessions: Sessions, other_engine: Engine
) -> None:
    athlete = account(sessions, "robin@example.com")
    fill(sessions, athlete.athlete_id)
    fill(sessions, account(sessions, "other@example.com").athlete_id)
    archived = exported(sessions, athlete)
    there: Sessions = sessionmaker(other_engine)
    newcomer = account(there, "robin@elsewhere.example")
    for new in (True, False):
        with there.begin() as session:
            done = bring_in(session, newcomer.athlete_id, archived)
        assert bool(done.new) is new
        assert {one.name for one in done.tables} == {one.name for one in tables.exported()}
    assert digests(there, newcomer.athlete_id) == digests(sessions, athlete.athlete_id)


def test_an_account_comes_back_equal_in_another_account_of_the_same_server(
    sessions: Sessions,
) -> None:
    athlete, other = account(sessions, "robin@example.com"), account(sessions, "b@example.com")
    fill(sessions, athlete.athlete_id)
    with sessions.begin() as session:
        bring_in(session, other.athlete_id, exported(sessions, athlete))
    assert digests(sessions, other.athlete_id) == digests(sessions, athlete.athlete_id)
    with sessions() as session:
        mine = session.scalars(select(Activity).where(Activity.athlete_id == other.athlete_id))
        assert len(mine.all()) == 2


def test_an_archive_can_be_read_without_us(sessions: Sessions) -> None:
    athlete = account(sessions, "robin@example.com")
    fill(sessions, athlete.athlete_id)
    with zipfile.ZipFile(exported(sessions, athlete)) as zipped:
        for line in zipped.read("checksums.txt").decode().splitlines():
            summed, name = line.split("  ", 1)
            assert hashlib.sha256(zipped.read(name)).hexdigest() == summed
        assert set(zipped.namelist()) - {"checksums.txt"} == {
            line.split("  ", 1)[1] for line in zipped.read("checksums.txt").decode().splitlines()
        }
        (original,) = [name for name in zipped.namelist() if name.startswith("originals/")]
        assert original.endswith("/a run.fit")
        assert zipped.read(original) == bytes(range(256)) * 40
        rows = list(csv.DictReader(io.StringIO(zipped.read("activities.csv").decode())))
        assert [row["name"] for row in rows] == ["'=Run 1", "'=Run 0"]
        runs = zipped.read("tables/activity.jsonl").decode().splitlines()
        assert json.loads(runs[0])["distance_m"] == 6000.3
        for name in (one.name for one in tables.exported()):
            assert f"`{name}`" in zipped.read("README.md").decode()


@pytest.mark.parametrize(
    ("member", "change"),
    [
        ("tables/activity.jsonl", lambda content: content.replace(b"6000.3", b"6000.4", 1)),
        ("tables/activity.jsonl", lambda content: content.splitlines(keepends=True)[0]),
        ("tables/activity.jsonl", lambda content: content[:-1]),
        ("manifest.json", lambda content: content.replace(b'"rows": 2', b'"rows": 1')),
        ("manifest.json", lambda _content: b"[]"),
        ("checksums.txt", lambda _content: b""),
    ],
)
def test_a_changed_archive_is_refused_and_nothing_of_it_is_kept(
    sessions: Sessions, member: str, change: Callable[[bytes], bytes]
) -> None:
    athlete, other = account(sessions, "robin@example.com"), account(sessions, "b@example.com")
    fill(sessions, athlete.athlete_id)
    before = digests(sessions, other.athlete_id)
    spoilt = changed(exported(sessions, athlete), member, change)
    with pytest.raises(ArchiveError), sessions.begin() as session:
        bring_in(session, other.athlete_id, spoilt)
    assert digests(sessions, other.athlete_id) == before


def test_a_cut_or_flipped_archive_is_refused(sessions: Sessions) -> None:
    athlete, other = account(sessions, "robin@example.com"), account(sessions, "b@example.com")
    fill(sessions, athlete.athlete_id)
    whole = exported(sessions, athlete).getvalue()
    before = digests(sessions, other.athlete_id)
    spoilt = [whole[:end] for end in (0, 100, len(whole) // 2, len(whole) - 1)]
    for place in range(200, len(whole), max(1, len(whole) // (2000 if SOAK else 10))):
        flipped = bytearray(whole)
        flipped[place] ^= 0x10
        spoilt.append(bytes(flipped))
    for content in spoilt:
        try:
            with sessions.begin() as session:
                bring_in(session, other.athlete_id, io.BytesIO(content))
                # A bit that says nothing (a date in the zip) may be flipped: then all is equal.
                assert (
                    tables.digest(session, other.athlete_id, Activity.__table__, ["name"]).rows == 2
                )
                session.rollback()
        except ArchiveError:
            pass
        assert digests(sessions, other.athlete_id) == before


@pytest.mark.parametrize("harm", ["changed", "more"])
def test_an_account_that_holds_other_data_is_refused_and_left_as_it_is(
    sessions: Sessions, harm: str
) -> None:
    athlete = account(sessions, "robin@example.com")
    fill(sessions, athlete.athlete_id)
    archived = exported(sessions, athlete)
    with sessions.begin() as session:
        if harm == "changed":
            session.execute(update(Activity).values(name="mine"))
        else:
            fill_more = select(Activity.activity_id).limit(1)
            activity_id = session.scalars(fill_more).one()
            activities.rename(session, athlete.athlete_id, activity_id, "A third name")
    before = digests(sessions, athlete.athlete_id)
    with pytest.raises(NotEqualError, match="Nothing was brought in"), sessions.begin() as session:
        bring_in(session, athlete.athlete_id, archived)
    assert digests(sessions, athlete.athlete_id) == before


def test_what_is_missing_comes_back(sessions: Sessions) -> None:
    athlete = account(sessions, "robin@example.com")
    fill(sessions, athlete.athlete_id)
    before = digests(sessions, athlete.athlete_id)
    archived = exported(sessions, athlete)
    with sessions.begin() as session:
        session.execute(delete(ActivityAnnotation))
        session.execute(update(Athlete).values(units="imperial"))
    with sessions.begin() as session:
        assert bring_in(session, athlete.athlete_id, archived).new == 2
    assert digests(sessions, athlete.athlete_id) == before


@settings(max_examples=1000 if SOAK else 8, deadline=None, suppress_health_check=SHARED)
@given(
    values=st.lists(st.floats(allow_nan=True, allow_infinity=True, width=64), max_size=4),
    texts=st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))),
)
def test_every_value_comes_back_to_the_last_bit(
    sessions: Sessions, values: list[float], texts: list[str]
) -> None:
    athlete = account(sessions, f"{uuid4().hex}@example.com")
    other = account(sessions, f"{uuid4().hex}@example.com")
    with sessions.begin() as session:
        for number, name in enumerate(texts or [""]):
            session.add(
                Activity(
                    athlete_id=athlete.athlete_id,
                    activity_id=uuid4(),
                    sport="running",
                    name=name,
                    started_at=datetime(1989, 1, 1, tzinfo=UTC) + timedelta(microseconds=number),
                    elapsed_s=values[number] if number < len(values) else -0.0,
                    moving_s=5e-324,
                    distance_m=math.pi,
                )
            )
    with sessions.begin() as session:
        bring_in(session, other.athlete_id, exported(sessions, athlete))
        columns = [Activity.name, Activity.started_at, Activity.elapsed_s, Activity.moving_s]
        both = [
            session.execute(
                select(Activity.activity_id, *columns)
                .where(Activity.athlete_id == one.athlete_id)
                .order_by(Activity.activity_id)
            ).all()
            for one in (athlete, other)
        ]
    assert repr(both[0]) == repr(both[1])


def test_an_export_is_one_moment_and_needs_no_memory_for_the_whole(sessions: Sessions) -> None:
    athlete = account(sessions, "robin@example.com")
    fill(sessions, athlete.athlete_id)
    parts = export.streamed(sessions, athlete)
    content = [next(parts)]
    fill_later = account(sessions, "later@example.com")
    with sessions.begin() as session:
        session.execute(
            update(Activity)
            .where(Activity.athlete_id == athlete.athlete_id)
            .values(name="changed while it was read")
        )
    content += parts
    assert max(map(len, content)) < 2 * archive.PART_BYTES
    with sessions.begin() as session:
        bring_in(session, fill_later.athlete_id, io.BytesIO(b"".join(content)))
        names = session.scalars(
            select(Activity.name).where(Activity.athlete_id == fill_later.athlete_id)
        )
        assert sorted(names) == ["=Run 0", "=Run 1"]


def test_the_pages_take_an_account_out_and_bring_it_in_elsewhere(
    new_browser: NewBrowser, sessions: Sessions
) -> None:
    browser, other = new_browser("robin@example.com"), new_browser("other@example.com")
    fill(sessions, browser.athlete_id)
    answer = browser.get("/preferences/account/archive")
    assert answer.headers["content-type"] == "application/zip"
    other.get("/preferences/account")
    sent = other.client.post(
        "/preferences/account/archive",
        data={"csrf_token": other.token},
        files={"archive": ("mine.zip", answer.content)},
    )
    assert sent.status_code == 303
    work = other.client.app.state.account_works.of(other.athlete_id)
    assert work.finished.wait(60)
    assert "Equal, row by row" in other.get("/preferences/account").text
    assert digests(sessions, other.athlete_id) == digests(sessions, browser.athlete_id)
    assert "Brought an archive in" in other.get("/preferences/security").text


@pytest.mark.parametrize("content", [b"", b"no zip at all"])
def test_a_file_that_is_no_archive_is_said_to_be_none(
    new_browser: NewBrowser, content: bytes
) -> None:
    browser = new_browser("robin@example.com")
    browser.get("/preferences/account")
    browser.client.post(
        "/preferences/account/archive",
        data={"csrf_token": browser.token},
        files={"archive": ("mine.zip", content)},
        follow_redirects=False,
    )
    work = browser.client.app.state.account_works.of(browser.athlete_id)
    if work is not None:
        assert work.finished.wait(60)
        assert "cannot be used" in browser.get("/preferences/account").text
