"""The corpus: migrations of our own, and a reader's who had not seen the rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from strongroom.migrations.lint import Finding, LintContext, lint

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
# What the reader called dangerous, and the rules only call for caution.
READERS_CAUTIONS = {
    "050-create-unlogged-business-table.sql",
    "094-insert-on-conflict-overwrite.sql",
    "100-drop-default-of-required-column.sql",
}
# What the reader called safe: a length that may be shorter.
READERS_ALARMS = {"034-widen-varchar.sql"}


def files(half: str, kind: str) -> list[Path]:
    return sorted((CORPUS / half / kind).glob("*.sql"))


def findings(path: Path) -> tuple[Finding, ...]:
    return lint(path.read_text(encoding="utf-8"), context=LintContext(in_transaction=False))


def alarms(path: Path) -> set[str]:
    return {one.rule for one in findings(path) if one.severity != "caution"}


def test_the_corpus_is_as_large_as_promised() -> None:
    for kind in ("dangerous", "safe"):
        assert len(files("own", kind)) + len(files("reader", kind)) >= 150
        assert len(files("reader", kind)) >= 75


@pytest.mark.parametrize("path", files("own", "dangerous"), ids=lambda path: path.stem)
def test_each_danger_of_our_own_is_found_by_the_rule_that_it_names(path: Path) -> None:
    named = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("-- rule: ")
    assert named in alarms(path)


@pytest.mark.parametrize("path", files("own", "safe"), ids=lambda path: path.stem)
def test_nothing_safe_of_our_own_raises_an_alarm(path: Path) -> None:
    assert not alarms(path)


def test_of_the_readers_dangers_only_the_known_ones_raise_no_alarm() -> None:
    missed = {path.name for path in files("reader", "dangerous") if not alarms(path)}
    assert missed == READERS_CAUTIONS
    assert all(findings(path) for path in files("reader", "dangerous"))


def test_of_what_the_reader_called_safe_only_the_known_ones_raise_an_alarm() -> None:
    alarmed = {path.name for path in files("reader", "safe") if alarms(path)}
    assert alarmed == READERS_ALARMS
