"""A to-do list on plain psycopg. One line guards its database.

DATABASE_URL=postgresql://… python app.py "Buy milk"
"""

import os
import sys

from strongroom.integrations.psycopg import connect  # instead of psycopg's own


def main(titles: list[str]) -> None:
    """Add what is to be done, and say how much that is."""
    with connect(os.environ["DATABASE_URL"]) as connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS item (id serial PRIMARY KEY, title text NOT NULL)"
        )
        for title in titles:
            connection.execute("INSERT INTO item (title) VALUES (%s)", (title,))
        (count,) = connection.execute("SELECT count(*) FROM item").fetchall()[0]
    print(count, "to do")


if __name__ == "__main__":
    main(sys.argv[1:])
