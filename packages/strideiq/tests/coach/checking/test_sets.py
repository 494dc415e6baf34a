"""What is said of several rows holds over all of them, or is not shown."""

from __future__ import annotations

from dataclasses import replace

from coach_table import lines
from sets_table import EVIDENCE, TODAY

from strideiq.coach.checking.checker import Checked, check
from strideiq.coach.checking.evidence import Evidence


def _judged(name: str) -> list[Checked]:
    return [check(line.sentences, EVIDENCE[line.kind], TODAY)[-1] for line in lines(f"{name}.txt")]


def test_what_is_false_over_the_rows_is_never_shown() -> None:
    shown = [one.sentence for one in _judged("sets_lies") if one.shown]
    assert not shown, "\n".join(shown)


def test_what_is_true_over_the_rows_is_shown() -> None:
    withheld = [f"{one.sentence} ({one.why})" for one in _judged("sets_honest") if not one.shown]
    assert not withheld, "\n".join(withheld)


def test_a_number_of_rows_needs_a_set_that_is_known_to_be_whole() -> None:
    known = EVIDENCE["months"]
    cut_off = replace(known.sets[0], ever=False)
    evidence = Evidence(known.figures, sets=(cut_off,))
    said = ["November is your biggest month on record, with 176.7 km."]
    assert check(said, known, TODAY)[0].shown
    assert not check(said, evidence, TODAY)[0].shown


def test_a_rank_that_two_rows_share_is_nobodys() -> None:
    known = EVIDENCE["months"]
    figures = [replace(one, value=min(one.value, 170_400)) for one in known.figures]
    evidence = Evidence(tuple(figures), sets=known.sets)
    said = ["November is your biggest month on record, with 170.4 km."]
    assert not check(said, evidence, TODAY)[0].shown


def test_a_sum_cites_every_row_that_it_is_made_of() -> None:
    said = check(["Your last three runs add up to 20.4 km."], EVIDENCE["runs"], TODAY)[0]
    assert {"a26.distance", "a25.distance", "a24.distance"} <= {*said.citations}
