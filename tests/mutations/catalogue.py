"""The breaks: what is removed or bent, and which tests must notice."""

from __future__ import annotations

from dataclasses import dataclass

SOURCE = "packages/strongroom/src/strongroom"
TESTS = "packages/strongroom/tests"

VERDICTS = (f"{TESTS}/identity/test_verdicts.py",)
REPLACED = (f"{TESTS}/identity/test_replaced_databases.py",)
GATE = (f"{TESTS}/identity/test_gate.py",)
_INITIALISE = f"{TESTS}/identity/test_initialise.py"
LEFT_BEHIND = (f"{_INITIALISE}::test_what_init_left_behind_makes_no_empty_database_ours",)
REPEATED = (f"{_INITIALISE}::test_repeating_init_forgets_nothing_that_was_learnt_of_its_database",)
FORKED = (f"{TESTS}/server/test_sharing.py::test_a_forked_process_ends_nothing_of_its_parent",)
COMPARISON = (f"{TESTS}/drills/test_comparison.py",)
SNAPSHOTS = (f"{TESTS}/postgres/test_snapshots.py",)
DIGESTS = (f"{TESTS}/postgres/test_digests.py",)
BACKUPS = (f"{TESTS}/backups",)
DAMAGE = (f"{TESTS}/drills/test_damage.py",)
PHYSICAL = (f"{TESTS}/drills/test_physical.py",)
INTERRUPTIONS = (f"{TESTS}/drills/test_interruptions.py",)
SAMPLING = (f"{TESTS}/drills/test_sampling.py",)
FIGURES = (f"{TESTS}/report/test_figures.py",)
KEYS = (f"{TESTS}/backups/test_keys.py",)
INVARIANTS = (f"{TESTS}/drills/test_invariants.py",)
BOUNDS = (f"{TESTS}/drills/test_bounds.py",)
ANY_SERVER = (f"{TESTS}/integrations/test_any_server.py",)
BY_SLOT = (f"{ANY_SERVER[0]}::test_a_slot_tells_the_moment_under_writes_and_a_chain_grows",)
_BY_LOCKS = "test_under_writes_both_databases_are_proven_at_one_moment_by_locks"
BY_LOCKS = (
    f"{ANY_SERVER[0]}::test_each_missing_right_is_said_with_the_statement_that_gives_it",
    f"{ANY_SERVER[0]}::{_BY_LOCKS}",
)
LIVES = (f"{TESTS}/identity/test_lives.py",)
EFFECTS = (f"{TESTS}/migrations/lint/test_linting.py",)
JUDGING = (f"{TESTS}/pytest_plugin/test_judging.py",)
EVASIONS = (f"{TESTS}/protection/test_evasions.py",)
REFUSALS = (f"{TESTS}/protection/test_refusals.py",)
BUDGETS = (f"{TESTS}/protection/test_budgets.py",)
PERMITS = (f"{TESTS}/protection/test_permits.py",)
LEAKS = (f"{TESTS}/leaks/test_belonging.py", f"{TESTS}/leaks/test_finding.py")
REMOVALS = (f"{TESTS}/leaks/test_removing.py",)
_LYING = "test_a_store_that_says_it_has_what_it_has_not_is_found_out_before_anything_counts"
INSIDE = "test_a_run_inside_a_run_leaves_the_guard_in_its_place"
EARLY_AND_LATE = (f"{TESTS}/pytest_plugin/test_early_and_late.py",)
ADMINISTRATION = (f"{TESTS}/protection/test_administration.py",)
RETENTION = (f"{TESTS}/backups/test_retention.py",)
FREEZING = (f"{TESTS}/backups/test_freezing.py",)
CONDITIONS = (f"{TESTS}/report/test_conditions.py",)
TELLING = (f"{TESTS}/alerts/test_telling.py",)
CHANNELS = (f"{TESTS}/alerts/test_channels.py",)
LEASE = (f"{TESTS}/schedule/test_lease.py",)
WATCHING = (f"{TESTS}/schedule/test_watching.py",)
WATCHERS = (f"{TESTS}/schedule/test_processes.py", f"{TESTS}/schedule/test_guarded.py")

PRUNING = (f"{TESTS}/backups/test_pruning.py",)
FSCK = (f"{TESTS}/backups/test_fsck.py",)
LOG_RECEIVED = (f"{TESTS}/wal/test_receiving.py",)
LOG_STORED = (f"{TESTS}/wal/test_stored_log.py",)

