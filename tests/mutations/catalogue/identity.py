"""Identity, its servers, digests and ledger."""

from __future__ import annotations

from catalogue.mutation import TESTS, mutation

VERDICTS = (f"{TESTS}/identity/test_verdicts.py",)
REPLACED = (f"{TESTS}/identity/test_replaced_databases.py",)
GATE = (f"{TESTS}/identity/test_gate.py",)
CORRECTION = (f"{TESTS}/identity/test_correction.py",)
_INITIALISE = f"{TESTS}/identity/test_initialise.py"
LEFT_BEHIND = (f"{_INITIALISE}::test_what_init_left_behind_makes_no_empty_database_ours",)
REPEATED = (f"{_INITIALISE}::test_repeating_init_forgets_nothing_that_was_learnt_of_its_database",)
FORKED = (f"{TESTS}/server/test_sharing.py::test_a_forked_process_ends_nothing_of_its_parent",)
SNAPSHOTS = (f"{TESTS}/postgres/test_snapshots.py",)
DIGESTS = (f"{TESTS}/postgres/test_digests.py",)
DIGEST_METHODS = (f"{TESTS}/postgres/test_digest_methods.py",)
KEYS = (f"{TESTS}/backups/test_keys.py",)
LIVES = (f"{TESTS}/identity/test_lives.py",)
ADMINISTRATION = (f"{TESTS}/protection/test_administration.py",)
FSCK = (f"{TESTS}/backups/test_fsck.py",)

