"""Every route, found by itself: as a stranger, as another athlete, with too small a token."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from fastapi.routing import iter_route_contexts
from sqlalchemy import ARRAY, JSON, Column, Table, insert, select
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.types import (
    Boolean,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Uuid,
)

from strideiq.activities import public as activities
from strideiq.athletes.scopes import SCOPES, TRIED
from strideiq.features import FEATURES, metadata
from strideiq.imports.models import SourceFile
from strideiq.main import create
from strideiq.platform.runtime import Runtime

NewBrowser = Callable[..., Any]
MARK = "quince jelly"
"""Words that stand in everything of the victim's that a page could show."""

PUBLIC = {
    "/": "leads on",
    "/sign-in": "the door",
    "/sign-in/code": "the door",
    "/sign-in/passkey": "the door",
    "/sign-in/passkey/options": "the door",
    "/sign-up": "the door",
    "/sign-out": "ends only the browser's own session",
    "/api/v1/openapi.json": "tells what there is, and nothing of anybody",
    "/calculators": "mathematics, of nobody",
    "/paces": "the same",
    "/equivalents": "the same",
    "/critical-speed": "the same",
    "/grade-and-heat": "the same",
    "/pace": "the same",
    "/shared/{token}": "what an athlete shows by a link, tried by that link's own tests",
    "/offline": "what a phone shows without a network",
    "/manifest.webmanifest": "how a phone installs it",
    "/service-worker.js": "the same",
    "/api/hooks/garmin/{token}": "a secret address that one service was told, which learns nothing",
    "/api/hooks/strava/{token}": "a secret address that one service was told, which learns nothing",
    "/calendar/feed/{token}.ics": "a calendar that opens by its secret address alone",
}
"""What anybody may open, each with its reason; every other route must turn strangers away."""

EXAMPLES = {
    "sign_in_id": "00" * 12,
    "passkey_id": "00" * 16,
    "act": "archive",
    "day": "2026-05-03",
    "kind": "km",
    "field": "name",
    "format": "fit",
    "token": "nobodys-token",
    "slug": "5000m",
}
"""Parameters of addresses that name no row; others are filled with an id of the victim's row."""

NAMED_OTHERWISE = {"entry_id": "nutrition_entry_id"}
"""Parameters that are not named as the column that they are an id of."""


@dataclass(frozen=True)
class Tried:
    method: str
    path: str
    parameters: tuple[str, ...]
    wants_json: bool

    @property
    def for_programs(self) -> bool:
        return self.path.startswith("/api/") or self.path == "/mcp"


def every_route(runtime: Runtime) -> list[Tried]:
    found = []
    for route in iter_route_contexts(create(runtime).routes):
        if not route.path or route.path.startswith("/static"):
            continue
        body = getattr(getattr(route, "body_field", None), "field_info", None)
        wants_json = type(body).__name__ == "Body"
        parameters = tuple(re.findall(r"{(\w+)(?::\w+)?}", route.path))
        found += [
            Tried(method, route.path, parameters, wants_json)
            for method in sorted(route.methods or ())
            if method != "HEAD"
        ]
    assert len(found) > 50
    return found


def value(column: Column[Any], athlete_id: UUID) -> object:
    """Something that fits a column, with the mark where it is text."""
    if column.name == "athlete_id":
        return athlete_id
    makers: dict[Any, Callable[[], object]] = {
        Uuid: uuid4,
        LargeBinary: lambda: uuid4().bytes,
        DateTime: lambda: datetime(2026, 5, 3, tzinfo=UTC),
        Date: lambda: date(2026, 5, 3),
        JSON: list,
        ARRAY: list,
        Boolean: bool,
        Float: lambda: 1.0,
        Numeric: lambda: 1,
        Integer: lambda: 1,
        String: lambda: MARK,
    }
    return next(make() for kind, make in makers.items() if isinstance(column.type, kind))


def a_row(session: Session, athlete_id: UUID, table: Table) -> None:
    """A row of the victim's that refers to others of the victim's, where its rules allow one."""
    row = {
        column.name: value(column, athlete_id)
        for column in table.columns
        if not column.nullable and column.server_default is None
    }
    for key in table.foreign_keys:
        name, target = key.parent.name, key.column
        if name != "athlete_id" and (name in row):
            query = select(target).where(target.table.columns["athlete_id"] == athlete_id)
            row[name] = session.scalar(query.limit(1))
    with session.begin_nested() as nested:
        try:
            session.execute(insert(table).values(row))
        except Exception:  # noqa: BLE001  a check that only the feature itself can satisfy
            nested.rollback()


