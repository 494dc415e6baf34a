-- What the configuration says of a table, bound to the table itself: its name may change. A rule
-- that frees holds only for tables that had the name when the rules were brought in, or were made
-- with it; one that keeps holds also for whoever takes the name later.

CREATE OR REPLACE FUNCTION strongroom_guard.ancestors(target oid) RETURNS SETOF oid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE up (relation) AS (
        SELECT target
        UNION
        SELECT i.inhparent FROM up AS u JOIN pg_inherits AS i ON i.inhrelid = u.relation
    ) SELECT u.relation FROM up AS u
$$;

CREATE OR REPLACE FUNCTION strongroom_guard.descendants(target oid) RETURNS SETOF oid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE down (relation) AS (
        SELECT target
        UNION
        SELECT i.inhrelid FROM down AS d JOIN pg_inherits AS i ON i.inhparent = d.relation
    ) SELECT d.relation FROM down AS d
$$;

-- What the names say of a table and of all that it is part of. Images of a part are kept by its
-- parent too: a statement that names the parent runs no guard of the part.
CREATE OR REPLACE FUNCTION strongroom_guard.named_rule(target oid)
RETURNS TABLE (keep text, updates text, before_images boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH named AS (
        SELECT r.*, c.oid IN (SELECT strongroom_guard.ancestors(target)) AS above
        FROM strongroom_guard.rule AS r
        JOIN pg_namespace AS n ON n.nspname = r.schema
        JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = r.name
        WHERE c.oid IN (SELECT strongroom_guard.ancestors(target)
                        UNION ALL SELECT strongroom_guard.descendants(target))
    )
    SELECT CASE WHEN bool_or(r.above AND r.keep = 'all') THEN 'all'
                WHEN bool_or(r.above AND r.keep = 'none') THEN 'none' ELSE 'share' END,
           CASE WHEN bool_or(r.above AND r.updates = 'budget') THEN 'budget'
                WHEN bool_or(r.above AND r.updates = 'free') THEN 'free' ELSE 'share' END,
           coalesce(bool_or(r.before_images), false)
    FROM named AS r
$$;

-- Writes down what holds for a table from now on. For whoever may free tables: the
-- administrator, and whoever makes a new one.
CREATE OR REPLACE FUNCTION strongroom_guard.bind(target oid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM strongroom_guard.bound AS b WHERE b.relation = target;
    INSERT INTO strongroom_guard.bound
    SELECT target, n.* FROM strongroom_guard.named_rule(target) AS n
    WHERE (n.keep, n.updates, n.before_images) <> ('share', 'share', false);
$$;

-- After a change of names or of what is part of what. Anybody may call it: it only makes stricter.
CREATE OR REPLACE FUNCTION strongroom_guard.rebind(target oid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH known AS (
        SELECT p.relation, coalesce(b.keep, 'share') AS keep, coalesce(b.updates, 'share') AS updates,
               coalesce(b.before_images, false) AS before_images
        FROM (SELECT strongroom_guard.ancestors(target)
              UNION SELECT strongroom_guard.descendants(target)) AS p (relation)
        LEFT JOIN strongroom_guard.bound AS b ON b.relation = p.relation
    ), stricter AS (
        SELECT k.relation,
               CASE WHEN 'all' IN (k.keep, n.keep) THEN 'all'
                    WHEN k.keep = 'none' AND n.keep = 'none' THEN 'none' ELSE 'share' END AS keep,
               CASE WHEN 'budget' IN (k.updates, n.updates) THEN 'budget'
                    WHEN k.updates = 'free' AND n.updates = 'free' THEN 'free'
                    ELSE 'share' END AS updates,
               k.before_images OR n.before_images AS before_images
        FROM known AS k CROSS JOIN LATERAL strongroom_guard.named_rule(k.relation) AS n
    )
    INSERT INTO strongroom_guard.bound AS b
    SELECT s.* FROM stricter AS s JOIN known AS k USING (relation)
    WHERE (s.keep, s.updates, s.before_images) <> (k.keep, k.updates, k.before_images)
    ON CONFLICT (relation) DO UPDATE
    SET (keep, updates, before_images) = ROW(excluded.keep, excluded.updates, excluded.before_images)
$$;

-- Whether a rule frees a table, and everything that is part of it.
CREATE OR REPLACE FUNCTION strongroom_guard.may_lose_all(target oid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT NOT EXISTS (
        SELECT FROM strongroom_guard.descendants(target) AS d (relation)
        WHERE NOT EXISTS (SELECT FROM strongroom_guard.bound AS b
                          WHERE b.relation = d.relation AND b.keep = 'none'))
$$;

CREATE OR REPLACE FUNCTION strongroom_guard.may_overwrite_all(target oid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT NOT EXISTS (
        SELECT FROM strongroom_guard.descendants(target) AS d (relation)
        WHERE NOT EXISTS (SELECT FROM strongroom_guard.bound AS b
                          WHERE b.relation = d.relation AND 'none' = b.keep
                             OR b.relation = d.relation AND b.updates = 'free'))
$$;
