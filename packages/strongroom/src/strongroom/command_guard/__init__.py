"""Judge shell commands and file edits by the data that they could lose, before they run.

``judge`` is the one door for commands, and ``judge_edit`` for an editor's changes. Both answer with
a ``Decision``, whatever they are given, and are loaded when they are first used: the harmless
majority of commands never gets further than ``fast``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strongroom.command_guard.decision import Decision, Finding
    from strongroom.command_guard.judging import judge, judge_edit
    from strongroom.command_guard.settings import GuardSettings, read_settings

__all__ = ["Decision", "Finding", "GuardSettings", "judge", "judge_edit", "read_settings"]

_HOMES = {
    "Decision": "decision",
    "Finding": "decision",
    "GuardSettings": "settings",
    "judge": "judging",
    "judge_edit": "judging",
    "read_settings": "settings",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
