"""What the tests of the guard share: commands are judged where no real file can mislead them."""

from __future__ import annotations

from pathlib import Path

from strongroom.command_guard import Decision, GuardSettings, judge

NOWHERE = Path("/srv/no-such-project")
"""A working directory without files, outside of all scratch."""


def judged(command: str, directory: Path = NOWHERE) -> Decision:
    return judge(command, directory, settings=GuardSettings(), acting=False)
