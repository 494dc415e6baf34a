"""Failovers that lose something: which server is let in, which is not, and what nobody can see."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
from applications import Application, application, is_refused, start
from laboratory import Case, Laboratory, Target, lost

from strongroom.config import Policy, ServerSettings
from strongroom.identity import Verdict, check
from strongroom.server.os_user import server_user
from strongroom.server.supervisor import RunningServer, Supervisor

INCIDENTS = ("P01", "P03", "P04", "P06")


@dataclass(frozen=True)
class Servers:
    """A primary and two promoted replicas, with a database of its own for every replay."""

    applications: Mapping[str, Application]
    stale: RunningServer
    """Lacks what was written and marked at last."""
    recent: RunningServer
    """Has everything."""

    def on(self, server: RunningServer, incident: str) -> Target:
        """One replay's database as one of the servers has it."""
        return replace(self.applications[incident].target, server=server)


def trade(connection: psycopg.Connection) -> None:
    """Fifty transactions."""
    for number in range(50):
        connection.execute(
            "INSERT INTO orders SELECT 1 + max(id), 1, %s, false, now() FROM orders", (number,)
        )


@pytest.fixture(scope="module")
def servers(
    laboratory_home: Laboratory, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Servers]:
    directory = tmp_path_factory.mktemp("failover")
    laboratory = Laboratory(laboratory_home.server, laboratory_home.configuration, prefix="pair_")
    made = {one: application(laboratory, directory / one, "production") for one in INCIDENTS}
    with ExitStack() as stack:
        begin = follower(laboratory.server, directory / "stale", stack)
        stale = begin()
        for incident in INCIDENTS[:-1]:
            start(made[incident].configuration, trade)
        recent = follower(laboratory.server, directory / "recent", stack)()
        yield Servers(made, stale, recent)
    laboratory.clean()


def follower(primary: RunningServer, place: Path, stack: ExitStack) -> Callable[[], RunningServer]:
    """Copy a primary; what is answered starts the copy and promotes it."""
    data = place / "data"
    place.mkdir()
    info = primary.administrator()
    subprocess.run(
        [
            str(primary.binaries.tool("pg_basebackup")),
            *("-D", str(data), "-h", str(info["host"]), "-p", str(info["port"])),
            *("-U", str(info["user"]), "--checkpoint=fast", "--wal-method=stream", "--no-sync"),
        ],
        check=True,
        capture_output=True,
    )
    (data / "standby.signal").touch()
    for path in (data, *data.rglob("*")):
        server_user().own(path)

    def promoted() -> RunningServer:
        quick = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}
        settings = ServerSettings(data, place / "run", place / "log", quick)
        server = stack.enter_context(Supervisor(settings).running())
        with psycopg.connect(**server.administrator(), autocommit=True) as connection:  # type: ignore[arg-type]
            connection.execute("SELECT pg_promote(wait => true)")
        return server

    return promoted


def warned(application: Application, target: Target) -> list[str]:
    judgement = check(application.leading_to(target))
    assert judgement.verdict is Verdict.MATCH, judgement.message
    return [one.code for one in judgement.warnings if one.code != "environments_share"]


@pytest.mark.incident(
    "P01", "after 43 seconds of partition there are two primaries", by="identity, at reconnect"
)
def test_of_two_primaries_the_one_that_was_left_does_not_get_in_again(
    servers: Servers, case: Case
) -> None:
    shop = servers.applications["P01"]
    new, old = servers.on(servers.stale, "P01"), shop.target
    assert lost(old.contents(), new.contents()) == {"public.orders": 50}
    for primary in (old, new):
        with primary.connect() as connection:
            connection.execute("INSERT INTO audit_entry VALUES (9001, 'written here', now())")
    case.happens("both took writes; 50 orders are on one side only, and nobody is told")
    assert warned(shop, new) == ["failed_over"]
    start(shop.leading_to(new), trade)
    is_refused(
        case,
        lambda: start(shop.leading_to(old), trade),
        old,
        "clone",
        "for the old primary; the new one opens with `failed_over` and the window of loss",
    )


@pytest.mark.incident(
    "P03", "after both were stopped, the old leader is started first", by="identity, at start"
)
def test_an_old_leader_that_is_started_first_is_rolled_back(servers: Servers, case: Case) -> None:
    shop = servers.applications["P03"]
    old, leader = shop.target, servers.on(servers.recent, "P03")
    start(shop.leading_to(leader), trade)
    assert lost(leader.contents(), old.contents()) == {"public.orders": 50}
    case.happens("the old leader serves; 50 orders of the newer one are missing")
    is_refused(case, lambda: start(shop.leading_to(old), trade), old, "rolled_back")


@pytest.mark.incident(
    "P04", "a replica that was away becomes primary", by="identity, at reconnect; policy"
)
def test_a_replica_that_lacks_more_than_policy_allows_is_rolled_back(
    servers: Servers, case: Case
) -> None:
    shop, stale = servers.applications["P04"], servers.on(servers.stale, "P04")
    assert lost(shop.target.contents(), stale.contents()) == {"public.orders": 50}
    case.happens("the replica serves without what was written while it was away")
    strict = replace(shop.leading_to(stale), policy=Policy(failover_loss_max_s=0))
    is_refused(
        case,
        lambda: start(strict, trade),
        stale,
        "rolled_back",
        "where more is missing than `failover_loss_max_s` allows",
    )


@pytest.mark.incident(
    "P06", "a failover to a replica that lacks the last 50 transactions", by="identity: epochs"
)
def test_lost_transactions_are_seen_from_one_mark_to_the_next(servers: Servers, case: Case) -> None:
    shop, promoted = servers.applications["P06"], servers.on(servers.stale, "P06")
    with shop.target.connect() as connection:
        trade(connection)
    assert lost(shop.target.contents(), promoted.contents()) == {"public.orders": 50}
    case.happens("50 transactions are gone, and nobody is told")
    assert warned(shop, promoted) == []  # nothing outside has seen them either
    start(shop.configuration, lambda _: None)
    assert warned(shop, promoted) == ["failed_over"]
    case.defended(
        "`match` with `failed_over` once a mark (each minute) came after them; what no mark has "
        "followed yet is **not seen**"
    )
