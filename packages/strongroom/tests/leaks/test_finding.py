from __future__ import annotations

from typing import Any

import pytest

from strongroom.leaks import find_leaks

RUNNING = """
CREATE TABLE athlete (
    athlete_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email text NOT NULL UNIQUE,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE sign_in (
    token text PRIMARY KEY DEFAULT gen_random_uuid()::text,
    athlete_id uuid NOT NULL REFERENCES athlete ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE activity (
    activity_id bigserial PRIMARY KEY,
    athlete_id uuid NOT NULL REFERENCES athlete ON DELETE CASCADE,
    title text NOT NULL,
    started_at timestamptz NOT NULL,
    imported_at timestamptz NOT NULL DEFAULT now()
);
"""
THE_ONE_RUNNER = """
INSERT INTO athlete (email, name, created_at) VALUES ('{email}', 'Robin Runner', '2025-03-01');
INSERT INTO activity (athlete_id, title, started_at, imported_at)
SELECT athlete_id, CASE WHEN n % 7 = 0 THEN 'Test run' ELSE 'Morning run' END,
       timestamptz '2025-03-02' + n * interval '1 day',
       timestamptz '2026-01-10 10:00' + n * interval '1 s'
FROM athlete, generate_series(1, 363) AS n;
"""
THE_LEAKED = """
INSERT INTO athlete (email, name, created_at)
SELECT 'user-' || left(md5(n::text), 8) || '@example.com', 'Robin',
       timestamptz '2026-02-11 08:52' + n * interval '700 ms'
FROM generate_series(1, 31) AS n;
INSERT INTO sign_in (athlete_id, created_at)
SELECT athlete_id, created_at + interval '1 s' FROM athlete WHERE name = 'Robin';
"""


def found(database: Any) -> Any:
    with database.connect() as connection:
        return find_leaks(connection)


@pytest.mark.parametrize("email", ["robin@gmail.com", "robin@example.com", "test@example.com"])
def test_31_leaked_accounts_are_found_beside_363_activities_and_no_real_row_is_listed(
    database: Any, email: str
) -> None:
    database.execute(RUNNING + THE_ONE_RUNNER.format(email=email) + THE_LEAKED)
    leaks = found(database)
    assert len(leaks.leaks) == 31
    assert {leak.table for leak in leaks.leaks} == {"public.athlete"}
    assert email not in {leak.shown["email"] for leak in leaks.leaks}
    assert {table: len(keys) for table, keys in leaks.rows.items()} == {
        "public.athlete": 31,
        "public.sign_in": 31,
    }


def test_a_clean_database_has_no_leaks(database: Any) -> None:
    database.execute(RUNNING + THE_ONE_RUNNER.format(email="robin@gmail.com"))
    assert found(database).leaks == ()


REAL_PEOPLE = [
    ("barbara@gmail.com", "Kim Barbara"),
    ("foote@gmail.com", "Kim Foote"),
    ("anna1985@gmail.com", "Anna"),
    ("tester.jo@gmail.com", "Jo Tester"),
    ("testarossa@gmail.com", "Test"),
    ("bar.cohen@gmail.com", "Bar Cohen"),
    ("foo.weiming@gmail.com", "Foo Wei Ming"),
    ("barbara.19620412@gmx.at", "Barbara Huber"),
    ("barry-198511@gmail.com", "Barry White"),
    ("robin+20240115@gmail.com", "Bart Simons"),
    ("a.01234567@unet.univie.ac.at", "Maria Huber"),
    ("s-1234568@studenti.it", "Eva Gruber"),
    ("kim.840312@web.de", "Kim Lee"),
    ("max.ade1990@web.de", "Max Ade"),
    ("john.decade@gmail.com", "John Doe"),
    ("jo@mailinator.com", "Jo"),
    ("ann@test.com", "Ann"),
    ("lena.usera@test.com", "Usera"),
]


def test_real_people_who_sign_up_together_are_not_listed(database: Any) -> None:
    rows = ", ".join(f"('{email}', '{name}')" for email, name in REAL_PEOPLE)
    database.execute(f"{RUNNING} INSERT INTO athlete (email, name) VALUES {rows}")
    leaks = found(database)
    assert leaks.leaks == ()
    assert {one.why for one in leaks.left_out} == {"these signs alone list no row"}


