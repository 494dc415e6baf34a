-- What becomes of rows: windows of loss, and the guards of DELETE, UPDATE and TRUNCATE.

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

