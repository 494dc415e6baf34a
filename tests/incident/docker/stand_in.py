"""The application of the founding incident, with exactly the tables that its report counts.

Started as a program it does what the application did: makes what is missing of its schema, lets
its athlete sign in, and says what it shows. ``--guarded`` is the one line of a difference.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import (
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    func,
    insert,
    select,
)
from sqlalchemy.engine import Connection, Engine
from waiting import connected

from strongroom import RefusedError

TABLES = MetaData()
ATHLETE = Table(
    "athlete", TABLES, Column("id", Integer, primary_key=True), Column("email", String, unique=True)
)


def _of_an_athlete(name: str, *columns: Column[object]) -> Table:
    owner = Column("athlete_id", ForeignKey("athlete.id"), nullable=False)
    return Table(name, TABLES, Column("id", Integer, primary_key=True), owner, *columns)


ACTIVITY = _of_an_athlete(
    "activity", Column("started_at", DateTime(timezone=True)), Column("distance_m", Float)
)
SPLIT = Table(
    "activity_split",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("activity_id", ForeignKey("activity.id"), nullable=False),
    Column("number", Integer),
    Column("duration_s", Float),
)
BEST = _of_an_athlete("personal_best", Column("distance_m", Float), Column("duration_s", Float))
PLAN = _of_an_athlete("training_plan", Column("name", String))
WORKOUT = Table(
    "planned_workout",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("plan_id", ForeignKey("training_plan.id"), nullable=False),
    Column("day", Date),
    Column("words", String),
)
CHECK_IN = _of_an_athlete("daily_checkin", Column("day", Date))
NUTRITION = _of_an_athlete("nutrition_entry", Column("day", Date))

REPORTED = {
    "athlete": 1,
    "activity": 363,
    "activity_split": 1381,
    "personal_best": 6,
    "training_plan": 2,
    "planned_workout": 224,
    "daily_checkin": 0,
    "nutrition_entry": 0,
}
"""Rows by table, as the incident report counts them."""
FIRST_DAY = datetime(2023, 3, 1, 6, 30, tzinfo=UTC)


def fill(connection: Connection) -> None:
    """Write what the report says was at risk; the same rows in every run."""
    connection.execute(insert(ATHLETE), [{"id": 1, "email": "athlete@example.org"}])
    days = range(REPORTED["activity"])
    runs = [
        {
            "id": n + 1,
            "athlete_id": 1,
            "started_at": FIRST_DAY + timedelta(days=3 * n),
            "distance_m": 5000.0 + 37 * n,
        }
        for n in days
    ]
    connection.execute(insert(ACTIVITY), runs)
    splits = [
        {
            "id": n + 1,
            "activity_id": n % len(days) + 1,
            "number": n // len(days),
            "duration_s": 299.5,
        }
        for n in range(REPORTED["activity_split"])
    ]
    connection.execute(insert(SPLIT), splits)
    bests = [
        {"id": n + 1, "athlete_id": 1, "distance_m": metres, "duration_s": metres / 4.2}
        for n, metres in enumerate((400, 800, 1609, 5000, 10_000, 21_097))
    ]
    connection.execute(insert(BEST), bests)
    plans = [{"id": n, "athlete_id": 1, "name": f"Block {n}"} for n in (1, 2)]
    connection.execute(insert(PLAN), plans)
    workouts = [
        {
            "id": n + 1,
            "plan_id": n % 2 + 1,
            "day": date(2026, 1, 1) + timedelta(days=n),
            "words": f"{4 + n % 9} x 1 km",
        }
        for n in range(REPORTED["planned_workout"])
    ]
    connection.execute(insert(WORKOUT), workouts)


def shown(connection: Connection) -> dict[str, int]:
    """How many rows of each table the application shows."""
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in TABLES.sorted_tables
    }


def add(connection: Connection, count: int = 7) -> None:
    """Write the runs of another week, after those that are there."""
    newest = connection.execute(select(func.max(ACTIVITY.c.id))).scalar_one()
    runs = [{"id": newest + n + 1, "athlete_id": 1, "distance_m": 8000.0} for n in range(count)]
    connection.execute(insert(ACTIVITY), runs)


def main() -> None:
    """Start: migrate as the application did, then say who may sign in and what is there."""
    engine = create_engine(os.environ["DATABASE_URL"])
    if "--wait" in sys.argv:  # right after the container was started
        connected(
            engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        ).close()
    if "--guarded" in sys.argv:
        from strongroom.integrations.sqlalchemy import guard

        guard(engine)
    try:
        _serve(engine)
    except RefusedError as refusal:
        sys.stderr.write(f"{refusal}\n")
        sys.exit(refusal.exit_code)


def _serve(engine: Engine) -> None:
    with engine.connect() as connection:
        TABLES.create_all(connection)  # run_migrations.py, on any database
        if "--fill" in sys.argv:
            fill(connection)
        if "--more" in sys.argv:
            add(connection)
        if "--seed" in sys.argv:  # what a first start does for whoever installs it
            connection.execute(insert(ATHLETE), [{"id": 900, "email": "admin@example.org"}])
        connection.commit()
        sys.stdout.write(json.dumps(shown(connection)))


if __name__ == "__main__":
    main()