MUTATIONS = (
    mutation(
        "identity/correction.py",
        "a mended address has the password of another user",
        "    if now.user != right.user or not commands or None in commands:\n",
        "    if not commands or None in commands:\n",
        CORRECTION,
    ),
    mutation(
        "identity/whereabouts.py",
        "what is remembered of one database is taken for another's",
        '        if document.pop("database_id") != database_id:\n',
        '        if document.pop("database_id") is None:\n',
        CORRECTION,
    ),
    mutation(
        "server/holders.py",
        "a forked process counts as the user that it comes from",
        "self.process_id != os.getpid()",
        "False",
        FORKED,
    ),
    mutation(
        "server/scratch.py",
        "a forked process removes its parent's scratch server",
        "if os.getpid() == owner:",
        "if owner:",
        FORKED,
    ),
    mutation(
        "identity/initialise.py",
        "what an old init noted is made beside a pin",
        "        if pin is None:\n            identity = begun or",
        "        if pin is None or begun:\n            identity = begun or",
        LEFT_BEHIND,
    ),
    mutation(
        "identity/binding.py",
        "a repeated init makes a known state anew",
        "    if not is_known(",
        '    if act == "init" or not is_known(',
        REPEATED,
    ),
    mutation(
        "identity/verdicts.py",
        "an empty database passes",
        "        Verdict.EMPTY,\n",
        "        Verdict.MATCH,\n",
        VERDICTS,
    ),
    mutation(
        "identity/verdicts.py",
        "the environment is not compared",
        "found.identity.environment == expected.environment",
        "True",
        VERDICTS,
    ),
    mutation(
        "identity/verdicts.py",
        "the database id is not compared",
        "found.identity.database_id == expected.pin.database_id",
        "True",
        VERDICTS,
    ),
    mutation(
        "identity/verdicts.py",
        "a retired life passes",
        'known.status == "retired"',
        "False",
        VERDICTS,
    ),
    mutation(
        "identity/verdicts.py",
        "an unknown cluster passes",
        "and not _is_its_cluster(known, found)",
        "and False",
        VERDICTS,
    ),
    mutation(
        "identity/verdicts.py", "a missing mark is no rollback", "    _rolled_back,\n", "", VERDICTS
    ),
    mutation(
        "identity/verdicts.py",
        "divergence is not told from a rollback",
        "    _diverged,\n",
        "",
        VERDICTS,
    ),
    mutation("identity/verdicts.py", "floors are not looked at", "    _shrunk,\n", "", VERDICTS),
    mutation(
        "identity/verdicts.py",
        "a failover without limit of loss",
        "> limits.policy.failover_loss_max_s",
        "> 10**9",
        VERDICTS,
    ),
    mutation(
        "identity/verdicts.py",
        "floors before the environment",
        "    _without_identity,\n    _other_environment,\n    _other_database,\n",
        "    _without_identity,\n    _other_database,\n    _other_environment,\n",
        VERDICTS,
    ),
    mutation(
        "identity/gate.py",
        "a refused database is opened all the same",
        "            raise judgement.refusal()\n        database = OpenDatabase(",
        "        database = OpenDatabase(",
        REPLACED,
    ),
    mutation(
        "identity/gate.py",
        "a new connection that proves nothing is let through",
        "if not self._proved(connection):\n                self._judge_again(connection)\n",
        "self._proved(connection)\n",
        GATE,
    ),
    mutation(
        "identity/verification.py",
        "a new connection of any driver is let through",
        "        if not (yield from self.proof()):\n",
        "        if (yield from self.proof()) is None:\n",
        GATE,
    ),
    mutation(
        "postgres/snapshots.py",
        "no locks before the snapshot",
        "            hold_tables(conn, wanted, lock_timeout_ms=lock_timeout_ms)\n",
        "",
        SNAPSHOTS,
    ),
    mutation(
        "postgres/snapshots.py",
        "the snapshot shows tables that were not locked",
        "return _lockable(self.tables) == _lockable(locked)",
        "return bool(locked) or True",
        SNAPSHOTS,
    ),
    mutation(
        "postgres/digests.py",
        "one seed instead of two",
        "coalesce(sum(hashtextextended(r.written, 1)), 0)::text\n  FROM (SELECT ROW",
        "coalesce(sum(hashtextextended(r.written, 0)), 0)::text\n  FROM (SELECT ROW",
        DIGESTS,
    ),
    mutation(
        "postgres/digests.py",
        "row security hides rows from the digest",
        '    "row_security": "off",\n',
        '    "row_security": "on",\n',
        DIGESTS,
    ),
    mutation(
        "identity/lives.py",
        "a copy that was not accepted moves the state",
        "    if life is None or life.accepted_at != judged.accepted_at:\n",
        "    if life is None:\n",
        LIVES,
    ),
    mutation(
        "identity/lives.py",
        "marks of an outage count though somebody else was first",
        "life.marks if leads_on or (known.last and one.n < known.last.n)]",
        "life.marks]",
        LIVES,
    ),
    mutation(
        "postgres/connections.py",
        "the database chooses the search path of the administrator",
        '    pinned = {**conninfo, "options": _with_path(conninfo)}\n',
        "    pinned = dict(conninfo)\n",
        ADMINISTRATION,
    ),
    mutation(
        "postgres/digests.py",
        "a cast of the owner's is run for a digest",
        "(SELECT ROW(x.*)::text AS written",
        "(SELECT (x.*)::text AS written",
        DIGEST_METHODS,
    ),
    mutation(
        "postgres/digests.py",
        "the hashes of single columns are summed, so that rows may exchange values",
        "(SELECT ROW(record_send(ROW(x.*))) AS sent",
        "(SELECT ROW(x.*) AS sent",
        DIGESTS,
    ),
    mutation(
        "postgres/digests.py",
        "a row is digested as it is sent though its types have other numbers in a copy",
        "          AND (t.oid >= 10000 OR ",
        "          AND (",
        DIGEST_METHODS,
    ),
    mutation(
        "identity/state_object.py",
        "a state is not compared with its hash",
        "    if written not in (None, _sha256(document)):\n",
        "    if False:\n",
        FSCK,
    ),
    mutation(
        "identity/state_store.py",
        "a state that the store does not show counts as written",
        "if state.sequence not in sequences:",
        "if False:",
        (f"{TESTS}/identity/test_state_store.py",),
    ),
    mutation(
        "identity/key_changes.py",
        "the last key at hand is taken off the list",
        "if not after or (not configuration.keys_elsewhere and not here.intersection(after)):",
        "if False:",
        KEYS,
    ),
    mutation(
        "identity/key_ring.py",
        "only the first key is tried",
        "(configuration.private_key, *further)",
        "(configuration.private_key,)",
        KEYS,
    ),
)
