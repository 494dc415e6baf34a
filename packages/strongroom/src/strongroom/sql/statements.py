"""A script as statements with their syntax trees."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from strongroom.sql.grammar import NotParsedError, parse
from strongroom.sql.splitting import Piece, pieces

# psql commands that show, format or remember something, and cannot reach any data.
_HARMLESS_META = re.compile(
    r"\\(echo|qecho|warn|set|unset|timing|pset|x|a|t|f|C|H|o|out|encoding|if|elif|else|endif"
    r"|errverbose|prompt|q|quit|d\S*|l\S*|z|\?|h|help|conninfo|getenv|setenv|p|print|r|reset"
    r"|w|write|s|g|crosstabview|gdesc|gset|gx|watch|copyright|restrict|unrestrict|\.)(\s|$)"
)


@dataclass(frozen=True)
class Statement:
    """One statement of a script.

    ``node`` is its syntax tree (a message of libpg_query's), or None where there is
    none; ``unparsed`` then says why. ``line`` is the first word's, from 1; ``comments`` are those
    that stand with it, with their dashes.
    """

    text: str
    line: int
    node: Any | None
    unparsed: str | None = None
    comments: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The tree's kind, such as ``DropStmt``; empty for what was not parsed."""
        return type(self.node).__name__ if self.node is not None else ""


def parse_script(text: str) -> tuple[Statement, ...]:
    """Cut a script into statements and parse each by itself; nothing in it is left out.

    What does not parse, and psql commands that could do anything, become statements with the
    reason in ``unparsed``.
    """
    found: list[Statement] = []
    for piece in pieces(text.replace("\r\n", "\n").removeprefix("\ufeff")):
        if piece.meta:
            if not _HARMLESS_META.match(piece.text):
                reason = (
                    f"psql's {piece.text.split()[0]} leads to something that is not in the file"
                )
                found.append(Statement(piece.text, piece.line, None, reason, piece.comments))
        else:
            found.extend(_parsed(piece))
    return tuple(found)


def _parsed(piece: Piece) -> list[Statement]:
    """Parse a piece. A NUL would hide all that stands behind it from the parser."""
    if "\0" in piece.text:
        reason = "a NUL character stands in it"
        return [Statement(piece.text, piece.line, None, reason, piece.comments)]
    try:
        trees = parse(piece.text).stmts
    except NotParsedError as error:
        reason = str(error)
    except ValueError as error:
        reason = f"it does not parse: {error}"
    else:
        return [
            Statement(piece.text, piece.line, _inner(tree.stmt), None, piece.comments)
            for tree in trees
        ]
    return [Statement(piece.text, piece.line, None, reason, piece.comments)]


def _inner(wrapped: Any) -> Any:  # noqa: ANN401  one of 80 kinds of messages
    return getattr(wrapped, wrapped.WhichOneof("node"))
