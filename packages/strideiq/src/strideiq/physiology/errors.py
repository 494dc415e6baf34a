"""The one error of physiology; whoever calls it turns it into a page or an exit code."""

from __future__ import annotations


class OutsideModelError(ValueError):
    """A distance, a time or an index for which the equations say nothing about a human runner.

    ``sentence`` is what is wrong, in English and with names for its figures, so that a page can
    say it in another language; ``values`` are the figures.
    """

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence % values if values else sentence)
        self.sentence = sentence
        self.values = values
