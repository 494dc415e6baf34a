"""Rules about sequences: numbers that are given out twice, or run out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from strongroom.migrations.lint.calls import called
from strongroom.migrations.lint.rule import Hit, Subject, rule
from strongroom.sql import child, strings, text_of, walk


@rule(
    "sequence-restart",
    "danger",
    on=("AlterSeqStmt", "AT_SetIdentity", "SelectStmt"),
    why="A sequence that is set back gives numbers out again: inserts fail, or rows of two things "
    "share a number.",
    instead="SELECT setval(sequence, (SELECT max(id) FROM table)), computed when it runs.",
)
def sequence_restart(subject: Subject) -> Iterator[Hit]:
    """RESTART, CYCLE, or setval to anything that is not computed from max(…)."""
    if subject.world.is_new(subject.table):
        return
    if subject.kind == "SelectStmt":
        if any(_may_set_back(one) for one in walk(subject.node)):
            yield Hit(None)
        return
    definition: Any = subject.node
    if subject.kind == "AT_SetIdentity":
        definition = child(getattr(subject.node, "def"))
        options = [one.def_elem for one in definition.items]
    else:
        options = [one.def_elem for one in definition.options]
    if any(option.defname == "restart" for option in options) or any(
        option.defname == "cycle" and text_of(option.arg) == "true" for option in options
    ):
        label = subject.table
        if subject.kind == "AlterSeqStmt":
            label = subject.world.label(subject.node.sequence)
        yield Hit(label)


def _may_set_back(node: Any) -> bool:  # noqa: ANN401  any node
    """Whether it is a setval to anything but what the rows' highest number says."""
    if type(node).__name__ != "FuncCall" or strings(node.funcname)[-1:] != ("setval",):
        return False
    return len(node.args) > 1 and "max" not in called(node.args[1])
