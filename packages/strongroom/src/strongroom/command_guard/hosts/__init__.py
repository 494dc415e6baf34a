"""Who asks the guard: one adapter per host, each with the contract that the host publishes.

An adapter is a module of pure functions, loaded by name when its host asks: ``asked`` reads the
host's JSON, ``neutral`` and ``refusal`` write its answer, ``outcome`` says what the host would do
with an answer. ``settings`` of an adapter are where and how the host names its hooks.
"""

from __future__ import annotations

HOSTS = ("claude", "codex", "cursor", "gemini")
"""Hosts that call a hook with JSON on its standard input."""