def fill(sessions: sessionmaker[Session], athlete_id: UUID) -> None:
    """A run, its file, and a row in every table that takes one."""
    with sessions.begin() as session:
        content = MARK.encode()
        file = SourceFile(
            athlete_id=athlete_id,
            source_file_id=uuid4(),
            sha256=hashlib.sha256(content).digest(),
            name=f"{MARK}.fit",
            size_bytes=len(content),
            content=content,
            verdict="failed",
            reason=MARK,
            parser_version=1,
        )
        session.add(file)
        session.flush()
        activities.record(
            session,
            athlete_id,
            activities.ObservedActivity(
                sport="running",
                name=MARK,
                started_at=datetime.now(UTC) - timedelta(days=2),
                elapsed_s=1800.0,
                moving_s=1790.0,
                distance_m=6000.0,
                streams={
                    "time_s": np.arange(1800.0),
                    "distance_m": np.linspace(0, 6000, 1800),
                    "latitude_deg": np.linspace(46.9480, 46.9990, 1800),
                    "longitude_deg": np.full(1800, 7.4474),
                },
            ),
            file.source_file_id,
        )
        for table in metadata().sorted_tables:
            owned = select(table).where(table.columns["athlete_id"] == athlete_id)
            if session.execute(owned.limit(1)).first() is None:
                a_row(session, athlete_id, table)


def ids_of(session: Session, athlete_id: UUID) -> dict[str, str]:
    """An id of one of the victim's rows for each column that could be in an address."""
    found = {"person_id": str(athlete_id)}
    for table in metadata().sorted_tables:
        for column in table.primary_key:
            query = select(column).where(table.columns["athlete_id"] == athlete_id)
            row = session.execute(query.limit(1)).first()
            if row is not None and column.name != "athlete_id":
                found.setdefault(column.name, str(row[0]))
    return found | {name: found[column] for name, column in NAMED_OTHERWISE.items()}


def everything_of(session: Session, athlete_id: UUID) -> dict[str, list[Any]]:
    """Every row of an athlete, but for what changes by being looked at."""
    return {
        table.name: sorted(
            map(
                str,
                session.execute(table.select().where(table.columns["athlete_id"] == athlete_id)),
            )
        )
        for table in metadata().sorted_tables
        if table.name not in {"sign_in", "account_event"}
    }


class Caller:
    """Somebody who tries a route, with the token of a form where one is asked for."""

    def __init__(self, browser: Any, ids: dict[str, str], email: str | None) -> None:
        self.browser = browser
        browser.client._transport.raise_server_exceptions = False
        self.ids = ids
        self.email = email

    def address(self, tried: Tried) -> str:
        address = tried.path
        for name in tried.parameters:
            known = EXAMPLES.get(name) or self.ids.get(name)
            assert known, f"name an example for {{{name}}} of {tried.path} in EXAMPLES"
            address = re.sub(rf"{{{name}(:\w+)?}}", known, address)
        return address

    def answer(self, tried: Tried, **headers: str) -> Any:
        client = self.browser.client
        client.app.state.limits.clear()
        if tried.method == "GET":
            return client.get(self.address(tried), headers=headers)
        if self.email and "strideiq_test_sign_in" not in client.cookies:
            self.browser.sign_in(self.email)
        elif not self.browser.token:
            self.browser.get("/sign-in")
        headers.setdefault("X-CSRF-Token", self.browser.token)
        body = {"json": {}} if tried.wants_json else {"data": {"name": "harm"}}
        return client.request(tried.method, self.address(tried), headers=headers, **body)


@pytest.fixture
def victim(new_browser: NewBrowser, sessions: sessionmaker[Session]) -> UUID:
    new_browser("administrator@example.com")
    browser = new_browser("victim@example.com")
    fill(sessions, browser.athlete_id)
    return browser.athlete_id  # type: ignore[no-any-return]


@pytest.fixture
def ids(victim: UUID, session: Session) -> dict[str, str]:
    return ids_of(session, victim)


@pytest.fixture
def undisturbed(victim: UUID, sessions: sessionmaker[Session]) -> Iterator[None]:
    """The victim's rows are the same afterwards."""
    with sessions() as session:
        before = everything_of(session, victim)
    assert sum(map(len, before.values())) > 10
    yield
    with sessions() as session:
        after = everything_of(session, victim)
    assert after == before


def is_public(path: str) -> bool:
    named = {place.path for feature in FEATURES for place in feature.public_places}
    return path in PUBLIC or path.removesuffix(".json") in PUBLIC or path in named


