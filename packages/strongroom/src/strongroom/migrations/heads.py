"""Where an Alembic history stands after each of its steps."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from alembic.runtime.migration import HeadMaintainer, MigrationContext

from strongroom.errors import MigrationError


def heads_after(step: Any, heads: tuple[str, ...]) -> tuple[str, ...]:  # noqa: ANN401  Alembic's step
    """Say where a database stands when a step has run that began at ``heads``.

    A step can only be written as SQL from where it begins: branches and merges decide which rows
    of the version table it moves.
    """
    nowhere = {"as_sql": True, "output_buffer": io.StringIO()}
    context = MigrationContext.configure(dialect_name="postgresql", opts=nowhere)
    maintainer = HeadMaintainer(context, heads)
    maintainer.update_to_step(step)
    return tuple(maintainer.heads)


def steps_left(steps: Sequence[Any], begins: tuple[str, ...], now: tuple[str, ...]) -> list[Any]:
    """Say which steps are left where a database stands at ``now``, of those from ``begins``.

    A relative target such as ``+2`` leads elsewhere from each place, so that it is looked up once:
    a second attempt, after some revisions were committed, goes on and no further.

    Raises:
        MigrationError: the database is not on this way.
    """
    heads = begins
    for index, step in enumerate(steps):
        if set(heads) == set(now):
            return list(steps[index:])
        heads = heads_after(step, heads)
    if set(heads) != set(now):
        raise MigrationError(
            f"The database stands at {', '.join(now) or 'base'}, which is not on the way that was "
            "planned: somebody else has moved it.",
            next_step="strongroom migrate, which plans anew",
        )
    return []
