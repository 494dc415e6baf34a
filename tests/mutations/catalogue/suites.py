"""Runs of tests, and the rows that they leave."""

from __future__ import annotations

from catalogue.mutation import TESTS, mutation

JUDGING = (f"{TESTS}/pytest_plugin/test_judging.py",)
LEAKS = (f"{TESTS}/leaks/test_belonging.py", f"{TESTS}/leaks/test_finding.py")
REMOVALS = (f"{TESTS}/leaks/test_removing.py",)
INSIDE = "test_a_run_inside_a_run_leaves_the_guard_in_its_place"
EARLY_AND_LATE = (f"{TESTS}/pytest_plugin/test_early_and_late.py",)

MUTATIONS = (
    mutation(
        "integrations/pytest/judging.py",
        "a database that may not be read is fair game",
        'return self.kind not in {"real", "hidden"}',
        'return self.kind not in {"real"}',
        JUDGING,
    ),
    mutation(
        "integrations/pytest/judging.py",
        "a real database passes for the run's own",
        'if 0 <= float(age_s or "inf") <= lasted_s else "real"',
        'if True else "real"',
        JUDGING,
    ),
    mutation(
        "leaks/belonging.py",
        "leaked rows take rows of real people along",
        "            if parent not in self.roots:\n",
        "            if False:\n",
        LEAKS,
    ),
    mutation(
        "leaks/belonging.py",
        "leaked rows take along what only refers to them",
        "            if not link.owning:\n",
        "            if False:\n",
        LEAKS,
    ),
    mutation(
        "leaks/belonging.py",
        "rows that cannot be named hinder no removal",
        "        if not link.listable:\n            return f",
        "        if False:\n            return f",
        LEAKS,
    ),
    mutation(
        "leaks/signs.py",
        "two signs list an address that somebody may have",
        '        or found >= {"test_address", "test_name", "burst"}\n',
        '        or ("test_address" in found and len(found) > 1)\n',
        LEAKS,
    ),
    mutation(
        "leaks/removing.py",
        "a removal deletes what was not shown",
        "        WHERE coalesce(s.n_tup_del, 0) <> coalesce(shown.rows, 0)\n",
        "        WHERE false\n",
        REMOVALS,
    ),
    mutation(
        "integrations/pytest/active.py",
        "an inner run takes the guard away",
        "    while _REPLACED and not _RUNS:\n",
        "    while _REPLACED:\n",
        (f"{TESTS}/pytest_plugin/test_guard.py::{INSIDE}",),
    ),
    mutation(
        "integrations/pytest/__init__.py",
        "addresses that fixtures set are not judged",
        "    real = reach.real_now()\n",
        "    real: list[str] = []\n",
        EARLY_AND_LATE,
    ),
    mutation(
        "integrations/pytest/opened.py",
        "connections that came earlier are not judged",
        "    return list(_found(kinds)) if kinds else []\n",
        "    return []\n",
        EARLY_AND_LATE,
    ),
)
