"""JavaScript and TypeScript: what makes, drops or empties tables, and what falls back in silence.

The calls are those that the documentation of Sequelize, TypeORM, MikroORM, Knex, Prisma and Drizzle
names for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from strongroom.audit.javascript import Fallback, JavaScript, ScriptCall
from strongroom.audit.rule import Hit, rule
from strongroom.audit.rules.code import DATABASE_ADDRESS, SIGNING_KEY

_CONNECTIONS = {"DataSource", "Connection", "createConnection", "forRoot", "forRootAsync"}
"""What TypeORM is opened with, NestJS's module included."""
_DROPPING = {"dropDatabase", "dropTable", "dropTableIfExists", "dropSchema", "dropSchemaIfExists",
             "dropAllSchemas", "dropAllTables", "refreshDatabase", "refresh"}  # fmt: skip
_RAW = {"$executeRaw", "$executeRawUnsafe", "$queryRaw", "$queryRawUnsafe", "raw", "query",
        "execute", "unsafe"}  # fmt: skip
_SCHEMAS = re.compile(r"schema|generator|orm|queryinterface", re.IGNORECASE)
_LOSING = re.compile(r"\s*(?:drop\s+(?:database|schema|table)|truncate)\b", re.IGNORECASE)
_MADE_UP = re.compile(r"^(?:(?:crypto|nodeCrypto)\.random|random(?:Bytes|UUID)$|uuid|nanoid$"
                      r"|Math\.random$)")  # fmt: skip


def _is_program(script: JavaScript) -> bool:
    return not (script.is_test or script.is_migration)


@rule(
    "orm-sync",
    "danger",
    on="javascript",
    why="The schema is made, or changed to fit the models, in whichever database the application "
    "reaches, whenever it starts: an empty one, that of another project, the wrong one.",
    fix="Set synchronize to false, take sync() out, and let migrations change the schema.",
)
def orm_sync(script: JavaScript) -> Iterator[Hit]:
    """TypeORM's synchronize: true, Sequelize's sync(), outside migrations and tests."""
    for call in script.calls if _is_program(script) else ():
        if call.last_name in _CONNECTIONS and _says(call.arguments, "synchronize"):
            yield Hit(call.place, f"{call.last_name} with synchronize: true", "synchronize")
        elif _is_sync(call) and call.options.get("force") is not True:
            yield Hit(call.place, "sync() makes tables outside of migrations", "sync")


@rule(
    "orm-drop",
    "danger",
    on="javascript",
    why="One call drops every table that the models know, or a whole database, in whichever one is "
    "reached.",
    fix="Keep it in tests, with a database that they make themselves.",
)
def orm_drop(script: JavaScript) -> Iterator[Hit]:
    """sync({ force: true }), dropSchema: true, dropDatabase() and the like, DROP in raw SQL."""
    for call in script.calls if _is_program(script) else ():
        what = _drop(call)
        if what:
            yield Hit(call.place, what, call.last_name)


def _drop(call: ScriptCall) -> str:
    name, owner = call.last_name, call.name.rpartition(".")[0]
    everywhere = name in {"dropDatabase", "dropAllTables"}
    if name in _CONNECTIONS and _says(call.arguments, "dropSchema"):
        what = f"{name} with dropSchema: true drops all tables"
    elif _is_sync(call) and call.options.get("force") is True:
        what = "sync({ force: true }) drops and makes all tables"
    elif name == "synchronize" and call.arguments[:1] == (True,):
        what = "synchronize(true) drops and makes all tables"
    elif name == "drop" and owner.rpartition(".")[2].lower() in {"sequelize", "db"}:
        what = f"{call.name}() drops all tables"
    elif name in _DROPPING and (everywhere or _SCHEMAS.search(owner)):
        what = f"{name}() drops tables"
    elif name in _RAW and call.arguments and isinstance(call.arguments[0], str):
        match = _LOSING.match(call.arguments[0])
        what = f"{name}() with {' '.join(match.group().upper().split())}" if match else ""
    else:
        what = ""
    return what


@rule(
    "orm-delete-all",
    "caution",
    on="javascript",
    why="Without a condition it deletes every row, in whichever database is reached. Seeds begin "
    "with it, and are run by hand against the wrong one.",
    fix="Delete what the script itself has made; or strongroom backup first, and a permit.",
)
def orm_delete_all(script: JavaScript) -> Iterator[Hit]:
    """deleteMany() without a condition, destroy({ truncate: true }), outside tests."""
    for call in script.calls if _is_program(script) else ():
        given = call.options
        if call.last_name == "deleteMany" and not given.get("where", given):
            if all(isinstance(one, dict) for one in call.arguments):
                yield Hit(call.place, f"{call.name}() deletes all rows", call.name)
        elif call.last_name == "destroy" and (
            given.get("truncate") is True or given.get("where") == {}
        ):
            yield Hit(call.place, f"{call.name}() deletes all rows", call.name)


@rule(
    "script-secret-fallback",
    "caution",
    on="javascript",
    why="Without the setting the application takes a key that everybody can read, or makes one up: "
    "anybody can forge its tokens, or each restart ends all of them.",
    fix="Demand the setting, with at least 32 characters, and refuse to start without it.",
)
def script_secret_fallback(script: JavaScript) -> Iterator[Hit]:
    """A default for process.env.SECRET_KEY and the like: a constant, or one made at the start."""
    for one in script.fallbacks if not script.is_test else ():
        if SIGNING_KEY.search(one.variable.upper()) and (one.value_text or _is_made_up(one)):
            yield Hit(one.place, f"{one.variable} has a fallback", one.variable)


@rule(
    "script-database-fallback",
    "caution",
    on="javascript",
    why="Without the setting the application connects to another database and says nothing: it "
    "starts empty, and what is written there is missing in the real one.",
    fix="Demand the setting, and refuse to start without it.",
)
def script_database_fallback(script: JavaScript) -> Iterator[Hit]:
    """A default for process.env.DATABASE_URL: a file, or an address on this machine."""
    for one in script.fallbacks if not script.is_test else ():
        address = one.value_text.startswith(("sqlite", "postgres", "mysql", "file:"))
        if DATABASE_ADDRESS.search(one.variable.upper()) and address:
            what = f"{one.variable} falls back to another database"
            yield Hit(one.place, what, one.variable)


def _is_sync(call: ScriptCall) -> bool:
    """Sequelize's: of the connection, or of a model; nothing else is called ``sync`` with these."""
    if call.last_name != "sync" or any(not isinstance(one, dict) for one in call.arguments):
        return False
    owner = call.name.split(".")[-2] if "." in call.name else ""
    known = bool({"force", "alter", "schema"} & set(call.options))
    return known or owner.lower() in {"sequelize", "db", "models"}


def _says(given: object, option: str) -> bool:
    """Whether an option is true anywhere in what a call is given."""
    if isinstance(given, dict):
        return given.get(option) is True or any(_says(one, option) for one in given.values())
    return isinstance(given, tuple) and any(_says(one, option) for one in given)


def _is_made_up(one: Fallback) -> bool:
    return _MADE_UP.match(one.made_by) is not None
