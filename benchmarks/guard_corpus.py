"""Score the guard on the two halves of its corpus: recall, false alarms, by family.

``python benchmarks/guard_corpus.py`` prints a table. Rules were written from one half
(``dangerous``, ``harmless``); the other (``held_out``) was written by a reader who had not seen
them.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from strongroom.command_guard import GuardSettings, judge

CORPUS = Path(__file__).parent.parent / "packages/strongroom/tests/command_guard/corpus"
DIRECTORY = Path("/srv/no-such-project")


def allowed(command: str) -> bool:
    """Whether the guard lets a command pass, in a directory where no file helps it."""
    return judge(command, DIRECTORY, settings=GuardSettings(), acting=False).allowed


def main() -> None:
    """Print what is missed and what is a false alarm; with ``-v`` each of them."""
    path = Path(sys.argv[1]) if sys.argv[1:2] and sys.argv[1] != "-v" else CORPUS / "held_out.jsonl"
    counts: Counter[tuple[str, str]] = Counter()
    wrong: Counter[tuple[str, str]] = Counter()
    for line in path.read_text().splitlines():
        entry = json.loads(line)
        kind = "safe" if entry["expected"] in {"safe", "allow"} else "danger"
        key = (entry.get("family", "all"), kind)
        counts[key] += 1
        if allowed(entry["command"]) != (kind == "safe"):
            wrong[key] += 1
            if "-v" in sys.argv:
                print(kind, entry.get("family"), repr(entry["command"]), "|", entry["why"])
    print(f"{'family':16} {'dangerous':>9} {'missed':>7} {'harmless':>9} {'alarms':>7}")
    for family in [*sorted({name for name, _ in counts}), "together"]:
        row = [
            sum(n for (name, of), n in one.items() if of == kind and family in {name, "together"})
            for kind in ("danger", "safe")
            for one in (counts, wrong)
        ]
        print(f"{family:16} {row[0]:9} {row[1]:7} {row[2]:9} {row[3]:7}")


if __name__ == "__main__":
    main()
