"""What the words of training mean, in a sentence each, before the figures are told."""

from __future__ import annotations

import re
from collections.abc import Iterator

from strideiq.coach.engines.builtin.answering.asking import Asking

MEANINGS: tuple[tuple[str, str], ...] = (
    (
        "tsb|form",
        "Form, or TSB, is fitness less fatigue: a low one means tired legs, a high one fresh legs.",
    ),
    (
        "ctl|fitness",
        "Fitness, or CTL, is what your training load of about six weeks has built up.",
    ),
    ("atl|fatigue", "Fatigue, or ATL, is the training load of about the last week."),
    (
        "monotony",
        "Monotony tells how alike your days are: it is low where hard and easy days take turns.",
    ),
    (
        r"decoupl\w*|drift",
        "Decoupling tells how far heart rate and pace drift apart in a long run; low is good.",
    ),
    (
        r"efficien\w*|ef",
        "Efficiency tells how far each heartbeat takes you.",
    ),
    (
        "tss|trimp|load|training stress",
        "Training load adds up how long and how hard you trained.",
    ),
    (
        "hrv|variability",
        "HRV tells how well the body is at rest: hold it against your own usual value only.",
    ),
    (
        "threshold|tempo|lt",
        "Threshold pace is comfortably hard: the pace that you could hold in a long race.",
    ),
    (
        "vo2 ?max|interval pace",
        "Interval pace trains how much oxygen you can use: hard, in repeats.",
    ),
    ("easy pace|zone 2", "Easy pace is slow enough to talk, and what most running should be."),
    ("rpi|performance index", "The performance index is read from your races and hard efforts."),
    ("resting heart|rhr", "Resting heart rate is that of a calm morning, before you get up."),
)
"""By words that ask for it; the first that fits is told."""


def meaning(asking: Asking) -> Iterator[str]:
    """What the word that is asked about means, where that is asked."""
    if not asking.intent.what_is:
        return
    words = asking.intent.words
    for pattern, sentence in MEANINGS:
        if re.search(rf"\b(?:{pattern})\b", words):
            yield sentence
            return
