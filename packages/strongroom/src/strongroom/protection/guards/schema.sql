-- What becomes of tables: the guards of DROP, rewrites and every change of the schema.

-- Anybody may call this, so it believes nobody: PostgreSQL itself says, and only while a
-- command ends, what that command has made.
CREATE OR REPLACE FUNCTION strongroom_guard.note_made(target oid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    -- Nobody waits for another one who tidies up.
    DELETE FROM strongroom_guard.made WHERE ctid IN (
        SELECT m.ctid FROM strongroom_guard.made AS m
        WHERE m.transaction < pg_snapshot_xmin(pg_current_snapshot()) FOR UPDATE SKIP LOCKED);
    INSERT INTO strongroom_guard.made (relation, transaction)
    SELECT c.objid, pg_current_xact_id() FROM pg_event_trigger_ddl_commands() AS c
    WHERE c.objid = target AND c.classid = 'pg_class'::regclass AND c.object_type = 'table'
      AND c.command_tag IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO')
$$;

CREATE OR REPLACE FUNCTION strongroom_guard.made_here(target oid) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM strongroom_guard.made AS m
                   WHERE m.relation = target AND m.transaction = pg_current_xact_id_if_assigned())
$$;

-- Columns of tables that hold values of a relation's row type, also inside other types.
CREATE OR REPLACE FUNCTION strongroom_guard.columns_of_type(rows_of oid)
RETURNS TABLE (relation oid, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE held (type) AS (
        SELECT c.reltype FROM pg_class AS c WHERE c.oid = rows_of
        UNION
        SELECT t.oid FROM held AS h JOIN (
            SELECT x.typelem AS of_type, x.oid FROM pg_type AS x
            UNION ALL SELECT x.typbasetype, x.oid FROM pg_type AS x
            UNION ALL SELECT r.rngsubtype, r.rngtypid FROM pg_range AS r
            UNION ALL SELECT a.atttypid, c.reltype FROM pg_attribute AS a
                      JOIN pg_class AS c ON c.oid = a.attrelid WHERE NOT a.attisdropped
        ) AS t ON t.of_type = h.type
    )
    SELECT c.oid, a.attname FROM held AS h
    JOIN pg_attribute AS a ON a.atttypid = h.type AND NOT a.attisdropped
    JOIN pg_class AS c ON c.oid = a.attrelid
    WHERE h.type <> 0 AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
$$;

CREATE OR REPLACE FUNCTION strongroom_guard.guard_drop() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    gone    record;
    holder  record;
    allowed text[] := '{}'; -- schemas whose whole contents a permit covers
    guarded CONSTANT text[] := ARRAY['strongroom', 'strongroom_guard'];
    -- An old table that was made a partition of a new one needs a permit of its own.
    with_new CONSTANT boolean := EXISTS (
        SELECT FROM pg_event_trigger_dropped_objects() AS d
        WHERE d.object_type = 'table' AND strongroom_guard.made_here(d.objid));
BEGIN
    FOR gone IN
        SELECT d.*, d.original OR d.normal AS by_itself
        FROM pg_event_trigger_dropped_objects() AS d
        WHERE NOT d.is_temporary
        ORDER BY d.object_type <> 'schema'
    LOOP
        IF gone.schema_name = ANY (guarded)
           OR (gone.object_type = 'schema' AND gone.object_name = ANY (guarded))
           -- A guard may go with its table, never alone: also not with an extension it was tied to.
           OR (gone.object_type = 'trigger'
               AND gone.address_names[array_upper(gone.address_names, 1)] LIKE 'strongroom\_%'
               AND EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                           WHERE n.nspname = gone.address_names[1]
                             AND c.relname = gone.address_names[2])) THEN
            IF gone.object_type = 'trigger' AND strongroom_guard.consume(
                   'disable_guard',
                   (SELECT c.oid FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                    WHERE n.nspname = gone.address_names[1] AND c.relname = gone.address_names[2]),
                   NULL, NULL) THEN
                CONTINUE;
            END IF;
            PERFORM strongroom_guard.refuse(
                format('dropping %s %s', gone.object_type, gone.object_identity),
                'it belongs to the protection of this database', 'disable_guard TABLE');
        ELSIF gone.object_type = 'schema' THEN
            IF NOT strongroom_guard.consume('drop_schema', gone.objid, NULL, NULL) THEN
                PERFORM strongroom_guard.refuse(
                    format('dropping schema %s', gone.object_identity), 'it needs a permit',
                    format('drop_schema %s', gone.object_name));
            END IF;
            allowed := allowed || gone.object_name;
        ELSIF gone.schema_name = ANY (allowed) THEN
            CONTINUE;
        ELSIF gone.object_type IN ('table', 'foreign table') THEN
            -- A partition goes with its parent, for which the permit was asked.
            IF (gone.by_itself OR with_new) AND NOT strongroom_guard.made_here(gone.objid)
               AND NOT strongroom_guard.consume('drop_table', gone.objid, NULL, NULL) THEN
                PERFORM strongroom_guard.refuse(
                    format('dropping %s %s', gone.object_type, gone.object_identity),
                    'it needs a permit', format('drop_table %s', gone.object_identity));
            END IF;
        ELSIF gone.object_type IN ('table column', 'composite type column') THEN
            -- Of a column that is of this row's type, a part would go.
            FOR holder IN SELECT * FROM strongroom_guard.columns_of_type(gone.objid) LOOP
                IF NOT strongroom_guard.is_empty(holder.relation)
                   AND NOT strongroom_guard.consume(
                        'drop_column', holder.relation, ARRAY[holder.name], NULL) THEN
                    PERFORM strongroom_guard.refuse(
                        format('dropping %s, a part of %s.%s,', gone.object_identity,
                               holder.relation::regclass, holder.name),
                        'it needs a permit', format('drop_column %s columns=%s',
                                                    holder.relation::regclass, holder.name));
                END IF;
            END LOOP;
            CONTINUE WHEN gone.object_type = 'composite type column';
            -- Of an empty table no value is lost: Django's first migrations do that.
            IF NOT strongroom_guard.made_here(gone.objid)
               AND NOT strongroom_guard.is_empty(gone.objid)
               AND NOT strongroom_guard.consume(
                    'drop_column', gone.objid, ARRAY[gone.address_names[3]], NULL) THEN
                PERFORM strongroom_guard.refuse(
                    format('dropping column %s', gone.object_identity), 'it needs a permit',
                    format('drop_column %s columns=%s',
                           gone.objid::regclass, gone.address_names[3]));
            END IF;
        ELSIF gone.object_type = 'sequence' AND gone.by_itself THEN
            IF NOT strongroom_guard.consume('drop_sequence', gone.objid, NULL, NULL) THEN
                PERFORM strongroom_guard.refuse(
                    format('dropping sequence %s', gone.object_identity), 'it needs a permit',
                    format('drop_sequence %s', gone.object_identity));
            END IF;
        END IF;
    END LOOP;
