"""Which database a command would reach, and whether it is a test's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from strongroom.command_guard.context import Context
from strongroom.command_guard.rules import option_value
from strongroom.command_guard.shell.steps import Step, is_known, names_in
from strongroom.command_guard.shell.wrappers import VARIABLES_FILE
from strongroom.command_guard.targets import container_is_test, is_test_name

TEST_ENVIRONMENTS = frozenset({"test", "testing", "ci"})
_URL = re.compile(r"^[a-z0-9+]+://[^/\s]*/(?P<name>[^?\s]*)|\bdbname\s*=\s*'?(?P<keyword>[^\s']+)")
_OPTIONS = (
    "--database-url", "--db-url", "--url", "--dburl", "--dbname", "--database", "--db",
    "--connection-string", "--to-url", "-url", "-d",
)  # fmt: skip
_URL_VARIABLE = re.compile(
    r"(?:\w*DATABASE_URL|\w*DB_URL|\w*POSTGRES_URL|\w*PG_URL|DSN|\w*_DSN|SQLALCHEMY_DATABASE_URI|FLYWAY_URL|MONGO\w*_UR[IL]|REDIS_URL|MYSQL_URL)"
)
_NAME_VARIABLE = re.compile(
    r"PGDATABASE|POSTGRES_DB|DB_NAME|DB_DATABASE|DATABASE_NAME|MYSQL_DATABASE"
)
_BY_ENVIRONMENT = frozenset(
    [
        "rails",
        "rake",
        "sequelize",
        "sequelize-cli",
        "knex",
        "typeorm",
        "mix",
        "console",
        "doctrine",
        "bin/rails",
        "db-migrate",
    ]
)
"""Tools whose configuration has a database of its own for each environment."""


def is_test_database(step: Step, context: Context, name: str | None = None) -> bool:
    """Whether a command reaches a test's database and no other.

    ``name`` is the database where the command itself names it. One that nobody can tell is none.
    """
    if any(_place_is_test(place, context) for place in step.places):
        return True
    if name is not None:
        return _names_test(name, context, step)
    if _environment_is_test(step, context):
        return True
    told = [one for one in _told(step, context) if one]
    return bool(told) and _names_test(told[0], context, step)


_LIVE = re.compile(r"(?:^|[^a-z])(?:prod|production|live)(?:[^a-z]|$)", re.IGNORECASE)


def is_production(step: Step, context: Context) -> bool:
    """Whether a command says that it reaches what is live."""
    told = [*_told(step, context), *step.places]
    named = [value for name, value in step.variables.items() if name.endswith("_ENV")]
    return any(_LIVE.search(one) for one in (*told, *named))


def _place_is_test(place: str, context: Context) -> bool:
    kind, _, where = place.partition(" ")
    if kind == "label":
        return is_test_name(where, context)
    return (
        kind in {"container", "pod", "app", "host"}
        and bool(where)
        and (
            container_is_test(where, context)
            if kind == "container"
            else is_test_name(where, context)
        )
    )


def _names_test(  # noqa: PLR0911  in this order
    told: str, context: Context, step: Step
) -> bool:
    """Whether an address or a name is a test's."""
    if not is_known(told):
        named = names_in(told)
        if len(named) == 1 and told.strip(told[0]) == named[0]:
            value = _of_files(step, context).get(named[0])
            if value:
                return _names_test(value, context, step)
        elif (found := _URL.search(told)) and is_known(found["name"] or ""):
            return _names_test(found["name"] or found["keyword"] or "", context, step)
        return is_test_name(told, context)
    if ":memory:" in told:
        return True
    found = _URL.search(told)
    name = (found["name"] or found["keyword"]) if found else told
    if not name:
        return False
    if name in context.pinned:
        return context.pinned[name] in TEST_ENVIRONMENTS
    return is_test_name(name.rsplit("/", 1)[-1], context)


def _environment_is_test(step: Step, context: Context) -> bool:
    """Whether the tool itself is told to use its test environment."""
    variables, words = step.variables, step.arguments
    if {variables.get("RAILS_ENV"), variables.get("RACK_ENV"), variables.get("MIX_ENV")} & {"test"}:
        return True
    settings = option_value(words, "--settings") or variables.get("DJANGO_SETTINGS_MODULE") or ""
    if re.search(r"(?:^|[._])test(?:s|ing)?(?:$|[._])", settings):
        return True
    asked = option_value(words, "--env", "-e", "--environment") or ""
    if step.program == "artisan":
        # Without its own file of variables the tool would take the real database.
        told = asked or variables.get("APP_ENV", "")
        return (
            told in TEST_ENVIRONMENTS and context.text(step.directory, f".env.{told}") is not None
        )
    if step.program in _BY_ENVIRONMENT:
        return bool(
            {asked, variables.get("NODE_ENV"), variables.get("APP_ENV")} & TEST_ENVIRONMENTS
        )
    return False


def _told(step: Step, context: Context) -> Iterator[str]:
    """Addresses and names that the command is told, the most telling first."""
    for word in step.arguments:
        if re.match(r"[a-z0-9+]+://", word) or "dbname=" in word:
            yield word
    yield option_value(step.arguments, *_OPTIONS) or ""
    yield from _of_variables(step.variables)
    yield from _of_variables(_of_files(step, context))
    if len(context.pinned) == 1 and step.is_local:
        yield next(iter(context.pinned))


def _of_variables(variables: Mapping[str, str]) -> Iterator[str]:
    for pattern in (_URL_VARIABLE, _NAME_VARIABLE):
        yield from (value for name, value in variables.items() if pattern.fullmatch(name))


def _of_files(step: Step, context: Context) -> dict[str, str]:
    """Variables of the file that the command names, or of ``.env`` beside it."""
    if not step.is_local:
        return {}
    named = step.variables.get(VARIABLES_FILE)
    return variables_in(context.text(step.directory, named or ".env") or "")


def variables_in(text: str) -> dict[str, str]:
    """The variables that a file of variables sets."""
    found = re.findall(r"(?m)^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=[ \t]*(.*?)\s*$", text)
    return {name: value.strip("\"'") for name, value in found}
