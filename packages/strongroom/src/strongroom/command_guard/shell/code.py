"""Code in other languages, as the commands, SQL and deletions that it would do.

Python is read by its own parser. Of the others only texts and calls are looked at, which finds
what is written down plainly and nothing that is put together.
"""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace

from strongroom.command_guard.shell.reading import Files
from strongroom.command_guard.shell.steps import Step, is_known, unknown

SQL, DELETE, CALL, WRITE = "code-sql", "code-delete", "code-call", "code-write"
"""Programs of steps that stand for what code does."""

CODE_SIZE_MAX = 60_000
"""Longer code is only looked through as text."""

_PYTHON = re.compile(r"(?:python|pypy|ipython)[\d.]*w?")
_OTHERS = {
    "node": ("-e", "--eval", "-p", "--print"),
    "nodejs": ("-e", "--eval", "-p"),
    "bun": ("-e", "--eval"),
    "deno": ("eval",),
    "tsx": ("-e", "--eval"),
    "ts-node": ("-e", "--eval"),
    "ruby": ("-e",),
    "perl": ("-e", "-E", "-ne", "-pe", "-i"),
    "php": ("-r",),
    "rails": ("runner", "r"),
    "artisan": ("--execute", "tinker"),
    "elixir": ("-e",),
    "mix": ("-e", "--eval"),
    "iex": ("-e",),
    "groovy": ("-e",),
}
_SOURCE = re.compile(r"\.(m?[jt]s|cjs|rb|pl|php|tsx?)$")
_INTERACTIVE = frozenset({"node", "nodejs", "ruby", "perl", "php", "artisan", "rails", "iex"})
_PACKAGE = re.compile(r"node_modules/(?:\.bin/)?(?:@[\w-]+/)?([\w.-]+)")
_URL = re.compile(r"postgres(?:ql)?(?:\+\w+)?://[^\s'\"]+|\bdbname=[^\s'\"]+")


def carried_by_code(files: Files, step: Step) -> Iterator[Step | str]:
    """What code on the command line, in its input or in a file of the tree would do.

    A text is shell text; a step is a command, or one of ``SQL``, ``DELETE``, ``CALL``, ``WRITE``.
    """
    name = step.program
    step = replace(step, language="Python" if _is_python(name) else name)
    if _PYTHON.fullmatch(name):
        yield from _python(files, step)
    elif name == "prisma" and "--stdin" in step.words and step.standard_input:
        yield step.with_words((SQL, step.standard_input))
    elif name in {"rails", "manage.py", "heroku", "railway", "fly", "flyctl", "neonctl"} and (
        words := _console(step)
    ):
        yield step.with_words(words)
    elif name in _OTHERS:
        yield from _other(files, step)
    elif name in {"manage.py", "django-admin", "flask"} and {"shell", "shell_plus"} & set(
        step.words
    ):
        places = [n for n, word in enumerate(step.words[:-1]) if word in {"-c", "--command"}]
        code = step.words[places[0] + 1] if places else step.standard_input
        yield from of_python(code, step) if code else ()


def _is_python(name: str) -> bool:
    return _PYTHON.fullmatch(name) is not None or name in {"manage.py", "django-admin", "flask"}


def _console(step: Step) -> tuple[str, ...] | None:
    """A framework's way into psql, as psql."""
    for place, word in enumerate(step.words):
        if word in {"connect", "psql"} and step.standard_input is not None:
            return ("psql",)
        if word in {"dbshell", "dbconsole", "pg:psql"} or (
            word == "db" and step.program == "rails"
        ):
            return ("psql", *(one for one in step.words[place + 1 :] if one != "--"))
    return None


def _python(files: Files, step: Step) -> Iterator[Step | str]:
    words = step.arguments
    for place, word in enumerate(words):
        following = words[place + 1 :]
        if re.fullmatch(r"-[a-zA-Z]*c", word) and following:
            yield from of_python(following[0], step)
            return
        if re.fullmatch(r"-[a-zA-Z]*m", word) and following:
            named = ("django-admin", *following[1:]) if following[0] == "django" else following
            yield step.with_words(named)
            return
        if word == "-":
            break
        if word in {"-W", "-X"}:
            continue
        if not word.startswith("-") and (not place or words[place - 1] not in {"-W", "-X"}):
            base = word.rsplit("/", 1)[-1]
            if base == "manage.py":
                yield step.with_words((base, *following))
                return
            text = files.text(step.directory, word) if step.is_local and is_known(word) else None
            if text is not None:
                yield from of_python(text, step)
            return
    if step.standard_input:
        yield from of_python(step.standard_input, step)


