"""The SQL of each rule: the expression that stands in a column's place while rows are streamed.

Masking happens in the scratch server, by functions in the session's own temporary schema. The
key reaches them as a setting of that session, by a parameter: it is in no statement and no log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import psycopg
from psycopg import sql

from strongroom.refresh.rules import Rule
from strongroom.refresh.schema import Column

KEY_SETTING = "strongroom.masking_key"

# Keyed twice: the inner hash of a secret prefix alone could be continued by an attacker.
# The names are made of syllables, so that none of them is anybody's by more than chance; eleven
# of them keep as many people apart as sixteen hexadecimal digits do. No word of one has the eight
# bytes that the search looks for, so that no name is somebody's by chance.
# permuted() is a Feistel network: it maps each number to another one, and no two to the same.
FUNCTIONS = r"""
CREATE FUNCTION pg_temp.digest(value text) RETURNS bytea LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE key bytea := decode(current_setting('strongroom.masking_key'), 'hex');
BEGIN RETURN sha256(key || sha256(key || convert_to(value, 'UTF8'))); END $$;
CREATE FUNCTION pg_temp.number(value text) RETURNS bigint LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
  RETURN ('x' || substr(encode(pg_temp.digest(value), 'hex'), 1, 15))::bit(60)::bigint;
END $$;
CREATE FUNCTION pg_temp.pseudonym(value text, width integer) RETURNS text
LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
  IF value = '' THEN RETURN ''; END IF;
  RETURN left(encode(pg_temp.digest(value), 'hex'), width);
END $$;
CREATE FUNCTION pg_temp.email(value text) RETURNS text LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
  IF value = '' THEN RETURN ''; END IF;
  RETURN 'u' || left(encode(pg_temp.digest(value), 'hex'), 16) || '@masked.invalid';
END $$;
CREATE FUNCTION pg_temp.phone(value text, width integer) RETURNS text
LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
  IF value = '' THEN RETURN ''; END IF;
  RETURN '+999' || right(lpad(pg_temp.number(value)::text, 18, '0'), width);
END $$;
CREATE FUNCTION pg_temp.person(value text, part text) RETURNS text
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
  hash bytea;
  made text := '';
BEGIN
  IF value = '' THEN RETURN ''; END IF;
  hash := pg_temp.digest(value);
  FOR i IN 0..10 LOOP
    CONTINUE WHEN (part = 'first' AND i > 2) OR (part = 'last' AND i NOT BETWEEN 3 AND 5)
      OR (part = 'short' AND i > 5);
    IF i % 3 = 0 AND made <> '' THEN made := made || ' '; END IF;
    made := made || substr('bdfgklmnprstvz', get_byte(hash, i) % 14 + 1, 1)
      || substr('aeiou', get_byte(hash, i + 16) % 5 + 1, 1);
  END LOOP;
  RETURN initcap(made);
END $$;
CREATE FUNCTION pg_temp.days(value text, most integer) RETURNS integer
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE number bigint := pg_temp.number(value);
BEGIN RETURN (number / 2 % most + 1) * CASE WHEN number % 2 = 0 THEN 1 ELSE -1 END; END $$;
CREATE FUNCTION pg_temp.permuted(value bigint, half_bits integer, below bigint) RETURNS bigint
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
  mask bigint := (1::bigint << half_bits) - 1;
  now bigint := CASE WHEN value < 0 THEN -(value + 1) ELSE value END;
  l bigint; r bigint; mixed bigint;
BEGIN
  IF now >= below THEN
    RAISE numeric_value_out_of_range USING MESSAGE = 'a number is too large for a pseudonym';
  END IF;
  LOOP
    l := now >> half_bits; r := now & mask;
    FOR round IN 1..4 LOOP
      mixed := l # (pg_temp.number(round || ':' || half_bits || ':' || r) & mask);
      l := r; r := mixed;
    END LOOP;
    now := (l << half_bits) | r;
    EXIT WHEN now < below;
  END LOOP;
  RETURN CASE WHEN value < 0 THEN -now - 1 ELSE now END;
