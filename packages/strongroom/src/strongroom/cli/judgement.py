"""A judgement as text: the verdict first, expected beside found, what is at risk, what next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from strongroom.cli.output import next_line
from strongroom.cli.quantities import count_text

_TITLE_WIDTH = 14
_TABLES_SHOWN = 12


def judgement_lines(judgement: Mapping[str, Any]) -> list[str]:
    """Lay out ``Judgement.as_dict()`` for a terminal."""
    matches = judgement["verdict"] == "match"
    mark = click.style("●" if matches else "✗", fg="green" if matches else "red")
    verdict = click.style(judgement["verdict"], fg="green" if matches else "red", bold=True)
    lines = [f"{mark} {verdict}  {judgement['message']}"]
    lines += _columns(judgement["expected"], judgement["found"])
    lines += _at_risk(judgement["at_risk"])
    for warning in judgement["warnings"]:
        lines.append(f"{click.style('▲ ' + warning['code'], fg='yellow')}  {warning['message']}")
    if judgement["next"]:
        lines += ["", next_line(judgement["next"])]
    if judgement["accept"]:
        lines += ["or, if this is the right database all the same:", f"  {judgement['accept']}"]
    return lines


def _columns(expected: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    names = [
        name
        for name in {**expected, **found}
        if (expected.get(name), found.get(name)) != (None, None)
    ]
    rows = [(name, _cell(expected.get(name)), _cell(found.get(name))) for name in names]
    if not rows:
        return []
    width = max(len("expected"), *(len(row[1]) for row in rows))
    head = f"  {'':{_TITLE_WIDTH}}  {'expected':{width}}  found"
    lines = ["", click.style(head, dim=True)]
    for name, left, right in rows:
        shown = right if left == right or "" in (left, right) else click.style(right, fg="yellow")
        lines.append(f"  {name.replace('_', ' '):{_TITLE_WIDTH}}  {left:{width}}  {shown}")
    return lines


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
