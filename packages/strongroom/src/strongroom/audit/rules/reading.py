"""What could not be judged: a file that nobody understands is not a clean one."""

from __future__ import annotations

from collections.abc import Iterator

from strongroom.audit.rule import Hit, rule
from strongroom.audit.tree import Tree


@rule(
    "unreadable",
    "caution",
    on="tree",
    why="What cannot be read cannot be judged; Compose itself may understand it otherwise.",
    fix="Mend the file.",
)
def unreadable(tree: Tree) -> Iterator[Hit]:
    """A compose file or a file of variables that cannot be understood."""
    for one in tree.unreadable:
        yield Hit(one.place, one.what, "unreadable")


@rule(
    "allowance",
    "caution",
    on="tree",
    why="A comment that should allow something has no effect.",
    fix="Write strongroom: allow RULE because REASON, in the line or the one above it.",
)
def allowance(tree: Tree) -> Iterator[Hit]:
    """A comment names no rule, gives no reason, or nothing there needs it."""
    del tree
    yield from ()
