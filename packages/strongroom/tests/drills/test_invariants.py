"""What an application says must be true is asked of restored copies, by a role that may read."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from strongroom.backups import listed
from strongroom.config import CONFIGURATION_NAME, Configuration, load, parse
from strongroom.drills import Check, drill
from strongroom.drills.invariants import check_invariants
from strongroom.drills.settings import drill_settings
from strongroom.errors import ConfigurationError
from strongroom.postgres.bounds import bounded, network_can_be_cut

HOW_TO = Path(__file__).resolve().parents[4] / "docs/how-to/drill-by-policy.md"
MODULE = """
import os, socket, time

def good(connection):
    assert not [name for name in os.environ if "PASSWORD" in name or "DATABASE" in name]
    (count,) = connection.execute("SELECT count(*) FROM public.athlete").fetchone()
    return [] if count == 3 else ["?"]

def two_findings(connection):
    yield "athlete 7 has no name"
    yield "athlete 9 has no name"

def writes(connection):
    connection.execute("DELETE FROM public.athlete")
    connection.commit()

def sleeps(connection):
    time.sleep(600)

def greedy(connection):
    return [str(len(bytearray(8 << 30)))]

def quotes(connection):
    raise ValueError("pulse of Ada: 60")

def one_text(connection):
    return "not a list"

def dies(connection):
    os._exit(3)

def talks(connection):
    print("x" * (1 << 20))
    return [f"{number:0200}" for number in range(5000)]

def reaches_out(connection):
    with socket.create_connection(("127.0.0.1", PORT), timeout=5):
        return ["reached"]
"""

SETUP = """
CREATE TABLE public.athlete (name text, pulse int);
INSERT INTO public.athlete VALUES ('Ada', 60), ('Bo', 61), ('Cy', 62);
CREATE FUNCTION public.led_away() RETURNS fdw_handler LANGUAGE internal
    AS 'fmgr_internal_validator';
