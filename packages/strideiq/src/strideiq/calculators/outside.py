"""Why the equations say nothing of a question, in the language of who asks."""

from __future__ import annotations

from strideiq.physiology.public import OutsideModelError
from strideiq.platform.language import gettext as _


def why(error: OutsideModelError) -> str:
    """The sentence of an error of physiology."""
    sentence = _(error.sentence)
    return sentence % error.values if error.values else sentence
