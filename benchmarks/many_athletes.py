"""How long pages take on a server with a thousand athletes and a million activities.

A home is made by ``strideiq init --demo``; the demo athlete, with all that the pages show, is
then copied inside the database until there are as many activities as asked for. A copy has every
row of its activities but samples and splits, which one in a hundred has, as on a server whose
older years were imported without them; plans and check-ins are not copied. Then ``strideiq up``
serves it, and two browsers, the original's and a copy's, ask for one page after the other over
loopback. At last everything that is derived of the original is computed anew.

    python benchmarks/many_athletes.py            # ACTIVITIES=1000000 ROUNDS=40
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from uuid import UUID

import httpx
import psycopg
from pages import BIN, up
from sqlalchemy import Table, func, select, text
from sqlalchemy.orm import Session

from strideiq import features
from strideiq.activities.models import Activity
from strideiq.athletes.models import Athlete
from strideiq.fitness import public as fitness
from strideiq.platform.home import Home
from strideiq.platform.runtime import Runtime, opened
from strideiq.records import public as records

ACTIVITIES = int(os.environ.get("ACTIVITIES", "1000000"))
ROUNDS = int(os.environ.get("ROUNDS", "40"))
WARM_UP = 3
ORIGINAL, PASSWORD = "demo@strideiq.example", "run-the-demo"
COPY = "copy1@strideiq.example"
WHOLE = ("activity", "activity_observation", "activity_load", "activity_annotation")
EFFORTS = ("best_effort", "time_effort")
SAMPLED = ("activity_stream", "activity_split", "activity_place")
"""Copied for one activity in a hundred."""
BATCH = 50
"""Athletes that one statement copies."""
PAGES = (
    *("/", "/activities", "/activities?q=long", "/activities/{id}", "/bests", "/fitness"),
    *("/calendar", "/plans", "/wellness", "/gear", "/imports", "/your-data", "/calculators"),
)


def copy_athletes(session: Session, count: int) -> None:
    """Copy the demo athlete and what is theirs, ``count`` times."""
    original = session.scalar(select(Athlete).where(Athlete.email == ORIGINAL))
    if original is None:
        raise SystemExit("there is no demo athlete")
    session.execute(text("CREATE TEMPORARY TABLE copies (athlete_id uuid, number int)"))
    session.execute(
        text("INSERT INTO copies SELECT gen_random_uuid(), n FROM generate_series(1, :count) n"),
        {"count": count},
    )
    tables = features.metadata().tables
    _copy(
        session,
        tables["athlete"],
        original.athlete_id,
        1,
        count,
        "'copy' || copies.number || '@strideiq.example'",
    )
    for first in range(1, count + 1, BATCH):
        for name in (*WHOLE, *EFFORTS, *SAMPLED):
            _copy(session, tables[name], original.athlete_id, first, first + BATCH - 1)


def _copy(
    session: Session, table: Table, original: UUID, first: int, last: int, email: str = ""
) -> None:
    """Copy one table's rows of the original to a range of copies."""
    changed = {"athlete_id": "copies.athlete_id", "email": email, "source_file_id": "NULL"}
    columns = [column.name for column in table.columns]
    values = [changed.get(name) or f"original.{name}" for name in columns]
    sampled = "AND right(original.activity_id::text, 2) < '03'" if table.name in SAMPLED else ""
    session.execute(
        text(
            f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT {', '.join(values)} "
            f"FROM {table.name} original CROSS JOIN copies "
            "WHERE original.athlete_id = :original "
            f"AND copies.number BETWEEN :first AND :last {sampled}"
        ),
        {"original": original, "first": first, "last": last},
    )


def analyse(runtime: Runtime) -> None:
    """Let the planner know what there is, as the server does by itself within some minutes."""
    if runtime.database is None:
        raise SystemExit("the home has no database of its own")
    with psycopg.connect(**runtime.database.administrator(), autocommit=True) as connection:
        connection.execute("ANALYZE")


