-- What becomes of rows: the guards of DELETE, UPDATE and TRUNCATE.

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
    judged boolean := false; -- its sequences have counted it
BEGIN
    SELECT count(*) INTO lost FROM old_rows;
    IF lost = 0 THEN
        RETURN NULL;
    END IF;
    SELECT b.keep INTO kept FROM strongroom_guard.bound AS b WHERE b.relation = TG_RELID;
    IF coalesce(kept, 'share') = 'none' AND strongroom_guard.may_lose_all(TG_RELID) THEN
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
    IF why IS NULL THEN
        judged := true;
        IF strongroom_guard.over_budget(
                TG_RELID, 'delete', lost, s.delete_share, s.delete_rows, s.window_s)
           -- What a part loses its parents lose as well.
           OR (EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = TG_RELID)
               AND strongroom_guard.over_budget_above(TG_RELID, lost, s)) THEN
            why := format('with those of the last %s seconds it would lose too many', s.window_s);
        END IF;
    END IF;
    IF why IS NULL OR strongroom_guard.made_whole(TG_RELID) THEN
        RETURN NULL;
    END IF;
    IF strongroom_guard.consume('delete', TG_RELID, NULL, lost) THEN
        PERFORM strongroom_guard.settle(TG_RELID, 'delete', lost, judged);
        RETURN NULL;
    END IF;
    PERFORM strongroom_guard.refuse(
        format('deleting %s rows of %s', lost, TG_RELID::regclass), why,
        format('delete %s rows=%s', TG_RELID::regclass, lost));
    RETURN NULL;
END
$$;

-- Columns that take a row out of use, by their usual names: deleted_at, is_archived, trashed.
CREATE OR REPLACE FUNCTION strongroom_guard.out_of_use() RETURNS text IMMUTABLE
LANGUAGE sql SET search_path = pg_catalog, pg_temp
RETURN '^(is_)?(deleted|deletion|removed|trashed|disabled|archived|banned|revoked|hidden|suspended|deactivated)(_?(at|on|by|date|time|reason))?$';

-- How many rows an update may overwrite; null: as many as it likes.
CREATE OR REPLACE FUNCTION strongroom_guard.update_limit(target oid, changed bigint)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    s strongroom_guard.setting;
BEGIN
    IF strongroom_guard.may_overwrite_all(target) THEN
        RETURN NULL;
    END IF;
    SELECT * INTO s FROM strongroom_guard.setting;
    RETURN greatest(s.update_rows, floor(s.update_share * strongroom_guard.rows_up_to(
        target, ceil(changed / s.update_share)::bigint))::bigint);
END
$$;

