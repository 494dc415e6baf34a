"""A to-do list on asyncpg. One line guards its database.

DATABASE_URL=postgresql://… python app.py "Buy milk"
"""

import asyncio
import os
import sys

from strongroom.integrations.asyncpg import create_pool  # instead of asyncpg's own


async def main(titles: list[str]) -> None:
    """Add what is to be done, and say how much that is."""
    async with create_pool(os.environ["DATABASE_URL"], min_size=2) as pool:
        await pool.execute(
            "CREATE TABLE IF NOT EXISTS item (id serial PRIMARY KEY, title text NOT NULL)"
        )
        for title in titles:
            await pool.execute("INSERT INTO item (title) VALUES ($1)", title)
        print(await pool.fetchval("SELECT count(*) FROM item"), "to do")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
