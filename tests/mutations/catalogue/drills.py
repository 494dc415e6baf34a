"""Drills."""

from __future__ import annotations

from catalogue.mutation import TESTS, mutation

COMPARISON = (f"{TESTS}/drills/test_comparison.py",)
DAMAGE = (f"{TESTS}/drills/test_damage.py",)
PHYSICAL = (f"{TESTS}/drills/test_physical.py",)
INTERRUPTIONS = (f"{TESTS}/drills/test_interruptions.py",)
SAMPLING = (f"{TESTS}/drills/test_sampling.py",)
INVARIANTS = (f"{TESTS}/drills/test_invariants.py",)
BOUNDS = (f"{TESTS}/drills/test_bounds.py",)
ANY_SERVER = (f"{TESTS}/integrations/test_any_server.py",)

CONTENTS = (f"{TESTS}/drills/test_contents.py",)

MUTATIONS = (
    mutation(
        "drills/contents.py",
        "rows that are not the promised ones become the promise of what is copied from them",
        "            if here == one:\n",
        "            if here:\n",
        CONTENTS,
    ),
    mutation(
        "drills/comparison.py",
        "other contents count as equal",
        "equal = expected.digest == found.digest",
        "equal = True",
        COMPARISON,
    ),
    mutation(
        "drills/comparison.py",
        "a missing table is not noticed",
        "for name in sorted({*expected, *found})",
        "for name in sorted({*found})",
        COMPARISON,
    ),
    mutation(
        "drills/comparison.py",
        "an open question counts as proven",
        'if "inconclusive" in statuses or not statuses:',
        "if not statuses:",
        COMPARISON,
    ),
    mutation(
        "drills/comparison.py",
        "sequences may lag behind",
        "        elif _is_behind(after, before.last_value, handed_out=before.is_called):",
        "        elif False:",
        COMPARISON,
    ),
    mutation(
        "drills/drill.py",
        "damage is only inconclusive",
        'Check("backup", "failed", error.message)',
        'Check("backup", "ok", error.message)',
        DAMAGE,
    ),
    mutation(
        "drills/recovery.py",
        "files that are not the source's are started all the same",
        '    if files.status != "ok":',
        "    if False:",
        PHYSICAL,
    ),
    mutation(
        "drills/proofs.py",
        "a store that only says that it has the record proves",
        "if store.get(record.key) != data:",
        "if False:",
        (f"{TESTS}/drills/test_proofs.py",),
    ),
    mutation(
        "drills/interruptions.py",
        "a full disk is told as damage",
        "    if any(words in text for text in told for words in NO_SPACE):\n",
        "    if False:\n",
        INTERRUPTIONS,
    ),
    mutation(
        "drills/invariants.py",
        "row security hides rows from a question",
        " BYPASSRLS ",
        " ",
        INVARIANTS,
    ),
    mutation(
        "drills/invariants.py",
        "foreign tables of a copy lead to servers",
        '_alter_wrapper(connection, name, "NO HANDLER")',
        "pass",
        INVARIANTS,
    ),
    mutation(
        "drills/interruptions.py",
        "a drill that ran out of time has failed",
        "    if isinstance(error, TimeLimitError) or time_is_up(current_bounds()):\n",
        "    if False:\n",
        BOUNDS,
    ),
    mutation(
        "drills/time_limit.py",
        "a drill's server outlives its time",
        "stop_postmaster(directory, SILENT, signal.SIGQUIT)",
        "pass",
        BOUNDS,
    ),
    mutation(
        "drills/sampling.py",
        "a sample proves a backup",
        '    return Check("coverage", "inconclusive", ',
        '    return Check("coverage", "ok", ',
        SAMPLING,
    ),
    mutation(
        "drills/sampling.py",
        "a sample of another backup counts for this one",
        "                if record.manifest_sha256 == manifest_sha256:\n",
        "                if True:\n",
        SAMPLING,
    ),
    mutation(
        "drills/recovery.py",
        "what cannot be compared counts as proven",
        'Check("proof point", "inconclusive", physical.unproven)',
        'Check("proof point", "ok", physical.unproven)',
        PHYSICAL,
    ),
    mutation(
        "drills/recovery.py",
        "the other databases of the cluster are not compared",
        "for record in physical.databases:",
        "for record in physical.databases[:0]:",
        ANY_SERVER,
    ),
    mutation(
        "drills/recovery.py",
        "a copy that is opened reaches for the publishers of its source",
        '        "max_logical_replication_workers": "0",\n',
        "",
        PHYSICAL,
    ),
)
