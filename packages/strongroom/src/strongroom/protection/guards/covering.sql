-- Which tables need which guards, what they lack, and every change of the schema.

-- Tables that need guards: everything of users that holds rows and survives its session.
CREATE OR REPLACE VIEW strongroom_guard.guarded_table AS
SELECT c.oid AS relation, n.nspname AS schema, c.relname AS name
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'strongroom', 'strongroom_guard')
  AND (NOT EXISTS (SELECT FROM pg_depend AS d
                   WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
       -- One that was given to an extension later stays guarded.
       OR EXISTS (SELECT FROM pg_trigger AS g
                  WHERE g.tgrelid = c.oid AND g.tgname = 'strongroom_delete'));

-- Which guards a table must have. tgtype: 1 row, 2 before, 8 delete, 16 update, 32 truncate.
CREATE OR REPLACE VIEW strongroom_guard.wanted_guard AS
SELECT t.relation, t.schema, t.name, w.guard, w.event, w.tables, w.function, w.type
FROM strongroom_guard.guarded_table AS t
CROSS JOIN (VALUES
    ('strongroom_delete', 'AFTER DELETE', 'REFERENCING OLD TABLE AS old_rows', 'guard_delete', 8),
    ('strongroom_update', 'AFTER UPDATE',
     'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows', 'guard_update', 16),
    ('strongroom_truncate', 'BEFORE TRUNCATE', '', 'guard_truncate', 34),
    ('strongroom_updates', 'AFTER UPDATE',
     'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows', 'guard_budget', 16),
    ('strongroom_image_delete', 'AFTER DELETE', 'REFERENCING OLD TABLE AS old_rows', 'keep_image', 8),
    ('strongroom_image_update', 'AFTER UPDATE', 'REFERENCING OLD TABLE AS old_rows', 'keep_image', 16)
) AS w (guard, event, tables, function, type)
WHERE w.function NOT IN ('keep_image', 'guard_budget')
   OR EXISTS (SELECT FROM strongroom_guard.bound AS r
              WHERE r.relation = t.relation
                AND CASE w.function WHEN 'keep_image' THEN r.before_images
                                    ELSE r.updates = 'budget' END);

-- Guards that are missing, switched off or changed.
CREATE OR REPLACE VIEW strongroom_guard.weakened_guard AS
SELECT w.*, CASE WHEN g.oid IS NULL THEN 'missing'
                 WHEN g.tgenabled IN ('D', 'R') THEN 'disabled'
                 WHEN g.tgenabled = 'O' THEN 'not always on'
                 ELSE 'changed' END AS condition
FROM strongroom_guard.wanted_guard AS w
LEFT JOIN pg_trigger AS g ON g.tgrelid = w.relation AND g.tgname = w.guard
WHERE g.oid IS NULL OR g.tgenabled <> 'A' OR g.tgqual IS NOT NULL OR g.tgtype <> w.type
   OR (g.tgoldtable IS NOT NULL) <> (w.tables LIKE '%OLD TABLE%')
   OR (g.tgnewtable IS NOT NULL) <> (w.tables LIKE '%NEW TABLE%')
   OR g.tgfoid <> to_regproc('strongroom_guard.' || w.function);

-- Puts missing guards on a table, with the rights of the caller, who owns it.
CREATE OR REPLACE FUNCTION strongroom_guard.cover(target oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    w record;
BEGIN
    FOR w IN SELECT * FROM strongroom_guard.weakened_guard AS x
             WHERE x.relation = target AND x.condition IN ('missing', 'not always on')
    LOOP
        -- To switch one on changes the table, which covers it as well.
        IF NOT EXISTS (SELECT FROM pg_trigger AS g WHERE g.tgrelid = target AND g.tgname = w.guard) THEN
            EXECUTE format(
                'CREATE TRIGGER %I %s ON %I.%I %s FOR EACH STATEMENT EXECUTE FUNCTION strongroom_guard.%I()',
                w.guard, w.event, w.schema, w.name, w.tables, w.function);
        END IF;
        EXECUTE format('ALTER TABLE %I.%I ENABLE ALWAYS TRIGGER %I', w.schema, w.name, w.guard);
    END LOOP;
END
$$;

-- Tables that lack a guard after a change of one: it, what it is part of, and its parts.
CREATE OR REPLACE FUNCTION strongroom_guard.uncovered_by(target oid) RETURNS SETOF oid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT DISTINCT w.relation FROM strongroom_guard.weakened_guard AS w
    WHERE w.condition = 'missing'
      AND w.relation IN (SELECT strongroom_guard.ancestors(target)
                         UNION ALL SELECT strongroom_guard.descendants(target))
$$;

CREATE OR REPLACE FUNCTION strongroom_guard.allow_disabling(target oid) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT strongroom_guard.consume('disable_guard', target, NULL, NULL)
$$;

-- After every change of the schema: new tables get their guards, and no guard was weakened.
CREATE OR REPLACE FUNCTION strongroom_guard.guard_ddl() RETURNS event_trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    made record;
    weak record;
BEGIN
    FOR made IN
        SELECT DISTINCT c.classid, c.objid, c.command_tag, c.object_type
        FROM pg_event_trigger_ddl_commands() AS c
        WHERE NOT c.in_extension
          AND c.object_type IN ('table', 'trigger', 'schema', 'sequence')
          AND c.schema_name IS DISTINCT FROM 'pg_temp'
    LOOP
        IF made.object_type = 'trigger' THEN
            -- Our own are made here too, and switched to "always" by the next statement.
            FOR weak IN
                SELECT w.relation, w.guard FROM strongroom_guard.weakened_guard AS w
                JOIN pg_trigger AS g ON g.oid = made.objid
                                    AND g.tgrelid = w.relation AND g.tgname = w.guard
                WHERE w.condition IN ('changed', 'disabled') OR g.tgqual IS NOT NULL
                   OR g.tgfoid <> to_regproc('strongroom_guard.' || w.function)
                   OR g.tgtype <> w.type
                UNION ALL
                SELECT w.relation, w.guard FROM strongroom_guard.weakened_guard AS w
                WHERE made.command_tag = 'ALTER TRIGGER' AND w.condition = 'missing'
                  AND w.relation = (SELECT g.tgrelid FROM pg_trigger AS g WHERE g.oid = made.objid)
            LOOP
                IF NOT strongroom_guard.allow_disabling(weak.relation) THEN
                    PERFORM strongroom_guard.refuse(
                        format('changing %s on %s', weak.guard, weak.relation::regclass),
                        'it belongs to the protection of this database',
                        format('disable_guard %s', weak.relation::regclass));
                END IF;
            END LOOP;
        ELSIF made.object_type <> 'table' THEN
            IF made.command_tag IN ('CREATE SCHEMA', 'CREATE SEQUENCE') THEN
                PERFORM strongroom_guard.note_made(made.objid);
            END IF;
        ELSE
            FOR weak IN
                SELECT w.relation, w.guard, w.condition FROM strongroom_guard.weakened_guard AS w
                WHERE w.relation = made.objid AND w.condition IN ('disabled', 'not always on', 'changed')
                  AND made.command_tag = 'ALTER TABLE'
            LOOP
                IF NOT strongroom_guard.allow_disabling(weak.relation) THEN
                    PERFORM strongroom_guard.refuse(
                        format('switching off %s on %s', weak.guard, weak.relation::regclass),
                        'it belongs to the protection of this database',
                        format('disable_guard %s', weak.relation::regclass));
                END IF;
            END LOOP;
            IF made.command_tag IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO') THEN
                PERFORM strongroom_guard.note_made(made.objid);
                PERFORM strongroom_guard.cover(made.objid);
            ELSIF made.command_tag = 'ALTER TABLE' THEN
                PERFORM strongroom_guard.note_shape(made.objid);
                PERFORM strongroom_guard.note_joined(made.objid);
                PERFORM strongroom_guard.rebind(made.objid);
                PERFORM strongroom_guard.cover(p.relation)
                FROM strongroom_guard.uncovered_by(made.objid) AS p (relation);
            END IF;
        END IF;
    END LOOP;
END
$$;

-- Tables whose rules are not those that the configuration has for their names now.
CREATE OR REPLACE VIEW strongroom_guard.unbound_table AS
SELECT t.relation, format('%I.%I', t.schema, t.name) AS label
FROM strongroom_guard.guarded_table AS t
CROSS JOIN LATERAL strongroom_guard.named_rule(t.relation) AS n
LEFT JOIN strongroom_guard.bound AS b ON b.relation = t.relation
WHERE (n.keep, n.updates, n.before_images)
   <> (coalesce(b.keep, 'share'), coalesce(b.updates, 'share'), coalesce(b.before_images, false));

-- Tables that the guards cannot count: their owner may not read them, or would see some rows only.
-- Every deletion would fail there.
CREATE OR REPLACE VIEW strongroom_guard.unreadable_table AS
SELECT t.relation, format('%I.%I', t.schema, t.name) AS label, r.rolname AS reader
FROM strongroom_guard.guarded_table AS t
JOIN pg_class AS c ON c.oid = t.relation
JOIN pg_proc AS p ON p.oid = to_regprocedure('strongroom_guard.rows_up_to(oid,bigint)')
JOIN pg_roles AS r ON r.oid = p.proowner
WHERE NOT r.rolsuper
  AND (NOT has_table_privilege(r.oid, t.relation, 'SELECT')
       OR NOT has_schema_privilege(r.oid, c.relnamespace, 'USAGE')
       OR (c.relrowsecurity AND NOT r.rolbypassrls
           AND (c.relforcerowsecurity OR NOT pg_has_role(r.oid, c.relowner, 'USAGE'))));


GRANT USAGE ON SCHEMA strongroom_guard TO PUBLIC;
GRANT SELECT ON strongroom_guard.guarded_table, strongroom_guard.wanted_guard,
    strongroom_guard.weakened_guard, strongroom_guard.unbound_table,
    strongroom_guard.unreadable_table TO PUBLIC;
REVOKE ALL ON FUNCTION strongroom_guard.rows_up_to(oid, bigint), strongroom_guard.is_empty(oid),
    strongroom_guard.over_budget(oid, text, bigint, double precision, bigint, integer),
    strongroom_guard.over_budget_above(oid, bigint, strongroom_guard.setting),
    strongroom_guard.settle(oid, text, bigint, boolean), strongroom_guard.in_flight(oid, bigint),
    strongroom_guard.columns_of_type(oid), strongroom_guard.bind(oid),
    strongroom_guard.allow_update(oid, bigint, text, boolean),
    strongroom_guard.update_limit(oid, bigint), strongroom_guard.put_aside(),
    strongroom_guard.put_back(text[]), strongroom_guard.overwritten(oid),
    strongroom_guard.key_of(oid),
    strongroom_guard.forget_windows(oid, name, text, bigint, integer) FROM PUBLIC;

-- The limits as they are here, for a check to compare with the configuration.
CREATE OR REPLACE FUNCTION strongroom_guard.limits() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT to_jsonb(s) || jsonb_build_object('rules', coalesce(
        (SELECT jsonb_object_agg(format('%I.%I', r.schema, r.name),
                                 jsonb_build_array(r.keep, r.updates, r.before_images))
         FROM strongroom_guard.rule AS r), '{}'))
    FROM strongroom_guard.setting AS s
$$;
