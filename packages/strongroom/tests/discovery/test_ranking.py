"""The order of candidates: ours first, copies by age, everything else by what it holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from strongroom.discovery.candidates import Candidate, DatabaseSeen
from strongroom.discovery.cluster import Cluster
from strongroom.discovery.content import Content
from strongroom.discovery.control import ControlFile
from strongroom.discovery.knowledge import Knowledge
from strongroom.discovery.ranking import ranked

NOON = datetime(2026, 1, 19, 12, tzinfo=UTC)
KNOWN = Knowledge(
    database_ids=frozenset({"ours"}),
    current=frozenset({1}),
    earlier=frozenset({2}),
    incarnations=frozenset({"now"}),
    pinned=True,
)


def cluster(
    name: str, identifier: int, *, lsn: int = 1, hours: int = 0, rows: int | None = None
) -> Candidate:
    control = ControlFile(
        system_identifier=identifier,
        state="shut down",
        checkpoint_at=NOON - timedelta(hours=hours),
        checkpoint_lsn=lsn,
        timeline=1,
        intact=True,
    )
    read = Cluster(Path(name), 18, control, Content(), "postgres", running=False)
    seen = DatabaseSeen("app", tables=None if rows is None else {"public.a": rows})
    return Candidate(
        "directory", name, read, system_identifier=identifier, databases=[seen], running=False
    )


def looked(candidate: Candidate, database_id: str | None, incarnation: str = "now") -> Candidate:
    seen = replace(candidate.databases[0], database_id=database_id, incarnation=incarnation)
    return replace(candidate, databases=[seen], looked_into=True)


def order(*candidates: Candidate, knowledge: Knowledge = KNOWN) -> list[str | None]:
    return [one.path for one in ranked(candidates, knowledge)]


def test_of_copies_of_one_cluster_the_one_that_has_come_furthest_is_ours() -> None:
    old = cluster("restored and started again", 1, lsn=10, hours=0)
    right = cluster("moved aside", 1, lsn=90, hours=5)
    assert order(old, right, cluster("other", 7, rows=10**9)) == [
        "moved aside",
        "restored and started again",
        "other",
    ]
    assert (right.pinned, old.pinned, old.clone) == (True, False, True)


def test_damage_comes_after_what_is_whole_and_is_never_the_pinned_one_beside_it() -> None:
    damaged = cluster("damaged", 1, lsn=99)
    assert damaged.cluster is not None
    damaged.cluster = replace(damaged.cluster, missing=("pg_wal",))
    assert order(damaged, cluster("whole", 1, lsn=1)) == ["whole", "damaged"]


def test_what_was_looked_into_is_believed_more_than_its_identifier() -> None:
    emptied = looked(cluster("emptied", 1, lsn=99), None)
    restored = looked(cluster("restored", 8), "ours", "now")
    assert order(emptied, restored) == ["restored", "emptied"]
    assert restored.pinned
    strange_life = looked(cluster("strange life", 8), "ours", "another")
    assert not ranked([strange_life], KNOWN)[0].pinned
    assert strange_life.clone


def test_clones_are_by_age_and_others_by_content_whatever_their_size() -> None:
    assert order(
        cluster("three days old", 2, hours=72),
        replace(cluster("large and empty", 5, rows=0), size_bytes=10**12),
        cluster("an hour old", 2, hours=1),
        cluster("filled", 6, rows=40),
    ) == ["an hour old", "three days old", "filled", "large and empty"]


def test_nothing_known_means_that_content_decides() -> None:
    nothing = Knowledge()
    assert order(cluster("some", 1, rows=5), cluster("more", 2, rows=50), knowledge=nothing) == [
        "more",
        "some",
    ]


@given(
    made=st.lists(
        st.tuples(st.integers(1, 4), st.integers(0, 5), st.integers(0, 9), st.integers(0, 99)),
        max_size=8,
    )
)
def test_never_more_than_one_is_pinned_and_it_comes_first(
    made: list[tuple[int, int, int, int]],
) -> None:
    candidates = [
        cluster(str(n), one, lsn=lsn, hours=hours, rows=rows)
        for n, (one, lsn, hours, rows) in enumerate(made)
    ]
    found = ranked(candidates, KNOWN)
    assert sorted(map(id, found)) == sorted(map(id, candidates))
    assert [one.pinned for one in found] == [
        number == 0 and any(one.system_identifier == 1 for one in candidates)
        for number in range(len(found))
    ]