def of_python(code: str, step: Step) -> Iterator[Step | str]:
    """What Python code would do."""
    if len(code) > CODE_SIZE_MAX:
        yield from of_text(code, step)
        return
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        yield from of_text(code, step)
        return
    step = _addressed(code, step)
    reader = _Reader()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
            if isinstance(target, ast.Name):
                reader.names[target.id] = reader.text(node.value)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for node in calls:
        yield from _of_call(node, reader, step)
    yield from _written(code, step)
    if calls:
        yield step.with_words((CALL, "\n".join(map(ast.unparse, calls))))


def _addressed(code: str, step: Step) -> Step:
    """The step with the address that the code itself connects to."""
    found = _URL.search(code) or re.search(r":memory:", code)
    if found is None:
        return step
    return replace(step, variables={**step.variables, "DATABASE_URL": found.group()})


class _Reader:
    """Texts in Python code, put together as far as they are constants."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def text(self, node: ast.expr) -> str:  # noqa: PLR0911  one for each kind of node
        if isinstance(node, ast.Constant):
            return str(node.value)
        if isinstance(node, ast.JoinedStr):
            return "".join(self.text(one) for one in node.values)
        if isinstance(node, ast.FormattedValue):
            return self.text(node.value)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self.text(node.left) + self.text(node.right)
        if isinstance(node, ast.Name):
            return self.names.get(node.id, unknown(node.id))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("mkdtemp", "mkstemp")):
            return "/tmp/mktemp"  # noqa: S108  a name in the place of the one that it will make
        if isinstance(node, ast.Call) and node.args:
            name = ast.unparse(node.func).rsplit(".", 1)[-1]
            if name in {
                "text",
                "SQL",
                "Path",
                "str",
                "Composed",
                "dedent",
                "expanduser",
                "PosixPath",
            }:
                return self.text(node.args[0])
        return unknown("value")

    def words(self, node: ast.expr) -> tuple[str, ...]:
        if isinstance(node, ast.List | ast.Tuple):
            return tuple(self.text(one) for one in node.elts)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "shlex.split" and node.args:
            return tuple(self.text(node.args[0]).split())
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "split"
        ):
            return tuple(self.text(node.func.value).split())
        return ()


_RUNNING = frozenset(
    [
        "system",
        "popen",
        "run",
        "call",
        "check_call",
        "check_output",
        "Popen",
        "getoutput",
        "getstatusoutput",
        "execvp",
        "execv",
        "spawn",
        "create_subprocess_shell",
        "create_subprocess_exec",
    ]
)
_QUERYING = frozenset(
    [
        "execute",
        "executemany",
        "executescript",
        "exec_driver_sql",
        "raw",
        "execute_sql",
        "fetch",
        "fetchrow",
        "fetchval",
        "fetchall",
        "query",
        "read_sql",
        "run_sql",
    ]
)
_DELETING = frozenset({"rmtree", "remove", "unlink", "rmdir", "removedirs"})


def _of_call(node: ast.Call, reader: _Reader, step: Step) -> Iterator[Step | str]:
    name = ast.unparse(node.func)
    last = name.rsplit(".", 1)[-1]
    first = node.args[0] if node.args else None
    if last in _RUNNING and first is not None:
        words = reader.words(first)
        yield step.with_words(words) if words else reader.text(first)
    elif (
        last in {"exec", "eval"}
        and isinstance(first, ast.Constant)
        and isinstance(first.value, str)
    ):
        yield from of_python(first.value, step)
    elif last in _QUERYING and first is not None:
        yield step.with_words((SQL, reader.text(first)))
    elif last in _DELETING:
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        whose = reader.text(first) if (first is not None and last != "unlink") or first else None
        if whose is None and owner is not None:
            whose = reader.text(owner)
        if (whose is not None and "." in name) or last == "rmtree":
            flag = ("-r",) if last == "rmtree" else ()
            yield step.with_words((DELETE, *flag, whose or unknown("path")))
    elif last == "call_command" and first is not None:
        more = [reader.text(one) for one in node.args]
        yield step.with_words(("manage.py", *more))
    elif last == "write_text" and first is not None and isinstance(node.func, ast.Attribute):
        yield step.with_words((WRITE, reader.text(node.func.value), reader.text(first)))


_WRITTEN = re.compile(
    r"(?:open|writeFile(?:Sync)?|appendFile(?:Sync)?|file_put_contents|File\.write|Path)\(\s*[\"']"
    r"([^\"']*(?:\.env[\w.]*|compose[\w.-]*\.ya?ml|strongroom\.(?:toml|lock)))[\"']"
)
_EMPTIED = re.compile(
    r"(?:open\(\s*[\"']([^\"']+\.(?:db|sqlite3?))[\"']\s*,\s*[\"']wb?[\"']"
    r"|writeFileSync\(\s*[\"']([^\"']+\.(?:db|sqlite3?))[\"'])"
)
_ASSIGNED = re.compile(r"\b\w*(?:DATABASE|POSTGRES|DB|PG)\w*=[^\s\"'\\]+")


def _written(code: str, step: Step) -> Iterator[Step]:
    """Files that decide about data, with the addresses that code writes into them."""
    for found in _EMPTIED.findall(code):
        yield step.with_words((DELETE, found[0] or found[1]))
    assigned = "\n".join(_ASSIGNED.findall(code))
    variables = [path for _, path in _TEXT.findall(code) if path == ".env"]
    written = variables if re.search(r"[\"']w[\"']", code) else []
    for path in {*_WRITTEN.findall(code), *written}:
        if assigned or "strongroom." in path:
            yield step.with_words((WRITE, path, assigned))


_RUN = re.compile(
    r"(?<![\"'`])\b(?:exec|execSync|execFile|execFileSync|system|shell_exec|passthru|popen|spawn|spawnSync|execa"
    r"|execaSync|execaCommand|Kernel\.exec)\s*\(?\s*([\"'`])((?:\\.|(?!\1).)*)\1(?:\s*,\s*\[([^\]]*)\])?",
    re.DOTALL,
)
_BACKTICK = re.compile(r"`([^`]*)`")
_DELETED = re.compile(
    r"(?<![\"'`])\b(?:rmSync|rmdirSync|unlinkSync|rm|rmdir|unlink|rimraf|rm_rf|rm_r|remove_dir|rmtree|removeSync"
    r"|emptyDirSync|Deno\.remove(?:Sync)?|remove_tree|File\.rm_rf!?|unlink\s+glob|glob)\s*\(?\s*([\"'`])((?:\\.|(?!\1).)*)\1"
)
_TEXT = re.compile(r"([\"'`])((?:\\.|(?!\1).)*)\1", re.DOTALL)
_PRINTED = re.compile(
    r"(?:console\.\w+|\bputs|\bprint|\becho)\s*\(?\s*([\"'`])(?:\\.|(?!\1).)*\1", re.DOTALL
)
_SQL_TEXT = re.compile(
    r"\s*(drop\s+\w+\s+\w|truncate\s+\w|delete\s+from\s+\w|alter\s+\w+\s+\w|update\s+\S+\s+set\b"
    r"|with\b.{0,500}\b(delete|update)\b)",
    re.IGNORECASE | re.DOTALL,
)


def _other(files: Files, step: Step) -> Iterator[Step | str]:
    words, options = step.arguments, _OTHERS[step.program]
    if step.program == "php" and words and words[0].rsplit("/", 1)[-1] in {"artisan", "console"}:
        yield step.with_words((words[0].rsplit("/", 1)[-1], *words[1:]))
        return
    for place, word in enumerate(words):
        option, given, value = word.partition("=")
        if option in options and (given or place + 1 < len(words)):
            yield from of_text(value or " ".join(words[place + 1 :]), step)
            return
        if (found := _PACKAGE.search(word)) and not word.startswith("-"):
            yield step.with_words((found[1], *words[place + 1 :]))
            return
        if not word.startswith("-") and _SOURCE.search(word):
            text = files.text(step.directory, word) if step.is_local and is_known(word) else None
            if text is not None:
                yield from of_text(text, step)
            return
    if step.standard_input and step.program in _INTERACTIVE:
        yield from of_text(step.standard_input, step)


def of_text(code: str, step: Step) -> Iterator[Step | str]:
    """What code of any language says plainly: commands, deletions, SQL, calls."""
    step = _addressed(code, step)
    for text in re.findall(r"\$\s*`([^`]*)`", code):
        yield text
    for _, text, more in _RUN.findall(code):
        rest = [inner for _, inner in _TEXT.findall(more)]
        yield " ".join([text, *map(shlex.quote, rest)])
    if step.program in {"ruby", "perl", "php", "rails"}:
        yield from _BACKTICK.findall(code)
    yield from _written(code, step)
    for _, path in _DELETED.findall(code):
        yield step.with_words((DELETE, "-r", path))
    for _, text in _TEXT.findall(_PRINTED.sub("", code)):
        if _SQL_TEXT.match(text):
            yield step.with_words((SQL, text))
    yield step.with_words((CALL, code))
