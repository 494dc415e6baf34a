-- What becomes of tables: the guards of DROP, rewrites and every change of the schema.

-- Columns of tables that hold values of a relation's row type, also inside other types.
CREATE OR REPLACE FUNCTION strongroom_guard.columns_of_type(rows_of oid)
RETURNS TABLE (relation oid, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE held (type) AS (
        -- Hardly any row type has a use; that is known without reading all columns of all tables.
        SELECT t.oid FROM pg_class AS c JOIN pg_type AS t ON t.oid = c.reltype
        WHERE c.oid = rows_of AND EXISTS (
            SELECT FROM pg_depend AS d
            WHERE d.refclassid = 'pg_type'::regclass AND d.refobjid IN (t.oid, t.typarray)
              AND NOT (d.classid = 'pg_type'::regclass AND d.objid = t.typarray))
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
                'it belongs to the protection of this database',
                CASE gone.object_type WHEN 'trigger' THEN format(
                    'disable_guard %I.%I', gone.address_names[1], gone.address_names[2]) END);
        ELSIF gone.object_type = 'schema' THEN
            -- What is in a new one may be older, and is asked for by itself.
            CONTINUE WHEN strongroom_guard.made_here(gone.objid) OR NOT EXISTS (
                SELECT FROM pg_event_trigger_dropped_objects() AS d
                WHERE d.schema_name = gone.object_name);
            IF NOT strongroom_guard.consume('drop_schema', gone.objid, NULL, NULL) THEN
                PERFORM strongroom_guard.refuse(
                    format('dropping schema %s', gone.object_identity), 'it needs a permit',
                    format('drop_schema %I', gone.object_name));
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
                        'it needs a permit', format('drop_column %s columns=%I',
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
                    format('drop_column %s columns=%I',
                           gone.objid::regclass, gone.address_names[3]));
            END IF;
        -- One that goes with its table was asked for with it; an older one may be tied to a new table.
        ELSIF gone.object_type = 'sequence' AND (gone.by_itself OR with_new) THEN
            IF NOT strongroom_guard.made_here(gone.objid) AND NOT strongroom_guard.consume('drop_sequence', gone.objid, NULL, NULL) THEN
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
       OR strongroom_guard.is_empty(target) OR strongroom_guard.made_whole(target)
       OR strongroom_guard.consume(kind, target, NULL, NULL) THEN
        RETURN;
    END IF;
    PERFORM strongroom_guard.refuse(
        format(CASE kind WHEN 'alter_type' THEN 'changing the type of a column of %s'
                         ELSE 'setting %s unlogged' END, target::regclass),
        'every row would be written anew', format('%s %s', kind, target::regclass));
END
$$;
