"""A sample compares what it is the turn of, says what it left, and is never taken for a proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.backups import load, take
from strongroom.backups.manifest import TableRecord
from strongroom.config import Configuration
from strongroom.drills import Check, DrillRecord, TableResult, deciding_drills, drill, proofs
from strongroom.drills import sampling as samplings
from strongroom.drills.comparison import NOT_SAMPLED, check_tables
from strongroom.drills.records import decode, encode
from strongroom.drills.sampling import (
    CHANGED_MOST,
    SMALL_ROWS,
    Compared,
    choose,
    compared_by,
    coverage_of,
    is_full_one_due,
)
from strongroom.progress import SILENT
from strongroom.schedule import running

AT = datetime(2026, 11, 27, tzinfo=UTC)
NOTHING = Compared({}, {})


def table(name: str, rows: int, digest: str = "1:1") -> TableRecord:
    return TableRecord(name=name, rows=rows, digest=digest, method="rows", reason=None)


def result(name: str, *, compared: bool = True) -> TableResult:
    digest = "1:1" if compared else None
    reason = None if compared else NOT_SAMPLED
    return TableResult(name, 5, 5, "1:1", digest, equal=compared or None, reason=reason)


def record(
    n: int, verdict: Any, tables: Sequence[TableResult] = (), sha256: str = "this"
) -> DrillRecord:
    checks = (Check("coverage", verdict, "as it was"),) if verdict != "proven" else ()
    return DrillRecord(
        f"drill-{n}", "backup", sha256, verdict, AT + timedelta(n), 1.0, tuple(tables), checks
    )


LARGE = [table(f"public.t{n}", SMALL_ROWS * 2) for n in range(10)]


def test_small_tables_and_those_that_changed_most_are_compared_each_time() -> None:
    small = table("public.small", SMALL_ROWS)
    grown = [replace(LARGE[n], rows=SMALL_ROWS * (9 - n)) for n in range(3)]
    tables = [small, *grown, *LARGE[3:]]
    chosen = choose(tables, [small, *LARGE], NOTHING, 0.01)
    assert {small.name, *(one.name for one in grown[:CHANGED_MOST])} <= chosen
    other = replace(LARGE[9], digest="2:2")
    assert other.name in choose([*LARGE[:9], other], LARGE, NOTHING, 0.01)


@given(rows=st.lists(st.integers(1, 10**9), min_size=1, max_size=30), share=st.floats(0.01, 1))
def test_in_turn_every_table_of_a_backup_is_compared(rows: list[int], share: float) -> None:
    tables = [table(f"public.t{n}", count) for n, count in enumerate(rows)]
    records: list[DrillRecord] = []
    for n in range(len(tables)):
        compared = compared_by(records, "this")
        chosen = choose(tables, tables, compared, share)
        results = [result(one.name, compared=one.name in chosen) for one in tables]
        coverage, _ = coverage_of(results, compared)
        if coverage is None or coverage.complete:
            break
        records.insert(0, record(n, "inconclusive", results))
    else:
        pytest.fail("a table was never compared")


@pytest.mark.parametrize(
    ("verdicts", "due"),
    [
        ([], True),
        (["proven"], False),
        (["inconclusive", "proven"], False),
        (["inconclusive", "inconclusive", "proven"], True),
        (["failed", "proven"], True),
        (["inconclusive", "inconclusive"], True),
    ],
)
def test_of_so_many_drills_one_compares_everything(verdicts: list[str], due: object) -> None:
    records = [record(n, verdict) for n, verdict in enumerate(verdicts)]
    assert is_full_one_due(records, 3) is due


def test_what_another_backups_drills_or_failed_ones_compared_completes_nothing() -> None:
    results = [result("public.a"), result("public.b", compared=False)]
    elsewhere = [
        record(1, "inconclusive", [result("public.b")], "other"),
        record(2, "failed", [result("public.b")]),
    ]
    coverage, checks = coverage_of(results, compared_by(elsewhere, "this"))
    assert coverage is not None
    assert not coverage.complete
    assert [check.status for check in checks] == ["inconclusive"]
    here = [record(3, "inconclusive", [result("public.b")])]
    coverage, checks = coverage_of(results, compared_by(here, "this"))
    assert coverage is not None
    assert coverage.complete
    assert coverage.together_with == ("drill-3",)
    assert [check.status for check in checks] == ["ok"]


def test_a_table_that_differs_outside_the_sample_still_fails_by_its_count() -> None:
    wrong = TableResult("public.b", 5, 4, "1:1", None, equal=False, reason="5 rows, 4 found")
    assert check_tables([result("public.a"), wrong]).status == "failed"


def test_samples_of_one_backup_add_up_to_its_proof_and_no_sample_is_one(
    sample: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samplings, "SMALL_ROWS", 0)
    configuration = replace(sample, drill={"tables": "sample", "sample_share": 0.6})
    first = drill(configuration, by_policy=True)
    assert (first.verdict, first.coverage) == ("proven", None), "the first compares everything"
    manifest = take(configuration)
    scheduled = running._drill(configuration, SILENT)
    assert (scheduled.exit_code, scheduled.details["verdict"]) == (0, "inconclusive")
    open_ = proofs(configuration)[0]
    assert open_.verdict == "inconclusive"
    assert open_.sampled_well
    assert open_.coverage is not None
    assert 0 < open_.coverage.tables_compared < open_.coverage.tables == len(open_.tables)
    assert {one.reason for one in open_.tables if one.equal is None} == {NOT_SAMPLED}
    assert all(one.found_rows == one.expected_rows for one in open_.tables)
    assert manifest.backup_id not in deciding_drills(configuration)
    assert decode(encode(open_), open_.key) == open_
    closing = drill(configuration, by_policy=True)
    assert (closing.verdict, closing.backup_id) == ("proven", load(configuration).backup_id)
    assert closing.coverage is not None
    assert closing.coverage.together_with == (open_.drill_id,)
    assert proofs(configuration)[0] == closing
    assert deciding_drills(configuration)[manifest.backup_id] == closing
