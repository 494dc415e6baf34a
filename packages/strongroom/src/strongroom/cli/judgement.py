"""A judgement as text: the verdict first, expected beside found, what is at risk, what next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from strongroom.cli.layout import Whole, next_line, terminal_width
from strongroom.cli.quantities import count_text

_TITLE_WIDTH = 14
_WIDTH_UNKNOWN = 120
"""Where nobody looks at a terminal."""
_TABLES_SHOWN = 12


def judgement_lines(judgement: Mapping[str, Any], *, width: int | None = None) -> list[str]:
    """Lay out ``Judgement.as_dict()`` for a terminal, by default the one at hand.

    What was expected stands beside what was found; one below the other where the terminal is
    too narrow for both; and once where they are the same in a database that matches.
    """
    matches = judgement["verdict"] == "match"
    mark = click.style("●" if matches else "✗", fg="green" if matches else "red")
    verdict = click.style(judgement["verdict"], fg="green" if matches else "red", bold=True)
    lines = [f"{mark} {verdict}  {judgement['message']}"]
    lines += _columns(
        judgement["expected"],
        judgement["found"],
        matches=matches,
        width=width or terminal_width() or _WIDTH_UNKNOWN,
    )
    lines += _at_risk(judgement["at_risk"])
    for warning in judgement["warnings"]:
        if lines[-1].strip() and warning is judgement["warnings"][0]:
            lines.append("")
        lines.append(f"{click.style('▲ ' + warning['code'], fg='yellow')}  {warning['message']}")
    if judgement["next"]:
        lines += ["", next_line(judgement["next"])]
    if judgement["accept"]:
        lines.append("or, if this is the right database all the same:")
        lines.append(Whole(f"  {judgement['accept']}"))
    return lines


def _columns(
    expected: Mapping[str, Any], found: Mapping[str, Any], *, matches: bool, width: int
) -> list[str]:
    rows = [
        (name.replace("_", " "), _cell(expected.get(name)), _cell(found.get(name)))
        for name in {**expected, **found}
        if (expected.get(name), found.get(name)) != (None, None)
    ]
    if not rows:
        return []
    if matches and all(left == right or not (left and right) for _, left, right in rows):
        return ["", *(f"  {name:{_TITLE_WIDTH}}  {right or left}" for name, left, right in rows)]
    left_width = max(len("expected"), *(len(left) for _, left, _ in rows))
    right_width = max(len(right) for _, _, right in rows)
    if 2 + _TITLE_WIDTH + 2 + left_width + 2 + right_width > width:
        return ["", *(line for row in rows for line in _stacked(*row))]
    head = f"  {'':{_TITLE_WIDTH}}  {'expected':{left_width}}  found"
    lines = ["", click.style(head, dim=True)]
    for name, left, right in rows:
        found_here = _compared(left, right)
        lines.append(Whole(f"  {name:{_TITLE_WIDTH}}  {left:{left_width}}  {found_here}".rstrip()))
    return lines


def _stacked(name: str, left: str, right: str) -> list[str]:
    if left == right or not left:
        return [f"  {name:{_TITLE_WIDTH}}  {right}"]
    below = f"  {'':{_TITLE_WIDTH}}  "
    found = _compared(left, right) if right else "nothing"
    return [
        f"  {name:{_TITLE_WIDTH}}  {left}  {click.style('expected', dim=True)}",
        f"{below}{found}  {click.style('found', dim=True)}",
    ]


def _compared(left: str, right: str) -> str:
    return right if left == right or "" in (left, right) else click.style(right, fg="yellow")


def _at_risk(tables: Sequence[Mapping[str, Any]]) -> list[str]:
    if not tables:
        return []
    width = max(len(table["table"]) for table in tables)
    lines = ["", click.style("  at risk (rows expected, rows found)", dim=True)]
    for table in tables[:_TABLES_SHOWN]:
        found = "?" if table["found_rows"] is None else count_text(table["found_rows"])
        expected = "" if table["expected_rows"] is None else count_text(table["expected_rows"])
        lines.append(f"  {table['table']:{width}}  {expected:>12}  {found:>12}")
    if len(tables) > _TABLES_SHOWN:
        lines.append(f"  and {len(tables) - _TABLES_SHOWN} more tables")
    return lines


def _cell(value: object) -> str:
    return "" if value is None else str(value)
