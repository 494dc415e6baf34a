"""Of any two rows: what they say together is shown, in whatever words; the reverse, never."""

from __future__ import annotations

from datetime import date

from hypothesis import assume, given
from hypothesis import strategies as st

from strideiq.coach.checking.checker import check
from strideiq.coach.checking.evidence import Evidence, Figure, Subject

TODAY = date(2026, 11, 27)
LOOP = Subject("activity", "a1", "River Loop", date(2026, 11, 22))
HILLS = Subject("activity", "a2", "Castle Hills", date(2026, 11, 24))
THIS = Subject("week", "w1", "", date(2026, 11, 23), TODAY, aliases=("this week",))
LAST = Subject("week", "w0", "", date(2026, 11, 16), date(2026, 11, 22), aliases=("last week",))
CALLED = {LOOP: "River Loop", HILLS: "Castle Hills", THIS: "this week", LAST: "last week"}
BEATS, KM, RUNS = st.integers(100, 190), st.integers(30, 400), st.integers(2, 40)
FACTORS = st.integers(2, 9)


def _shown(sentence: str, *rows: tuple[Subject, str, float]) -> bool:
    figures = tuple(Figure(f"{row.row_id}.{name}", row, name, value) for row, name, value in rows)
    return check([sentence[:1].upper() + sentence[1:]], Evidence(figures), TODAY)[0].shown


HIGHER = st.sampled_from(
    [
        "your heart rate was {n} beats {higher} in {one} than in {other}.",
        "in {one} your average heart rate was {n} bpm {higher} than in {other}.",
        "{one} had an average heart rate of {a}, {n} beats {above} the {b} of {other}.",
        "your heart rate averaged {a} in {one} and {b} in {other}, {n} beats {less}.",
        "compared with {other}, your heart rate was {n} beats {higher} in {one}.",
        "your heart rate was {higher} in {one} than in {other}: {a} versus {b}.",
        "{one} had a {higher} heart rate than {other}.",
    ]
)
TURNED = {"higher": "lower", "lower": "higher", "above": "below", "below": "above",
          "more": "less", "less": "more", "longer": "shorter", "shorter": "longer"}  # fmt: skip


@given(HIGHER, BEATS, BEATS, st.sampled_from([(LOOP, HILLS), (HILLS, LOOP)]), st.integers(-9, 9))
def test_a_heart_rate_is_higher_only_where_it_is_by_as_much_as_it_is(
    said: str, one: int, other: int, rows: tuple[Subject, Subject], wrong_by: int
) -> None:
    assume(one != other)
    rates = ((rows[0], "heart_rate", one), (rows[1], "heart_rate", other))
    words = {
        "one": CALLED[rows[0]], "other": CALLED[rows[1]], "a": one, "b": other,
        "higher": "higher" if one > other else "lower",
        "above": "above" if one > other else "below",
        "less": "less" if one > other else "more",
    }  # fmt: skip
    apart = abs(one - other)
    assert _shown(said.format(**words, n=apart), *rates)
    reversed_words = {key: TURNED.get(str(word), word) for key, word in words.items()}
    assert not _shown(said.format(**reversed_words, n=apart), *rates)
    if wrong_by and apart + wrong_by > 0 and "{n}" in said:
        assert not _shown(said.format(**words, n=apart + wrong_by), *rates)


LONGER = st.sampled_from(
    [
        "{one} was {n} km {longer} than {other}.",
        "at {a} km, {one} was {n} km {longer} than {other}.",
        "{one} was {longer} than {other}, at {a} km against {b} km.",
        "{one} was {longer} in distance than {other}.",
    ]
)


