"""Guards and permits."""

from __future__ import annotations

from catalogue.mutation import TESTS, mutation

EVASIONS = (f"{TESTS}/protection/test_evasions.py",)
REFUSALS = (f"{TESTS}/protection/test_refusals.py",)
BUDGETS = (f"{TESTS}/protection/test_budgets.py",)
OWNERSHIP = (f"{TESTS}/protection/test_ownership.py",)
PERMITS = tuple(
    f"{TESTS}/protection/{name}.py"
    for name in ("test_permits", "test_permits_that_are_not_good", "test_granting")
)

MUTATIONS = (
    mutation(
        "protection/ownership.py",
        "a migration on a server of others does not become the owner",
        "    return None if asked.fetchone() is None else owner",
        "    return owner if asked.fetchone() else None",
        OWNERSHIP,
    ),
    mutation(
        "permits/granting.py",
        "a permit on a backup that was proven long ago",
        "if datetime.now(UTC) - backup.proven_at > age_max:",
        "if False:",
        PERMITS,
    ),
    mutation(
        "permits/granting.py",
        "a permit on a backup of another life",
        "if here != backup.incarnation:",
        "if False:",
        PERMITS,
    ),
    mutation(
        "permits/granting.py",
        "nobody is asked to confirm",
        "    if confirmed_by is None and wanted:\n",
        "    if False:\n",
        PERMITS,
    ),
    mutation(
        "permits/permits.sql",
        "a permit is used twice",
        "        WHEN asked.opened_xid IS NOT NULL THEN 'it has been used'\n",
        "",
        PERMITS,
    ),
    mutation(
        "permits/permits.sql",
        "a permit never expires",
        "        WHEN asked.expires_at <= clock_timestamp() THEN 'it has expired'\n",
        "",
        PERMITS,
    ),
    mutation(
        "permits/permits.sql",
        "a permit has no limit of rows",
        "e.rows_used + lost <= e.rows_max",
        "true",
        PERMITS,
    ),
    mutation(
        "permits/permits.sql",
        "a permit is for any table",
        "(e.relation = target\n",
        "(true\n",
        PERMITS,
    ),
    mutation(
        "protection/guards/rows.sql",
        "a loop of deletions is not added up",
        "        IF strongroom_guard.over_budget(\n                TG_RELID, 'delete'",
        "        IF false AND strongroom_guard.over_budget(\n                TG_RELID, 'delete'",
        BUDGETS,
    ),
    mutation(
        "protection/guards/rows.sql",
        "the last rows may go",
        "        why := 'these are the last rows of the table';\n",
        "        why := NULL;\n",
        BUDGETS,
    ),
    mutation(
        "protection/guards/covering.sql",
        "new tables are not covered",
        "                PERFORM strongroom_guard.cover(made.objid);\n",
        "",
        REFUSALS,
    ),
    mutation(
        "protection/guards/rows.sql",
        "open transactions do not see each other",
        "others := strongroom_guard.in_flight(TG_RELID, lost);",
        "others := 0;",
        EVASIONS,
    ),
    mutation(
        "protection/guards/rows.sql",
        "a search path leads the guard astray",
        "    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);\n",
        "",
        EVASIONS,
    ),
    mutation(
        "protection/guards/schema.sql",
        "a guard goes with an extension",
        "           OR (gone.object_type = 'trigger'\n",
        "           OR (gone.object_type = 'trigger' AND gone.original\n",
        EVASIONS,
    ),
    mutation(
        "protection/guards/rows.sql",
        "what is empty in part is empty",
        "o.%I IS DISTINCT FROM NULL",
        "o.%I IS NOT NULL",
        EVASIONS,
    ),
    mutation(
        "protection/guards/rules.sql",
        "a free table's name frees another one",
        "WHEN k.keep = 'none' AND n.keep = 'none' THEN 'none'",
        "WHEN 'none' IN (k.keep, n.keep) THEN 'none'",
        EVASIONS,
    ),
    mutation(
        "protection/guards/covering.sql",
        "a rule does not follow its table",
        "                PERFORM strongroom_guard.rebind(made.objid);\n",
        "",
        EVASIONS,
    ),
    mutation(
        "protection/guards/rules.sql",
        "a free parent frees its parts",
        "        SELECT FROM strongroom_guard.descendants(target) AS d (relation)\n"
        "        WHERE NOT EXISTS (SELECT FROM strongroom_guard.bound AS b\n"
        "                          WHERE b.relation = d.relation AND b.keep = 'none'))\n",
        "        SELECT WHERE false)\n",
        EVASIONS,
    ),
    mutation(
        "permits/permits.sql",
        "a permit believes any number",
        "    IF lost < 0 OR (lost = 0 AND wanted IN ('delete', 'update')) THEN\n",
        "    IF false THEN\n",
        PERMITS,
    ),
    mutation(
        "protection/guards/losses.sql",
        "a permitted loss ends the windows",
        "    INSERT INTO strongroom_guard.permitted_loss\n",
        "    DELETE FROM strongroom_guard.budget WHERE relation = target;\n"
        "    INSERT INTO strongroom_guard.permitted_loss\n",
        PERMITS,
    ),
    mutation(
        "protection/guards/losses.sql",
        "a permitted loss counts in the window",
        "    WHERE p.relation = target AND p.act = act_name AND p.at >= b.since;\n",
        "    WHERE false;\n",
        PERMITS,
    ),
)
