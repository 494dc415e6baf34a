"""Cut a script into statements as psql would, without parsing them.

A file that does not parse as a whole must still be judged statement by statement, so the cutting
is lexical: strings, quoted names, dollar quotes, comments, parentheses and the bodies of SQL
functions are respected. psql's own commands and the rows after ``COPY … FROM stdin`` are not SQL;
they are cut out, and reported as pieces where they could do harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""
      (?P<comment>--[^\n]*)
    | (?P<block>/\*)
    | (?P<string>[eE]'(?:[^'\\]|\\.|'')*' | [uU]&'(?:[^']|'')*' | '(?:[^']|'')*')
    | (?P<name>(?:[uU]&)?"(?:[^"]|"")*")
    | (?P<dollar>\$(?:[A-Za-z_\x80-\uffff][A-Za-z0-9_\x80-\uffff]*)?\$)
    | (?P<word>[A-Za-z_\x80-\uffff][A-Za-z0-9_$\x80-\uffff]*)
    | (?P<variable>(?<![:\w]):(?:'[^'\n]+'|"[^"\n]+"|[A-Za-z_]\w*))
    | (?P<cast>::|:=)
    | (?P<meta>\\[^\n]*)
    | (?P<number>\d[\w.]*)
    | (?P<space>\s+)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COPY_FROM_STDIN = re.compile(r"\s*copy\b.*\bfrom\s+stdin\b", re.IGNORECASE | re.DOTALL)
_COPY_END = re.compile(r"^\\\.[ \t]*$", re.MULTILINE)
_ATOMIC_BODY = re.compile(r"\s*create\b.*\b(function|procedure)\b", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Piece:
    """One statement's text, or a command of psql's.

    ``line`` is that of its first word, from 1. ``comments`` are those before it, inside it and
    behind it on its last line. ``meta`` marks a psql command.
    """

    text: str
    line: int
    comments: tuple[str, ...] = ()
    meta: bool = False


@dataclass
class _Draft:
    """The statement that is being collected."""

    parts: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    line: int = 0
    parentheses: int = 0
    blocks: int = 0

    @property
    def text(self) -> str:
        return "".join(self.parts).strip()

    @property
    def begun(self) -> bool:
        return self.line > 0

    def add(self, text: str, line: int) -> None:
        if not self.begun and text.strip():
            self.line = line
        self.parts.append(text)

    def word(self, word: str) -> None:
        """Count the blocks of a SQL function's body: ``BEGIN ATOMIC … END``."""
        word = word.lower()
        before = "".join(self.parts[-3:]).lower().split()
        begins = word == "atomic" and before[-1:] == ["begin"] and _ATOMIC_BODY.match(self.text)
        if begins or (self.blocks and word == "case"):
            self.blocks += 1
        elif self.blocks and word == "end":
            self.blocks -= 1

    def piece(self) -> Piece:
        return Piece(self.text, self.line, tuple(self.comments))


def pieces(script: str) -> Iterator[Piece]:
    """Cut a script into its statements and psql commands."""
    draft = _Draft()
    position, line = 0, 1
    while position < len(script):
        kind, end = _token(script, position)
        text = script[position:end]
        following = end
        if kind == "comment":
            draft.comments.append(text)
            draft.parts.append(" ")
        elif kind == "meta":
            if draft.begun:
                yield draft.piece()
                draft = _Draft()
            yield Piece(text.strip(), line, tuple(draft.comments), meta=True)
            draft = _Draft()
        elif kind == "variable":
            draft.add(_stand_in(text), line)
        elif text == ";" and draft.parentheses <= 0 and not draft.blocks:
            following = _trailing(script, end, draft)
            if draft.begun:
                yield draft.piece()
                following = _skip_rows(script, following, draft.text)
            draft = _Draft()
        else:
            _grow(draft, kind, text, line)
        line += script.count("\n", position, following)
        position = following
    if draft.begun:
        yield draft.piece()


def _grow(draft: _Draft, kind: str, text: str, line: int) -> None:
    if kind == "word":
        draft.word(text)
    elif text == "(":
        draft.parentheses += 1
    elif text == ")":
        draft.parentheses -= 1
    if kind == "block":
        draft.comments.append(text)
        draft.parts.append(" " + "\n" * text.count("\n"))
    else:
        draft.add(text, line)


def _token(script: str, position: int) -> tuple[str, int]:
    """The kind of the token at a position, and where it ends."""
    match = _TOKEN.match(script, position)
    assert match is not None and match.lastgroup is not None  # noqa: S101, PT018  the last alternative takes anything
    if match.lastgroup == "block":
        return "block", _comment_end(script, position)
    if match.lastgroup == "dollar":
        closing = script.find(match.group(), match.end())
        return "dollar", len(script) if closing < 0 else closing + len(match.group())
    return match.lastgroup, match.end()


def _comment_end(script: str, position: int) -> int:
    """Where a block comment ends; in PostgreSQL they nest."""
    depth = 0
    for mark in re.compile(r"/\*|\*/").finditer(script, position):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return mark.end()
    return len(script)


def _stand_in(variable: str) -> str:
    """Something of the same kind in the place of a psql variable."""
    name = re.sub(r"\W", "_", variable.strip(":'\""))
    if variable.startswith(":'"):
        return f"'{name}'"
    return f'"{name}"' if variable.startswith(':"') else name


def _trailing(script: str, end: int, draft: _Draft) -> int:
    """Take a comment behind the semicolon, on the same line, as the statement's own."""
    match = re.compile(r"[ \t]*(--[^\n]*)").match(script, end)
    if match is None:
        return end
    draft.comments.append(match.group(1))
    return match.end()


def _skip_rows(script: str, position: int, statement: str) -> int:
    """Skip the rows that follow ``COPY … FROM stdin``."""
    if not _COPY_FROM_STDIN.match(statement):
        return position
    match = _COPY_END.search(script, position)
    return len(script) if match is None else match.end()