LYING = (f"{TESTS}/backups/test_take.py::{_LYING}",)

OTHERS = (f"{TESTS}/restores/test_others.py",)
ASIDE = (f"{TESTS}/restores/test_aside.py",)
NEW_MACHINE = (f"{TESTS}/restores/test_new_machine.py",)

PURE = (VERDICTS, COMPARISON, LIVES, EFFECTS, JUDGING, RETENTION, FREEZING)
S3 = (f"{TESTS}/storage/test_s3.py",)
S3_FAULTS = (f"{TESTS}/storage/test_s3_faults.py",)
COPIES = (f"{TESTS}/backups/test_copies.py",)
RULE = (f"{TESTS}/backups/test_three_two_one.py",)

PURE = (VERDICTS, COMPARISON, LIVES, EFFECTS, JUDGING, COPIES)
"""Tests without a server: their mutations are the slice that every change has to pass."""


@dataclass(frozen=True)
class Mutation:
    """One exact replacement in one file, and the tests that must turn red."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


def _in(room_file: str, name: str, old: str, new: str, tests: tuple[str, ...]) -> Mutation:
    return Mutation(name, f"{SOURCE}/{room_file}", old, new, tests)


MUTATIONS = (
    # server
    _in(
        "server/holders.py",
        "a forked process counts as the user that it comes from",
        "self.process_id != os.getpid()",
        "False",
        FORKED,
    ),
    _in(
        "server/scratch.py",
        "a forked process removes its parent's scratch server",
        "if os.getpid() == owner:",
        "if owner:",
        FORKED,
    ),
    # identity
    _in(
        "identity/initialise.py",
        "what an old init noted is made beside a pin",
        "        if pin is None:\n            identity = begun or",
        "        if pin is None or begun:\n            identity = begun or",
        LEFT_BEHIND,
    ),
    _in(
        "identity/binding.py",
        "a repeated init makes a known state anew",
        "    if not is_known(",
        '    if act == "init" or not is_known(',
        REPEATED,
    ),
    _in(
        "identity/verdicts.py",
        "an empty database passes",
        "        Verdict.EMPTY,\n",
        "        Verdict.MATCH,\n",
        VERDICTS,
    ),
    _in(
        "identity/verdicts.py",
        "the environment is not compared",
        "found.identity.environment == expected.environment",
        "True",
        VERDICTS,
    ),
    _in(
        "identity/verdicts.py",
        "the database id is not compared",
        "found.identity.database_id == expected.pin.database_id",
        "True",
        VERDICTS,
    ),
    _in(
        "identity/verdicts.py",
        "a retired life passes",
        'known.status == "retired"',
        "False",
        VERDICTS,
    ),
    _in(
        "identity/verdicts.py",
        "an unknown cluster passes",
        "and not _is_its_cluster(known, found)",
        "and False",
        VERDICTS,
    ),
    _in(
        "identity/verdicts.py", "a missing mark is no rollback", "    _rolled_back,\n", "", VERDICTS
    ),
    _in(
        "identity/verdicts.py",
        "divergence is not told from a rollback",
        "    _diverged,\n",
        "",
        VERDICTS,
    ),
    _in("identity/verdicts.py", "floors are not looked at", "    _shrunk,\n", "", VERDICTS),
    _in(
        "identity/verdicts.py",
        "a failover without limit of loss",
        "> limits.policy.failover_loss_max_s",
        "> 10**9",
        VERDICTS,
    ),
    _in(
        "identity/verdicts.py",
        "floors before the environment",
        "    _without_identity,\n    _other_environment,\n    _other_database,\n",
        "    _without_identity,\n    _other_database,\n    _other_environment,\n",
        VERDICTS,
    ),
    _in(
        "identity/gate.py",
        "a refused database is opened all the same",
        "            raise judgement.refusal()\n        database = OpenDatabase(",
        "        database = OpenDatabase(",
        REPLACED,
    ),
    _in(
        "identity/gate.py",
        "a new connection that proves nothing is let through",
        "if not self._proved(connection):\n                self._judge_again(connection)\n",
        "self._proved(connection)\n",
        GATE,
    ),
    _in(
        "identity/verification.py",
        "a new connection of any driver is let through",
        "        if not (yield from self.proof()):\n",
        "        if (yield from self.proof()) is None:\n",
        GATE,
    ),
    # backups
    _in(
        "postgres/snapshots.py",
        "no locks before the snapshot",
        "            hold_tables(conn, wanted, lock_timeout_ms=lock_timeout_ms)\n",
        "",
        SNAPSHOTS,
    ),
    _in(
        "postgres/snapshots.py",
        "the snapshot shows tables that were not locked",
        "return _lockable(self.tables) == _lockable(locked)",
        "return bool(locked) or True",
        SNAPSHOTS,
    ),
    _in(
        "postgres/digests.py",
        "one seed instead of two",
        "coalesce(sum(hashtextextended(r.written, 1)), 0)::text\n  FROM (SELECT ROW",
        "coalesce(sum(hashtextextended(r.written, 0)), 0)::text\n  FROM (SELECT ROW",
        DIGESTS,
    ),
    _in(
        "postgres/digests.py",
        "row security hides rows from the digest",
        '    "row_security": "off",\n',
        '    "row_security": "on",\n',
        DIGESTS,
    ),
    _in(
        "backups/taking.py",
        "a backup of a database that is not judged again",
        "    require_match(configuration)\n",
        "",
        BACKUPS,
    ),
    _in(
        "backups/taking.py",
        "the manifest before its entry in the ledger",
        "            self._seal(manifest)\n",
        "            self._store.put(manifest.key, manifest.to_bytes())\n",
        BACKUPS,
    ),
    _in(
        "backups/manifest.py",
        "the manifest's hash is not compared",
        'if name != f"manifest-{hashlib.sha256(data).hexdigest()}.json":',
        "if False:",
        BACKUPS,
    ),
    _in(
        "backups/catalogue.py",
        "objects may be missing or short",
        "        if size_bytes != stored.size_bytes:",
        "        if False:",
        BACKUPS,
    ),
    # drills
    _in(
        "drills/comparison.py",
        "other contents count as equal",
        "equal = expected.digest == found.digest",
        "equal = True",
        COMPARISON,
    ),
    _in(
        "drills/comparison.py",
        "a missing table is not noticed",
        "for name in sorted({*expected, *found})",
        "for name in sorted({*found})",
        COMPARISON,
    ),
    _in(
        "drills/comparison.py",
        "an open question counts as proven",
        'if "inconclusive" in statuses or not statuses:',
        "if not statuses:",
        COMPARISON,
    ),
    _in(
        "drills/comparison.py",
        "sequences may lag behind",
        "        elif _is_behind(after, before.last_value, handed_out=before.is_called):",
        "        elif False:",
        COMPARISON,
    ),
    _in(
        "drills/drill.py",
        "damage is only inconclusive",
        'Check("backup", "failed", error.message)',
        'Check("backup", "ok", error.message)',
        DAMAGE,
    ),
    _in(
        "backups/physical/stillness.py",
        "a log that moves counts as quiet",
        "        return not self._writing and {one.lsn for one in snapshots} == {self._position}\n",
        "        return True\n",
        PHYSICAL,
    ),
    _in(
        "backups/physical/stillness.py",
        "nobody is kept from writing at the moment of the proof",
        '        conn.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(batch))\n',
        "        del batch\n",
        PHYSICAL,
    ),
    _in(
        "drills/recovery.py",
        "files that are not the source's are started all the same",
        '    if files.status != "ok":',
        "    if False:",
        PHYSICAL,
    ),
    # lives, losses, test runs, permits and guards
    _in(
        "identity/lives.py",
        "a copy that was not accepted moves the state",
        "    if life is None or life.accepted_at != judged.accepted_at:\n",
        "    if life is None:\n",
        LIVES,
    ),
    _in(
        "identity/lives.py",
        "marks of an outage count though somebody else was first",
        "life.marks if leads_on or (known.last and one.n < known.last.n)]",
        "life.marks]",
        LIVES,
    ),
    _in(
        "migrations/lint/effects.py",
        "TRUNCATE is no loss",
        '    "TruncateStmt": _truncate,\n',
        "",
        EFFECTS,
    ),
    _in(
        "migrations/lint/effects.py",
        "a block of code loses nothing",
        '    "DoStmt": _unknown,\n',
        "",
        EFFECTS,
    ),
    _in(
        "migrations/lint/effects.py",
        "MERGE deletes nothing",
        '    "MergeStmt": _merge,\n',
        "",
        EFFECTS,
    ),
    _in(
        "migrations/lint/effects.py",
        "switching all triggers off is nothing",
        '    "AT_DisableTrigAll": "disable_guard",\n',
        "",
        EFFECTS,
    ),
    _in(
        "integrations/pytest/judging.py",
        "a database that may not be read is fair game",
        'return self.kind not in {"real", "hidden"}',
        'return self.kind not in {"real"}',
        JUDGING,
    ),
    _in(
        "integrations/pytest/judging.py",
        "a real database passes for the run's own",
        'if 0 <= float(age_s or "inf") <= lasted_s else "real"',
        'if True else "real"',
        JUDGING,
    ),
    _in(
        "permits/granting.py",
        "a permit on a backup that was proven long ago",
        "if now - backup.proven_at > age_max:",
        "if False:",
        PERMITS,
    ),
    _in(
        "permits/granting.py",
        "a permit on a backup of another life",
        "if here != backup.incarnation:",
        "if False:",
        PERMITS,
    ),
    _in(
        "permits/granting.py",
        "nobody is asked to confirm",
        "    if confirmed_by is None and wanted:\n",
        "    if False:\n",
        PERMITS,
    ),
    _in(
        "permits/permits.sql",
        "a permit is used twice",
        "        WHEN asked.opened_xid IS NOT NULL THEN 'it has been used'\n",
        "",
        PERMITS,
    ),
    _in(
        "permits/permits.sql",
        "a permit never expires",
        "        WHEN asked.expires_at <= clock_timestamp() THEN 'it has expired'\n",
        "",
        PERMITS,
    ),
    _in(
        "permits/permits.sql",
        "a permit has no limit of rows",
        "e.rows_used + lost <= e.rows_max",
        "true",
        PERMITS,
    ),
    _in(
        "permits/permits.sql",
        "a permit is for any table",
        "(e.relation = target\n",
        "(true\n",
        PERMITS,
    ),
    _in(
        "protection/guards/rows.sql",
        "a loop of deletions is not added up",
        "        IF strongroom_guard.over_budget(\n                TG_RELID, 'delete'",
        "        IF false AND strongroom_guard.over_budget(\n                TG_RELID, 'delete'",
        BUDGETS,
    ),
    _in(
        "protection/guards/rows.sql",
        "the last rows may go",
        "        why := 'these are the last rows of the table';\n",
        "        why := NULL;\n",
        BUDGETS,
    ),
    _in(
        "protection/guards/covering.sql",
        "new tables are not covered",
        "                PERFORM strongroom_guard.cover(made.objid);\n",
        "",
        REFUSALS,
    ),
    _in(
        "protection/guards/rows.sql",
        "open transactions do not see each other",
        "others := strongroom_guard.in_flight(TG_RELID, lost);",
        "others := 0;",
        EVASIONS,
    ),
    _in(
        "protection/guards/rows.sql",
        "a search path leads the guard astray",
        "    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);\n",
        "",
        EVASIONS,
    ),
    _in(
        "protection/guards/schema.sql",
        "a guard goes with an extension",
        "           OR (gone.object_type = 'trigger'\n",
        "           OR (gone.object_type = 'trigger' AND gone.original\n",
        EVASIONS,
    ),
    _in(
        "protection/guards/rows.sql",
        "what is empty in part is empty",
        "o.%I IS DISTINCT FROM NULL",
        "o.%I IS NOT NULL",
        EVASIONS,
    ),
    _in(
        "protection/guards/rules.sql",
        "a free table's name frees another one",
        "WHEN k.keep = 'none' AND n.keep = 'none' THEN 'none'",
        "WHEN 'none' IN (k.keep, n.keep) THEN 'none'",
        EVASIONS,
    ),
    # leaks
    _in(
        "leaks/belonging.py",
        "leaked rows take rows of real people along",
        "            if parent not in self.roots:\n",
        "            if False:\n",
        LEAKS,
    ),
    _in(
        "leaks/belonging.py",
        "leaked rows take along what only refers to them",
        "            if not link.owning:\n",
        "            if False:\n",
        LEAKS,
    ),
    _in(
        "leaks/belonging.py",
        "rows that cannot be named hinder no removal",
        "        if not link.listable:\n            return f",
        "        if False:\n            return f",
        LEAKS,
    ),
    _in(
        "leaks/signs.py",
        "two signs list an address that somebody may have",
        '        or found >= {"test_address", "test_name", "burst"}\n',
        '        or ("test_address" in found and len(found) > 1)\n',
        LEAKS,
    ),
    _in(
        "leaks/removing.py",
        "a removal deletes what was not shown",
        "        WHERE coalesce(s.n_tup_del, 0) <> coalesce(shown.rows, 0)\n",
        "        WHERE false\n",
        REMOVALS,
    ),
    # the guard of test runs
    _in(
        "integrations/pytest/active.py",
        "an inner run takes the guard away",
        "    while _REPLACED and not _RUNS:\n",
        "    while _REPLACED:\n",
        (f"{TESTS}/pytest_plugin/test_guard.py::{INSIDE}",),
    ),
    _in(
        "integrations/pytest/__init__.py",
        "addresses that fixtures set are not judged",
        "    real = reach.real_now()\n",
        "    real: list[str] = []\n",
        EARLY_AND_LATE,
    ),
    _in(
        "integrations/pytest/opened.py",
        "connections that came earlier are not judged",
        "    return list(_found(kinds)) if kinds else []\n",
        "    return []\n",
        EARLY_AND_LATE,
    ),
    _in(
        "protection/guards/covering.sql",
        "a rule does not follow its table",
        "                PERFORM strongroom_guard.rebind(made.objid);\n",
        "",
        EVASIONS,
    ),
    _in(
        "protection/guards/rules.sql",
        "a free parent frees its parts",
        "        SELECT FROM strongroom_guard.descendants(target) AS d (relation)\n"
        "        WHERE NOT EXISTS (SELECT FROM strongroom_guard.bound AS b\n"
        "                          WHERE b.relation = d.relation AND b.keep = 'none'))\n",
        "        SELECT WHERE false)\n",
        EVASIONS,
    ),
    _in(
        "permits/permits.sql",
        "a permit believes any number",
        "    IF lost < 0 OR (lost = 0 AND wanted IN ('delete', 'update')) THEN\n",
        "    IF false THEN\n",
        PERMITS,
    ),
    _in(
        "protection/guards/losses.sql",
        "a permitted loss ends the windows",
        "    INSERT INTO strongroom_guard.permitted_loss\n",
        "    DELETE FROM strongroom_guard.budget WHERE relation = target;\n"
        "    INSERT INTO strongroom_guard.permitted_loss\n",
        PERMITS,
    ),
    _in(
        "protection/guards/losses.sql",
        "a permitted loss counts in the window",
        "    WHERE p.relation = target AND p.act = act_name AND p.at >= b.since;\n",
        "    WHERE false;\n",
        PERMITS,
    ),
    _in(
        "postgres/connections.py",
        "the database chooses the search path of the administrator",
        '    pinned = {**conninfo, "options": _with_path(conninfo)}\n',
        "    pinned = dict(conninfo)\n",
        ADMINISTRATION,
    ),
    _in(
        "postgres/digests.py",
        "a cast of the owner's is run for a digest",
        "(SELECT ROW(x.*)::text AS written",
        "(SELECT (x.*)::text AS written",
        DIGESTS,
    ),
    # retention
    _in(
        "backups/retention.py",
        "an emptied database pushes full backups out",
        "    _proven_with_most_rows,\n    _unproven_with_more_rows,\n",
        "",
        RETENTION,
    ),
    _in(
        "backups/retention.py",
        "the last proven backup at a highest count goes",
        "    _proven_with_most_rows,\n",
        "",
        RETENTION,
    ),
    _in(
        "backups/retention.py",
        "a former life's newest proven backup goes",
        "    _newest_proven,\n",
        "",
        RETENTION,
    ),
    _in(
        "backups/retention.py",
        "a backup goes before a newer one is proven",
        "    _not_yet_proven,\n",
        "",
        RETENTION,
    ),
    _in(
        "backups/retention.py",
        "a backup goes that another one builds on",
        "    _keep_chains(history, because)\n",
        "",
        RETENTION,
    ),
    _in(
        "backups/retention.py",
        "of two backups at the highest count the first is kept",
        "rows > most[place][0]",
        "rows >= most[place][0]",
        RETENTION,
    ),
    _in(
        "backups/freezing.py",
        "retention goes on after a refusal",
        'if entry.kind == "refused":',
        'if entry.kind == "imagined":',
        FREEZING,
    ),
    _in(
        "backups/freezing.py",
        "retention goes on after a floor drop",
        "        *_floor_drops(seen, acknowledged),\n",
        "",
        FREEZING,
    ),
    _in(
        "backups/freezing.py",
        "an acknowledgement covers what comes after it",
        "        if entry.n <= acknowledged.up_to:\n",
        "        if acknowledged.up_to:\n",
        FREEZING,
    ),
    _in(
        "backups/freezing.py",
        "retention goes on by a clock that jumped back",
        "        *_clock(seen, acknowledged),\n",
        "",
        FREEZING,
    ),
    _in(
        "backups/removal.py",
        "the data goes before the manifest",
        "            self._delete(manifest.key)\n",
        "            self._delete(objects[0])\n            self._delete(manifest.key)\n",
        PRUNING,
    ),
    _in(
        "backups/removal.py",
        "what a killed run left stays",
        '            if not any(self._store.list(f"{PREFIX}{backup_id}/manifest-")):\n',
        "            if False:\n",
        PRUNING,
    ),
    _in(
        "backups/pruning.py",
        "retention does not stand still",
        "        if pruning.frozen:\n",
        "        if False:\n",
        PRUNING,
    ),
    _in(
        "backups/pruning.py",
        "backups of the wrong database are pruned",
        "    require_match(configuration)\n",
        "",
        PRUNING,
    ),
    # fsck
    _in(
        "backups/examining.py",
        "data is not compared with its hash",
        "elif self._reading.sha256(self._store, key) != (stored.sha256, size_bytes):",
        "elif self._reading.sha256(self._store, key)[1] != size_bytes:",
        FSCK,
    ),
    _in(
        "backups/mending.py",
        "a damaged copy is brought back",
        "            if not _has(copy, key, sha256):\n",
        "            if not any(copy.list(key)):\n",
        FSCK,
    ),
    _in(
        "backups/mending.py",
        "what nobody vouches for is removed",
        "return orphaned and finding.backup_id in self._past.pruned",
        "return orphaned",
        FSCK,
    ),
    _in(
        "identity/state_object.py",
        "a state is not compared with its hash",
        "    if written not in (None, _sha256(document)):\n",
        "    if False:\n",
        FSCK,
    ),
    # storage on S3, and copies
    _in(
        "storage/s3/writing.py",
        "an object on S3 is written over",
        '                IfNoneMatch="*",\n',
        "",
        S3,
    ),
    _in(
        "storage/s3/writing.py",
        "an upload is committed over an object",
        'MultipartUpload={"Parts": parts}, IfNoneMatch="*"',
        'MultipartUpload={"Parts": parts}',
        S3,
    ),
    _in(
        "storage/s3/writing.py",
        "a server's success is believed",
        "        verify(self._connection, self._key, pieces, self._token)\n",
        "        del pieces\n",
        S3_FAULTS,
    ),
    _in(
        "storage/s3/writing.py",
        "a repeated request is taken for another writer's",
        "if not is_ours(self._connection, self._key, self._token):",
        "if error:",
        S3_FAULTS,
    ),
    _in(
        "storage/s3/writing.py",
        "a failed upload is left behind",
        "self._connection.client.abort_multipart_upload(**self._upload)",
        "pass",
        S3_FAULTS,
    ),
    _in(
        "storage/s3/fitness.py",
        "a server that overwrites is trusted",
        '        raise _overwrites(connection.address, "PutObject")\n',
        "        return\n",
        S3_FAULTS,
    ),
    _in(
        "storage/s3/reading.py",
        "a reading goes on in another object",
        'same = {"IfMatch": self._etag} if self._etag else {}',
        "same: dict[str, str] = {}",
        S3_FAULTS,
    ),
    _in(
        "storage/s3/verifying.py",
        "objects are not locked",
        "    if address.lock_days:\n        until",
        "    if address.lock_days < 0:\n        until",
        S3,
    ),
    _in(
        "storage/s3/store.py",
        "a delete only hides",
        'version = {"VersionId": found["VersionId"]} if found.get("VersionId") else {}',
        "version: dict[str, str] = {}",
        S3,
    ),
    _in(
        "storage/s3/sweeping.py",
        "a sweep ends what was begun just now",
        'if now - _last_sign(connection, named, upload["Initiated"], now) < abandoned_after:',
        "if now is None:",
        S3,
    ),
    _in(
        "backups/copies.py",
        "a copy is not compared with its manifest",
        "if (size_bytes, found.hexdigest()) != (stored.size_bytes, stored.sha256):",
        "if size_bytes < 0:",
        COPIES,
    ),
    _in(
        "backups/three_two_one.py",
        "a store without the newest backup counts",
        "holding = [one for one in places if one.holds]",
        "holding = [*places]",
        RULE,
    ),
    # report, alerts, schedule
    _in(
        "report/conditions.py",
        "what cannot be seen is good",
        "return not self.holding and not self.unknown",
        "return not self.holding",
        CONDITIONS,
    ),
    _in(
        "report/conditions.py",
        "a refuted backup is no condition",
        'deciding.verdict == "failed"',
        "False",
        CONDITIONS,
    ),
    _in(
        "alerts/deciding.py",
        "told to be over without having looked",
        "alert.notice.kind not in unknown and channel",
        "channel",
        TELLING,
    ),
    _in(
        "alerts/telling.py",
        "what failed counts as told",
        "memory.note_failure(channel.name, error.message, now)",
        "memory.note_delivery(channel.name, message, now)",
        TELLING,
    ),
    _in(
        "alerts/channels.py",
        "a message that nobody took is delivered",
        "        if not delivered:\n",
        "        if False:\n",
        CHANNELS,
    ),
    _in(
        "alerts/channels.py",
        "others may log the address",
        "        logger.disabled = True\n",
        "        pass\n",
        CHANNELS,
    ),
    _in(
        "schedule/lease.py",
        "two hold the lease",
        'if newest.state == "held" and not self._is_dead(newest):',
        "if False:",
        LEASE,
    ),
    _in(
        "schedule/lease.py",
        "a number that was used up gives the lease",
        "if max(numbers, default=0) != following.number:",
        "if False:",
        LEASE,
    ),
    _in(
        "schedule/lease.py",
        "a holder that was away goes on",
        "if self._lost or self._lease.clock.steady_s() - self._renewed_s >= self._mark.lasts_s:",
        "if False:",
        WATCHERS,
    ),
    _in(
        "report/facts.py",
        "a backup of the future serves the present",
        "[one for one in backups if one.started_at <= now + CLOCK_TOLERANCE]",
        "list(backups)",
        WATCHING,
    ),
    _in(
        "schedule/running.py",
        "a run that failed is pinged as good",
        "good = self.conditions.good and not any(one.exit_code for one in ran)",
        "good = True",
        WATCHERS,
    ),
    _in(
        "backups/taking.py",
        "a store that only says that it has the data is believed",
        "        self._require_stored(manifest)\n",
        "",
        LYING,
    ),
    _in(
        "backups/taking.py",
        "a store that only says that it has the manifest is believed",
        "if self._job.store.get(manifest.key) != manifest.to_bytes():",
        "if False:",
        LYING,
    ),
    _in(
        "drills/proofs.py",
        "a store that only says that it has the record proves",
        "if store.get(record.key) != data:",
        "if False:",
        (f"{TESTS}/drills/test_proofs.py",),
    ),
    _in(
        "backups/removal.py",
        "data go while their manifest stays",
        "            self._require_gone(manifest.key)\n",
        "",
        PRUNING,
    ),
    _in(
        "backups/copies.py",
        "what a store kept too little of stays in the way",
        "            target.delete(stored.key)\n",
        "",
        COPIES,
    ),
    _in(
        "identity/state_store.py",
        "a state that the store does not show counts as written",
        "if state.sequence not in sequences:",
        "if False:",
        (f"{TESTS}/identity/test_state_store.py",),
    ),
    _in(
        "backups/catalogue.py",
        "a chain without its base is whole",
        "    _set_broken_chains_aside(catalogue)\n",
        "",
        ("tests/faults/test_missing.py",),
    ),
    _in(
        "report/conditions.py",
        "nobody hears of backups that cannot be used",
        "    _backup_damaged,\n",
        "",
        CONDITIONS,
    ),
    # drills by policy, and keys
    _in(
        "drills/interruptions.py",
        "a full disk is told as damage",
        "    if any(words in text for text in told for words in NO_SPACE):\n",
        "    if False:\n",
        INTERRUPTIONS,
    ),
    _in(
        "backups/stream.py",
        "a terminal that is gone is told as damage of the object that was being read",
        "        if plain.ended_by is not None:\n            raise plain.ended_by",
        "        if False:\n            raise plain.ended_by",
        INTERRUPTIONS,
    ),
    _in(
        "drills/invariants.py",
        "row security hides rows from a question",
        " BYPASSRLS ",
        " ",
        INVARIANTS,
    ),
    _in(
        "drills/invariants.py",
        "foreign tables of a copy lead to servers",
        '_alter_wrapper(connection, name, "NO HANDLER")',
        "pass",
        INVARIANTS,
    ),
    _in(
        "drills/interruptions.py",
        "a drill that ran out of time has failed",
        "    if isinstance(error, TimeLimitError) or time_is_up(current_bounds()):\n",
        "    if False:\n",
        BOUNDS,
    ),
    _in(
        "drills/time_limit.py",
        "a drill's server outlives its time",
        "stop_postmaster(directory, SILENT, signal.SIGQUIT)",
        "pass",
        BOUNDS,
    ),
    _in(
        "drills/sampling.py",
        "a sample proves a backup",
        '    return Check("coverage", "inconclusive", ',
        '    return Check("coverage", "ok", ',
        SAMPLING,
    ),
    _in(
        "drills/sampling.py",
        "a sample of another backup counts for this one",
        "                if record.manifest_sha256 == manifest_sha256:\n",
        "                if True:\n",
        SAMPLING,
    ),
    _in(
        "report/figures.py",
        "a backup that nobody proved makes what it holds safe",
        "proven = facts.store.proven if facts.store else None",
        "proven = facts.store.newest if facts.store else None",
        FIGURES,
    ),
    _in(
        "restores/renaming/exchanging.py",
        "a swap leaves settings and rights of the database behind",
        "if differing := difference(wanted, facts):",
        "if differing := []:",
        OTHERS,
    ),
    _in(
        "restores/renaming/exchanging.py",
        "a database is renamed though its sessions go on",
        "execute(_SESSIONS, [names, own, all_of_them])",
        "execute(_SESSIONS, [[], own, all_of_them])",
        OTHERS,
    ),
    _in(
        "restores/aside/copying.py",
        "a table comes back aside with other rows than it had",
        "if (expected.rows, expected.digest) != (found.rows, found.digest):",
        "if False:",
        ASIDE,
    ),
    _in(
        "restores/aside/removing.py",
        "a schema is removed that no restore made",
        "if rows and ledger_of(configuration).contains(KIND, schema=schema, "
        "schema_oid=rows[0][0]):",
        "if rows:",
        ASIDE,
    ),
    # physical backups of any server
    _in(
        "backups/physical/slot.py",
        "the moment of a slot is that of its snapshot's export",
        "replace(export_snapshot(side.conn), lsn=position)",
        "replace(export_snapshot(side.conn), tables=export_snapshot(side.conn).tables)",
        BY_SLOT,
    ),
    _in(
        "backups/physical/stillness.py",
        "the other databases of the cluster may be written to at the moment of the proof",
        "        for side in sides:\n            self._held",
        "        for side in sides[:1]:\n            self._held",
        BY_LOCKS,
    ),
    _in(
        "drills/recovery.py",
        "what cannot be compared counts as proven",
        'Check("proof point", "inconclusive", physical.unproven)',
        'Check("proof point", "ok", physical.unproven)',
        PHYSICAL,
    ),
    _in(
        "drills/recovery.py",
        "the other databases of the cluster are not compared",
        "for record in physical.databases:",
        "for record in physical.databases[:0]:",
        ANY_SERVER,
    ),
    _in(
        "drills/recovery.py",
        "a copy that is opened reaches for the publishers of its source",
        '        "max_logical_replication_workers": "0",\n',
        "",
        PHYSICAL,
    ),
    _in(
        "backups/physical/chains.py",
        "a backup builds on what its recipients cannot open",
        "    return wanted.issubset(parent.recipients)\n",
        "    return True\n",
        KEYS,
    ),
    _in(
        "identity/key_changes.py",
        "the last key at hand is taken off the list",
        "if not after or (not configuration.keys_elsewhere and not here.intersection(after)):",
        "if False:",
        KEYS,
    ),
    _in(
        "identity/key_ring.py",
        "only the first key is tried",
        "(configuration.private_key, *further)",
        "(configuration.private_key,)",
        KEYS,
    ),
    _in(
        "restores/new_machine/home.py",
        "a new home is put over what lies there",
        "if not directory.exists() or (directory.is_dir() and not any(directory.iterdir())):",
        "if True:",
        NEW_MACHINE,
    ),
    # the stored log
    _in(
        "backups/wal/keeping.py",
        "log counts as stored that was not read back",
        "        require_stored(self.store, stored)\n",
        "",
        LOG_RECEIVED,
    ),
    _in(
        "backups/wal/stored.py",
        "a gap in the log is not told",
        "if reached is not None and piece.start > reached:",
        "if False:",
        LOG_STORED,
    ),
    _in(
        "backups/wal/reaching.py",
        "a position beyond the log is called reached",
        "        if position > self._end:\n",
        "        if False:\n",
        LOG_STORED,
    ),
    _in(
        "backups/wal/pruning.py",
        "log that a kept backup leads to is removed",
        "[:NAME_LENGTH] < first",
        "[:NAME_LENGTH] <= first",
        LOG_STORED,
    ),
)
