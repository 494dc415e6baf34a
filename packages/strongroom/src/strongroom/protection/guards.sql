-- The guards inside the database. Run as the role that owns schema strongroom_guard, which
-- nobody can log in as. What a guard refuses it asks the permits for first.

CREATE TABLE IF NOT EXISTS strongroom_guard.setting (
    only_row     boolean          PRIMARY KEY DEFAULT true CHECK (only_row),
    delete_share double precision NOT NULL,
    delete_rows  bigint           NOT NULL,
    update_share double precision NOT NULL,
    update_rows  bigint           NOT NULL,
    window_s     integer          NOT NULL
);

-- What the configuration says of single tables, by name: also of those still to be made.
CREATE TABLE IF NOT EXISTS strongroom_guard.rule (
    schema        name    NOT NULL,
    name          name    NOT NULL,
    keep          text    NOT NULL DEFAULT 'share' CHECK (keep IN ('share', 'all', 'none')),
    updates       text    NOT NULL DEFAULT 'share' CHECK (updates IN ('share', 'budget', 'free')),
    before_images boolean NOT NULL DEFAULT false,
    PRIMARY KEY (schema, name)
);

-- Rows that a table had at its last backup.
CREATE TABLE IF NOT EXISTS strongroom_guard.floor (
    relation oid    PRIMARY KEY,
    rows     bigint NOT NULL
);

-- Windows of time per table and role. What is lost is counted by a sequence: that costs
-- neither a lock nor a row, and what is counted too often (a rollback, two tables that share a
-- sequence) only leads to an exact count. A row is only ever added, so that nobody waits for
-- another one's transaction, nor can keep others from opening a window; the oldest one counts.
CREATE TABLE IF NOT EXISTS strongroom_guard.budget (
    relation      oid         NOT NULL,
    role          name        NOT NULL,
    act           text        NOT NULL,
    since         timestamptz NOT NULL,
    start_value   bigint      NOT NULL,
    allowed_value bigint      NOT NULL,
    base_rows     bigint      NOT NULL,
    base_exact    boolean     NOT NULL
);
ALTER TABLE strongroom_guard.budget DROP CONSTRAINT IF EXISTS budget_pkey;
CREATE INDEX IF NOT EXISTS budget_window
    ON strongroom_guard.budget (relation, role, act, start_value);

-- Tables that a transaction made itself: what it made it may drop again.
CREATE TABLE IF NOT EXISTS strongroom_guard.made (
    relation    oid NOT NULL,
    transaction xid8 NOT NULL
);

DO $$
BEGIN
    FOR n IN 0..63 LOOP
        EXECUTE format('CREATE SEQUENCE IF NOT EXISTS strongroom_guard.lost_%s MINVALUE 0 START 0', n);
    END LOOP;
END
$$;

-- Counts rows that are there, up to a limit: never more work than the question is worth.
CREATE OR REPLACE FUNCTION strongroom_guard.rows_up_to(relation oid, at_most bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET row_security = off
AS $$
DECLARE
    found_rows bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM (SELECT FROM %s LIMIT %s) AS r',
                   relation::regclass, greatest(at_most, 0)) INTO found_rows;
    RETURN found_rows;
END
$$;

-- Whether nothing can be lost of a table that is locked against everybody else. What commits
-- after an older snapshot was taken is not seen by it, but is in the file.
CREATE OR REPLACE FUNCTION strongroom_guard.is_empty(relation oid) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT strongroom_guard.rows_up_to(relation, 1) = 0
       AND (current_setting('transaction_isolation') = 'read committed'
            OR pg_relation_size(relation) = 0)
$$;

-- Tables that may lose all their rows. Those are never counted: one that was keeps its guards
-- when it is given such a table's name later.
CREATE OR REPLACE VIEW strongroom_guard.free_table AS
SELECT c.oid AS relation FROM strongroom_guard.rule AS r
JOIN pg_namespace AS n ON n.nspname = r.schema
JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = r.name
WHERE r.keep = 'none';

-- Whether a backup has counted rows of this very table.
CREATE OR REPLACE FUNCTION strongroom_guard.was_counted(target oid) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM strongroom_guard.floor AS f WHERE f.relation = target AND f.rows > 0)
$$;

