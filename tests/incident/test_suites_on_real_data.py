"""Test suites that reach real data, each run by a real pytest with and without the guard."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from laboratory import Case, Laboratory, Target
from suites import CLEANS, Suite, address, is_cut_off, is_stopped, pinned_bare, renamed

from strongroom.identity import check

CLEANED_TEST = """
import os, pytest
from cleaner import clean

@pytest.fixture(autouse=True)
def cleaned():
    yield
    clean(os.environ["{variable}"])

def test_sum():
    assert 1 + 1 == 2
"""


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    (tmp_path / "tests").mkdir()
    made = Suite(tmp_path / "tests")
    made.write(cleaner=CLEANS)
    return made


def cleaned_test(variable: str = "DATABASE_URL") -> str:
    """One test, and a fixture that empties the database after it."""
    return CLEANED_TEST.format(variable=variable)


@pytest.mark.incident("T01", "an old terminal with DATABASE_URL of production", by="pytest guard")
def test_a_terminal_left_over_with_productions_address_runs_no_test(
    laboratory: Laboratory, case: Case, suite: Suite, tmp_path: Path
) -> None:
    suite.write(test_sum=cleaned_test())
    case.loses(lambda shop: suite.unguarded(DATABASE_URL=address(shop)), laboratory.bare())
    target, configuration = pinned_bare(laboratory, tmp_path / "app")
    words = "DATABASE_URL leads to production; where it runs all the same, `check` says `shrunk`"
    is_stopped(case, suite, target, words=words, DATABASE_URL=address(target))
    suite.unguarded(DATABASE_URL=address(target))
    assert check(configuration).verdict == "shrunk"


@pytest.mark.incident("T02", "a setup guide with production's address in it", by="pytest guard")
def test_the_example_of_a_guide_does_not_lead_the_first_run_to_production(
    laboratory: Laboratory, case: Case, suite: Suite, tmp_path: Path
) -> None:
    suite.write(
        conftest="import os\n"
        "for line in open('.env.example'):\n"
        "    os.environ.setdefault(*line.strip().split('=', 1))\n",
        test_sum=cleaned_test("SHOP_DATABASE"),
    )

    def guide(shop: Target) -> None:
        (suite.directory / ".env.example").write_text(f"SHOP_DATABASE={address(shop)}\n")

    def act(shop: Target) -> None:
        guide(shop)
        suite.unguarded()

    case.loses(act, laboratory.bare())
    target, _ = pinned_bare(laboratory, tmp_path / "app")
    guide(target)
    is_stopped(case, suite, target, words="the address that the guide gives is production's")


@pytest.mark.incident(
    "T03", "one agent adds a guard, another weakens it, the run resets", by="pytest guard"
)
def test_a_guard_that_was_weakened_in_the_tree_is_not_the_one_that_decides(
    laboratory: Laboratory, case: Case, suite: Suite, tmp_path: Path
) -> None:
    suite.write(
        conftest="import os\nos.environ['ALLOW_REAL_DATABASE'] = '1'\n"
        "def pytest_sessionstart(session):\n"
        "    assert 'test' in os.environ['DATABASE_URL'] or os.environ['ALLOW_REAL_DATABASE']\n",
        test_end_to_end="import os, psycopg\n"
        "def test_end_to_end():\n"
        "    with psycopg.connect(os.environ['DATABASE_URL']) as connection:\n"
        "        connection.execute('DROP SCHEMA public CASCADE; CREATE SCHEMA public')\n",
    )
    case.loses(lambda shop: suite.unguarded(DATABASE_URL=address(shop)), laboratory.bare())
    target, configuration = pinned_bare(laboratory, tmp_path / "app")
    configuration.lock_path.unlink()  # what the tree says about the pin is gone, too
    words = "nothing in the tree decides; the database itself says what it is"
    is_stopped(
        case, suite, target, words=words, DATABASE_URL=address(target), ALLOW_REAL_DATABASE="1"
    )
    (suite.directory / "pytest.ini").write_text("[pytest]\naddopts = -p no:strongroom\n")
    finished = suite.run("-o", "required_plugins=strongroom", DATABASE_URL=address(target))
    assert "Missing required plugins: strongroom" in finished.stderr
    assert target.contents()["public.account"].total() == 363


@pytest.mark.incident("T04", "a reproduction test synchronises the models", by="pytest guard")
def test_a_new_test_file_with_the_applications_engine_synchronises_nothing(
    laboratory: Laboratory, case: Case, suite: Suite, tmp_path: Path
) -> None:
    suite.write(
        test_reproduction="from shop_models import engine, models\n"
        "def test_reproduction():\n"
        "    with engine.begin() as connection:\n"
        "        models.reflect(connection)\n"
        "        models.drop_all(connection)\n"
        "        models.create_all(connection)\n"
    )

    def models(shop: Target) -> None:
        suite.write(
            shop_models="from sqlalchemy import MetaData, create_engine, pool\n"
            f"engine = create_engine({shop.url!r}, poolclass=pool.NullPool)\n"
            "models = MetaData()\n"
        )

    def act(shop: Target) -> None:
        models(shop)
        suite.unguarded()

    case.loses(act, laboratory.bare())
    target, _ = pinned_bare(laboratory, tmp_path / "app")
    models(target)
    is_cut_off(case, suite, target, words="the application's engine leads to production")


@pytest.mark.incident("T05", "a test that refreshes the database is written", by="pytest guard")
def test_a_fixture_that_refreshes_the_database_refreshes_no_real_one(
    laboratory: Laboratory, case: Case, suite: Suite, tmp_path: Path
) -> None:
    suite.write(
        test_refresh="import psycopg, pytest\nfrom shop_settings import DATABASE\n"
        "@pytest.fixture(scope='session', autouse=True)\n"
        "def refreshed():\n"
        "    with psycopg.connect(DATABASE) as connection:\n"
        "        connection.execute('DROP TABLE account CASCADE')\n"
        "        connection.execute('CREATE TABLE account (id bigint)')\n"
        "def test_sum():\n    assert 1 + 1 == 2\n"
    )

    def act(shop: Target) -> None:
        settings(suite, shop)
        suite.unguarded()

    case.loses(act, laboratory.bare())
    target, _ = pinned_bare(laboratory, tmp_path / "app", "development")
    settings(suite, target)
    is_cut_off(case, suite, target, words="the settings lead to the database of development")


@pytest.mark.incident(
    "T06", "a framework's test runner drops the configured database", by="pytest guard, roles"
)
def test_a_test_runner_does_not_drop_the_database_of_the_settings(
    laboratory: Laboratory, case: Case, suite: Suite, tmp_path: Path
) -> None:
    suite.write(
        test_sum="def test_sum():\n    assert 1 + 1 == 2\n",
        conftest="import os, psycopg\n"
        "from psycopg.conninfo import conninfo_to_dict\n"
        "def pytest_configure(config):\n"
        "    info = conninfo_to_dict(os.environ['DATABASE_URL'])\n"
        "    name = info.pop('dbname')\n"
        "    with psycopg.connect(**info, dbname='postgres', autocommit=True) as connection:\n"
        "        connection.execute(f'DROP DATABASE \"{name}\" WITH (FORCE)')\n"
        "        connection.execute(f'CREATE DATABASE \"{name}\"')\n",
    )
    case.loses(lambda shop: suite.unguarded(DATABASE_URL=address(shop)), laboratory.bare())
    target, _ = pinned_bare(laboratory, tmp_path / "app")
    is_stopped(
        case,
        suite,
        target,
        words="DATABASE_URL leads to production; and the application's role may not drop it",
        DATABASE_URL=address(target),
    )
    guarded = laboratory.guarded()
    before = guarded.contents()
    refused = suite.run("-p", "no:strongroom", DATABASE_URL=address(guarded))
    assert "must be owner of database" in refused.stdout + refused.stderr
    assert guarded.contents() == before


def settings(suite: Suite, shop: Target) -> None:
    """An application whose settings fall back to the database that is always there."""
    suite.write(
        shop_settings="import os\n"
        f"DATABASE = os.environ.get('SHOP_TEST_DATABASE') or {address(shop)!r}\n"
    )


@pytest.mark.incident("T08", "one test file is run by itself", by="pytest guard")
def test_a_single_file_without_a_conftest_is_guarded_like_a_suite(
    laboratory: Laboratory, case: Case, suite: Suite, tmp_path: Path
) -> None:
    (suite.directory / "studio").mkdir()
    file = suite.directory / "studio" / "channels.py"

    def written(shop: Target) -> None:
        file.write_text(
            f"import psycopg\nADDRESS = {address(shop)!r}\n"
            "def setup_module():\n"
            "    with psycopg.connect(ADDRESS) as connection:\n"
            "        connection.execute('DELETE FROM account')\n"
            "def test_sum():\n    assert 1 + 1 == 2\n"
        )

    def act(shop: Target) -> None:
        written(shop)
        suite.unguarded("studio/channels.py")

    case.loses(act, laboratory.bare())
    target, _ = pinned_bare(laboratory, tmp_path / "app", "development")
    written(target)
    words = "the file's own engine leads to the database of development"
    is_cut_off(case, suite, target, "studio/channels.py", words=words)


@pytest.mark.incident(
    "T09", "tests' and developers' databases have the same name", by="pytest guard"
)
def test_a_database_is_told_by_its_identity_and_not_by_its_name(
    laboratory: Laboratory, case: Case, suite: Suite, tmp_path: Path
) -> None:
    suite.write(test_sum=cleaned_test())

    def act(shop: Target) -> None:
        with renamed(laboratory, shop, "familiar") as familiar:
            suite.unguarded(DATABASE_URL=address(familiar))

    case.loses(act, laboratory.bare())
    target, _ = pinned_bare(laboratory, tmp_path / "app", "development")
    with renamed(laboratory, target, "familiar") as familiar:
        words = "at one and the same address, development's is refused and the tests' own is used"
        is_stopped(case, suite, familiar, words=words, DATABASE_URL=address(familiar))
    for_tests, _ = pinned_bare(laboratory, tmp_path / "tests_app", "test")
    with renamed(laboratory, for_tests, "familiar") as familiar:
        finished = suite.run(DATABASE_URL=address(familiar))
        assert finished.returncode == 0, finished.stdout + finished.stderr
        assert familiar.contents()["public.account"].total() == 0


@pytest.mark.incident(
    "T10", "the variable for tests is set to the real database", by="pytest guard"
)
def test_a_variable_for_tests_that_holds_the_real_address_is_seen_through(
    laboratory: Laboratory, case: Case, suite: Suite, tmp_path: Path
) -> None:
    suite.write(test_sum=cleaned_test("TEST_POSTGRES_URL"))
    case.loses(lambda shop: suite.unguarded(TEST_POSTGRES_URL=address(shop)), laboratory.bare())
    target, _ = pinned_bare(laboratory, tmp_path / "app")
    host = str(target.conninfo()["host"])
    elsewhere = tmp_path / "t"  # another name of the same place, as hosts have them
    elsewhere.symlink_to(host)
    other = address(target).replace(f"host={host}", f"host={elsewhere}")
    assert other != address(target)
    words = "TEST_POSTGRES_URL leads to production, by another name of its host"
    is_stopped(case, suite, target, words=words, TEST_POSTGRES_URL=other)


@pytest.mark.incident("T11", "settings fall back to the developer's database", by="pytest guard")
def test_settings_that_fall_back_do_not_lead_to_the_developers_data(
    laboratory: Laboratory, case: Case, suite: Suite, tmp_path: Path
) -> None:
    suite.write(
        test_sum="from cleaner import clean\nfrom shop_settings import DATABASE\n"
        "def setup_function():\n    clean(DATABASE)\n"
        "def test_sum():\n    assert 1 + 1 == 2\n"
    )

    def act(shop: Target) -> None:
        settings(suite, shop)
        suite.unguarded()

    case.loses(act, laboratory.bare())
    target, _ = pinned_bare(laboratory, tmp_path / "app", "development")
    settings(suite, target)
    is_cut_off(case, suite, target, words="the default is the database of development")


@pytest.mark.incident(
    "T12", "a container's environment overrides the tests' settings", by="pytest guard"
)
def test_an_environment_that_wins_over_the_tests_settings_stops_the_run(
    laboratory: Laboratory, case: Case, suite: Suite, tmp_path: Path
) -> None:
    suite.write(
        conftest="import os\n"
        "os.environ.setdefault('DATABASE_URL', 'postgresql://tests@127.0.0.1:1/tests')\n",
        test_sum=cleaned_test(),
    )
    case.loses(lambda shop: suite.unguarded(DATABASE_URL=address(shop)), laboratory.bare())
    target, _ = pinned_bare(laboratory, tmp_path / "app", "development")
    words = "DATABASE_URL of the container leads to development"
    is_stopped(case, suite, target, words=words, DATABASE_URL=address(target))


@pytest.mark.incident("T14", "a cached configuration outlives the tests' own", by="pytest guard")
def test_a_cached_configuration_does_not_lead_tests_to_the_teams_database(
    laboratory: Laboratory, case: Case, suite: Suite, tmp_path: Path
) -> None:
    cache = suite.directory / "configuration.cache"
    suite.write(
        conftest="import os\nos.environ['DATABASE_URL'] = 'mysql://tests@127.0.0.1/tests'\n",
        shop_settings="import json, os, pathlib\n"
        "_cache = pathlib.Path(__file__).with_name('configuration.cache')\n"
        "DATABASE = (json.loads(_cache.read_text())['database'] if _cache.exists()\n"
        "            else os.environ['DATABASE_URL'])\n",
        test_sum="from cleaner import clean\nfrom shop_settings import DATABASE\n"
        "def setup_function():\n    clean(DATABASE)\n"
        "def test_sum():\n    assert 1 + 1 == 2\n",
    )

    def act(shop: Target) -> None:
        cache.write_text(json.dumps({"database": address(shop)}))
        suite.unguarded()

    case.loses(act, laboratory.bare())
    target, _ = pinned_bare(laboratory, tmp_path / "app", "staging")
    cache.write_text(json.dumps({"database": address(target)}))
    is_cut_off(case, suite, target, words="the cached address is that of staging")


@pytest.mark.incident(
    "T17", "TRUNCATE … CASCADE of all models when the session ends", by="pytest guard"
)
def test_the_end_of_a_session_truncates_no_real_table(
    laboratory: Laboratory, case: Case, suite: Suite, tmp_path: Path
) -> None:
    suite.write(
        test_sum="import os, psycopg, pytest\n"
        "@pytest.fixture(scope='session', autouse=True)\n"
        "def emptied():\n"
        "    yield\n"
        "    with psycopg.connect(os.environ['TEST_DATABASE_URL']) as connection:\n"
        "        connection.execute('TRUNCATE account CASCADE')\n"
        "def test_sum():\n    assert 1 + 1 == 2\n"
    )

    def with_a_dependent(shop: Target) -> Target:
        shop.execute(
            "CREATE TABLE badge (account_id bigint REFERENCES account, name text)",
            "INSERT INTO badge SELECT id, 'early bird' FROM account",
            migrating=True,
        )
        return shop

    losses = case.loses(
        lambda shop: suite.unguarded(TEST_DATABASE_URL=address(shop)),
        with_a_dependent(laboratory.bare()),
    )
    assert losses["public.badge"] == 363  # a table that is no model goes with them
    target, _ = pinned_bare(laboratory, tmp_path / "app")
    is_stopped(
        case,
        suite,
        with_a_dependent(target),
        words="TEST_DATABASE_URL leads to production",
        TEST_DATABASE_URL=address(target),
    )


@pytest.mark.incident("T18", "`python tests.py`, which no plugin of pytest sees", by="protection")
def test_a_suite_that_needs_no_pytest_meets_the_guards_of_the_database(
    laboratory: Laboratory, case: Case, suite: Suite
) -> None:
    suite.write(
        tests="import os, psycopg, unittest\n"
        "class Tests(unittest.TestCase):\n"
        "    def setUp(self):\n"
        "        with psycopg.connect(os.environ['DATABASE_URL']) as connection:\n"
        "            connection.execute('DELETE FROM message')\n"
        "    def test_sum(self):\n"
        "        self.assertEqual(1 + 1, 2)\n"
    )

    def act(shop: Target) -> None:
        finished = suite.run("tests.py", program="unittest", DATABASE_URL=address(shop))
        if "InsufficientPrivilege" in finished.stderr:
            raise psycopg.errors.InsufficientPrivilege(finished.stderr)

    case.loses(act, laboratory.bare())
    words = "the pytest guard is not there; the database refuses the DELETE"
    case.refuses(act, laboratory.guarded(), words=words)
