"""The stored log."""

from __future__ import annotations

from catalogue.mutation import TESTS, mutation

LOG_RECEIVED = (f"{TESTS}/wal/test_receiving.py",)
LOG_STORED = (f"{TESTS}/wal/test_stored_log.py",)

MUTATIONS = (
    mutation(
        "backups/wal/keeping.py",
        "log counts as stored that was not read back",
        "        require_stored(self.store, stored)\n",
        "",
        LOG_RECEIVED,
    ),
    mutation(
        "backups/wal/stored.py",
        "a gap in the log is not told",
        "if reached is not None and piece.start > reached:",
        "if False:",
        LOG_STORED,
    ),
    mutation(
        "backups/wal/reaching.py",
        "a position beyond the log is called reached",
        "        if position > self._end:\n",
        "        if False:\n",
        LOG_STORED,
    ),
    mutation(
        "backups/wal/pruning.py",
        "log that a kept backup leads to is removed",
        "[:NAME_LENGTH] < first",
        "[:NAME_LENGTH] <= first",
        LOG_STORED,
    ),
)
