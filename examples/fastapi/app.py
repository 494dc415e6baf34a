"""A to-do list as a web application. Three lines guard its database.

DATABASE_URL=postgresql+psycopg://… python app.py       then http://127.0.0.1:8000/health/database
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI
from sqlalchemy import create_engine, text

from strongroom.integrations.fastapi import guarded, health
from strongroom.integrations.sqlalchemy import guard

engine = guard(create_engine(os.environ["DATABASE_URL"]))  # the first line


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Make the table."""
    with engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE IF NOT EXISTS item (id serial PRIMARY KEY, title text NOT NULL)")
        )
    yield


app = FastAPI(lifespan=guarded(lifespan))  # the second
app.include_router(health)  # the third


@app.post("/items")
def add(title: str) -> dict[str, int]:
    """Add something to do, and say how much that is."""
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO item (title) VALUES (:title)"), {"title": title})
        return {"to do": connection.scalar(text("SELECT count(*) FROM item")) or 0}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ.get("PORT", "8000")))
