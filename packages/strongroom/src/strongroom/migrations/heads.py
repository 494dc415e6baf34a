"""Where an Alembic history stands after each of its steps."""

from __future__ import annotations

import io
from typing import Any

from alembic.runtime.migration import HeadMaintainer, MigrationContext


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
