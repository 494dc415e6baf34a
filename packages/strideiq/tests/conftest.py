"""A real PostgreSQL for the tests, and an athlete in an empty database of its own."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from httpx2 import Response
from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.orm import Session, sessionmaker
from starlette.testclient import TestClient

from strideiq import features
from strideiq.athletes import models as _athletes
from strideiq.athletes import public as athletes
from strideiq.athletes import service
from strideiq.main import create
from strideiq.platform.runtime import Runtime, runtime_of
from strideiq.platform.settings import Settings

PASSWORD = "correct horse battery"
TEMPLATE = "every_table"


@pytest.fixture(scope="session", autouse=True)
def real_hasher() -> Iterator[PasswordHasher]:
    """What hashes passwords, which costs a moment on purpose; in tests another does, at once."""
    with pytest.MonkeyPatch.context() as patch:
        real = service._hasher
        patch.setattr(service, "_hasher", PasswordHasher(1, 8, 1))
        yield real


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str | int]]:
    """How to connect as administrator to a scratch server.

    STRIDEIQ_TEST_SERVER (a directory with a socket) names a running one instead, which saves
    the second that starting one takes.
    """
    running = os.environ.get("STRIDEIQ_TEST_SERVER")
    if running:
        yield {"host": running, "user": "postgres", "dbname": "postgres"}
        return
    from strongroom.server.scratch import scratch_server

    with scratch_server(tmp_path_factory.mktemp("server")) as scratch:
        yield dict(scratch.administrator())


@contextmanager
def database_from(server: dict[str, str | int], template: str) -> Iterator[dict[str, str | int]]:
    """A database that is a copy of another and is gone afterwards."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(**server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE {template} STRATEGY file_copy')
        yield {**server, "dbname": name}
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def made_database() -> Callable[..., Any]:
    """What makes a database for a part of the tests that share one."""
    return database_from


@pytest.fixture(scope="session")
def engine_of() -> Callable[..., Engine]:
    """What opens an engine on a database."""
    return engine_on


@pytest.fixture
def database(server: dict[str, str | int]) -> Iterator[dict[str, str | int]]:
    """An empty database of this test's own."""
    with database_from(server, "template0") as made:
        yield made


@pytest.fixture(scope="session")
def template(server: dict[str, str | int]) -> str:
    """The name of a database that has every table and no row; nobody is connected to it."""
    with psycopg.connect(**server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE}")
    engine = engine_on({**server, "dbname": TEMPLATE})
    features.metadata().create_all(engine)
    engine.dispose()
    return TEMPLATE


@pytest.fixture
def engine(server: dict[str, str | int], template: str) -> Iterator[Engine]:
    """An engine on a database that has every table and no row."""
    with database_from(server, template) as database:
        engine = engine_on(database)
        yield engine
        engine.dispose()


@pytest.fixture
def other_engine(server: dict[str, str | int], template: str) -> Iterator[Engine]:
    """An engine on another StrideIQ's database, with every table and no row."""
    with database_from(server, template) as database:
        engine = engine_on(database)
        yield engine
        engine.dispose()


def engine_on(database: dict[str, str | int]) -> Engine:
    return create_engine(
        URL.create("postgresql+psycopg"), connect_args={**database, "options": "-c timezone=UTC"}
    )


@pytest.fixture
def sessions(engine: Engine) -> sessionmaker[Session]:
    return sessionmaker(engine)


@pytest.fixture
def session(sessions: sessionmaker[Session]) -> Iterator[Session]:
    with sessions() as session:
        yield session


@pytest.fixture
def athlete_id(sessions: sessionmaker[Session]) -> UUID:
    return add_athlete(sessions, "runner@example.com")


@pytest.fixture
def other_athlete_id(sessions: sessionmaker[Session]) -> UUID:
    return add_athlete(sessions, "other@example.com")


def add_athlete(sessions: sessionmaker[Session], email: str) -> UUID:
    """An account that nobody can sign in to."""
    athlete_id = uuid4()
    with sessions.begin() as session:
        session.add(
            _athletes.Athlete(
                athlete_id=athlete_id, email=email, name="Robin Runner", password_hash="!"
            )
        )
    return athlete_id


@pytest.fixture(scope="session")
def samples() -> Path:
    """The third-party sample files; a test that asks for them is skipped where they are absent."""
    here = Path(__file__).resolve().parents[3]
    folder = Path(os.environ.get("STRIDEIQ_SAMPLES", here.parent / "shared" / "samples"))
    if not (folder / "MANIFEST.tsv").is_file():
        pytest.skip(f"no sample files in {folder}")
    return folder


@pytest.fixture
def runtime(engine: Engine) -> Runtime:
    """A running StrideIQ over the test's database."""
    settings = Settings.model_validate({"SECRET_KEY": "a key for tests that is long enough"})
    return runtime_of("test", settings, engine)


@pytest.fixture
def new_browser(runtime: Runtime) -> Iterator[Callable[..., Browser]]:
    """Opens browsers; given an e-mail address, one that is signed in as a new athlete."""
    with ExitStack() as stack:

        def open_browser(email: str | None = None, **preferences: str) -> Browser:
            client = TestClient(app_over(runtime), follow_redirects=False)
            browser = Browser(stack.enter_context(client))
            if email:
                with runtime.sessions.begin() as session:
                    athlete = athletes.create(
                        session, email=email, name="Robin", password=PASSWORD, **preferences
                    )
                browser.athlete_id = athlete.athlete_id
                browser.sign_in(email)
            return browser

        yield open_browser


_app: list[FastAPI] = []


def app_over(runtime: Runtime) -> FastAPI:
    """The application over a test's own runtime: made once, with nothing left of other tests.

    To take in some two hundred routes costs more than what most tests do with them.
    """
    if not _app:
        _app.append(create(runtime))
    (app,) = _app
    if app.state.runtime is not runtime:
        fresh = {"runtime": runtime, "pages": app.state.pages, "limits": {}}
        app.state._state.clear()
        app.state._state.update(fresh)
    return app


class Browser:
    """A browser without JavaScript: it keeps cookies and sends the token of the page it is on."""

    athlete_id: UUID

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.token = ""

    def get(self, address: str, **kwargs: Any) -> Response:
        answer = self.client.get(address, **kwargs)
        found = re.search(r'data-csrf-token="([^"]+)"', answer.text)
        self.token = found.group(1) if found else self.token
        return answer

    def post(self, address: str, data: dict[str, str] | None = None, **kwargs: Any) -> Response:
        return self.client.post(address, data={"csrf_token": self.token, **(data or {})}, **kwargs)

    def sign_in(self, email: str, password: str = PASSWORD) -> Response:
        self.get("/sign-in")
        answer = self.post("/sign-in", {"email": email, "password": password})
        self.get("/preferences")
        return answer