END $$;
"""

TEXTS = frozenset({"text", "character varying", "character", "citext", "name"})
INTEGERS = {"smallint": (8, 2**15), "integer": (16, 2**31), "bigint": (31, 2**62)}
DATES = frozenset({"date", "timestamp without time zone", "timestamp with time zone"})
NUMBERS = frozenset({*INTEGERS, "numeric", "real", "double precision"})
UNITS = frozenset({"century", "decade", "year", "quarter", "month", "week", "day", "hour"})

UNIQUE_WIDTH = 16
"""So many hexadecimal digits keep a million values apart, but for one chance in ten million."""
PSEUDONYM_WIDTH = 32
EMAIL_WIDTH = 32
PHONE_WIDTH, SHORT_PHONE_WIDTH = 22, 16
NAME_WIDTH, SHORT_NAME_WIDTH, PART_WIDTH = 25, 13, 6
WIDTHS: Mapping[str, int] = {
    "email": EMAIL_WIDTH,
    "phone": PHONE_WIDTH,
    "name": NAME_WIDTH,
    "pseudonym": PSEUDONYM_WIDTH,
}
"""How wide a text becomes wherever there is room, so that the same value is the same anywhere."""
UNIQUE_WIDTHS: Mapping[str, int] = {**WIDTHS, "pseudonym": UNIQUE_WIDTH}
"""What keeps different values different."""


def prepare_masking(connection: psycopg.Connection, key: bytes) -> None:
    """Make the masking functions in this session, and give it the key."""
    connection.execute("SELECT set_config(%s, %s, false)", (KEY_SETTING, key.hex()))
    connection.execute(FUNCTIONS.encode())


def expression(column: Column, rule: Rule) -> sql.Composable:
    """Write the SQL that stands in the place of a column."""
    own = sql.SQL("x.{}").format(column.identifier)
    if rule.name == "keep":
        return own
    return sql.SQL("({})::{}").format(_masked(column, rule, own), sql.SQL(column.type))


def made_shape(column: Column, rule: Rule) -> str | None:
    """Describe the values that a rule makes of hexadecimal digits; None if it makes none so."""
    if rule.name == "email":
        return r"u[0-9a-f]{16}@masked\.invalid"
    if rule.name != "pseudonym":
        return None
    if column.base_type == "uuid":
        return "-".join(f"[0-9a-f]{{{length}}}" for length in (8, 4, 4, 4, 12))
    if column.base_type == "bytea":
        return "[0-9a-f]{64}"
    return f"[0-9a-f]{{{width_of(column, rule)}}}" if column.base_type in TEXTS else None


def width_of(column: Column, rule: Rule) -> int | None:
    """Tell how many characters a rule makes of a text, with the room that the column has."""
    room = column.length or max(WIDTHS.values())
    if rule.name == "pseudonym":
        return min(PSEUDONYM_WIDTH, room) if column.base_type in TEXTS else None
    if rule.name == "phone" and room < PHONE_WIDTH:
        return SHORT_PHONE_WIDTH
    if rule.name == "name" and rule.options.get("part", "full") != "full":
        return PART_WIDTH
    if rule.name == "name" and room < NAME_WIDTH:
        return SHORT_NAME_WIDTH
    return WIDTHS.get(rule.name)


def _masked(column: Column, rule: Rule, own: sql.Composed) -> sql.Composable:
    text = sql.SQL("lower({}::text)" if column.base_type == "citext" else "{}::text").format(own)
    digits = (width_of(column, rule) or 0) - len("+999")
    made: Mapping[str, Callable[[], sql.Composable]] = {
        "null": lambda: sql.NULL,
        "constant": lambda: sql.Literal(str(rule.options["value"])),
        "sql": lambda: sql.SQL(rule.options["expression"]),
        "email": lambda: sql.SQL("pg_temp.email({})").format(text),
        "phone": lambda: sql.SQL("pg_temp.phone({}, {})").format(text, sql.Literal(digits)),
        "name": lambda: _name(column, rule, text),
        "shift": lambda: _shifted(rule, own),
        "truncate": lambda: _truncated(rule, own),
        "pseudonym": lambda: _pseudonym(column, own, text),
    }
    return made[rule.name]()


def _name(column: Column, rule: Rule, text: sql.Composed) -> sql.Composed:
    part = "short" if width_of(column, rule) == SHORT_NAME_WIDTH else "full"
    chosen = sql.Literal(rule.options.get("part", part))
    return sql.SQL("pg_temp.person({}, {})").format(text, chosen)


def _shifted(rule: Rule, own: sql.Composed) -> sql.Composed:
    by = rule.options.get("by")
    whose = sql.SQL("x.{}::text").format(sql.Identifier(by)) if by else sql.Literal("everybody")
    days = sql.SQL("coalesce(pg_temp.days({}, {}), 1)").format(
        whose, sql.Literal(rule.options["days"])
    )
    return sql.SQL("{} + {} * interval '1 day'").format(own, days)


def _truncated(rule: Rule, own: sql.Composed) -> sql.Composed:
    if "unit" in rule.options:
        return sql.SQL("date_trunc({}, {})").format(sql.Literal(rule.options["unit"]), own)
    if "length" in rule.options:
        return sql.SQL("left({}::text, {})").format(own, sql.Literal(rule.options["length"]))
    step = sql.Literal(rule.options["to"])
    return sql.SQL("floor({}::numeric / {}) * {}").format(own, step, step)


def _pseudonym(column: Column, own: sql.Composed, text: sql.Composed) -> sql.Composed:
    if column.base_type in INTEGERS:
        half_bits, below = INTEGERS[column.base_type]
        return sql.SQL("pg_temp.permuted({}, {}, {})").format(
            own, sql.Literal(half_bits), sql.Literal(below)
        )
    if column.base_type == "uuid":
        return sql.SQL("pg_temp.pseudonym({}, 32)").format(text)
    if column.base_type == "bytea":
        return sql.SQL("pg_temp.digest({})").format(text)
    if column.base_type == "inet":
        made = "('fd00:' || regexp_replace(left(encode(pg_temp.digest({}), 'hex'), 28), "
        return sql.SQL(made + "'(.{{4}})(?=.)', '\\1:', 'g'))").format(text)
    width = min(PSEUDONYM_WIDTH, column.length or PSEUDONYM_WIDTH)
    return sql.SQL("pg_temp.pseudonym({}, {})").format(text, sql.Literal(width))