-- Uses a permit up, or refuses. "counted": by the sequence of a window.
CREATE OR REPLACE FUNCTION strongroom_guard.allow_update(
    target oid, changed bigint, why text, counted boolean
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF strongroom_guard.made_whole(target) THEN
        RETURN;
    END IF;
    IF strongroom_guard.consume('update', target, NULL, changed) THEN
        PERFORM strongroom_guard.settle(target, 'update', changed, counted);
        RETURN;
    END IF;
    PERFORM strongroom_guard.refuse(
        format('overwriting %s rows of %s', changed, target::regclass), why,
        format('update %s rows=%s', target::regclass, changed));
END
$$;

-- Columns by which a row is known: of the primary key, or of another index that takes every row
-- in and none twice. What an index only carries along (INCLUDE) belongs to no key.
CREATE OR REPLACE FUNCTION strongroom_guard.key_of(target oid) RETURNS smallint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT k.keys
    FROM pg_index AS i CROSS JOIN LATERAL (
        SELECT array_agg(n.attnum) FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS n (attnum, at)
        WHERE n.at <= i.indnkeyatts) AS k (keys)
    WHERE i.indrelid = target AND i.indisunique AND i.indisvalid AND i.indimmediate
      AND i.indpred IS NULL AND i.indexprs IS NULL
      AND NOT EXISTS (SELECT FROM pg_attribute AS a
                      WHERE a.attrelid = target AND a.attnum = ANY (k.keys) AND NOT a.attnotnull)
    ORDER BY NOT i.indisprimary, i.indnkeyatts, i.indexrelid LIMIT 1
$$;

-- The statement that counts the rows of an update whose values were lost. Values are compared
-- as rows are written, which runs no function of the types' owners. Null without a key.
CREATE OR REPLACE FUNCTION strongroom_guard.overwritten(target oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('SELECT (SELECT count(*) FROM old_rows) - (SELECT count(*) FROM old_rows AS o '
                  'JOIN new_rows AS n ON %s WHERE NOT (%s))', k.keys, c.overwritten)
    FROM (SELECT string_agg(format('ROW(o.%1$I)::text = ROW(n.%1$I)::text', a.attname), ' AND ')
          FROM pg_attribute AS a
          WHERE a.attrelid = target AND a.attnum = ANY (strongroom_guard.key_of(target))
          ) AS k (keys),
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

-- Settings that change how a value is written: with fewer digits many numbers look alike. The search
-- path is still the caller's here, also for the names of types.
CREATE OR REPLACE FUNCTION strongroom_guard.put_aside() RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    theirs CONSTANT pg_catalog.text[] := ARRAY[
        pg_catalog.current_setting('search_path'),
        pg_catalog.current_setting('extra_float_digits'),
        pg_catalog.current_setting('DateStyle'),
        pg_catalog.current_setting('IntervalStyle'),
        pg_catalog.current_setting('TimeZone'),
        pg_catalog.current_setting('lc_monetary')];
BEGIN
    PERFORM pg_catalog.set_config('extra_float_digits', '1', true);
    PERFORM pg_catalog.set_config('DateStyle', 'ISO, YMD', true);
    PERFORM pg_catalog.set_config('IntervalStyle', 'postgres', true);
    PERFORM pg_catalog.set_config('TimeZone', 'UTC', true);
    PERFORM pg_catalog.set_config('lc_monetary', 'C', true);
    RETURN theirs;
END
$$;

CREATE OR REPLACE FUNCTION strongroom_guard.put_back(theirs text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    PERFORM pg_catalog.set_config('extra_float_digits', theirs[2], true);
    PERFORM pg_catalog.set_config('DateStyle', theirs[3], true);
    PERFORM pg_catalog.set_config('IntervalStyle', theirs[4], true);
    PERFORM pg_catalog.set_config('TimeZone', theirs[5], true);
    PERFORM pg_catalog.set_config('lc_monetary', theirs[6], true);
    PERFORM pg_catalog.set_config('search_path', theirs[1], true);
END
$$;

-- An update loses what it overwrites. Filling empty columns, or writing what is there already,
-- loses nothing; that is looked at only when the number of rows is above the limit.
--
-- Nearly every update ends after the first question. To change the search path would cost more
-- than that question; so it names no function, operator or type that a search path of the caller's
-- could lead astray. All others come after the settings of the caller are put aside.
CREATE OR REPLACE FUNCTION strongroom_guard.guard_update() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    theirs  pg_catalog.text[];
    changed pg_catalog.int8;
    allowed pg_catalog.int8;
    query   pg_catalog.text;
BEGIN
    IF NOT EXISTS (SELECT FROM old_rows OFFSET @update_rows@) THEN
        RETURN NULL;
    END IF;
    theirs := strongroom_guard.put_aside();
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
                TG_RELID, changed, format('no more than %s may be at once', allowed), false);
        END IF;
    END IF;
    PERFORM strongroom_guard.put_back(theirs);
    RETURN NULL;
END
$$;

-- Of tables whose updates are added up. What is too much by itself was judged before: a permit
-- was used up, or nothing was lost.
CREATE OR REPLACE FUNCTION strongroom_guard.guard_budget() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET extra_float_digits = 1 SET DateStyle = 'ISO, YMD' SET IntervalStyle = 'postgres'
SET TimeZone = 'UTC' SET lc_monetary = 'C' AS $$
DECLARE
    changed bigint;
    query   text;
    s       strongroom_guard.setting;
BEGIN
    SELECT count(*) INTO changed FROM old_rows;
    IF changed > 1 THEN
        -- Of many rows that a statement names, few may have changed.
        query := strongroom_guard.overwritten(TG_RELID);
        IF query IS NOT NULL THEN
            EXECUTE query INTO changed;
        END IF;
    END IF;
    SELECT * INTO s FROM strongroom_guard.setting;
    IF changed = 0 OR (changed > s.update_rows
                       AND changed > strongroom_guard.update_limit(TG_RELID, changed)) THEN
        RETURN NULL;
    END IF;
    IF strongroom_guard.over_budget(
            TG_RELID, 'update', changed, s.update_share, s.update_rows, s.window_s) THEN
        PERFORM strongroom_guard.allow_update(
            TG_RELID, changed,
            format('with those of the last %s seconds too many would change', s.window_s), true);
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
    SELECT b.keep INTO kept FROM strongroom_guard.bound AS b WHERE b.relation = TG_RELID;
    IF (kept = 'none' AND strongroom_guard.may_lose_all(TG_RELID))
       OR strongroom_guard.is_empty(TG_RELID) OR strongroom_guard.made_whole(TG_RELID) THEN
        RETURN NULL;
    END IF;
    SELECT strongroom_guard.rows_up_to(TG_RELID, 9223372036854775807) INTO lost
    WHERE EXISTS (SELECT FROM strongroom_guard.permit AS p
                  WHERE p.opened_xid = pg_current_xact_id_if_assigned());
    IF lost IS NOT NULL AND strongroom_guard.consume('truncate', TG_RELID, NULL, lost) THEN
        PERFORM strongroom_guard.settle(TG_RELID, 'delete', lost, false);
        RETURN NULL;
    END IF;
    PERFORM strongroom_guard.refuse(
        format('truncating %s', TG_RELID::regclass), 'it holds rows',
        format('truncate %s', TG_RELID::regclass));
    RETURN NULL;
END
$$;

-- Before-images: what was overwritten or deleted in the tables that the configuration names.
CREATE OR REPLACE FUNCTION strongroom_guard.keep_image() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET row_security = off
SET extra_float_digits = 1 SET DateStyle = 'ISO, YMD' SET IntervalStyle = 'postgres'
SET TimeZone = 'UTC' SET lc_monetary = 'C' AS $$
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

