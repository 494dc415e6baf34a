-- What a transaction made itself, and what it made a part of something else.

CREATE OR REPLACE FUNCTION strongroom_guard.made_here(target oid) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM strongroom_guard.made AS m
                   WHERE m.relation = target AND m.transaction = pg_current_xact_id_if_assigned())
$$;

-- The same of a table and everything that is part of it.
CREATE OR REPLACE FUNCTION strongroom_guard.made_whole(target oid) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT strongroom_guard.made_here(target) AND NOT EXISTS (
        SELECT FROM strongroom_guard.descendants(target) AS d (relation)
        WHERE NOT strongroom_guard.made_here(d.relation))
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
    WHERE c.objid = target
      AND c.command_tag IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE SCHEMA',
                            'CREATE SEQUENCE')
      AND c.object_type IN ('table', 'schema', 'sequence');
    INSERT INTO strongroom_guard.joined
    SELECT i.inhrelid, i.inhparent, '-infinity' FROM pg_inherits AS i
    WHERE i.inhrelid = target AND strongroom_guard.made_here(target) ON CONFLICT DO NOTHING;
    SELECT strongroom_guard.bind(target) WHERE strongroom_guard.made_here(target);
$$;

-- After a table became part of another one. Each has a window of its own, so an old table with rows
-- has one parent at a time, and gets another one only if nothing was deleted by way of the last.
-- Anybody may call this: it only notes what is so, and refuses.
CREATE OR REPLACE FUNCTION strongroom_guard.note_joined(target oid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    pair   record;
    window_s CONSTANT integer := (SELECT s.window_s FROM strongroom_guard.setting AS s);
BEGIN
    FOR pair IN
        SELECT i.inhrelid AS child, i.inhparent AS parent FROM pg_inherits AS i
        WHERE target IN (i.inhrelid, i.inhparent)
          AND NOT EXISTS (SELECT FROM strongroom_guard.joined AS j
                          WHERE j.child = i.inhrelid AND j.parent = i.inhparent)
    LOOP
        IF (EXISTS (SELECT FROM strongroom_guard.ancestors(pair.child) AS a (relation)
                    JOIN pg_inherits AS i ON i.inhrelid = a.relation
                    GROUP BY a.relation HAVING count(*) > 1)
            OR EXISTS (SELECT FROM strongroom_guard.descendants(pair.child) AS d (relation)
                       JOIN strongroom_guard.joined AS j ON j.child = d.relation
                       JOIN strongroom_guard.budget AS b ON b.relation = j.parent
                       WHERE j.parent NOT IN (SELECT strongroom_guard.descendants(pair.child))
                         AND j.since > clock_timestamp() - make_interval(secs => window_s)
                         AND b.since > clock_timestamp() - make_interval(secs => window_s)))
           AND NOT strongroom_guard.made_whole(pair.child)
           AND NOT strongroom_guard.is_empty(pair.child)
           AND NOT strongroom_guard.consume('disable_guard', pair.child, NULL, NULL) THEN
            PERFORM strongroom_guard.refuse(
                format('making %s part of %s', pair.child::regclass, pair.parent::regclass),
                'it was part of another table just now, and each would have limits of its own',
                format('disable_guard %s', pair.child::regclass));
        END IF;
        INSERT INTO strongroom_guard.joined VALUES (pair.child, pair.parent, clock_timestamp());
    END LOOP;
END
$$;
