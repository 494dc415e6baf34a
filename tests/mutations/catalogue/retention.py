"""Retention and the check of the store."""

from __future__ import annotations

from catalogue.mutation import TESTS, mutation

RETENTION = (f"{TESTS}/backups/test_retention.py",)
FREEZING = (f"{TESTS}/backups/test_freezing.py",)
PRUNING = (f"{TESTS}/backups/test_pruning.py",)
FSCK = (f"{TESTS}/backups/test_fsck.py",)
PRUNING_COPIES = (f"{TESTS}/backups/test_pruning_copies.py",)

MUTATIONS = (
    mutation(
        "backups/pruning_copies.py",
        "a backup that somebody brought back loses its copies",
        "removed - back",
        "removed",
        PRUNING_COPIES,
    ),
    mutation(
        "backups/pruning_copies.py",
        "data of a copy go while its manifest stays",
        "        require_gone(store, key)\n",
        "        pass\n",
        PRUNING_COPIES,
    ),
    mutation(
        "backups/retention.py",
        "an emptied database pushes full backups out",
        "    _proven_with_most_rows,\n    _unproven_with_more_rows,\n",
        "",
        RETENTION,
    ),
    mutation(
        "backups/retention.py",
        "the last proven backup at a highest count goes",
        "    _proven_with_most_rows,\n",
        "",
        RETENTION,
    ),
    mutation(
        "backups/retention.py",
        "a former life's newest proven backup goes",
        "    _newest_proven,\n",
        "",
        RETENTION,
    ),
    mutation(
        "backups/retention.py",
        "a backup goes before a newer one is proven",
        "    _not_yet_proven,\n",
        "",
        RETENTION,
    ),
    mutation(
        "backups/retention.py",
        "a backup goes that another one builds on",
        "    _keep_chains(history, because)\n",
        "",
        RETENTION,
    ),
    mutation(
        "backups/retention.py",
        "of two backups at the highest count the first is kept",
        "rows > most[place][0]",
        "rows >= most[place][0]",
        RETENTION,
    ),
    mutation(
        "backups/freezing.py",
        "retention goes on after a refusal",
        'if entry.kind == "refused":',
        'if entry.kind == "imagined":',
        FREEZING,
    ),
    mutation(
        "backups/freezing.py",
        "retention goes on after a floor drop",
        "        *_floor_drops(seen, acknowledged),\n",
        "",
        FREEZING,
    ),
    mutation(
        "backups/freezing.py",
        "an acknowledgement covers what comes after it",
        "        if entry.n <= acknowledged.up_to:\n",
        "        if acknowledged.up_to:\n",
        FREEZING,
    ),
    mutation(
        "backups/freezing.py",
        "retention goes on by a clock that jumped back",
        "        *_clock(seen, acknowledged),\n",
        "",
        FREEZING,
    ),
    mutation(
        "backups/removal.py",
        "the data goes before the manifest",
        "            self._delete(manifest.key)\n",
        "            self._delete(objects[0])\n            self._delete(manifest.key)\n",
        PRUNING,
    ),
    mutation(
        "backups/removal.py",
        "what a killed run left stays",
        '            if not any(self._store.list(f"{PREFIX}{backup_id}/manifest-")):\n',
        "            if False:\n",
        PRUNING,
    ),
    mutation(
        "backups/pruning.py",
        "retention does not stand still",
        "        if pruning.frozen:\n",
        "        if False:\n",
        PRUNING,
    ),
    mutation(
        "backups/pruning.py",
        "backups of the wrong database are pruned",
        "    require_match(configuration)\n",
        "",
        PRUNING,
    ),
    mutation(
        "backups/examining.py",
        "data is not compared with its hash",
        "elif self._reading.sha256(self._store, key) != (stored.sha256, size_bytes):",
        "elif self._reading.sha256(self._store, key)[1] != size_bytes:",
        FSCK,
    ),
    mutation(
        "backups/mending.py",
        "a damaged copy is brought back",
        "            if not _has(copy, key, sha256):\n",
        "            if not any(copy.list(key)):\n",
        FSCK,
    ),
    mutation(
        "backups/mending.py",
        "what nobody vouches for is removed",
        "return orphaned and finding.backup_id in self._past.pruned",
        "return orphaned",
        FSCK,
    ),
    mutation(
        "backups/removal.py",
        "data go while their manifest stays",
        "            require_gone(self._store, manifest.key)\n",
        "",
        PRUNING,
    ),
)
