"""Rules that do not fit stop everything before the first row is copied."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from strongroom.errors import MaskingError
from strongroom.refresh.proposing import proposed_rules
from strongroom.refresh.resolving import require_decided, resolve, undecided
from strongroom.refresh.rules import Rules, load_rules
from strongroom.refresh.schema import read_schema

if TYPE_CHECKING:
    from conftest import Database

HERE = Path(__file__).parent

# What stands in the rules, what is written instead, and what is said of it.
WRONG = [
    ("format = 1", "format = 2", "its format is 2"),
    ("format = 1", "format = 1\nsalt = 1", "'salt' is not known"),
    ("format = 1", "format = ", "cannot be read"),
    ('phone = "phone"', 'fax = "phone"', "public.account.fax, and there is no such column"),
    ('[columns."public.visit"]', '[columns."public.walk"]', "public.walk, and there is no such"),
    ('[columns."public.visit"]', '[columns."public.visit_2025"]', "name its table public.visit"),
    ('phone = "phone"', "", "public.account.phone (its name)"),
    ('body = "null"', "", "public.message.body (its name)"),
    ('from_ip = "pseudonym"', "", "public.visit.from_ip (its type is inet)"),
    ('"public.session" = "none"', "", "public.session.token (its name)"),
    ('email = "email"', 'email = "null"', "public.account.email must not be null"),
    ('email = "email"', 'email = { rule = "constant", value = "a@b" }', "email is unique"),
    ('email = "email"', 'email = { rule = "truncate", length = 3 }', "email is unique"),
    ('email = "email"', 'email = "shift"', "the rule shift needs 'days'"),
    ('email = "email"', 'email = "hide"', "no rule that is known"),
    ('email = "email"', 'email = { rule = "email", days = 1 }', "has no option 'days'"),
    ('name = "name"', 'name = { rule = "shift", days = 3 }', "there is no rule shift"),
    ('name = "name"', 'name = { rule = "name", search = false }', "needs its reason"),
    ('name = "name"', 'name = { rule = "name", part = "middle" }', "full, first or last"),
    ('phone = "phone"', 'phone = "phone"\nid = "pseudonym"', "numbered by a sequence"),
    ('phone = "phone"', 'phone = "phone"\nlevel = "phone"', "there is no rule phone"),
    ('body = "null"', 'body = "null"\nsender = "pseudonym"', "declare pseudonym there"),
    ('phone = "phone"', 'phone = "phone"\nemail_lower = "null"', "computed from other columns"),
    ('by = "id"', 'by = "nobody"', "shifted by nobody"),
    ("days = 90", "days = 0", "days must be a number above 0"),
    ('rule = "shift", days = 90, by = "id"', 'rule = "truncate", unit = "age"', "use one of"),
    ('"public.session" = "none"', '"public.account" = "none"', "to arrive without rows"),
    ('"public.session" = "none"', '"public.session" = "some"', '"all" or "none"'),
]


@pytest.fixture
def people(database: Database) -> Database:
    database.execute((HERE / "people.sql").read_text())
    return database


def decide(database: Database, path: Path) -> None:
    """Do what a refresh does before the first row is copied."""
    rules = load_rules(path)
    with database.connect(autocommit=True) as connection:
        connection.execute("SET search_path = ''")
        schema = read_schema(connection)
        resolve(schema, rules)
        require_decided(undecided(connection, schema, rules), path)


def test_wrong_rules_are_refused_with_the_reason(people: Database, tmp_path: Path) -> None:
    right = (HERE / "masking.toml").read_text()
    path = tmp_path / "masking.toml"
    path.write_text(right)
    decide(people, path)
    for old, new, said in WRONG:
        assert old in right
        path.write_text(right.replace(old, new, 1))
        with pytest.raises(MaskingError) as refusal:
            decide(people, path)
        assert said in refusal.value.message, (new, refusal.value.message)


def test_without_rules_nothing_starts_and_a_first_version_is_offered(tmp_path: Path) -> None:
    with pytest.raises(MaskingError) as refusal:
        load_rules(tmp_path / "masking.toml")
    assert "--propose" in refusal.value.next_step


def test_the_proposed_rules_decide_about_every_column(people: Database, tmp_path: Path) -> None:
    people.execute('CREATE TABLE public.shop ("E-Mail" text, opened date, x text)')
    people.execute("INSERT INTO public.shop VALUES ('a@b.example', now(), 'write to a@b.example')")
    with people.connect(autocommit=True) as connection:
        found = undecided(connection, read_schema(connection), Rules({}))
    path = tmp_path / "masking.toml"
    path.write_text("\n".join(proposed_rules(found)))
    decide(people, path)
    rules = load_rules(path)
    assert {column: rule.name for column, rule in rules.columns["public.shop"].items()} == {
        "E-Mail": "email",
        "x": "email",
    }
    assert rules.columns["public.account"]["born"].name == "shift"


@pytest.mark.parametrize(
    ("held", "kind"),
    [
        ("see a.b@c.example", "e-mail addresses"),
        ("call +43 660 123 45 67", "phone numbers"),
        ("from 203.0.113.77, twice", "IP addresses"),
        ("AT611904300234573201", "bank accounts"),
        ("$2b$12$abcdefghijklmnopqrstuv", "secrets"),
    ],
)
def test_one_personal_value_among_many_makes_a_column_personal(
    people: Database, held: str, kind: str
) -> None:
    people.execute("INSERT INTO public.kind SELECT n::text, 'plain' FROM generate_series(1, 999) n")
    rules = load_rules(HERE / "masking.toml")
    with people.connect(autocommit=True) as connection:
        schema = read_schema(connection)
        assert undecided(connection, schema, rules) == ()
        connection.execute("UPDATE public.kind SET plain = %s WHERE code = '777'", (held,))
        (found,) = undecided(connection, schema, rules)
    assert (found.column.label, found.why) == ("public.kind.plain", f"it holds {kind}")


PERSONAL = {
    "bigint": "phone ssn msisdn phonenumber tax_id",
    "integer": "zip birth lat yearofbirth weight",
    "smallint": "birth_year age",
    "text": "mobilephone streetaddress dateofbirth phones names msisdn_1 cell content payload "
    "details fname lname vorname nachname telefon addresses OwnerName",
    "date": "geburtsdatum born",
    "public.addr": "residence",
    "public.addr[]": "residences",
    "jsonb[]": "events",
}
NOBODYS = {
    "bigint": "id owner comments account token_count phone_id page message",
    "integer": "card_count level",
    "boolean": "has_phone",
    "text": "kind status colour stage",
    "date": "opened",
}


def test_columns_are_known_by_name_and_type_and_counts_and_keys_are_not(database: Database) -> None:
    database.execute("CREATE TYPE public.addr AS (line1 text, mailbox text)")
    for table, kinds in (("personal", PERSONAL), ("nobodys", NOBODYS)):
        columns = [f'"{name}" {kind}' for kind, names in kinds.items() for name in names.split()]
        database.execute(f"CREATE TABLE public.{table} ({', '.join(columns)})")
    with database.connect(autocommit=True) as connection:
        found = undecided(connection, read_schema(connection), Rules({}))
    expected = {name for names in PERSONAL.values() for name in names.split()}
    assert {one.column.name for one in found} == expected


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("public.mailtext2", "'reach@mailbox.example'"),
        ("public.mailtext[]", "ARRAY['reach@mailbox.example']"),
        ("public.citext[]", "ARRAY['reach@mailbox.example']"),
        ("tstzrange", None),
        ("text", "'0660 1234567'"),
        ("text", "'0660/1234567'"),
        ("text", "'06601234567'"),
        ("text", "'call (555) 123-4567'"),
        ("text", None),
        ("text", "'2026-11-27 12:03 0.123456789 1234567890123'"),
    ],
)
def test_what_any_type_of_text_holds_is_looked_at(
    database: Database, kind: str, value: str | None
) -> None:
    database.execute(
        "CREATE EXTENSION IF NOT EXISTS citext SCHEMA public; "
        "CREATE DOMAIN public.mailtext AS text; "
        "CREATE DOMAIN public.mailtext2 AS public.mailtext CHECK (VALUE LIKE '%@%'); "
        f"CREATE TABLE public.shop (id int, reach {kind}); "
        f"INSERT INTO public.shop VALUES (1, {value or 'NULL'})"
    )
    with database.connect(autocommit=True) as connection:
        found = undecided(connection, read_schema(connection), Rules({}))
    wanted = [] if value is None or value.startswith("'2026") else ["reach"]
    assert [one.column.name for one in found] == wanted
