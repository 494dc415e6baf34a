"""Progress on a terminal: one line per running task, with rate and remaining time."""

from __future__ import annotations

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from strongroom.cli.quantities import amount_text


class _Amount(ProgressColumn):
    """Done of total, and the rate, in the task's own unit."""

    def render(self, task: Task) -> Text:
        unit = str(task.fields["unit"])
        done = amount_text(int(task.completed), unit)
        total = f" of {amount_text(int(task.total), unit)}" if task.total else ""
        rate = f"  {amount_text(int(task.speed), unit)}/s" if task.speed else ""
        return Text(f"{done}{total}{rate}")


class ProgressDisplay:
    """Shows what long work says of itself, on standard error."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            _Amount(),
            TimeRemainingColumn(compact=True),
            console=Console(stderr=True),
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}
        self._progress.start()

    def step(self, name: str) -> None:
        """Leave a line for a finished part."""
        self._progress.console.print(f"[dim]{name}[/dim]", highlight=False)

    def amount(self, task: str, done: int, total: int | None, unit: str) -> None:
        """Move a task's bar; the first call begins it."""
        if task not in self._tasks:
            self._tasks[task] = self._progress.add_task(task, total=total, unit=unit)
        self._progress.update(self._tasks[task], completed=done, total=total)

    def close(self) -> None:
        """Take the bars away."""
        self._progress.stop()
