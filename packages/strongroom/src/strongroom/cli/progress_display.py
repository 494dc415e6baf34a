"""Progress on a terminal: what was just finished, and one bar per running task.

Everything is taken away again at the end: the verb's answer stands alone.
"""

from __future__ import annotations

from rich.console import Console, Group
from rich.live import Live
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.spinner import Spinner
from rich.table import Column
from rich.text import Text

from strongroom.cli.quantities import amount_text

WORDS = {
    "aside.copied": "bringing rows aside",
    "backup.data": "reading the data",
    "backup.digests": "counting and digesting",
    "find.candidates": "searching",
    "find.looking": "looking into copies",
    "fsck.data": "reading the store",
    "reload.loaded": "restoring",
    "reload.compared": "comparing",
    "reload.unpacked": "laying out files",
    "reload.log": "laying the log out",
    "reload.replayed": "replaying the log",
    "server.recovery": "PostgreSQL recovers after a crash",
    "server.stopping": "PostgreSQL is stopping",
}
"""What a person reads of our tasks; an application's own tasks are told by their name."""


class _Amount(ProgressColumn):
    """Done of total, and the rate, in the task's own unit."""

    def __init__(self) -> None:
        super().__init__(Column(no_wrap=True))

    def render(self, task: Task) -> Text:
        unit = str(task.fields["unit"])
        if not task.total:
            return Text(amount_text(int(task.completed), unit))
        done = amount_text(int(task.completed), unit).removesuffix(f" {unit}")
        rate = f"  {amount_text(int(task.speed), unit)}/s" if task.speed else ""
        return Text(f"{done} of {amount_text(int(task.total), unit)}{rate}")


class ProgressDisplay:
    """Shows what long work says of itself, on standard error."""

    def __init__(self) -> None:
        self._bars = Progress(
            TextColumn("  {task.description}", table_column=Column(no_wrap=True)),
            BarColumn(bar_width=16),
            _Amount(),
            TimeRemainingColumn(compact=True, table_column=Column(no_wrap=True)),
        )
        self._latest = Spinner("dots", Text("beginning", style="dim"))
        self._tasks: dict[str, TaskID] = {}
        self._live = Live(
            Group(self._latest, self._bars), console=Console(stderr=True), transient=True
        )
        self._live.start()

    def step(self, name: str) -> None:
        """Name the part that was just finished, and take away the bars that ended with it."""
        self._latest.update(text=Text(told(name), style="dim"))
        for task, bar in list(self._tasks.items()):
            if self._bars.tasks[self._bars.task_ids.index(bar)].finished or _room(task) != _room(
                name
            ):
                self._bars.remove_task(self._tasks.pop(task))

    def amount(self, task: str, done: int, total: int | None, unit: str) -> None:
        """Move a task's bar; the first call begins it."""
        if task not in self._tasks:
            words = WORDS.get(task, told(task))
            self._tasks[task] = self._bars.add_task(words, total=total, unit=unit)
        self._bars.update(self._tasks[task], completed=done, total=total)

    def close(self) -> None:
        """Take everything away."""
        self._live.stop()


def told(name: str) -> str:
    """A step's or a task's name as words: ``backup: tables locked``."""
    return name.replace(".", ": ").replace("_", " ")


def _room(name: str) -> str:
    return name.partition(".")[0]
