"""The search finds an original wherever it is left, and nothing where none is."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from strongroom.errors import LeakError
from strongroom.progress import SILENT
from strongroom.refresh.proof import Search, file_contents
from strongroom.refresh.resolving import resolve
from strongroom.refresh.rules import Rule, Rules, load_rules
from strongroom.refresh.schema import read_schema
from strongroom.refresh.search import CHUNK_BYTES, ValueSearch, WindowSearch, window_of
from strongroom.refresh.windows import windows_filter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psycopg
    from conftest import Database

    from strongroom.refresh.proof import Look

RANDOM = random.Random(7)  # noqa: S311  bytes that are nobody's, the same in every run
HERE = Path(__file__).parent
NAME, EMAIL = "Anneliese Oberhuber 77", "Runner.77@mailbox-0.example"
LONG = "string_agg(md5(n::text), ' ')"
ONE = "FROM generate_series(1, 200) n"

LEFT_IN = {
    "table public.left_t": f"CREATE TABLE public.left_t AS SELECT 'see {NAME}' AS v",
    "table public.left_j": (
        f"CREATE TABLE public.left_j AS SELECT jsonb_build_object('a', '{EMAIL}'::text) AS v"
    ),
    "table public.left_z": (  # long enough to be stored compressed, so that no file shows it
        f"CREATE TABLE public.left_z AS SELECT repeat('zz ', 9000) || '{NAME}' || {LONG} AS v {ONE}"
    ),
    "table public.left_b": f"CREATE TABLE public.left_b AS SELECT '\\000{EMAIL}'::bytea AS v",
    "table public.left_m": f"CREATE MATERIALIZED VIEW public.left_m AS SELECT '{NAME}'::text AS v",
    "large object": f"SELECT lo_from_bytea(0, convert_to(repeat('x', 3000) || '{EMAIL}', 'UTF8'))",
    "the comments": f"COMMENT ON TABLE public.kind IS 'by {NAME}'",
    "the definitions": f"ALTER TABLE public.kind ALTER plain SET DEFAULT '{EMAIL}'",
    "the settings": f"ALTER DATABASE {{name}} SET application_name = '{EMAIL}'",
    "the statistics": (
        f"CREATE TABLE public.left_s AS SELECT '{NAME}'::text AS v {ONE}; ANALYZE public.left_s; "
        "TRUNCATE public.left_s"
    ),
}


@pytest.fixture
def source(database: Database) -> Iterator[psycopg.Connection]:
    database.execute((HERE / "people.sql").read_text())
    with database.connect(autocommit=True) as connection:
        connection.execute("SET search_path = ''")
        yield connection


def search_from(
    source: psycopg.Connection,
    rules: Rules | None = None,
    baseline: Callable[[Look], None] = lambda _: None,
) -> Search:
    schema = read_schema(source)
    rules = rules or load_rules(HERE / "masking.toml")
    masks = resolve(schema, rules)
    return Search(source, schema, masks, without_rows=rules.without_rows, baseline=baseline)


def test_an_original_is_found_wherever_the_server_knows_it(
    source: psycopg.Connection, other_database: Database
) -> None:
    search_from(source).look_into_server(other_database.server, other_database.name, SILENT)
    other_database.execute("CREATE TABLE public.kind (plain text)")
    for where, statement in LEFT_IN.items():
        with other_database.connect() as connection:
            connection.execute(statement.replace("{name}", f'"{other_database.name}"').encode())
            connection.commit()
        with pytest.raises(LeakError) as found:
            search_from(source).look_into_server(other_database.server, other_database.name, SILENT)
        assert where in found.value.message, found.value.message
        assert "Oberhuber" not in found.value.message
        assert "mailbox" not in found.value.message


def test_values_of_every_type_are_found_in_files_as_their_type_stores_them(
    source: psycopg.Connection, tmp_path: Path
) -> None:
    source.execute("UPDATE public.message SET strava = NULL")
    source.execute("UPDATE public.account SET strava_id = %s WHERE id = 78", (1 << 60 | 77,))
    kept = [
        b"7000000077",
        (1 << 60 | 77).to_bytes(8, "little"),
        bytes.fromhex("28dd2c7955ce926456240b2ff0100bde"),  # md5 of 77, as a uuid
        b"+436601234577",
        b"oberhuber-the-77",
    ]
    for number, value in enumerate(kept):
        directory = tmp_path / str(number)
        directory.mkdir()
        (directory / "16384").write_bytes(RANDOM.randbytes(50_001) + value + b"\0\1")
        with pytest.raises(LeakError, match="file 16384"):
            search_from(source).look_into_files(directory, SILENT)
        (directory / "16384").write_bytes(RANDOM.randbytes(3_000_000))
        search_from(source).look_into_files(directory, SILENT)


@pytest.mark.parametrize(
    ("kind", "value", "left"),
    [
        ("inet", "203.0.113.77", "seen from 203.0.113.77 at noon"),
        ("inet", "203.0.113.77/24", "203.0.113.77"),
        ("inet[]", "{203.0.113.77}", "203.0.113.77"),
        ("cidr", "203.0.113.77/32", "203.0.113.77"),
        ("inet", "2001:db8::77", "[2001:db8::77]:5432"),
    ],
)
def test_an_address_is_found_as_it_is_written_in_any_column(
    source: psycopg.Connection, tmp_path: Path, kind: str, value: str, left: str
) -> None:
    source.execute(f"ALTER TABLE public.visit DROP from_ip, ADD from_ip {kind}")
    source.execute("UPDATE public.visit SET from_ip = %s WHERE account = 7", [value])
    rules = with_rule(load_rules(HERE / "masking.toml"), "public.visit", "from_ip", Rule("null"))
    (tmp_path / "file").write_text("203.0.113.177 203.0.113.7")
    search_from(source, rules).look_into_files(tmp_path, SILENT)
    (tmp_path / "file").write_text(left)
    with pytest.raises(LeakError, match=r"public\.visit\.from_ip in file file"):
        search_from(source, rules).look_into_files(tmp_path, SILENT)


# How a name may be written elsewhere. Each is of the name that it stands beside.
WRITTEN = {
    "Sean O'Connor-Huber": [
        "DEFAULT 'Sean O''Connor-Huber'",
        "SEAN O\\'CONNOR-HUBER",
        "sean o&#39;connor-huber",
        '{"n": "Sean O\\\\u0027Connor-Huber"}',
    ],
    'Anneliese "Obi" O': [
        r'{"n": "Anneliese \"Obi\" O"}',
        r'{"(\"Anneliese \"\"Obi\"\" O\",1)"}',
        r"Anneliese \\\"Obi\\\" O",
    ],
    "Renée Ünal": [
        r"{'n': 'Ren\u00e9e \u00dcnal'}",
        r"REN\\u00C9E \\u00DCNAL",
        "RENÉE ÜNAL",
        r"Ren\303\251e \303\234nal",
        "q=Ren%C3%A9e%20%C3%9Cnal",
    ],
    "Юлия Ким": ["ЮЛИЯ КИМ", r"\u042e\u043b\u0438\u044f \u041a\u0438\u043c"],
    "C:\\anni\nnew": [r"C:\\anni\nnew", r"c:\\\\anni\\nnew"],
}


@pytest.mark.parametrize("at", [0, CHUNK_BYTES - 9])
@pytest.mark.parametrize("name", WRITTEN)
def test_a_name_is_found_in_whatever_way_it_is_written(
    source: psycopg.Connection, tmp_path: Path, name: str, at: int
) -> None:
    source.execute("UPDATE public.account SET name = %s WHERE id = 77", [name])
    search = search_from(source)
    for written in [name, name.swapcase(), *WRITTEN[name]]:
        (tmp_path / "file").write_bytes(b" " * at + f"see {written}\n".encode())
        with pytest.raises(LeakError, match=r"account\.name in file file"):
            search.look_into_files(tmp_path, SILENT)
    (tmp_path / "file").write_text("Sean Connor-Huber, Renee, Anneliese 'Obi' O")
    search.look_into_files(tmp_path, SILENT)


@pytest.mark.parametrize(
    ("kind", "value", "left"),
    [
        (
            "public.home",
            """ROW(NULL, 'Hauptstrasse 12 "b"')""",
            'Hauptstrasse 12 b Hauptstrasse 12 "b"',
        ),
        ("public.home[]", "ARRAY[ROW('Hauptstrasse 12', NULL)]::public.home[]", "Hauptstrasse 12"),
        ("public.words[]", "ARRAY['Hauptstrasse 12']", "Hauptstrasse 12"),
        ("public.hstore", "'street => \"Hauptstrasse 12\"'", "Hauptstrasse 12"),
        ("jsonb", """'{"Key Person Oberhuber": 1}'""", "Key Person Oberhuber"),
        ("jsonb", """'[{"home": ["Hauptstrasse 12"]}]'""", "Hauptstrasse 12"),
        ("json", """'{"a": "x\\u0000y", "b": "kept together"}'""", "kept together"),
        ("json", """'{"a": "kept together", "a": "later"}'""", "kept together"),
        (
            "json",
            "(repeat('[', 3000) || '\"nested deeply\"' || repeat(']', 3000))::json",
            "nested deeply",
        ),
        ("text", "'call Anneliese at +43 660 1234567, please'", "+43 660 1234567"),
        ("text", "'write to <anni@mailbox.example>'", "anni@mailbox.example"),
        ("jsonb", """'{"bio": "IBAN AT611904300234573201."}'""", "AT611904300234573201"),
    ],
)
def test_what_a_masked_value_is_made_of_is_found_by_itself(
    source: psycopg.Connection, tmp_path: Path, kind: str, value: str, left: str
) -> None:
    source.execute("CREATE EXTENSION IF NOT EXISTS hstore SCHEMA public")
    source.execute("CREATE TYPE public.home AS (line1 text, line2 text)")
    source.execute("CREATE DOMAIN public.word AS text; CREATE DOMAIN public.words AS public.word")
    source.execute(f"ALTER TABLE public.account ADD held {kind}")
    source.execute(f"UPDATE public.account SET held = {value} WHERE id = 77")
    rules = with_rule(load_rules(HERE / "masking.toml"), "public.account", "held", Rule("null"))
    (tmp_path / "file").write_text("what home line1 line2 tells")
    search_from(source, rules).look_into_files(tmp_path, SILENT)
    (tmp_path / "file").write_text(f"there: {left};")
    with pytest.raises(LeakError, match=r"account\.held in file file"):
        search_from(source, rules).look_into_files(tmp_path, SILENT)


def test_keys_that_are_plain_words_are_nobodys(source: psycopg.Connection, tmp_path: Path) -> None:
    source.execute("""UPDATE public.account SET profile = '{"street_address": 1, "line-12": 2}'""")
    (tmp_path / "file").write_text("street_address line-12")
    search_from(source).look_into_files(tmp_path, SILENT)


def test_values_that_are_too_short_to_be_searched_are_counted(
    source: psycopg.Connection,
) -> None:
    source.execute("UPDATE public.account SET name = 'Leonora' WHERE id <= 3")
    source.execute("UPDATE public.account SET name = 'Dagmar' WHERE id = 4")
    told = search_from(source).proof.not_searched
    assert told["public.account.name"] == "2 of 398 values have fewer than 8 bytes"


def test_tokens_of_a_table_that_arrives_without_rows_are_searched_too(
    source: psycopg.Connection, tmp_path: Path
) -> None:
    (token,) = source.execute("SELECT token FROM public.session LIMIT 1").fetchone() or ("",)
    (tmp_path / "file").write_text(f"Authorization: {token}")
    with pytest.raises(LeakError, match=r"public\.session\.token in file file"):
        search_from(source).look_into_files(tmp_path, SILENT)


def test_a_word_that_any_new_cluster_has_is_no_leak(
    source: psycopg.Connection, tmp_path: Path
) -> None:
    source.execute("UPDATE public.account SET phone = 'pg_catalog' WHERE id = 5")
    for place in ("copy", "new"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "1259").write_text("in pg_catalog, of course")
    with pytest.raises(LeakError):
        search_from(source).look_into_files(tmp_path / "copy", SILENT)
    search_from(
        source, baseline=lambda look: file_contents(tmp_path / "new", look)
    ).look_into_files(tmp_path / "copy", SILENT)


def test_a_value_is_found_at_any_place_also_across_two_pieces() -> None:
    value = b"somebody@mail.example"
    window = window_of(value)
    assert window is not None
    for length in (0, 1, 9, CHUNK_BYTES - 12, CHUNK_BYTES - 1, CHUNK_BYTES + 3):
        data = RANDOM.randbytes(length) + value + RANDOM.randbytes(33)
        for cut in (1, length + 5, len(data)):
            pieces = [data[start : start + cut] for start in range(0, len(data), cut)][:CHUNK_BYTES]
            if len(pieces) > 100_000:
                continue
            windows, values = WindowSearch([window]), ValueSearch({value: "column"})
            windows.look(pieces)
            values.look("file", pieces)
            assert windows.found == {window}
            assert [one.where for one in values.findings[value]] == ["file"]


def test_a_number_within_a_longer_one_is_another_number() -> None:
    search = ValueSearch({b"7000012345": "column"})
    search.look("file", [b"+9997000012345 70000123456"])
    assert not search.findings
    search.look("file", [b"=7000012345;"])
    assert search.findings


def test_a_number_within_letters_is_found_unless_they_are_a_pseudonym_around_it() -> None:
    made = b"u3f7000012345cab8@masked.invalid"
    for left in (b"runner7000012345x", b"u3f7000012345cab9@masked.invalid", b"7000012345"):
        search = ValueSearch({b"7000012345": "column"}, [made, b"7000012345"])
        search.look("file", [b"some " + made + b" here"])
        assert not search.findings
        assert search.by_chance
        search.look("file", [left])
        assert search.findings, left


@pytest.mark.parametrize("at", [CHUNK_BYTES + step for step in range(-700, 500, 61)])
def test_a_pseudonym_is_known_as_one_across_two_chunks(at: int) -> None:
    made = b"ab7000012345c" + b"d" * 19
    data = b"\t" * at + made + b"\t" * 2_000
    pieces = [data[start : start + 100] for start in range(0, len(data), 100)]
    search = ValueSearch({b"7000012345": "column"})
    search.look("table", pieces)
    assert search.fields == {made}
    explained = ValueSearch({b"7000012345": "column"}, [made])
    explained.look("table", pieces)
    assert not explained.findings


def masked_copy(source: psycopg.Connection, copy: Database) -> None:
    """Make what a refresh makes, with a number in a pseudonym, where the account had a token."""
    source.execute("ALTER TABLE public.account ADD token text")
    with copy.connect() as connection:
        connection.execute((HERE / "people.sql").read_bytes())
        connection.execute("TRUNCATE public.account, public.session, public.visit CASCADE")
        connection.execute("COMMENT ON TABLE public.account IS NULL")
        connection.execute("REFRESH MATERIALIZED VIEW public.account_names")
        connection.execute("ALTER TABLE public.account ADD token text")
        connection.execute(
            "INSERT INTO public.account (email, name, token) VALUES ('u', 'n', %s)",
            ("ab7000000077" + "c" * 20,),
        )


def with_rule(rules: Rules, table: str, column: str, rule: Rule) -> Rules:
    declared = {**rules.columns.get(table, {}), column: rule}
    return replace(rules, columns={**rules.columns, table: declared})


def rules_with_token() -> Rules:
    rules = load_rules(HERE / "masking.toml")
    return with_rule(rules, "public.account", "token", Rule("pseudonym"))


def test_digits_within_a_pseudonym_are_there_by_chance_and_the_same_elsewhere_are_a_leak(
    source: psycopg.Connection, other_database: Database, tmp_path: Path
) -> None:
    masked_copy(source, other_database)
    search = search_from(source, rules_with_token())
    search.look_into_server(other_database.server, other_database.name, SILENT)
    assert search.proof.by_chance == 1
    (tmp_path / "file").write_bytes(b"Cab7000000077" + b"c" * 20)
    search.look_into_files(tmp_path, SILENT)
    (tmp_path / "file").write_bytes(b"Cab7000000077" + b"c" * 20 + b" id7000000077")
    with pytest.raises(LeakError, match=r"strava(_id)? in file file"):
        search.look_into_files(tmp_path, SILENT)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE public.account SET token = 'ab7000000077'",
        "UPDATE public.account SET token = '7000000077'",
        "UPDATE public.account SET name = token, token = NULL",
        "INSERT INTO public.kind VALUES ('x', 'ab7000000077' || repeat('c', 19) || 'd')",
        "INSERT INTO public.kind VALUES ('x', 'strava7000000077')",
    ],
)
def test_a_hit_that_is_not_of_the_shape_and_in_the_place_of_a_pseudonym_is_a_leak(
    source: psycopg.Connection, other_database: Database, statement: str
) -> None:
    masked_copy(source, other_database)
    other_database.execute(statement)
    with pytest.raises(LeakError, match=r"strava(_id)? in table public"):
        search_from(source, rules_with_token()).look_into_server(
            other_database.server, other_database.name, SILENT
        )


@pytest.mark.parametrize("count", [0, 1, 5_000])
def test_arrays_and_sets_tell_the_same(count: int) -> None:
    numbers = [RANDOM.getrandbits(64) for _ in range(count)]
    data = RANDOM.randbytes(100_003)
    for number in numbers[::7]:
        at = RANDOM.randrange(len(data) - 8)
        data = data[:at] + number.to_bytes(8, "little") + data[at + 8 :]
    by_sets = set(windows_filter(numbers, arrays=False)(data))
    assert by_sets == set(windows_filter(numbers, arrays=True)(data))
    assert len(by_sets) >= min(1, count)
    assert all(data[at : at + 8] == number.to_bytes(8, "little") for number, at in by_sets)
    assert not list(windows_filter(numbers, arrays=True)(b""))
    assert not list(windows_filter([0], arrays=True)(b"short"))


def test_a_value_that_is_too_short_has_no_window() -> None:
    assert window_of(b"seven77") is None
    assert window_of(b"eight888") == int.from_bytes(b"eight888", "little")
