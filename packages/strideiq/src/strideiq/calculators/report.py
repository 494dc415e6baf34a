"""The calculator's answer as lines for a terminal."""

from __future__ import annotations

from strideiq.calculators.answer import Answer
from strideiq.calculators.clock import clock, pace_text
from strideiq.physiology.public import TrainingPace


def lines(answer: Answer, units: str) -> list[str]:
    """The index, then the paces, then the races; two runners in three lie in the brackets."""
    index = answer.index
    return [
        f"running performance index  {index.value:.1f}  [{index.low:.1f} to {index.high:.1f}]",
        "",
        *(_pace_line(pace, units) for pace in answer.paces),
        "",
        *(
            f"  {race.name:<14}{clock(race.time.value):>9}"
            f"   [{clock(race.time.low)} to {clock(race.time.high)}]"
            for race in answer.equivalents
        ),
        "",
        "Two runners in three lie within the brackets.",
    ]


def _pace_line(pace: TrainingPace, units: str) -> str:
    fastest, slowest = pace_text(pace.fastest.value, units), pace_text(pace.slowest.value, units)
    shown = f"{fastest.split()[0]} to {slowest}" if pace.is_range else fastest
    low, high = pace_text(pace.fastest.low, units), pace_text(pace.slowest.high, units)
    return f"  {pace.name:<12}{shown:>18}   [{low.split()[0]} to {high.split()[0]}]"