def signed_in(address: str, email: str) -> httpx.Client:
    """A browser that an athlete has signed in with."""
    browser = httpx.Client(base_url=address, timeout=120)
    token = re.search(r'data-csrf-token="([^"]+)"', browser.get("/sign-in").text)
    form = {"email": email, "password": PASSWORD, "csrf_token": token.group(1) if token else ""}
    if browser.post("/sign-in", data=form).status_code != httpx.codes.SEE_OTHER:
        raise SystemExit(f"{email} could not sign in")
    return browser


def measure(browser: httpx.Client, ids: list[UUID], who: str) -> None:
    """Ask for every page in turn, and print what they took."""
    times_ms: dict[str, list[float]] = {}
    sizes: dict[str, int] = {}
    for number in range(WARM_UP + ROUNDS):
        for page in PAGES:
            path = page.format(id=ids[number * 7919 % len(ids)])
            started_s = time.perf_counter()
            answer = browser.get(path)
            taken_ms = (time.perf_counter() - started_s) * 1000
            if answer.status_code != httpx.codes.OK:
                raise SystemExit(f"{path} answered {answer.status_code}")
            if number >= WARM_UP:
                times_ms.setdefault(page, []).append(taken_ms)
                sizes[page] = len(answer.content)
    print(f"  {who}, {len(ids)} activities, {ROUNDS} requests for each page")
    for page, values in times_ms.items():
        p95_ms = statistics.quantiles(values, n=20)[-1]
        print(
            f"    {page:20} p50 {statistics.median(values):6.0f} ms  p95 {p95_ms:6.0f} ms  "
            f"{sizes[page] / 1000:5.0f} kB"
        )


def recompute(session: Session, athlete_id: UUID, ids: list[UUID]) -> None:
    """Everything that is derived of one athlete, anew."""
    for name, callback in (
        ("best efforts", records.recompute_recorded),
        ("load", fitness.recompute_recorded),
    ):
        used_s, started_s = time.process_time(), time.perf_counter()
        callback(session, athlete_id, ids)
        wall_s, used_s = time.perf_counter() - started_s, time.process_time() - used_s
        print(
            f"  recomputed {name}: {len(ids) / used_s:.0f} activities a second per core of this "
            f"process, {len(ids) / wall_s:.0f} a second of wall time"
        )


def main() -> None:
    """Make, copy, serve, measure."""
    with tempfile.TemporaryDirectory() as directory:
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("STRIDEIQ_")
        }
        environment["STRIDEIQ_HOME"] = directory
        init = [str(BIN / "strideiq"), "init", "--demo"]
        subprocess.run(init, env=environment, check=True, capture_output=True)
        paths = Home(Path(directory)).choose()
        with opened(paths) as runtime:
            with runtime.sessions.begin() as session:
                athlete_id = session.scalar(select(Athlete.athlete_id))
                ids = list(session.scalars(select(Activity.activity_id)))
                started_s = time.perf_counter()
                copy_athletes(session, -(-ACTIVITIES // len(ids)) - 1)
            print(f"  copied in {time.perf_counter() - started_s:.0f} s")
            analyse(runtime)
            with runtime.engine.connect() as raw:
                athletes, activities, size = raw.execute(
                    select(
                        select(func.count()).select_from(Athlete).scalar_subquery(),
                        select(func.count()).select_from(Activity).scalar_subquery(),
                        func.pg_database_size(func.current_database()),
                    )
                ).one()
            print(
                f"  {athletes:,} athletes, {activities:,} activities, {size / 1e9:.2f} GB: "
                f"{size / activities:,.0f} bytes an activity"
            )
            with runtime.sessions.begin() as session:
                recompute(session, athlete_id, ids)
        started_s = time.perf_counter()
        with up(environment) as address:
            print(f"  served, backup proven first, after {time.perf_counter() - started_s:.0f} s")
            for email in (ORIGINAL, COPY):
                with closing(signed_in(address, email)) as browser:
                    measure(browser, ids, email.partition("@")[0])


if __name__ == "__main__":
    sys.exit(main())