CREATE FOREIGN DATA WRAPPER away HANDLER public.led_away;
CREATE SERVER there FOREIGN DATA WRAPPER away;
CREATE FOREIGN TABLE public.elsewhere (n int) SERVER there;
CREATE TABLE public.guarded (n int);
INSERT INTO public.guarded VALUES (1), (2);
ALTER TABLE public.guarded ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.guarded FORCE ROW LEVEL SECURITY;
"""


def of_sql(name: str, query: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "sql": query, **more}


def of_python(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "python": f"promises:{name}", **more}


def asking(configuration: Configuration, *invariants: dict[str, Any], **more: Any) -> Configuration:
    return replace(configuration, drill={"invariants": list(invariants), **more})


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "promises.py").write_text(MODULE)
    return tmp_path


@pytest.fixture
def ask(database: Any, home: Path, sample_template: Path) -> Callable[..., dict[str, Check]]:
    """Ask a small database of the shared server, as a restored copy would be asked."""
    database.execute(SETUP)

    def asked(*invariants: dict[str, Any], **more: Any) -> dict[str, Check]:
        sample = load(sample_template / CONFIGURATION_NAME)
        settings = drill_settings(replace(sample, drill={"invariants": [*invariants], **more}))
        with bounded(settings.bounds(0)):
            checks = check_invariants(database.server, database.name, settings, home)
        return {one.name.removeprefix("invariant "): one for one in checks}

    return asked


Ask = Callable[..., dict[str, Check]]


def test_each_way_to_be_broken_fails_and_each_way_not_to_be_asked_leaves_it_open(ask: Ask) -> None:
    found = ask(
        of_sql("holds", "SELECT FROM public.athlete WHERE pulse < 0 -- none"),
        of_python("good"),
        of_sql("wrong", "SELECT name FROM public.athlete"),
        of_sql("hidden rows", "SELECT * FROM public.guarded"),
        of_sql("many", "SELECT * FROM generate_series(1, 1000000)"),
        of_sql("no such table", "SELECT * FROM public.nowhere"),
        of_sql("writing", "DELETE FROM public.athlete RETURNING 1"),
        of_sql("writing inside", "WITH d AS (DELETE FROM public.athlete RETURNING 1) TABLE d"),
        of_sql("files of the server", "SELECT pg_catalog.pg_read_file('PG_VERSION')"),
        of_sql("slow", "SELECT pg_catalog.pg_sleep(60)", timeout_s=0.2),
        of_sql("foreign", "SELECT * FROM public.elsewhere"),
        of_python("two_findings"),
        of_python("writes"),
        of_python("sleeps", timeout_s=1),
        of_python("greedy"),
        of_python("quotes"),
        of_python("one_text"),
        of_python("dies"),
        of_python("talks"),
        of_python("nowhere"),
        python_memory_mb=1024,
    )
    assert {name for name, one in found.items() if one.status == "ok"} == {"holds", "good"}
    failed = {name: one.detail for name, one in found.items() if one.status == "failed"}
    assert failed.pop("talks").endswith("; and 995 more")
    assert failed == {
        "wrong": "broken: 3 rows",
        "hidden rows": "broken: 2 rows",
        "many": "broken: more than 1,000 rows",
        "two_findings": "broken: athlete 7 has no name; athlete 9 has no name",
    }
    assert "statement timeout" in found["slow"].detail
    assert "no handler" in found["foreign"].detail
    assert "did not end within 1 s" in found["sleeps"].detail
    assert "Ada" not in str(found)


def test_the_role_that_asks_is_gone_and_foreign_tables_lead_where_they_led(
    ask: Ask, database: Any
) -> None:
    ask(of_sql("holds", "SELECT WHERE false"))
    with database.connect() as connection:
        left = "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'strongroom_asking%'"
        assert connection.execute(left).fetchone() == (0,)
        handlers = "SELECT fdwhandler::regproc::text FROM pg_foreign_data_wrapper"
        assert connection.execute(handlers).fetchall() == [("led_away",)]


def test_a_function_reaches_no_server(ask: Ask, home: Path) -> None:
    if not network_can_be_cut():
        pytest.skip("this system does not let us cut a program off")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = str(listening.getsockname()[1])
        (home / "promises.py").write_text(MODULE.replace("PORT", port))
        assert ask(of_python("reaches_out"))["reaches_out"].status == "inconclusive"
        reached = ask(of_python("reaches_out"), network=True)["reaches_out"]
        assert (reached.status, reached.detail) == ("failed", "broken: reached")


def test_an_interpreter_that_is_not_there_leaves_it_open(ask: Ask) -> None:
    absent = ask(of_python("good"), python="no/such/python")["good"]
    assert absent.status == "inconclusive"
    assert "cannot be run" in absent.detail


def test_a_drill_fails_by_what_is_broken_and_is_open_by_what_could_not_be_asked(
    chained: Configuration,
) -> None:
    """A physical backup and a logical one."""
    broken = asking(chained, of_sql("no parents", "TABLE public.parent"))
    record = drill(broken)
    assert record.verdict == "failed"
    assert record.findings == ["invariant no parents: broken: 3 rows"]
    assert record.parts_s["invariants"] > 0
    unknown = asking(chained, of_sql("unknown", "TABLE public.nowhere"))
    record = drill(unknown, listed(chained)[2].backup_id)
    assert record.verdict == "inconclusive"
    assert record.findings[0].startswith("invariant unknown: it could not be asked")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"nicer": 3}, "drill.nicer"),
        ({"nice": 20}, "from 0 to 19"),
        ({"io": "fast"}, "idle, low, normal"),
        ({"max_duration_s": 0}, "above 0"),
        ({"network": "no"}, "true or false"),
        ({"invariants": {}}, "must be tables"),
        ({"invariants": [{"sql": "SELECT"}]}, "without a name"),
        ({"invariants": [of_sql("a", "SELECT"), of_sql("a", "SELECT")]}, "twice"),
        ({"invariants": [{"name": "a"}]}, "either sql or python"),
        ({"invariants": [{"name": "a", "python": "os.system"}]}, "package.module:function"),
        ({"invariants": [of_sql("a", "SELECT", expect=1)]}, "expect is not known"),
    ],
)
def test_a_drill_that_could_not_be_meant_is_refused(
    sample_template: Path, written: dict[str, Any], told: str
) -> None:
    sample = load(sample_template / CONFIGURATION_NAME)
    with pytest.raises(ConfigurationError, match=told):
        drill_settings(replace(sample, drill=written))


def test_the_documented_policy_is_understood(sample_template: Path) -> None:
    (written,) = re.findall(r"```toml\n(.*?)```", HOW_TO.read_text(), re.DOTALL)
    path = sample_template / CONFIGURATION_NAME
    settings = drill_settings(parse(path, path.read_text() + written))
    assert [one.name for one in settings.invariants] == [
        "every lap belongs to an activity",
        "totals fit",
    ]
    assert (settings.tables, settings.full_every) == ("sample", 7)