CREATE OR REPLACE FUNCTION strongroom_guard.refuse(
    what text, why text, asking text
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'strongroom: % is refused: %', what, why
        USING ERRCODE = 'insufficient_privilege',
              DETAIL = CASE WHEN split_part(asking, ' ', 1) IN ('delete', 'truncate') THEN
                  'For a table that may lose all its rows, such as a queue: '
                  'keep = "none" in [tables.keep] of strongroom.toml, then strongroom protect.'
                  ELSE '' END,
              HINT = format('strongroom permit ask %L --reason WHY', asking);
END
$$;

-- Removes windows that have ended or are about to be replaced. Nobody waits, and no older
-- snapshot fails, for tidying up.
CREATE OR REPLACE FUNCTION strongroom_guard.forget_windows(
    target oid, of_role name, act_name text, from_value bigint, window_s integer
) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM strongroom_guard.budget WHERE ctid IN (
        SELECT x.ctid FROM strongroom_guard.budget AS x
        WHERE x.relation = target
          AND current_setting('transaction_isolation') = 'read committed'
          AND (of_role IS NULL OR (x.role = of_role AND x.act = act_name))
          AND (x.start_value >= from_value
               OR x.since <= clock_timestamp() - make_interval(secs => window_s))
        FOR UPDATE SKIP LOCKED)
$$;

-- Whether losing these rows, after those of the same window, is too much. Refuses nothing.
CREATE OR REPLACE FUNCTION strongroom_guard.over_budget(
    target oid, act_name text, lost bigint, share double precision, rows_min bigint, window_s integer
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    counter   regclass := format('strongroom_guard.lost_%s',
                          abs(hashtextextended(format('%s %s %s', target, act_name, session_user), 0) % 64));
    counted   bigint := nextval(counter);
    b         strongroom_guard.budget;
    spent     bigint;
    there     bigint;
    ceiling   bigint;
    allowance bigint;
    loss      bigint;
BEGIN
    IF lost > 1 THEN
        counted := setval(counter, counted + lost - 1);
    END IF;
    SELECT * INTO b FROM strongroom_guard.budget AS x
    WHERE x.relation = target AND x.role = session_user AND x.act = act_name
      AND x.since > clock_timestamp() - make_interval(secs => window_s)
      AND x.start_value <= counted
    ORDER BY x.start_value, x.allowed_value DESC LIMIT 1;
    IF FOUND AND counted <= b.allowed_value THEN
        RETURN false;
    END IF;
    IF b.relation IS NULL THEN
        there := strongroom_guard.rows_up_to(target, 2000);
        IF act_name = 'delete' THEN
            there := there + lost;
        END IF;
        b.start_value := counted - lost;
        b.base_rows := there;
        b.base_exact := there < 2000;
        b.since := clock_timestamp();
    END IF;
    spent := counted - b.start_value;
    -- Of a table whose rows were counted, all that may be there; else only as many as settle it.
    ceiling := CASE WHEN b.base_exact AND act_name = 'delete' THEN b.base_rows
                    ELSE ceil(spent * 8 / share) END;
    there := strongroom_guard.rows_up_to(target, ceiling);
    IF act_name = 'delete' THEN
        IF NOT b.base_exact AND there < ceiling THEN
            -- Counted for the first time. A rollback may have been counted among the losses.
            b.base_rows := there + least(spent, ceil(there * share / 2)::bigint);
            b.base_exact := true;
        ELSIF NOT b.base_exact THEN
            b.base_rows := greatest(b.base_rows, there);
        END IF;
        -- A table that was not counted to its end has many times as many rows as were lost.
        loss := CASE WHEN b.base_exact THEN greatest(b.base_rows - there, 0) ELSE spent END;
    ELSE
        b.base_rows := there;
        loss := spent;
    END IF;
    allowance := greatest(rows_min, floor(b.base_rows * share)::bigint);
    IF loss > allowance THEN
        RETURN true;
    END IF;
    PERFORM strongroom_guard.forget_windows(target, session_user, act_name, b.start_value, window_s);
    INSERT INTO strongroom_guard.budget
    VALUES (target, session_user, act_name, b.since, b.start_value,
            -- Not counted to its end, a table is counted again at half of what is known of it.
            counted + CASE WHEN b.base_exact OR act_name <> 'delete' THEN allowance - loss
                           ELSE greatest(allowance / 2 - loss, 0) END,
            b.base_rows, b.base_exact);
    RETURN false;
END
$$;

-- After a permitted loss: what is left now is what the table has.
CREATE OR REPLACE FUNCTION strongroom_guard.settle(target oid, lost bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE strongroom_guard.floor SET rows = greatest(rows - lost, 0) WHERE relation = target;
    PERFORM strongroom_guard.forget_windows(target, NULL, NULL, 0, 0);
END
$$;

-- Rows of a table that transactions of others have deleted by large statements and not yet
-- committed: what they lose cannot be seen. Tells them of these ones, by a lock whose number
-- is that of the rows; nobody waits for it, and it ends with its transaction.
CREATE OR REPLACE FUNCTION strongroom_guard.in_flight(target oid, lost bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    place CONSTANT integer := hashtext(format('strongroom deletes %s', target));
BEGIN
    -- The last 7 bits tell equal numbers of one transaction apart.
    PERFORM pg_advisory_xact_lock_shared(
        place, (least(lost, 16777215) << 7)::integer | floor(random() * 128)::integer);
    RETURN (SELECT coalesce(sum(l.objid::bigint >> 7), 0) FROM pg_locks AS l
            WHERE l.locktype = 'advisory' AND l.objsubid = 2
              AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
              AND l.classid = place::oid AND l.pid IS DISTINCT FROM pg_backend_pid());
END
$$;

CREATE OR REPLACE FUNCTION strongroom_guard.guard_delete() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    lost   bigint;
    s      strongroom_guard.setting;
    kept   text;
    wanted bigint;
    there  bigint;
    others bigint;
    why    text;
BEGIN
    SELECT count(*) INTO lost FROM old_rows;
    IF lost = 0 THEN
        RETURN NULL;
    END IF;
    SELECT r.keep INTO kept FROM strongroom_guard.rule AS r
    WHERE r.schema = TG_TABLE_SCHEMA AND r.name = TG_TABLE_NAME;
    IF kept = 'none' AND NOT strongroom_guard.was_counted(TG_RELID) THEN
        RETURN NULL;
    END IF;
    SELECT * INTO s FROM strongroom_guard.setting;
    IF kept = 'all' THEN
        why := 'this table keeps all its rows';
    ELSIF lost > s.delete_rows THEN
        others := strongroom_guard.in_flight(TG_RELID, lost);
        wanted := ceil((lost + others) / s.delete_share) - lost;
        there := strongroom_guard.rows_up_to(TG_RELID, wanted);
        IF there < wanted THEN
            why := format('%s of %s rows are more than %s %%',
                          CASE WHEN others > 0 THEN format('%s, and %s in other open transactions,',
                                                           lost, others)
                               ELSE lost::text END,
                          there + lost, round((s.delete_share * 100)::numeric));
        END IF;
    ELSIF (lost > 1 OR EXISTS (SELECT FROM strongroom_guard.floor AS f
                               WHERE f.relation = TG_RELID AND f.rows > 0))
          -- A scan of a large table for one row that is left could take long; what its
          -- statistics say leads to no more than the question.
          AND (pg_relation_size(TG_RELID) <= 1048576
               OR (SELECT c.reltuples < 1000 FROM pg_class AS c WHERE c.oid = TG_RELID))
          AND strongroom_guard.rows_up_to(TG_RELID, 1) = 0 THEN
        why := 'these are the last rows of the table';
    END IF;
    IF why IS NULL AND strongroom_guard.over_budget(
            TG_RELID, 'delete', lost, s.delete_share, s.delete_rows, s.window_s) THEN
        why := format('with those of the last %s seconds it would lose too many', s.window_s);
    END IF;
    IF why IS NULL THEN
        RETURN NULL;
    END IF;
    IF strongroom_guard.consume('delete', TG_RELID, NULL, lost) THEN
        PERFORM strongroom_guard.settle(TG_RELID, lost);
        RETURN NULL;
    END IF;
    PERFORM strongroom_guard.refuse(
        format('deleting %s rows of %s', lost, TG_RELID::regclass), why,
        format('delete %s.%s rows=%s', TG_TABLE_SCHEMA, TG_TABLE_NAME, lost));
    RETURN NULL;
END
$$;

-- Columns that take a row out of use, by their usual names: deleted_at, is_archived, trashed.
CREATE OR REPLACE FUNCTION strongroom_guard.out_of_use() RETURNS text IMMUTABLE
LANGUAGE sql SET search_path = pg_catalog, pg_temp
RETURN '^(is_)?(deleted|deletion|removed|trashed|disabled|archived|banned|revoked|hidden|suspended|deactivated)(_?(at|on|by|date|time|reason))?$';

-- How many rows an update may overwrite; null: as many as it likes. For the guard alone, which
-- runs with the rights of whoever updates.
CREATE OR REPLACE FUNCTION strongroom_guard.update_limit(target oid, changed bigint)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    s strongroom_guard.setting;
BEGIN
    IF pg_trigger_depth() = 0 THEN
        RAISE EXCEPTION 'strongroom: only a guard asks for this';
    END IF;
    IF EXISTS (SELECT FROM strongroom_guard.rule AS r
               JOIN pg_class AS c ON c.oid = target AND c.relname = r.name
               JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = r.schema
               WHERE r.updates = 'free'
                  OR (r.keep = 'none' AND NOT strongroom_guard.was_counted(target))) THEN
        RETURN NULL;
    END IF;
    SELECT * INTO s FROM strongroom_guard.setting;
    RETURN greatest(s.update_rows, floor(s.update_share * strongroom_guard.rows_up_to(
        target, ceil(changed / s.update_share)::bigint))::bigint);
END
$$;

-- Uses a permit up, or refuses. Who calls it without need uses up a permit of their own.
CREATE OR REPLACE FUNCTION strongroom_guard.allow_update(target oid, changed bigint, why text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF strongroom_guard.consume('update', target, NULL, changed) THEN
        PERFORM strongroom_guard.settle(target, 0);
        RETURN;
    END IF;
    PERFORM strongroom_guard.refuse(
        format('overwriting %s rows of %s', changed, target::regclass), why,
        (SELECT format('update %s.%s rows=%s', n.nspname, c.relname, changed)
         FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE c.oid = target));
END
$$;

-- The statement that counts the rows of an update whose values were lost. Values are compared
-- as rows are written, which runs no function of the types' owners. Null without a key.
CREATE OR REPLACE FUNCTION strongroom_guard.overwritten(target oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('SELECT (SELECT count(*) FROM old_rows) - (SELECT count(*) FROM old_rows AS o '
                  'JOIN new_rows AS n ON %s WHERE NOT (%s))', k.keys, c.overwritten)
    FROM (SELECT string_agg(format('ROW(o.%1$I)::text = ROW(n.%1$I)::text', a.attname), ' AND ')
          FROM pg_index AS i JOIN pg_attribute AS a
            ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::smallint[])
          WHERE i.indrelid = target AND i.indisprimary) AS k (keys),
         -- Except in columns that take a row out of use: filling those loses the row.
         (SELECT string_agg(
              format('(%2$s AND ROW(o.%1$I)::text IS DISTINCT FROM ROW(n.%1$I)::text)', a.attname,
                     CASE WHEN a.attname ~ strongroom_guard.out_of_use() THEN 'true'
                          ELSE format('o.%I IS DISTINCT FROM NULL', a.attname) END), ' OR ')
          FROM pg_attribute AS a
          WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped
            AND a.attgenerated = '') AS c (overwritten)
    WHERE k.keys IS NOT NULL
$$;

-- An update loses what it overwrites. Filling empty columns, or writing what is there already,
-- loses nothing; that is looked at only when the number of rows is above the limit.
--
-- Nearly every update ends after the first question. To change roles and the search path would
-- cost more than that question; so it names no function and no operator, which a search path
-- of the caller's could lead astray. All others come after the path is set.
CREATE OR REPLACE FUNCTION strongroom_guard.guard_update() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    path    text;
    changed bigint;
    allowed bigint;
    query   text;
BEGIN
    IF NOT EXISTS (SELECT FROM old_rows OFFSET @update_rows@) THEN
        RETURN NULL;
    END IF;
    path := pg_catalog.current_setting('search_path');
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    SELECT count(*) INTO changed FROM old_rows;
    allowed := strongroom_guard.update_limit(TG_RELID, changed);
    IF changed > allowed THEN
        query := strongroom_guard.overwritten(TG_RELID);
        IF query IS NOT NULL THEN
            EXECUTE query INTO changed;
        END IF;
        IF changed > allowed THEN
            PERFORM strongroom_guard.allow_update(
                TG_RELID, changed, format('no more than %s may be at once', allowed));
        END IF;
    END IF;
    PERFORM pg_catalog.set_config('search_path', path, true);
    RETURN NULL;
END
$$;

-- Of tables whose updates are added up. What is too much by itself was judged before: a permit
-- was used up, or nothing was lost.
CREATE OR REPLACE FUNCTION strongroom_guard.guard_budget() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed bigint;
    s       strongroom_guard.setting;
BEGIN
    SELECT count(*) INTO changed FROM old_rows;
    SELECT * INTO s FROM strongroom_guard.setting;
    IF changed = 0 OR (changed > s.update_rows
                       AND changed > strongroom_guard.update_limit(TG_RELID, changed)) THEN
        RETURN NULL;
    END IF;
    IF strongroom_guard.over_budget(
            TG_RELID, 'update', changed, s.update_share, s.update_rows, s.window_s) THEN
        PERFORM strongroom_guard.allow_update(
            TG_RELID, changed,
            format('with those of the last %s seconds too many would change', s.window_s));
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION strongroom_guard.guard_truncate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kept text;
    lost bigint;
BEGIN
    SELECT r.keep INTO kept FROM strongroom_guard.rule AS r
    WHERE r.schema = TG_TABLE_SCHEMA AND r.name = TG_TABLE_NAME;
    IF kept = 'none' AND NOT strongroom_guard.was_counted(TG_RELID) THEN
        RETURN NULL;
    END IF;
    IF strongroom_guard.is_empty(TG_RELID) THEN
        RETURN NULL;
    END IF;
    SELECT strongroom_guard.rows_up_to(TG_RELID, 9223372036854775807) INTO lost
    WHERE EXISTS (SELECT FROM strongroom_guard.permit AS p
                  WHERE p.opened_xid = pg_current_xact_id_if_assigned());
    IF lost IS NOT NULL AND strongroom_guard.consume('truncate', TG_RELID, NULL, lost) THEN
        PERFORM strongroom_guard.settle(TG_RELID, lost);
        RETURN NULL;
    END IF;
    PERFORM strongroom_guard.refuse(
        format('truncating %s', TG_RELID::regclass), 'it holds rows',
        format('truncate %s.%s', TG_TABLE_SCHEMA, TG_TABLE_NAME));
    RETURN NULL;
END
$$;

-- Before-images: what was overwritten or deleted in the tables that the configuration names.
CREATE OR REPLACE FUNCTION strongroom_guard.keep_image() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET row_security = off
AS $$
BEGIN
    -- To write a row as JSON runs such a cast, here with the rights of the guards' owner.
    IF EXISTS (SELECT FROM pg_cast AS c JOIN pg_proc AS p ON p.oid = c.castfunc
               JOIN pg_roles AS r ON r.oid = p.proowner
               WHERE c.casttarget = 'json'::regtype AND NOT r.rolsuper) THEN
        RAISE EXCEPTION 'strongroom: no before-image is kept while a cast to json belongs to a '
                        'role that is not a superuser' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO strongroom.before_image (relation, act, role, transaction, image)
    SELECT format('%I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME), lower(TG_OP), session_user,
           pg_current_xact_id()::text, to_jsonb(o)
    FROM old_rows AS o;
    RETURN NULL;
END
$$;

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
