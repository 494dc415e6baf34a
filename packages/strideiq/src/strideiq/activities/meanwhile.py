"""Two forms of one field open at once: the second to be saved does not undo the first unseen.

A form keeps a mark of what stood in it when it opened. Where something else is there by now, what
was typed is kept in the form, what changed is told, and saving once more is a choice.
"""

from __future__ import annotations

from hashlib import sha256

from markupsafe import Markup, escape

from strideiq.activities.errors import ChangedFieldError
from strideiq.platform.language import gettext as _


def mark(text: str) -> str:
    """What a form keeps of the text that it opened with."""
    return sha256(text.replace("\r\n", "\n").strip().encode()).hexdigest()[:16]


def untouched(typed: str, opened_with: str) -> bool:
    """Whether a form is sent as it was opened, and so says nothing."""
    return mark(typed) == opened_with


def refuse_unseen_change(
    now: str, shown: Markup | str | None, typed: str, opened_with: str
) -> None:
    """Let a form be saved that has shown what it changes; ``now`` is what stands there.

    Raises:
        ChangedFieldError: something else is there by now than what it has shown.
    """
    if opened_with and mark(now) not in {opened_with, mark(typed)}:
        raise ChangedFieldError(
            _("This was changed meanwhile: it is “%(now)s” now.")
            % {"now": escape(shown).striptags() if shown else _("nothing")},
            next_step=_("Save once more to put yours in its place, or leave it as it is."),
        )
