"""The verdict follows from what was compared, and nothing unknown counts as equal."""

from dataclasses import replace

import pytest

from strongroom.drills.comparison import (
    Check,
    Contents,
    SequencePosition,
    TableContent,
    check_sequences,
    compare,
    verdict_of,
)

SOURCE = Contents(
    tables={"public.run": TableContent(3, "3:a"), "public.empty": TableContent(0, "0:0")},
    sequences={"public.run_id_seq": SequencePosition(3, highest_used=3)},
    extensions={"plpgsql": "1.0"},
    schema_fingerprint="f" * 64,
)


def _verdict(copy: Contents, source: Contents = SOURCE) -> str:
    return verdict_of(compare(source, copy)[1])


def test_an_equal_copy_is_proven() -> None:
    assert _verdict(SOURCE) == "proven"


@pytest.mark.parametrize(
    "tables",
    [
        {"public.empty": TableContent(0, "0:0")},
        {**SOURCE.tables, "public.run": TableContent(2, "3:a")},
        {**SOURCE.tables, "public.run": TableContent(3, "3:b")},
        {**SOURCE.tables, "public.more": TableContent(1, "1:x")},
        {},
    ],
    ids=["table missing", "row missing", "row changed", "table added", "nothing there"],
)
def test_any_difference_between_tables_fails(tables: dict[str, TableContent]) -> None:
    assert _verdict(replace(SOURCE, tables=tables)) == "failed"


def test_a_table_without_a_digest_leaves_the_verdict_open() -> None:
    no_digest = {**SOURCE.tables, "public.run": TableContent(3, None, "a value is too large")}
    assert _verdict(replace(SOURCE, tables=no_digest)) == "inconclusive"
    assert _verdict(SOURCE, replace(SOURCE, tables=no_digest)) == "inconclusive"


def test_a_table_without_a_digest_fails_when_its_count_is_wrong() -> None:
    tables = {**SOURCE.tables, "public.run": TableContent(2, None, "a value is too large")}
    assert _verdict(replace(SOURCE, tables=tables)) == "failed"


def test_another_schema_or_a_missing_extension_fails() -> None:
    assert _verdict(replace(SOURCE, schema_fingerprint="0" * 64)) == "failed"
    assert _verdict(replace(SOURCE, extensions={})) == "failed"


def test_another_version_of_an_extension_is_a_warning() -> None:
    copy = replace(SOURCE, extensions={"plpgsql": "1.1"})
    assert _verdict(copy) == "proven"
    assert [check.status for check in compare(SOURCE, copy)[1]].count("warning") == 1


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        (SequencePosition(3), SequencePosition(3, highest_used=3), "ok"),
        (SequencePosition(3), SequencePosition(9, highest_used=9), "ok"),
        (SequencePosition(3), SequencePosition(2, highest_used=2), "failed"),
        (SequencePosition(3), SequencePosition(None), "failed"),
        (SequencePosition(None), SequencePosition(None), "ok"),
        (SequencePosition(None), SequencePosition(None, highest_used=7), "warning"),
        (SequencePosition(3), SequencePosition(3, is_called=False), "failed"),
        (SequencePosition(3, is_called=False), SequencePosition(3, is_called=False), "ok"),
        (SequencePosition(1, is_called=False), SequencePosition(None), "ok"),
        (SequencePosition(-5, descending=True), SequencePosition(-4, descending=True), "failed"),
        (
            SequencePosition(-5, descending=True),
            SequencePosition(-6, highest_used=-6, descending=True),
            "ok",
        ),
    ],
)
def test_a_sequence_never_falls_behind_its_source(
    before: SequencePosition, after: SequencePosition, status: str
) -> None:
    assert check_sequences({"s": before}, {"s": after}).status == status


def test_a_missing_sequence_fails() -> None:
    assert check_sequences({"s": SequencePosition(1)}, {}).status == "failed"


def test_nothing_checked_proves_nothing() -> None:
    assert verdict_of([]) == "inconclusive"


def test_a_failure_outweighs_an_open_question() -> None:
    checks = [Check("a", "ok", ""), Check("b", "inconclusive", ""), Check("c", "failed", "")]
    assert verdict_of(checks) == "failed"
    assert verdict_of(checks[:2]) == "inconclusive"
    assert verdict_of([checks[0], Check("d", "warning", "")]) == "proven"
