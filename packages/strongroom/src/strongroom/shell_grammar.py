"""Shell text as a syntax tree, by tree-sitter's grammar of bash."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")


def parse_shell(text: str) -> Node:
    """Parse shell text; never fails, but marks what it could not read.

    The grammar asks C's ``isalpha`` of whatever character comes next, which only answers for single
    bytes: further ones end the whole process, or do not, as memory happens to lie. So it is shown
    a letter for each byte beyond ASCII. To a shell those are letters too; nodes tell the real text.
    """
    real = text.encode("utf-8", "replace")
    shown = bytearray(_BEYOND_ASCII.sub(b"x", real))
    tree = _parser().parse(shown)
    shown[:] = real  # nodes take their text from here
    return tree.root_node


@cache
def _parser() -> Parser:
    import tree_sitter_bash  # noqa: PLC0415  only where there is shell text
    from tree_sitter import Language, Parser  # noqa: PLC0415

    return Parser(Language(tree_sitter_bash.language()))
