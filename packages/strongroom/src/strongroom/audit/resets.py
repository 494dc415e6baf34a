"""Commands of tools that empty a database, as data: the tool, then the words that must follow.

A word of ``needs`` must be among the rest. From the tools' own documentation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_RUNNERS = {
    "npx", "pnpm", "yarn", "bunx", "bun", "npm", "exec", "dlx", "uv", "run", "poetry", "pipenv",
    "pdm", "bundle", "python", "python3", "php", "node", "dotenv", "--", "-m", "rtx", "mise", "x",
    "hatch", "-y", "--yes",
}  # fmt: skip


@dataclass(frozen=True)
class Reset:
    """One such command."""

    tools: tuple[str, ...]
    words: tuple[str, ...]
    needs: tuple[str, ...] = ()


RESETS = (
    Reset(("prisma",), ("migrate", "reset")),
    Reset(("prisma",), ("db", "push"), ("--accept-data-loss", "--force-reset")),
    Reset(("drizzle-kit",), ("push",), ("--force",)),
    Reset(("sequelize", "sequelize-cli"), ("db:drop",)),
    Reset(("sequelize", "sequelize-cli"), ("db:migrate:undo:all",)),
    Reset(("typeorm",), ("schema:drop",)),
    Reset(("mikro-orm",), ("schema:fresh",)),
    Reset(("mikro-orm",), ("migration:fresh",)),
    Reset(("knex",), ("migrate:rollback",), ("--all",)),
    *(
        Reset(("rails", "rake"), (verb,))
        for verb in ("db:reset", "db:drop", "db:schema:load", "db:migrate:reset", "db:purge",
                     "db:truncate_all", "db:setup", "db:seed:replant")
    ),
    *(
        Reset(("artisan",), (verb,))
        for verb in ("migrate:fresh", "migrate:refresh", "migrate:reset", "db:wipe")
    ),
    *(
        Reset(("manage.py", "django-admin"), (verb,))
        for verb in ("flush", "reset_db", "reset_schema")
    ),
    Reset(("alembic",), ("downgrade", "base")),
    Reset(("flask",), ("db", "downgrade", "base")),
    Reset(("supabase",), ("db", "reset")),
    Reset(("mix",), ("ecto.reset",)),
    Reset(("mix",), ("ecto.drop",)),
    Reset(("console", "doctrine"), ("doctrine:schema:drop",)),
    Reset(("console", "doctrine"), ("doctrine:database:drop",)),
    Reset(("flyway",), ("clean",)),
    Reset(("liquibase",), ("dropAll",)),
    Reset(("liquibase",), ("drop-all",)),
    Reset(("goose",), ("reset",)),
    Reset(("dbmate",), ("drop",)),
    Reset(("diesel",), ("database", "reset")),
    Reset(("sqlx",), ("database", "drop")),
    Reset(("sqlx",), ("database", "reset")),
    Reset(("tortoise", "aerich"), ("init-db",)),
)  # fmt: skip


def reset_named(words: Sequence[str]) -> str | None:
    """The command as it is to be told, if it is a reset."""
    rest = list(words)
    while rest and rest[0].rpartition("/")[2] in _RUNNERS:
        rest = rest[1:]
    if not rest:
        return None
    tool = rest[0].rpartition("/")[2]
    plain = [one for one in rest[1:] if not one.startswith("-")]
    for one in RESETS:
        followed = plain[: len(one.words)] == list(one.words)
        if tool in one.tools and followed and (not one.needs or set(one.needs) & set(rest)):
            needed = [word for word in rest if word in one.needs]
            return " ".join([tool, *one.words, *needed])
    return None
