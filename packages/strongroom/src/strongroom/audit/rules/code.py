"""Code: what makes or empties tables where no migration does, and what falls back in silence."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from strongroom.audit.compose import Place, Project
from strongroom.audit.compose.reading import parse_documents, scalar_text
from strongroom.audit.compose.values import Table
from strongroom.audit.modules import Module, dotted
from strongroom.audit.rule import Hit, rule
from strongroom.audit.tree import Tree
from strongroom.errors import ComposeError

_READERS = {"os.getenv", "getenv", "os.environ.get", "environ.get", "config", "env", "env.str",
            "env.url", "env.db", "decouple.config", "os.environ.setdefault"}  # fmt: skip
SIGNING_KEY = re.compile(
    r"(?:^|_)(?:SECRET_KEY|SECRET_KEY_BASE|JWT_SECRET|JWT_SECRET_KEY|SIGNING_KEY)$"
)
DATABASE_ADDRESS = re.compile(
    r"(?:^|_)(?:DATABASE_URL|DB_URL|DATABASE_URI|POSTGRES_URL|POSTGRES_DSN|DB_DSN)$"
)
_MAKERS = re.compile(r"^(?:secrets\.token_|os\.urandom|uuid\.uuid4|uuid4|token_hex|token_urlsafe"
                     r"|Fernet\.generate_key|get_random_secret_key|random\.)")  # fmt: skip
_DDL = {"create", "create-drop", "create-only", "drop"}


def _schema_calls(module: Module, name: str) -> Iterator[Place]:
    """Where ``….NAME`` is called, or handed to something that calls it (``run_sync``)."""
    if module.is_test or module.is_migration:
        return
    for call in module.calls:
        handed = [one for one in call.node.args if isinstance(one, ast.Attribute)]
        if call.name.endswith(f".{name}") or any(one.attr == name for one in handed):
            yield call.place


@rule(
    "create-all",
    "danger",
    on="module",
    why="The schema is made in whichever database the application reaches: an empty one, that of "
    "another project, the wrong one. Nothing stops, and the application runs on it.",
    fix="Let migrations make tables: strongroom migrate, which passes the gate first.",
)
def create_all(module: Module) -> Iterator[Hit]:
    """A call of create_all outside migrations and tests."""
    for place in _schema_calls(module, "create_all"):
        yield Hit(place, "create_all() makes tables outside of migrations", "create_all")


@rule(
    "drop-all",
    "danger",
    on="module",
    why="One call drops every table that the models know, in whichever database is reached.",
    fix="Keep it in tests, with a database that they make themselves.",
)
def drop_all(module: Module) -> Iterator[Hit]:
    """A call of drop_all outside migrations and tests."""
    for place in _schema_calls(module, "drop_all"):
        yield Hit(place, "drop_all() drops all tables", "drop_all")


@rule(
    "secret-key-fallback",
    "caution",
    on="module",
    why="Without the setting the application makes a key up, or takes one that everybody can read: "
    "each restart ends all sessions and tokens, or anybody can forge them.",
    fix="Demand the setting, with at least 32 characters, and refuse to start without it.",
)
def secret_key_fallback(module: Module) -> Iterator[Hit]:
    """A default for SECRET_KEY and the like: a constant, or one made at the start."""
    if module.is_test:
        return
    for name, default, place in _defaults(module):
        if SIGNING_KEY.search(name.upper()) and _is_value(default):
            yield Hit(place, f"{name} has a fallback", name)


@rule(
    "database-fallback",
    "caution",
    on="module",
    why="Without the setting the application connects to another database and says nothing: it "
    "starts empty, and what is written there is missing in the real one.",
    fix="Demand the setting, and refuse to start without it.",
)
def database_fallback(module: Module) -> Iterator[Hit]:
    """A default for DATABASE_URL: SQLite, or an address on this machine."""
    if module.is_test:
        return
    for name, default, place in _defaults(module):
        if DATABASE_ADDRESS.search(name.upper()) and _is_address(default):
            yield Hit(place, f"{name} falls back to another database", name)


def _defaults(module: Module) -> Iterator[tuple[str, ast.expr, Place]]:
    """Names of settings with what is taken where they are not set."""
    for call in module.calls:
        if call.name in _READERS and call.node.args:
            name = _constant(call.node.args[0])
            default = call.node.args[1] if len(call.node.args) > 1 else call.keyword("default")
            if name and default is not None:
                yield name, default, call.place
    for node in ast.walk(module.tree):
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            name = _read_name(node.values[0])
            if name:
                yield name, node.values[-1], Place(module.path, node.lineno)
        elif isinstance(node, ast.ClassDef):
            yield from _fields(module, node)


def _fields(module: Module, node: ast.ClassDef) -> Iterator[tuple[str, ast.expr, Place]]:
    """The fields of a class of settings, as pydantic has them."""
    bases = {dotted(one).rpartition(".")[2] for one in node.bases}
    for field in node.body if "BaseSettings" in bases else ():
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and field.value:
            value = field.value
            if isinstance(value, ast.Call) and dotted(value.func).endswith("Field"):
                keywords = {one.arg: one.value for one in value.keywords}
                found = keywords.get("default") or keywords.get("default_factory")
                value = found or (value.args[0] if value.args else ast.Constant(...))
            yield field.target.id, value, Place(module.path, field.lineno)


def _read_name(node: ast.expr) -> str:
    if isinstance(node, ast.Call) and dotted(node.func) in _READERS and node.args:
        return _constant(node.args[0])
    return ""


def _constant(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _is_value(node: ast.expr) -> bool:
    """Whether a default is a secret: a text that is not empty, or one made at the start."""
    if isinstance(node, (ast.Attribute, ast.Name)):
        return _MAKERS.match(dotted(node)) is not None
    if isinstance(node, ast.Call):
        return _MAKERS.match(dotted(node.func)) is not None
    if isinstance(node, ast.Lambda):
        return _is_value(node.body)
    return bool(_constant(node))


def _is_address(node: ast.expr) -> bool:
    text = _constant(node)
    if isinstance(node, ast.JoinedStr) and node.values:
        text = _constant(node.values[0])
    return text.startswith(("sqlite", "postgres", "mysql"))


@rule(
    "schema-made-at-start",
    "danger",
    on="tree",
    why="The framework makes or drops tables whenever the application starts, in whichever "
    "database it reaches.",
    fix="Set it to validate or none, and let migrations change the schema.",
)
def schema_made_at_start(tree: Tree) -> Iterator[Hit]:
    """hibernate.ddl-auto = create or create-drop, TypeORM's synchronize, in settings."""
    for project in tree.projects:
        yield from _of_services(project)
    for path, text in tree.texts.items():
        in_tests = bool({"test", "tests"} & set(path.parts)) or "test" in path.name
        if not path.name.startswith("application") or in_tests:
            continue
        if path.suffix == ".properties":
            for number, line in enumerate(text.split("\n"), 1):
                name, _, value = line.partition("=")
                if name.strip().endswith(("ddl-auto", "hbm2ddl.auto")) and value.strip() in _DDL:
                    yield Hit(Place(path, number), f"ddl-auto is {value.strip()}", "ddl-auto")
        elif path.suffix == ".yml":
            try:
                documents = parse_documents(text, path)
            except ComposeError:
                continue
            for document in documents:
                yield from _in_settings(document)


def _of_services(project: Project) -> Iterator[Hit]:
    for service in project.services.values():
        for name, setting in service.environment.items():
            value = (setting.value or "").lower()
            auto = name.upper().endswith(("DDL_AUTO", "HBM2DDL_AUTO")) and value in _DDL
            if auto or (name == "TYPEORM_SYNCHRONIZE" and value == "true"):
                yield Hit(setting.place, f"{name} of {service.name} is {value}", service.name)


def _in_settings(value: object) -> Iterator[Hit]:
    if not isinstance(value, Table):
        return
    for key, inner in value.items():
        text = scalar_text(inner) if not isinstance(inner, (Table, list)) else ""
        if key in {"ddl-auto", "hbm2ddl.auto"} and text in _DDL:
            yield Hit(value.where(key), f"ddl-auto is {text}", "ddl-auto")
        yield from _in_settings(inner)
