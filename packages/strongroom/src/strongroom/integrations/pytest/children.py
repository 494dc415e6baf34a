"""Processes that ``multiprocessing`` starts anew are guarded before they import anything.

Forked ones have the guard from their parent. The others get a letter with what they need to
begin; reading ours puts the guard there.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from strongroom.integrations.pytest.active import judging_run, original_of, replace
from strongroom.integrations.pytest.judging import Run


def guard_children(module: ModuleType) -> None:
    """Let ``multiprocessing.spawn`` guard what it starts."""
    original = original_of(module, "get_preparation_data", module)

    def get_preparation_data(name: str) -> dict[str, Any]:
        data: dict[str, Any] = original(name)
        run = judging_run()
        return {**data, "strongroom": _Letter(run.name, run.began)} if run else data

    replace(module, "get_preparation_data", get_preparation_data)


class _Letter:
    def __init__(self, name: str, began: float) -> None:
        self._run = (name, began)

    def __reduce__(self) -> tuple[object, tuple[str, float]]:
        return _begin, self._run


def _begin(name: str, began: float) -> None:
    """Guard this process, which belongs to a run of another one."""
    from strongroom.integrations.pytest.watching import watch  # noqa: PLC0415  it imports this

    if judging_run() is None:
        watch(Run(name, began))
