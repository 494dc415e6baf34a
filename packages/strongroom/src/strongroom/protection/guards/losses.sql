-- What was lost in a window of time, and whether that is too much.

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
          AND x.role = of_role AND x.act = act_name
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
    number    text := abs(hashtextextended(format('%s %s %s', target, act_name, session_user), 0) % 64);
    ones      regclass := concat('strongroom_guard.lost_', number);
    many      regclass := concat('strongroom_guard.lost_many_', number);
    counted   bigint;
    b         strongroom_guard.budget;
    spent     bigint;
    there     bigint;
    ceiling   bigint;
    allowance bigint;
    loss      bigint;
    excused   bigint := 0; -- permitted since the window began, by anybody
    uncounted bigint := 0; -- of these, what this role's sequence has counted
BEGIN
    -- One by one, and by sixteens: of what several sessions count at once, nothing is overwritten, as it
    -- would be by setval(). Whoever reads last has read the draws of all others.
    IF lost = 1 THEN
        counted := nextval(ones) + coalesce(pg_sequence_last_value(many), 0);
    ELSE
        PERFORM nextval(many) FROM generate_series(1, lost / 16);
        PERFORM nextval(ones) FROM generate_series(1, lost % 16);
        counted := coalesce(pg_sequence_last_value(ones), -1)
                   + coalesce(pg_sequence_last_value(many), 0);
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
    SELECT coalesce(sum(p.rows), 0),
           coalesce(sum(p.rows) FILTER (WHERE p.counted AND p.role = session_user), 0)
    INTO excused, uncounted
    FROM strongroom_guard.permitted_loss AS p
    WHERE p.relation = target AND p.act = act_name AND p.at >= b.since;
    spent := greatest(counted - b.start_value - uncounted, lost);
    -- Of a table whose rows were counted, all that may be there; else only as many as settle it.
    ceiling := CASE WHEN b.base_exact AND act_name = 'delete' THEN b.base_rows
                    ELSE ceil(spent * 8 / share) END;
    there := strongroom_guard.rows_up_to(target, ceiling);
    IF act_name = 'delete' THEN
        IF NOT b.base_exact AND there < ceiling THEN
            -- Counted for the first time. A rollback may have been counted among the losses.
            b.base_rows := there + excused + least(spent, ceil(there * share / 2)::bigint);
            b.base_exact := true;
        ELSIF NOT b.base_exact THEN
            b.base_rows := greatest(b.base_rows, there + excused);
        END IF;
        -- A table that was not counted to its end has many times as many rows as were lost.
        loss := CASE WHEN b.base_exact THEN greatest(b.base_rows - excused - there, 0) ELSE spent END;
    ELSE
        b.base_rows := there;
        loss := spent;
    END IF;
    allowance := greatest(rows_min, floor(
        (b.base_rows - CASE WHEN act_name = 'delete' THEN excused ELSE 0 END) * share)::bigint);
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

-- After a permitted loss: no window counts it, and no window ends by it. A row is only added here
-- as well, so that nobody waits.
CREATE OR REPLACE FUNCTION strongroom_guard.settle(
    target oid, act_name text, lost bigint, counted boolean
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ended CONSTANT timestamptz := clock_timestamp() - make_interval(
        secs => 2 * (SELECT s.window_s FROM strongroom_guard.setting AS s));
BEGIN
    IF act_name = 'delete' THEN
        UPDATE strongroom_guard.floor SET rows = greatest(rows - lost, 0) WHERE relation = target;
    END IF;
    DELETE FROM strongroom_guard.permitted_loss WHERE ctid IN (
        SELECT x.ctid FROM strongroom_guard.permitted_loss AS x
        WHERE x.at < ended AND current_setting('transaction_isolation') = 'read committed'
        FOR UPDATE SKIP LOCKED);
    INSERT INTO strongroom_guard.permitted_loss
    SELECT p.relation, session_user, act_name, clock_timestamp(), lost, counted
    FROM strongroom_guard.ancestors(target) AS p (relation);
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


-- Whether one of the tables that a table is part of loses too much. All of them count it.
CREATE OR REPLACE FUNCTION strongroom_guard.over_budget_above(
    target oid, lost bigint, s strongroom_guard.setting
) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(bool_or(strongroom_guard.over_budget(
        a.relation, 'delete', lost, s.delete_share, s.delete_rows, s.window_s)), false)
    FROM strongroom_guard.ancestors(target) AS a (relation)
    WHERE a.relation <> target
      AND NOT EXISTS (SELECT FROM strongroom_guard.free_table AS f WHERE f.relation = a.relation)
$$;
