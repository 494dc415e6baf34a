"""Backups and what is kept of them."""

from __future__ import annotations

from catalogue.mutation import TESTS, mutation

BACKUPS = (f"{TESTS}/backups",)
PHYSICAL = (f"{TESTS}/drills/test_physical.py",)
INTERRUPTIONS = (f"{TESTS}/drills/test_interruptions.py",)
KEYS = (f"{TESTS}/backups/test_keys.py",)
ANY_SERVER = (f"{TESTS}/integrations/test_any_server.py",)
_SLOT = "test_a_slot_tells_the_moment_under_writes_and_a_chain_grows"
BY_SLOT = (f"{TESTS}/integrations/test_any_server_by_slot.py::{_SLOT}",)
_BY_LOCKS = "test_under_writes_both_databases_are_proven_at_one_moment_by_locks"
BY_LOCKS = (
    f"{ANY_SERVER[0]}::test_each_missing_right_is_said_with_the_statement_that_gives_it",
    f"{ANY_SERVER[0]}::{_BY_LOCKS}",
)
_CUT = "test_what_a_vacuum_cut_and_later_writes_grew_again_is_backed_up_whole"
CUT = (f"{TESTS}/drills/test_chain.py::{_CUT}",)
STREAMS = (f"{TESTS}/backups/test_stream.py", f"{TESTS}/backups/test_beside.py")
EXTRACTING = (f"{TESTS}/drills/test_extracting.py",)
_LYING = "test_a_store_that_says_it_has_what_it_has_not_is_found_out_before_anything_counts"
LYING = (f"{TESTS}/backups/test_take_failing.py::{_LYING}",)

MUTATIONS = (
    mutation(
        "backups/taking.py",
        "a backup of a database that is not judged again",
        "    require_match(configuration)\n",
        "",
        BACKUPS,
    ),
    mutation(
        "backups/taking.py",
        "the manifest before its entry in the ledger",
        "            self._seal(manifest)\n",
        "            self._store.put(manifest.key, manifest.to_bytes())\n",
        BACKUPS,
    ),
    mutation(
        "backups/manifest.py",
        "the manifest's hash is not compared",
        'if name != f"manifest-{hashlib.sha256(data).hexdigest()}.json":',
        "if False:",
        BACKUPS,
    ),
    mutation(
        "backups/catalogue.py",
        "objects may be missing or short",
        "        if size_bytes != stored.size_bytes:",
        "        if False:",
        BACKUPS,
    ),
    mutation(
        "backups/physical/stillness.py",
        "a log that moves counts as quiet",
        "        return not self._writing and {one.lsn for one in snapshots} == {self._position}\n",
        "        return True\n",
        PHYSICAL,
    ),
    mutation(
        "backups/physical/stillness.py",
        "nobody is kept from writing at the moment of the proof",
        '        conn.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(batch))\n',
        "        del batch\n",
        PHYSICAL,
    ),
    mutation(
        "backups/taking.py",
        "a store that only says that it has the data is believed",
        "        self._require_stored(manifest)\n",
        "",
        LYING,
    ),
    mutation(
        "backups/taking.py",
        "a store that only says that it has the manifest is believed",
        "if self._job.store.get(manifest.key) != manifest.to_bytes():",
        "if False:",
        LYING,
    ),
    mutation(
        "backups/catalogue.py",
        "a chain without its base is whole",
        "    _set_broken_chains_aside(catalogue)\n",
        "",
        ("tests/faults/test_missing.py",),
    ),
    mutation(
        "backups/stream.py",
        "a terminal that is gone is told as damage of the object that was being read",
        "        if plain.ended_by is not None:\n            raise plain.ended_by",
        "        if False:\n            raise plain.ended_by",
        INTERRUPTIONS,
    ),
    mutation(
        "backups/beside.py",
        "what the last pieces of a copy met on their way to the disk is not told",
        "        self.close()\n        if self._failure is not None:\n",
        "        self.close()\n        if False:\n",
        STREAMS,
    ),
    mutation(
        "drills/extracting.py",
        "an archive that ends within a file counts as whole",
        "        if self._left_bytes or self._header:\n",
        "        if False:\n",
        EXTRACTING,
    ),
    mutation(
        "backups/physical/slot.py",
        "the moment of a slot is that of its snapshot's export",
        "replace(export_snapshot(side.conn), lsn=position)",
        "replace(export_snapshot(side.conn), tables=export_snapshot(side.conn).tables)",
        BY_SLOT,
    ),
    mutation(
        "backups/physical/stillness.py",
        "the other databases of the cluster may be written to at the moment of the proof",
        "        for side in sides:\n            self._held",
        "        for side in sides[:1]:\n            self._held",
        BY_LOCKS,
    ),
    mutation(
        "backups/physical/chains.py",
        "a backup builds on what its recipients cannot open",
        "    return wanted.issubset(parent.recipients)\n",
        "    return True\n",
        KEYS,
    ),
    mutation(
        "backups/physical/reading.py",
        "a backup builds on another although the server may have forgotten what changed",
        "    if may_forget(conn, before, now):\n",
        "    if False:\n",
        CUT,
    ),
)