END
$$;

-- Reasons: 1 SET UNLOGGED (a crash would empty the table) or SET LOGGED, 4 another type.
CREATE OR REPLACE FUNCTION strongroom_guard.guard_rewrite() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target CONSTANT oid := pg_event_trigger_table_rewrite_oid();
    reason CONSTANT integer := pg_event_trigger_table_rewrite_reason();
    was    "char" := (SELECT c.relpersistence FROM pg_class AS c WHERE c.oid = target);
    kind   text := CASE WHEN reason & 4 <> 0 THEN 'alter_type'
                        WHEN reason & 1 <> 0 THEN 'set_unlogged' END;
BEGIN
    IF kind IS NULL OR was = 't' OR (kind = 'set_unlogged' AND was = 'u')
       OR strongroom_guard.is_empty(target)
       OR strongroom_guard.consume(kind, target, NULL, NULL) THEN
        RETURN;
    END IF;
    PERFORM strongroom_guard.refuse(
        format(CASE kind WHEN 'alter_type' THEN 'changing the type of a column of %s'
                         ELSE 'setting %s unlogged' END, target::regclass),
        'every row would be written anew', format('%s %s', kind, target::regclass));
END
$$;

CREATE OR REPLACE FUNCTION strongroom_guard.allow_disabling(target oid) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT strongroom_guard.consume('disable_guard', target, NULL, NULL)
$$;

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
    ('strongroom_updates', 'AFTER UPDATE', 'REFERENCING OLD TABLE AS old_rows', 'guard_budget', 16),
    ('strongroom_image_delete', 'AFTER DELETE', 'REFERENCING OLD TABLE AS old_rows', 'keep_image', 8),
    ('strongroom_image_update', 'AFTER UPDATE', 'REFERENCING OLD TABLE AS old_rows', 'keep_image', 16)
) AS w (guard, event, tables, function, type)
WHERE w.function NOT IN ('keep_image', 'guard_budget')
   OR EXISTS (SELECT FROM strongroom_guard.rule AS r
              WHERE r.schema = t.schema AND r.name = t.name
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
        IF w.condition = 'missing' THEN
            EXECUTE format(
                'CREATE TRIGGER %I %s ON %I.%I %s FOR EACH STATEMENT EXECUTE FUNCTION strongroom_guard.%I()',
                w.guard, w.event, w.schema, w.name, w.tables, w.function);
        END IF;
        EXECUTE format('ALTER TABLE %I.%I ENABLE ALWAYS TRIGGER %I', w.schema, w.name, w.guard);
    END LOOP;
END
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
          AND c.object_type IN ('table', 'trigger') AND c.schema_name IS DISTINCT FROM 'pg_temp'
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
                PERFORM strongroom_guard.cover(made.objid);
                PERFORM strongroom_guard.note_made(made.objid);
            END IF;
        END IF;
    END LOOP;
END
$$;

GRANT USAGE ON SCHEMA strongroom_guard TO PUBLIC;
GRANT SELECT ON strongroom_guard.guarded_table, strongroom_guard.wanted_guard,
    strongroom_guard.weakened_guard TO PUBLIC;
REVOKE ALL ON FUNCTION strongroom_guard.rows_up_to(oid, bigint), strongroom_guard.is_empty(oid),
    strongroom_guard.over_budget(oid, text, bigint, double precision, bigint, integer),
    strongroom_guard.settle(oid, bigint), strongroom_guard.in_flight(oid, bigint),
    strongroom_guard.was_counted(oid), strongroom_guard.columns_of_type(oid),
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
