"""What looks like lost data and is none, and what looks like data and is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from laboratory import Case, Laboratory, Target
from suites import pinned_bare

from strongroom.errors import RefusedError
from strongroom.identity import check, open_database


@pytest.mark.incident("D03", "the user's name was changed, and wiping is the advice", by="identity")
def test_a_database_that_does_not_let_us_in_is_not_called_empty_or_another_one(
    laboratory: Laboratory, case: Case, tmp_path: Path
) -> None:
    target, configuration = pinned_bare(laboratory, tmp_path / "app", "development")
    info = target.conninfo()
    renamed = {**info, "user": "another_user"}

    def advised(shop: Target) -> None:
        """Log in, and where that fails begin anew, as the advice goes."""
        try:
            psycopg.connect(**renamed).close()  # type: ignore[arg-type]
        except psycopg.OperationalError:
            shop.execute("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")

    case.loses(advised, laboratory.copied(target))
    url = f"host={info['host']} port={info['port']} user=another_user"
    before = target.contents()
    judgement = check(replace(configuration, url=url))
    assert judgement.verdict == "unreachable"
    assert judgement.next
    assert not {"init", "adopt", "restore"} & set(judgement.next.split())
    assert target.contents() == before
    assert check(configuration).matches
    case.defended("`unreachable`, which nothing is begun anew for; with the old name `match`")


@pytest.mark.incident("D20", "databases are made anew at every morning's restart", by="identity")
def test_a_new_database_in_the_place_of_yesterdays_is_refused_every_morning(
    laboratory: Laboratory, case: Case, tmp_path: Path
) -> None:
    target, configuration = pinned_bare(laboratory, tmp_path / "app")

    def restarted(shop: Target) -> None:
        """The volume of yesterday lies somewhere else, and the one of today is new."""
        with psycopg.connect(**shop.server.administrator(), autocommit=True) as connection:  # type: ignore[arg-type]
            connection.execute(f"ALTER DATABASE {shop.name} RENAME TO {shop.name}_old".encode())
            connection.execute(f"CREATE DATABASE {shop.name} OWNER bare_app".encode())

    def back(shop: Target) -> None:
        with psycopg.connect(**shop.server.administrator(), autocommit=True) as connection:  # type: ignore[arg-type]
            connection.execute(f"DROP DATABASE {shop.name}".encode())
            connection.execute(f"ALTER DATABASE {shop.name}_old RENAME TO {shop.name}".encode())

    unguarded = laboratory.bare()
    case.loses(restarted, unguarded)
    unguarded.execute("CREATE TABLE account (id bigint)")  # it starts, and works in the new one
    back(unguarded)
    before = target.contents()
    for _ in range(2):  # mornings
        restarted(target)
        with pytest.raises(RefusedError) as refusal, open_database(configuration):
            pass
        assert refusal.value.judgement["verdict"] == "empty"
        assert not target.contents()
        back(target)
    assert check(configuration).matches
    assert target.contents() == before
    case.defended("`empty` on both mornings; nothing is written, and yesterday's is `match`")
