"""What the athlete stated, as a tool, and as what beats the figures that other tools derived."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from strideiq.coach import facts
from strideiq.coach.checking.evidence import Figure
from strideiq.coach.tools.tool import ROWS_MAX, Arguments, Found, Scope, Step, Tool, Toolbox

STATED_BY_YOU = "stated_by_you"
"""The column of a figure of the athlete's own in what another tool gives."""
OBSERVED_KINDS = frozenset({"activity", "check_in", "meal", "injury", "best_effort", "race"})
"""Kinds of rows that stay what they are: the highest of one run is no figure of the athlete."""


class _Nothing(Arguments):
    """Nothing is asked."""


def _known(scope: Scope, _asked: _Nothing) -> Found:
    known = facts.newest(scope.session, scope.athlete_id, ROWS_MAX + 1)
    return Found(
        figures=tuple(figure for one in known[:ROWS_MAX] for figure in facts.figures_in(one)),
        rows=tuple(
            {
                "stated": one.words,
                "said_by": "the athlete",
                "said_on": one.said_at.date().isoformat(),
                "fact_id": str(one.fact_id),
            }
            for one in known[:ROWS_MAX]
        ),
        missing="" if known else "You have told me nothing about yourself yet.",
        cut_off=len(known) > ROWS_MAX,
    )


FACTS = Tool(
    "stated_facts",
    "What the athlete stated about themselves in their own words, which nobody has measured.",
    _Nothing,
    _known,
)


def stated(scope: Scope) -> list[Figure]:
    """The figures of the athlete as a whole in what they state."""
    known = facts.newest(scope.session, scope.athlete_id)
    return [figure for one in known for figure in facts.figures_in(one)]


def toolbox(
    scope: Scope, tools: Mapping[str, Tool[Any]], on_step: Callable[[Step], None] | None = None
) -> Toolbox:
    """The tools of a turn, in which what the athlete states takes the place of what was derived."""
    own = stated(scope)
    known = {**tools, FACTS.name: FACTS}
    found = Toolbox(scope, preferring(known, own), on_step=on_step)
    if own:  # what the athlete said may be said back, whatever was looked up
        found.call(FACTS.name)
    return found


def preferring(tools: Mapping[str, Tool[Any]], stated: Sequence[Figure]) -> dict[str, Tool[Any]]:
    """The tools as they answer beside what the athlete states: derived figures give way to that."""
    if not stated:
        return dict(tools)
    by_quantity = {figure.quantity: figure for figure in stated}

    def wrapped(tool: Tool[Any]) -> Tool[Any]:
        def run(scope: Scope, asked: Any) -> Found:  # noqa: ANN401  each tool's own arguments
            return preferred(tool.run(scope, asked), by_quantity)

        return replace(tool, run=run)

    return {name: wrapped(tool) for name, tool in tools.items()}


def preferred(found: Found, stated: Mapping[str, Figure]) -> Found:
    """What a tool found, with the athlete's own figures in the place of derived ones."""
    figures = []
    replaced: dict[str, Figure] = {}
    for figure in found.figures:
        own = stated.get(figure.quantity)
        derived = figure.formula_version is not None and figure.subject.kind not in OBSERVED_KINDS
        if own is None or not derived or figure.subject.kind == facts.KIND:
            figures.append(figure)
        else:
            replaced[own.figure_id] = own
    if not replaced:
        return found
    rows = tuple(
        {
            "what": figure.quantity.replace("_", " "),
            STATED_BY_YOU: figure.value,
        }
        for figure in replaced.values()
    )
    return replace(found, figures=(*figures, *replaced.values()), rows=(*rows, *found.rows))
