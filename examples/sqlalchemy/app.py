"""A to-do list on SQLAlchemy. Two lines guard its database.

DATABASE_URL=postgresql+psycopg://… python app.py "Buy milk"
"""

import os
import sys

from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from strongroom.integrations.sqlalchemy import guard  # the first line

engine = create_engine(os.environ["DATABASE_URL"])
guard(engine)  # the second line


class Base(DeclarativeBase):
    """All tables."""


class Item(Base):
    """Something to do."""

    __tablename__ = "item"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]


def main(titles: list[str]) -> None:
    """Add what is to be done, and say how much that is."""
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(Item(title=title) for title in titles)
        session.commit()
        print(session.scalar(select(func.count()).select_from(Item)), "to do")


if __name__ == "__main__":
    main(sys.argv[1:])
