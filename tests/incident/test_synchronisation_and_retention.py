"""Jobs that delete by themselves: directory sync, merges, imports, retention."""

from __future__ import annotations

import psycopg
import pytest
from laboratory import Case, Laboratory, Target


def one_by_one(shop: Target, statement: str, numbers: range) -> None:
    """Run a statement for each number, each in a transaction of its own."""
    with shop.connect() as connection:
        for number in numbers:
            connection.execute(statement.encode(), (number,))


@pytest.mark.incident(
    "Y01", "clean-up of users while the directory is unreachable", by="protection"
)
def test_an_unreachable_directory_deletes_nobody(laboratory: Laboratory, case: Case) -> None:
    def act(shop: Target) -> None:
        with shop.connect() as connection:
            connection.execute(
                "DELETE FROM account WHERE source = 'directory' AND email <> ALL (%s::text[])",
                ([],),
            )

    case.loses(act, laboratory.bare())
    case.refuses(act, laboratory.guarded())


@pytest.mark.incident("Y02", "a failing search disables the users one by one", by="update budget")
def test_users_are_not_all_disabled_one_by_one(laboratory: Laboratory, case: Case) -> None:
    def act(shop: Target) -> None:
        one_by_one(shop, "UPDATE account SET role = 'disabled' WHERE id = %s", range(1, 364))

    case.loses(act, laboratory.bare())
    shop = laboratory.guarded(protection={"updates": {"public.account": "budget"}})
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        act(shop)
    with shop.connect() as connection:
        row = connection.execute("SELECT count(*) FROM account WHERE role = 'disabled'").fetchone()
    assert row is not None
    assert row[0] <= 363 * 0.2
    case.defended(f"refused after {row[0]} of 363")


@pytest.mark.incident("Y03", "a reconcile loop deletes all roles one by one", by="delete budget")
def test_a_loop_of_single_deletions_is_stopped_early(laboratory: Laboratory, case: Case) -> None:
    def act(shop: Target) -> None:
        one_by_one(shop, "DELETE FROM project WHERE id = %s", range(1, 301))

    case.loses(act, laboratory.bare())
    shop = laboratory.guarded()
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        act(shop)
    kept = shop.contents()["public.project"].total()
    assert kept >= 300 * 0.8
    case.defended(f"refused after {300 - kept} of 300")


@pytest.mark.incident("Y06", "unmounted storage sends all assets to the trash", by="protection")
def test_assets_are_not_all_put_into_the_trash(laboratory: Laboratory, case: Case) -> None:
    def act(shop: Target) -> None:
        shop.execute("UPDATE asset SET deleted_at = now() WHERE id > 15")

    case.loses(act, laboratory.bare())
    case.refuses(act, laboratory.guarded())


@pytest.mark.incident("Y07", "a merge worker removes one account every 30 s", by="delete budget")
def test_a_merging_worker_is_stopped_before_a_quarter_is_gone(
    laboratory: Laboratory, case: Case
) -> None:
    def act(shop: Target) -> None:
        with shop.connect() as connection:
            for number in range(1, 121):  # an hour of it
                with connection.transaction():
                    connection.execute(
                        "UPDATE orders SET account_id = 363 WHERE account_id = %s", (number,)
                    )
                    connection.execute("DELETE FROM account WHERE id = %s", (number,))

    case.loses(act, laboratory.bare())
    shop = laboratory.guarded()
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        act(shop)
    kept = shop.contents()["public.account"].total()
    assert kept >= 363 * 0.8
    case.defended(f"refused after {363 - kept} of 363 accounts")


@pytest.mark.incident("Y08", "a script gets the ids of the wrong things", by="protection")
def test_a_list_of_wrong_ids_deletes_no_tenants(laboratory: Laboratory, case: Case) -> None:
    def act(shop: Target) -> None:
        with shop.connect() as connection:
            connection.execute("DELETE FROM account WHERE id = ANY (%s)", (list(range(1, 200)),))

    case.loses(act, laboratory.bare())
    case.refuses(act, laboratory.guarded())


@pytest.mark.incident("Y09", "an import deletes first and then fails to parse", by="protection")
def test_an_import_that_fails_has_deleted_nothing(laboratory: Laboratory, case: Case) -> None:
    def act(shop: Target) -> None:
        shop.execute("DELETE FROM message")
        shop.execute("COPY message FROM stdin WITH (FORMAT nonsense)")

    case.loses(act, laboratory.bare())
    case.refuses(act, laboratory.guarded())


@pytest.mark.incident("K01", "a new default of retention deletes 95 % at start", by="protection")
def test_a_new_retention_does_not_delete_the_history(laboratory: Laboratory, case: Case) -> None:
    def act(shop: Target) -> None:
        shop.execute("DELETE FROM execution WHERE created_at < now() - interval '5 days'")

    case.loses(act, laboratory.bare())
    case.refuses(act, laboratory.guarded())


@pytest.mark.incident(
    "K05", "nightly retention takes running jobs too, 3 % a night", by="keep = all"
)
def test_small_nightly_deletions_pass_unless_the_table_keeps_all(
    laboratory: Laboratory, case: Case
) -> None:
    def act(shop: Target) -> None:
        shop.execute("DELETE FROM execution WHERE id % 33 = 0")

    case.loses(act, laboratory.bare())
    shop = laboratory.guarded()
    act(shop)
    assert shop.contents()["public.execution"].total() < 1200
    case.refuses(
        act,
        laboratory.guarded(keep={"public.execution": "all"}),
        words="**not stopped** at the default limits; refused where the table keeps all its rows",
    )


@pytest.mark.incident("K07", "removing an agent unlinks everything it managed", by="protection")
def test_unlinking_everything_at_once_is_refused(laboratory: Laboratory, case: Case) -> None:
    def act(shop: Target) -> None:
        shop.execute("UPDATE asset SET project_id = NULL", "DELETE FROM project WHERE id <= 240")

    case.loses(act, laboratory.bare())
    case.refuses(act, laboratory.guarded())
