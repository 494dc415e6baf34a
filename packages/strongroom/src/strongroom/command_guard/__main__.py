"""``python -I -m strongroom.command_guard``: the guard without the rest of the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from strongroom.command_guard.judging import judge
from strongroom.command_guard.lines import answer_lines

REFUSED = 30


def main(arguments: list[str]) -> int:
    """Judge the command that is given, or lines of the input; answer with the exit status."""
    if len(arguments) == 1 and arguments[0] != "--jsonl":
        decision = judge(arguments[0], Path.cwd())
        sys.stdout.write(json.dumps(decision.as_dict()) + "\n")
        return 0 if decision.allowed else REFUSED
    answer_lines(sys.stdin.buffer, sys.stdout.buffer, Path.cwd())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
