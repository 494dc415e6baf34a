"""Whose rows go with a leaked one: only the test's own; else the leaked one stays as well."""

from __future__ import annotations

from typing import Any

import pytest

from strongroom.leaks import find_leaks

MEMBERS = """
CREATE TABLE member (
    id bigserial PRIMARY KEY, email text, name text, created_at timestamptz DEFAULT now(),
    invited_by bigint REFERENCES member ON DELETE {on_delete}
);
INSERT INTO member (id, email, name, created_at) VALUES
    (1, 'robin@gmail.com', 'Robin', '2024-01-01'), (2, 'test@example.com', 'Tester', '2025-01-01');
"""
ARTICLE = """
CREATE TABLE article (
    id bigserial PRIMARY KEY, created_at timestamptz DEFAULT now(),
    author bigint {author} REFERENCES member, approved_by bigint {approved_by}
);
INSERT INTO article VALUES (1, '{at}', {writer}, 2);
"""
DEVICES = """
CREATE TABLE device (id bigserial PRIMARY KEY, created_at timestamptz DEFAULT now(),
    member bigint NOT NULL REFERENCES member);
CREATE TABLE run (id bigserial PRIMARY KEY, created_at timestamptz DEFAULT now(),
    device bigint REFERENCES device ON DELETE CASCADE);
INSERT INTO device (member, created_at) VALUES (2, '2025-01-01 00:05');
INSERT INTO run (device, created_at)
SELECT 1, timestamptz '2025-01-01 00:06' + n * interval '{apart}'
FROM generate_series(1, {rows}) AS n;
"""
POINT = """
CREATE TABLE point (member bigint REFERENCES member ON DELETE {on_delete}, at timestamptz);
INSERT INTO point VALUES (1, '2025-02-01'), ({of}, '2025-02-01');
"""
PARTITIONED = """
CREATE TABLE visit (id bigint, part int, member bigint REFERENCES member ON DELETE CASCADE,
    created_at timestamptz, PRIMARY KEY (id, part)) PARTITION BY LIST (part);
CREATE TABLE visit_1 PARTITION OF visit FOR VALUES IN (1);
INSERT INTO visit VALUES (5, 1, 2, '{at}');
"""
CASCADE = "REFERENCES member ON DELETE CASCADE"
SET_NULL = "REFERENCES member ON DELETE SET NULL"


def article(
    *, writer: int, approved_by: str, at: str = "2025-01-01 00:10", author: str = "NOT NULL"
) -> str:
    return ARTICLE.format(writer=writer, approved_by=approved_by, at=at, author=author)


def members(more: str, *, on_delete: str = "CASCADE") -> str:
    return MEMBERS.format(on_delete=on_delete) + more


INVITED = "INSERT INTO member VALUES (3, '{email}', '{name}', '2025-01-01 00:01', 2);"


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (members(INVITED.format(email="kim@gmail.com", name="Kim")), "do not look like tests'"),
        (
            members(INVITED.format(email="kim@gmail.com", name="Kim"), on_delete="SET NULL"),
            "rows of public.member refer to it",
        ),
        (members(POINT.format(of=2, on_delete="CASCADE")), "public.point is not searched"),
        (members(POINT.format(of=2, on_delete="SET NULL")), "public.point is not searched"),
        (members(article(writer=1, approved_by=SET_NULL)), "rows of public.article refer to it"),
        (members(article(writer=1, approved_by=CASCADE)), "belong to a row of public.member too"),
        (
            members(article(writer=1, approved_by=CASCADE, author="")),
            "belong to a row of public.member too",
        ),
        (
            members(article(writer=2, approved_by=CASCADE, at="2024-12-01")),
            "rows of public.article that hang on it are older",
        ),
        (members(DEVICES.format(rows=363, apart="1 day")), "it is in use: rows in public.run"),
        (members(PARTITIONED.format(at="2025-03-01")), "it is in use: rows in public.visit_1"),
    ],
    ids=[
        "a real member was invited by it",
        "a real member would lose who invited him",
        "rows without a key would go",
        "rows without a key would change",
        "a real article would change",
        "a real article would go",
        "a real article would go, whose author may be unknown",
        "older than the account",
        "used two tables further",
        "used in a partition",
    ],
)
def test_an_account_stays_when_anything_real_hangs_on_it(
    database: Any, rows: str, why: str
) -> None:
    database.execute(rows)
    with database.connect() as connection:
        leaks = find_leaks(connection)
    assert leaks.rows == {}
    (out,) = leaks.left_out
    assert (out.table, out.key) == ("public.member", "2")
    assert why in out.why


@pytest.mark.parametrize(
    ("rows", "going"),
    [
        (INVITED.format(email="pytest@example.com", name="Kim"), {"public.member": {"2", "3"}}),
        (
            article(writer=2, approved_by=SET_NULL),
            {"public.member": {"2"}, "public.article": {"1"}},
        ),
        (
            DEVICES.format(rows=2, apart="1 s"),
            {"public.member": {"2"}, "public.device": {"1"}, "public.run": {"1", "2"}},
        ),
        (
            PARTITIONED.format(at="2025-01-01 00:10"),
            {"public.member": {"2"}, "public.visit_1": {"5\x1f1"}},
        ),
        (POINT.format(of=1, on_delete="CASCADE"), {"public.member": {"2"}}),
    ],
    ids=["invited tests", "own article", "own runs", "in a partition", "points of others"],
)
def test_what_is_certainly_the_tests_own_goes_with_it(
    database: Any, rows: str, going: dict[str, set[str]]
) -> None:
    database.execute(members(rows))
    with database.connect() as connection:
        assert find_leaks(connection).rows == going


def test_one_that_stays_keeps_those_that_share_rows_with_it(database: Any) -> None:
    database.execute(
        members(
            INVITED.format(email="pytest@example.com", name="Kim")
            + "UPDATE member SET invited_by = NULL;"
            + """
            CREATE TABLE message (id int PRIMARY KEY, created_at timestamptz,
                sender bigint NOT NULL REFERENCES member,
                receiver bigint NOT NULL REFERENCES member);
            INSERT INTO message VALUES (1, '2025-01-01 00:02', 2, 3), (2, '2025-05-01', 3, 3);
            """
        )
    )
    with database.connect() as connection:
        leaks = find_leaks(connection)
    assert leaks.rows == {}
    assert {one.key: one.why for one in leaks.left_out} == {
        "2": "rows of public.message that hang on it belong to a row of public.member too",
        "3": "it is in use: rows in public.message are newer",
    }


def test_rows_that_a_policy_hides_keep_what_they_may_refer_to(database: Any) -> None:
    database.execute(members(DEVICES.format(rows=1, apart="1 s")))
    with database.connect(autocommit=True) as connection:
        connection.execute("CREATE ROLE watched")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO watched")
        connection.execute("ALTER TABLE run ENABLE ROW LEVEL SECURITY")
        connection.execute("SET ROLE watched")
        leaks = find_leaks(connection)
        connection.execute("RESET ROLE")
        connection.execute("DROP OWNED BY watched")
        connection.execute("DROP ROLE watched")
    assert leaks.rows == {}
    assert [one.why for one in leaks.left_out] == [
        "this role may not read public.run, which may refer to it"
    ]