@pytest.mark.usefixtures("undisturbed")
def test_a_stranger_gets_the_door_and_nothing_else(
    new_browser: NewBrowser, runtime: Runtime, ids: dict[str, str]
) -> None:
    stranger = Caller(new_browser(), ids, None)
    wrong = []
    for tried in every_route(runtime):
        answer = stranger.answer(tried)
        if is_public(tried.path):
            right = answer.status_code < 500
        elif tried.for_programs:
            right = answer.status_code == 401
        else:
            led_to = answer.headers.get("location", "")
            right = answer.status_code == 303 and led_to.startswith("/sign-in")
        if not right or MARK in answer.text:
            wrong.append(f"{tried.method} {tried.path}: {answer.status_code}")
    assert wrong == []


@pytest.mark.usefixtures("undisturbed")
def test_another_athlete_sees_and_changes_nothing_by_any_address(
    new_browser: NewBrowser, runtime: Runtime, ids: dict[str, str]
) -> None:
    other = Caller(new_browser("other@example.com"), ids, "other@example.com")
    wrong = []
    for tried in every_route(runtime):
        answer = other.answer(tried)
        right = answer.status_code < 500 or "guard" in answer.text
        if set(tried.parameters) & (set(ids) - set(EXAMPLES)) and not tried.for_programs:
            right = is_public(tried.path) or answer.status_code in {404, 422}
        if not right or MARK in answer.text:
            wrong.append(f"{tried.method} {tried.path}: {answer.status_code}")
    assert wrong == []


@pytest.mark.usefixtures("undisturbed")
def test_a_token_of_too_small_a_scope_and_anothers_token_get_nothing(
    new_browser: NewBrowser, runtime: Runtime, ids: dict[str, str]
) -> None:
    owner, program = new_browser("other@example.com"), new_browser()
    document = program.get("/api/v1/openapi.json").json()

    def token(name: str, scopes: list[str]) -> dict[str, str]:
        page = owner.post("/preferences/tokens", {"name": name, "scope": scopes}).text
        found = re.search(r"strideiq_[\w-]{40,}", page)
        assert found is not None
        return {"Authorization": f"Bearer {found.group()}"}

    everything = token("everything", list(SCOPES))
    without = {
        scope: token(f"all but {scope}", [one for one in SCOPES if one != scope])
        for scope in SCOPES
    }
    caller = Caller(program, ids, None)
    routes = [one for one in every_route(runtime) if one.for_programs and not is_public(one.path)]
    needed_by = {
        path: operation["security"][0]["HTTPBearer"]
        for path, operations in document["paths"].items()
        for operation in operations.values()
    }
    assert {scope for (scope,) in needed_by.values()} == set(SCOPES)
    assert all(needed_by[path.partition("?")[0]] == [scope] for scope, path in TRIED.items())
    assert routes
    for tried in routes:
        (needed,) = document["paths"][tried.path][tried.method.lower()]["security"]
        (scope,) = needed["HTTPBearer"]
        refused = caller.answer(tried, **without[scope])
        assert refused.status_code == 403, tried.path
        assert scope in refused.json()["error"]["message"]
        answer = caller.answer(tried, **everything)
        assert MARK not in answer.text, tried.path
        if set(tried.parameters) & set(ids):
            assert answer.status_code in {404, 422}, tried.path


def test_no_forged_request_gets_through(
    new_browser: NewBrowser, runtime: Runtime, ids: dict[str, str]
) -> None:
    mallory = new_browser()
    mallory.get("/sign-in")
    forgeries = (
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": mallory.token},
        {"Sec-Fetch-Site": "cross-site"},
    )
    caller = Caller(new_browser("other@example.com"), ids, "other@example.com")
    wrong = []
    for tried in every_route(runtime):
        if tried.method != "GET" and not tried.for_programs:
            for forged in forgeries:
                answer = caller.answer(tried, Accept="application/json", **forged)
                if answer.status_code != 403 or answer.json()["error"]["code"] != "forged_request":
                    wrong.append(f"{tried.method} {tried.path} {forged}: {answer.status_code}")
    assert wrong == []


def test_every_parameter_of_an_address_names_a_row_or_has_an_example(
    runtime: Runtime, ids: dict[str, str]
) -> None:
    named = {name for tried in every_route(runtime) for name in tried.parameters}
    assert named <= set(ids) | set(EXAMPLES)


def test_what_is_public_is_there_or_named_for_later(runtime: Runtime) -> None:
    assert {"/sign-in", "/api/v1/openapi.json"} <= {one.path for one in every_route(runtime)}
    assert all(PUBLIC.values())
