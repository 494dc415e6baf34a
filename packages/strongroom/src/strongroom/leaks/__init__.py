"""Rows that tests left behind in a real database: found by signs, removed with a permit."""

from strongroom.leaks.finding import Leak, Leaks, LeftOut, find_leaks
from strongroom.leaks.removing import ask_command, effects_of, remove_leaks

__all__ = [
    "Leak",
    "Leaks",
    "LeftOut",
    "ask_command",
    "effects_of",
    "find_leaks",
    "remove_leaks",
]