@pytest.mark.parametrize(
    ("email", "name", "signs"),
    [
        ("kim@shop.invalid", "pytest", ("reserved_domain", "test_name")),
        ("pytest-81@example.org", "Kim", ("reserved_domain", "test_address")),
        ("kim+strongroom-run-0a1b2c3d@gmail.com", "Kim", ("mark",)),
    ],
)
def test_two_signs_or_the_mark_of_a_run_list_a_row(
    database: Any, email: str, name: str, signs: tuple[str, ...]
) -> None:
    database.execute(f"{RUNNING} INSERT INTO athlete (email, name) VALUES ('{email}', '{name}')")
    (leak,) = found(database).leaks
    assert leak.signs[: len(signs)] == signs


@pytest.mark.parametrize(("rows", "listed"), [(2, 0), (3, 3)])
def test_an_address_that_somebody_may_have_needs_a_made_up_name_and_others_like_it(
    database: Any, rows: int, listed: int
) -> None:
    database.execute(
        f"""{RUNNING} INSERT INTO athlete (email, name)
        SELECT 'test_user_' || n || '@gmail.com', 'Test User ' || n
        FROM generate_series(1, {rows}) AS n"""
    )
    leaks = found(database)
    assert (len(leaks.leaks), len(leaks.left_out)) == (listed, rows - listed)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("jsonb", """'{"by": "strongroom-run-1f2e3d4c"}'"""),
        ("text[]", "'{one,strongroom-run-1f2e3d4c}'"),
        ("text", "repeat('x', 500) || 'strongroom-run-1f2e3d4c'"),
        ("author", "ROW('strongroom-run-1f2e3d4c', 1)"),
        ("author[]", "ARRAY[ROW('strongroom-run-1f2e3d4c', 1)::author]"),
    ],
)
def test_the_mark_of_a_run_is_found_wherever_it_stands(
    database: Any, kind: str, value: str
) -> None:
    database.execute("CREATE TYPE author AS (name text, number int)")
    database.execute(f"CREATE TABLE event (id bigserial PRIMARY KEY, t {kind}, raw bytea)")
    database.execute(f"INSERT INTO event (t) VALUES ({value}), (NULL)")
    (leak,) = found(database).leaks
    assert (leak.key, leak.signs) == ("1", ("mark",))


def test_whoever_writes_later_is_in_use_whatever_he_is_called(database: Any) -> None:
    database.execute(
        RUNNING
        + """
        INSERT INTO athlete (email, name, created_at)
        VALUES ('test@example.com', 'Test User', '2026-01-01');
        INSERT INTO activity (athlete_id, title, started_at, imported_at)
        SELECT athlete_id, 'Run', '2026-01-02', '2026-01-02' FROM athlete;
        """
    )
    leaks = found(database)
    assert leaks.leaks == ()
    (out,) = leaks.left_out
    assert out.why == "it is in use: rows in public.activity are newer"


def test_tables_that_cannot_be_searched_are_told(database: Any) -> None:
    database.execute("CREATE TABLE log (line text)")
    assert found(database).not_searched == {"public.log": "it has no primary key"}


def test_keys_of_several_columns_and_links_in_several_steps_are_followed(database: Any) -> None:
    database.execute("""
        CREATE TABLE account (tenant int, id int, email text, PRIMARY KEY (tenant, id));
        CREATE TABLE project (id int PRIMARY KEY, tenant int NOT NULL, account int NOT NULL,
            FOREIGN KEY (tenant, account) REFERENCES account);
        CREATE TABLE task (id int PRIMARY KEY, project int REFERENCES project ON DELETE CASCADE);
        INSERT INTO account VALUES (1, 1, 'pytest@example.com'), (1, 11, 'kim@gmail.com');
        INSERT INTO project VALUES (5, 1, 1), (6, 1, 11);
        INSERT INTO task VALUES (50, 5), (60, 6);
    """)
    assert found(database).rows == {
        "public.account": frozenset({"1\x1f1"}),
        "public.project": frozenset({"5"}),
        "public.task": frozenset({"50"}),
    }
