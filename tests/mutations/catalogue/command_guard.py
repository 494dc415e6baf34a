"""The guard of commands: what it resolves, what it does not believe, and what it lets pass once."""

from __future__ import annotations

from catalogue.mutation import TESTS, mutation

_ROOM = f"{TESTS}/command_guard"
CORPUS = (f"{_ROOM}/test_corpus.py", f"{_ROOM}/test_families.py")
TARGETS = (f"{_ROOM}/test_targets.py",)
LINES = (f"{_ROOM}/test_lines.py",)
EDITS = (f"{_ROOM}/test_edits.py",)
PASSING = (f"{_ROOM}/test_passing_once.py",)

MUTATIONS = (
    mutation(
        "command_guard/paths.py",
        "what nobody knows is taken for harmless",
        'else "unknown"\n        )\n    return None\n',
        'else "plain"\n        )\n    return None\n',
        CORPUS,
    ),
    mutation(
        "command_guard/shell/carriers.py",
        "a shell's own input is not looked into",
        "    return [text] if is_known(text)",
        "    return [] if is_known(text)",
        CORPUS,
    ),
    mutation(
        "command_guard/judges/conditions.py",
        "a condition that always holds passes for one that names rows",
        "            return column is not None and _column(left) != _column(right)",
        "            return True",
        CORPUS,
    ),
    mutation(
        "command_guard/context.py",
        "a configuration alone relabels a database",
        '            environment = "unknown"\n',
        "            pass\n",
        TARGETS,
    ),
    mutation(
        "command_guard/settings.py",
        "a variable leads to other settings",
        "    return Path(pwd.getpwuid(os.getuid()).pw_dir, ",
        '    return Path(os.environ["HOME"], ',
        TARGETS,
    ),
    mutation(
        "command_guard/judging.py",
        "broken text that speaks of removing is let through",
        "    if evaluation.broken and not count and",
        "    if False and",
        LINES,
    ),
    mutation(
        "command_guard/lines.py",
        "a line that cannot be read is let through",
        '    return Decision("needs_human", (why,), following)',
        '    return Decision("allow", (why,), None and following)',
        LINES,
    ),
    mutation(
        "command_guard/edits.py",
        "another volume for the database goes unnoticed",
        "        if target in before and before.get(target) != after.get(target):",
        "        if False:",
        EDITS,
    ),
    mutation(
        "command_guard/acting.py",
        "a permit for one command lets every command pass",
        '    return permit.condition == "open" and effects == [("run_command", fingerprint)]',
        '    return permit.condition == "open" and effects[0][0] == "run_command"',
        PASSING,
    ),
    mutation(
        "command_guard/judging.py",
        "asking whether a command may run uses its permit up",
        "    if not acting:\n",
        "    if False:\n",
        PASSING,
    ),
)
