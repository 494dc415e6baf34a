"""Fit text to a terminal: sentences wrap under themselves, commands and tables are left whole.

Only on a terminal. What is piped keeps one line for one thing, so that it can be searched.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterable

import click

_WIDTH_MIN = 40
_GAP = re.compile(r"\S {2,}(?=\S)")
"""Two spaces or more within a line part a label from its text; twice, the columns of a table."""


class Whole(str):
    """A line that must not be broken: a command to paste, a statement."""

    __slots__ = ()


def next_line(command: str) -> str:
    """The last line of every refusal and error: what to do; unbroken, so that it can be pasted."""
    return Whole(f"{click.style('next:', bold=True)} {command}")


def terminal_width() -> int | None:
    """The columns of the terminal that is being written to; None where nobody looks at one."""
    if not (sys.stdout.isatty() or sys.stderr.isatty()):
        return None
    return max(shutil.get_terminal_size().columns, _WIDTH_MIN)


def fitted(lines: Iterable[str], width: int | None) -> list[str]:
    """Break what is wider than the terminal between words, and indent what follows."""
    if width is None:
        return list(lines)
    return [part for line in lines for one in _parts(line) for part in _fit(one, width)]


def _parts(line: str) -> list[str]:
    return [line] if isinstance(line, Whole) or "\n" not in line else line.split("\n")


def _fit(line: str, width: int) -> list[str]:
    plain = click.unstyle(line)
    gaps = list(_GAP.finditer(plain.lstrip()))
    if isinstance(line, Whole) or len(plain) <= width or len(gaps) > 1:
        return [line]
    indent = _text_begins(plain, gaps)
    if indent > width // 2:
        indent = len(plain) - len(plain.lstrip()) + 2
    fitting, used = [""], 0
    for word in re.findall(r"\s*\S+", line):
        length = len(click.unstyle(word))
        if used and used + length > width:
            fitting.append(" " * indent + word.lstrip())
            used = indent + len(click.unstyle(word.lstrip()))
        else:
            fitting[-1] += word
            used += length
    return fitting


def _text_begins(plain: str, gaps: list[re.Match[str]]) -> int:
    """The column under which a sentence goes on: where its text begins, after mark or label."""
    before = len(plain) - len(plain.lstrip())
    if gaps:
        return before + gaps[0].end()
    mark = re.match(r"[●✗▲?…] |(error|instead): ", plain[before:])
    return before + (len(mark[0]) if mark else 2 if before == 0 else 0)
