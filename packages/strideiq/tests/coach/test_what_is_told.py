"""What a model is told it can also say: each number and day of a tool's rows is evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import pytest
from test_tools_together import WIDE

from strideiq.coach.tools.catalogue import TOOLS
from strideiq.coach.tools.tool import Found, Toolbox

FACTORS = (1.0, 60.0, 100.0, 1000.0, 3600.0)
"""Between the units of rows and those that figures are kept in, either way."""
NO_FIGURES = {
    "zone": "a name",
    "distance_m": "of races that are estimated, a name",
    "step": "of a relation, a part of what is asked",
    "days_later": "of a relation, a part of what is asked",
    "chance": "never to be told as a figure",
}
"""Fields that hold numbers, and why nobody tells them as figures."""


def leaves(value: object, field: str = "") -> Iterator[tuple[str, object]]:
    """Every value of a row with the name of its field."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from leaves(inner, name)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from leaves(inner, field)
    else:
        yield field, value


def unsaid(found: Found) -> set[str]:
    """The fields of which a number or a day is no evidence."""
    values = [abs(one.value) for one in found.figures]
    subjects = {*found.subjects, *(one.subject for one in (*found.figures, *found.trends))}
    days = {day for one in subjects for day in (one.first_day, one.last_day)}
    return {
        field
        for row in found.rows
        for field, value in leaves(row)
        if not (_is_figure(value, values) if field not in NO_FIGURES else True)
        or (isinstance(value, str) and _day(value) is not None and _day(value) not in days)
    }


def _is_figure(value: object, values: list[float]) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return True
    near = max(0.06, abs(value) * 0.001)
    return any(
        abs(known * one - abs(value)) <= near
        for known in values
        for factor in FACTORS
        for one in (factor, 1 / factor)
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@pytest.mark.parametrize("name", list(TOOLS))
def test_what_a_model_is_told_it_can_say(name: str, toolbox: Toolbox) -> None:
    assert unsaid(toolbox.call(name, WIDE[name])) == set()
