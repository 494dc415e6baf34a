"""What to say to a question in another language than English."""

from __future__ import annotations

from collections.abc import Iterator

from strideiq.coach.engines.builtin.answering.asking import Asking


def language(asking: Asking) -> Iterator[str]:
    """One language only, so far, and how to ask in it."""
    del asking
    yield "I answer in English only so far, and did not understand that well enough."
    yield "Ask me in English, for example: how far did I run altogether, or what is planned?"
