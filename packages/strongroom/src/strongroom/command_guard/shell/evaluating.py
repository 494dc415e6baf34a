"""Walk shell text as a shell would, and note each simple command with its words resolved.

Nothing is run. Branches are all taken, loops are gone through once for each known word, and what
only a run could tell stays a mark (``steps.unknown``). Work is bounded: whoever asks for more than
``STEPS_MAX`` commands, or nests deeper than ``DEPTH_MAX``, gets ``TooMuchError``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Self

from tree_sitter import Node

from strongroom.command_guard.shell.reading import Files, TooMuchError
from strongroom.command_guard.shell.steps import Redirect, Step, is_known, unknown
from strongroom.command_guard.shell.syntax import text_of
from strongroom.command_guard.shell.words import (
    Values,
    here_document,
    resolve,
    resolve_text,
)
from strongroom.shell_grammar import parse_shell

STEPS_MAX = 600
DEPTH_MAX = 40
LOOPS_MAX = 30
WORDS_MAX = 4_000
TIME_MAX_S = 2.0


@dataclass
class Scope:
    """What a shell knows while it works."""

    directory: Path | None
    variables: dict[str, str] = field(default_factory=dict)
    parameters: tuple[str, ...] | None = None
    functions: dict[str, Node] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    places: tuple[str, ...] = ()
    through: tuple[str, ...] = ()

    def inner(self) -> Self:
        """A subshell: what it changes is its own."""
        return replace(
            self,
            variables=dict(self.variables),
            functions=dict(self.functions),
            aliases=dict(self.aliases),
        )


@dataclass
class Evaluation:
    """One command as it is being resolved; ``steps`` grow, ``broken`` tells of bad syntax."""

    files: Files = field(default_factory=Files)
    steps: list[Step] = field(default_factory=list)
    broken: bool = False
    depth: int = 0
    ends_at: float = field(default_factory=lambda: monotonic() + TIME_MAX_S)
    _running: list[str] = field(default_factory=list)

    def run_text(self, text: str, scope: Scope, standard_input: str | None = None) -> str:
        """Go through shell text; answer with what it prints.

        Raises:
            TooMuchError: it is too deep or too long.
        """
        if self.depth >= DEPTH_MAX or text in self._running:
            raise TooMuchError("it calls itself, or is nested too deeply")
        self._running.append(text)
        self.depth += 1
        try:
            root = parse_shell(text)
            self.broken = self.broken or root.has_error
            return self.run(root, scope, standard_input)
        finally:
            self.depth -= 1
            self._running.pop()

    def run(self, node: Node, scope: Scope, standard_input: str | None = None) -> str:
        """Go through one node of the tree; answer with what it prints."""
        if self.depth >= DEPTH_MAX:
            raise TooMuchError("it is nested too deeply")
        if monotonic() > self.ends_at:
            raise TooMuchError("it takes too long to be judged")
        self.depth += 1
        try:
            return self._run(node, scope, standard_input)
        finally:
            self.depth -= 1

    def _run(  # noqa: PLR0911  one for each kind of node
        self, node: Node, scope: Scope, given: str | None
    ) -> str:
        kind = node.type
        if kind in {"command", "test_command"}:
            return (
                self._command(node, scope, given, ())
                if kind == "command"
                else self._inside(node, scope)
            )
        if kind == "pipeline":
            return self._pipeline(node.named_children, scope, given)
        if kind == "redirected_statement":
            return self._redirected(node, scope, given)
        if kind in {"variable_assignment", "variable_assignments", "declaration_command"}:
            return self._assign(node, scope)
        if kind == "function_definition":
            return self._define(node, scope)
        if kind in {"for_statement", "select_statement"}:
            return self._loop(node, scope, given)
        if kind in {"subshell", "command_substitution", "process_substitution"}:
            return self._all(node, scope.inner(), given)
        if kind in {"comment", "word", "heredoc_body", "heredoc_end"}:
            return ""
        return self._all(node, scope, given)

    def _all(self, node: Node, scope: Scope, given: str | None) -> str:
        return "".join(self.run(inner, scope, given) for inner in node.named_children)

    def _inside(self, node: Node, scope: Scope) -> str:
        """Commands that stand inside a test, such as ``[ -n "$(rm x)" ]``."""
        for inner in node.named_children:
            if inner.type in {"command_substitution", "command"}:
                self.run(inner, scope)
            else:
                self._inside(inner, scope)
        return ""

    def values(self, scope: Scope) -> Values:
        """What words of this scope are resolved with."""
        known = dict(scope.variables)
        if scope.directory is not None:
            known.setdefault("PWD", str(scope.directory))
        if not scope.places:
            known.setdefault("HOME", str(Path.home()))
        known.setdefault("TMPDIR", "/tmp")  # noqa: S108  what it stands for
        return Values(known, scope.parameters, lambda inner: self._substitute(inner, scope))

    def _substitute(self, node: Node, scope: Scope) -> str:
        text = text_of(node)
        if text.startswith("$(<"):
            return self.files.text(scope.directory, text[3:-1].strip()) or unknown("file")
        values = self.values(scope)
        written = [one for one in node.named_children if one.type == "file_redirect"]
        if written:  # $(> file), with no command at all
            self._body(None, scope, None, tuple(self._redirect(one, values) for one in written))
        printed = self.run(node, scope)
        if node.type != "process_substitution":
            return printed
        path = f"/dev/fd/{len(self.files.known)}"
        self.files.known[Path(path)] = printed
        return path

    def _command(
        self,
        node: Node,
        scope: Scope,
        given: str | None,
        redirects: tuple[Redirect, ...],
        more: Sequence[str] = (),
    ) -> str:
        if node.named_child_count > WORDS_MAX:
            raise TooMuchError("it has more words than can be judged")
        values = self.values(scope)
        own: dict[str, str] = {}
        words: list[str] = []
        for inner, *touching in _together(node.named_children):
            if inner.type == "variable_assignment":
                own |= self._assigned(inner, values)
            elif inner.type == "command_name" and inner.named_children:
                words += resolve(inner.named_children[0], values, *touching)
            elif inner.type == "herestring_redirect":
                given = resolve_text(inner.named_children[-1], values) + "\n"
            elif inner.type == "file_redirect":
                found = self._redirect(inner, values)
                redirects = (*redirects, found)
                given = self._from_file(found, scope, given)
            elif inner.type in {"subshell", "compound_statement"}:
                self.run(inner, scope, given)  # behind ``time``, which is a command here
            elif inner.type not in {"comment", "heredoc_redirect"}:
                words += resolve(inner, values, *touching)
        if not words:
            scope.variables.update(own)
        step = Step(
            (*words, *more),
            {**scope.variables, **own},
            given,
            redirects=redirects,
            places=scope.places,
            directory=scope.directory,
            through=scope.through,
        )
        return self.run_step(step, scope)

    def run_step(self, step: Step, scope: Scope) -> str:
        """Go on with a command whose words are resolved; answer with what it prints."""
        from strongroom.command_guard.shell.carriers import carry  # noqa: PLC0415  they need each other

        if len(self.steps) >= STEPS_MAX or monotonic() > self.ends_at:
            raise TooMuchError("it runs more commands than can be judged")
        if self.depth >= DEPTH_MAX:
            raise TooMuchError("it is nested too deeply")
        self.depth += 1
        try:
            return carry(self, step, scope)
        finally:
            self.depth -= 1

    def _pipeline(self, parts: Sequence[Node], scope: Scope, given: str | None) -> str:
        for part in parts:
            if part.type != "comment":
                given = self.run(part, scope.inner(), given)
        return given or ""

    def _redirected(self, node: Node, scope: Scope, given: str | None) -> str:
        """A statement with redirects; a here-document may carry the rest of a pipe behind it."""
        values = self.values(scope)
        body = node.child_by_field_name("body")
        redirects: list[Redirect] = []
        behind: list[Node] = []
        more: list[str] = []
        for inner in node.children_by_field_name("redirect"):
            if inner.type == "file_redirect":
                redirects.append(self._redirect(inner, values))
                given = self._from_file(redirects[-1], scope, given)
            elif inner.type == "herestring_redirect":
                given = resolve_text(inner.named_children[-1], values) + "\n"
            else:
                given = self._here_document(inner, values)
                more += self._beside(inner, values)
                redirects += [
                    self._redirect(one, values)
                    for one in inner.named_children
                    if one.type == "file_redirect"
                ]
                behind += [one for one in inner.named_children if one.type in _BEHIND]
        printed = self._body(body, scope, given, tuple(redirects), more)
        for one in behind:
            parts = one.named_children if one.type == "pipeline" else [one]
            printed = self._pipeline(parts, scope, printed)
        return printed

    def _body(
        self,
        body: Node | None,
        scope: Scope,
        given: str | None,
        redirects: tuple[Redirect, ...],
        more: Sequence[str] = (),
    ) -> str:
        if body is None:
            step = Step((), scope.variables, given, redirects=redirects, directory=scope.directory)
            return self.run_step(replace(step, places=scope.places, through=scope.through), scope)
        if body.type == "command":
            return self._command(body, scope, given, redirects, more)
        if body.type in {"list", "pipeline"} and body.named_children:
            # The redirect belongs to the last command only.
            *before, last = body.named_children
            printed = given
            for one in before:
                printed = self.run(one, scope, given if body.type == "list" else printed)
            piped = printed if body.type == "pipeline" and given is None else given
            return self._body(last, scope, piped, redirects, more)
        printed = self.run(body, scope, given)
        if redirects:
            step = Step(("cat",), scope.variables, printed, printed, redirects, scope.places)
            self.run_step(replace(step, directory=scope.directory, through=scope.through), scope)
        return printed

    def _here_document(self, node: Node, values: Values) -> str:
        """The lines of a here-document, which the grammar does not always see whole."""
        quoted, body = False, ""
        whole = text_of(node)
        for inner in node.named_children:
            if inner.type == "heredoc_start":
                quoted = any(mark in text_of(inner) for mark in "'\"\\")
            elif inner.type == "heredoc_body" and inner.named_children:
                body = here_document(inner, values, quoted=quoted)
        if not body and "\n" in whole:
            body = whole.partition("\n")[2].rpartition("\n")[0] + "\n"
        return body

    def _beside(self, node: Node, values: Values) -> list[str]:
        """Words that stand behind a here-document's mark, on the same line."""
        line_end = node.start_byte + len(text_of(node).partition("\n")[0].encode())
        return [
            word
            for one in node.named_children
            if one.end_byte <= line_end
            and one.type not in {"heredoc_start", "file_redirect", *_BEHIND}
            for word in resolve(one, values)
        ]

    def _redirect(self, node: Node, values: Values) -> Redirect:
        target = node.child_by_field_name("destination")
        operator = re.match(r"\d*(&?>>|&>|>\||>&|<&|>>|>|<)", text_of(node))
        words = resolve(target, values) if target is not None else []
        return Redirect(operator.group(1) if operator else ">", words[0] if words else "")

    def _from_file(self, redirect: Redirect, scope: Scope, given: str | None) -> str | None:
        if redirect.operator != "<":
            return given
        known = is_known(redirect.target) and not scope.places
        text = self.files.text(scope.directory, redirect.target) if known else None
        return unknown(redirect.target) if text is None else text

    def _assign(self, node: Node, scope: Scope) -> str:
        values = self.values(scope)
        for inner in [node] if node.type == "variable_assignment" else node.named_children:
            if inner.type == "variable_assignment":
                scope.variables.update(self._assigned(inner, values))
        return ""

    def _assigned(self, node: Node, values: Values) -> Mapping[str, str]:
        name = node.child_by_field_name("name")
        value = node.child_by_field_name("value")
        if name is None:
            return {}
        key = re.match(r"\w*", text_of(name))
        return {key.group() if key else "": self._value(value, values)}

    def _value(self, value: Node | None, values: Values) -> str:
        if value is None:
            return ""
        if value.type == "array":
            return " ".join(word for one in value.named_children for word in resolve(one, values))
        return resolve_text(value, values)

    def _define(self, node: Node, scope: Scope) -> str:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is not None and body is not None:
            scope.functions[text_of(name)] = body
        return ""

    def _loop(self, node: Node, scope: Scope, given: str | None) -> str:
        variable, body = node.child_by_field_name("variable"), node.child_by_field_name("body")
        values = self.values(scope)
        words = [
            word for one in node.children_by_field_name("value") for word in resolve(one, values)
        ]
        if variable is None or body is None:
            return self._all(node, scope, given)
        printed = ""
        for word in words[:LOOPS_MAX] or [unknown(text_of(variable))]:
            scope.variables[text_of(variable)] = word
            printed += self.run(body, scope, given)
        return printed


_ALONE = frozenset({"variable_assignment", "herestring_redirect", "file_redirect", "comment"})


def _together(nodes: Sequence[Node]) -> list[list[Node]]:
    """Nodes that touch make one word, which the grammar does not always see."""
    groups: list[list[Node]] = []
    for node in nodes:
        touches = groups and groups[-1][-1].end_byte == node.start_byte
        if touches and not {node.type, groups[-1][-1].type} & _ALONE:
            groups[-1].append(node)
        else:
            groups.append([node])
    return groups


_BEHIND = frozenset({"pipeline", "command", "list", "subshell", "redirected_statement"})
