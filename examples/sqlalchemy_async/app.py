"""A to-do list on an asynchronous engine. Two lines guard its database.

DATABASE_URL=postgresql+asyncpg://… python app.py "Buy milk"        (or postgresql+psycopg://…)
"""

import asyncio
import os
import sys

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from strongroom.integrations.sqlalchemy import guard  # the first line

engine = create_async_engine(os.environ["DATABASE_URL"])
guard(engine)  # the second line


class Base(DeclarativeBase):
    """All tables."""


class Item(Base):
    """Something to do."""

    __tablename__ = "item"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]


async def main(titles: list[str]) -> None:
    """Add what is to be done, and say how much that is."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with AsyncSession(engine) as session:
        session.add_all(Item(title=title) for title in titles)
        await session.commit()
        print(await session.scalar(select(func.count()).select_from(Item)), "to do")
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