@given(LONGER, KM, KM, st.integers(1, 30))
def test_a_run_is_longer_only_where_it_is(said: str, one: int, other: int, wrong_by: int) -> None:
    assume(one != other)
    rows = ((LOOP, "distance", 100.0 * one), (HILLS, "distance", 100.0 * other))
    words = {
        "one": "River Loop", "other": "Castle Hills", "a": one / 10, "b": other / 10,
        "longer": "longer" if one > other else "shorter",
    }  # fmt: skip
    apart = abs(one - other) / 10
    assert _shown(said.format(**words, n=f"{apart:.1f}"), *rows)
    assert not _shown(
        said.format(**(words | {"longer": TURNED[str(words["longer"])]}), n=f"{apart:.1f}"), *rows
    )
    swapped = words | {"one": words["other"], "other": words["one"]}
    assert not _shown(said.format(**swapped, n=f"{apart:.1f}"), *rows)
    if "{n}" in said:
        assert not _shown(said.format(**words, n=f"{apart + wrong_by / 10:.1f}"), *rows)


MORE = st.sampled_from(
    [
        "you ran {n} km {more} this week than last week.",
        "this week you covered {a} km, {n} km {more} than last week.",
        "your distance went {up} by {n} km, from {b} km last week to {a} km this week.",
        "this week's distance is {n} km {above} last week's {b} km.",
        "your distance {rose} from {b} km last week to {a} km this week.",
    ]
)


@given(MORE, KM, KM, st.integers(1, 30))
def test_a_week_has_more_only_where_it_has(said: str, now: int, before: int, wrong_by: int) -> None:
    assume(now != before)
    rows = ((THIS, "distance", 100.0 * now), (LAST, "distance", 100.0 * before))
    ways = [("more", "less"), ("up", "down"), ("above", "below"), ("rose", "fell")]
    words = {way[0]: way[now < before] for way in ways}
    wrong = {way[0]: way[now > before] for way in ways}
    values = {"a": f"{now / 10:.1f}", "b": f"{before / 10:.1f}"}
    apart = abs(now - before) / 10
    assert _shown(said.format(**words, **values, n=f"{apart:.1f}"), *rows)
    assert not _shown(said.format(**wrong, **values, n=f"{apart:.1f}"), *rows)
    if "{n}" in said:
        told = said.format(**words, **values, n=f"{apart + wrong_by / 10:.1f}")
        assert not _shown(told, *rows)


@given(RUNS, KM, st.integers(2, 40))
def test_a_mean_is_of_what_it_is_told_to_be(runs: int, distance: int, wrong_by: int) -> None:
    rows = ((THIS, "distance", 1000.0 * distance), (THIS, "runs", runs))
    mean = distance / runs
    assume(mean >= 1)  # below, a tenth more or less is more than rounding may change
    assert _shown(f"this week you averaged {mean:.1f} km per run.", *rows)
    assert not _shown(f"this week you averaged {mean + wrong_by / 10:.1f} km per run.", *rows)
    assert not _shown(f"this week you averaged {mean:.1f} km per day.", *rows)
    assert not _shown(f"last week you averaged {mean:.1f} km per run.", *rows)


@given(KM, FACTORS, st.sampled_from([-0.3, -0.15, 0.15, 0.3]))
def test_a_share_and_a_multiple_are_as_large_as_they_are(
    km: int, factor: int, wrong: float
) -> None:
    for much in (factor, factor * (1 + wrong)):
        rows = ((LOOP, "distance", 100.0 * km * much), (HILLS, "distance", 100.0 * km))
        right = much == factor
        assert _shown(f"River Loop was {factor} times as far as Castle Hills.", *rows) is right
        week = (LAST, "distance", 100.0 * km * much)
        share = f"River Loop made up {100 / factor:.0f} % of last week's distance."
        assert _shown(share, (LOOP, "distance", 100.0 * km), week) is right
        assert not _shown(share, (HILLS, "distance", 100.0 * km), week)


@given(KM, KM, st.integers(3, 60))
def test_what_is_told_together_is_their_sum(one: int, other: int, wrong_by: int) -> None:
    rows = ((LOOP, "distance", 100.0 * one), (HILLS, "distance", 100.0 * other))
    said = "River Loop and Castle Hills add up to {:.1f} km."
    assert _shown(said.format((one + other) / 10), *rows)
    assert not _shown(said.format((one + other + wrong_by) / 10), *rows)
    assert not _shown(said.format((one + other) / 10).replace("River Loop", "Last week"), *rows)
