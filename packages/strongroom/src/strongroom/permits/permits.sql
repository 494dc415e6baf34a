-- Single-use approvals. Run as the role that owns schema strongroom_guard, which nobody can
-- log in as: the tables are closed to everybody else, and the functions run with its rights.

CREATE TABLE IF NOT EXISTS strongroom_guard.permit (
    id            uuid        PRIMARY KEY,
    secret_sha256 bytea       NOT NULL UNIQUE,
    incarnation   uuid        NOT NULL,
    backup_id     text        NOT NULL,
    proven_at     timestamptz NOT NULL,
    granted_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at    timestamptz NOT NULL,
    confirmed_by  text        NOT NULL,
    reason        text        NOT NULL,
    revoked_at    timestamptz,
    opened_xid    xid8,       -- the one transaction that uses it; a rollback gives it back
    opened_at     timestamptz,
    opened_by     name
);

CREATE TABLE IF NOT EXISTS strongroom_guard.permit_effect (
    permit_id uuid    NOT NULL REFERENCES strongroom_guard.permit,
    kind      text    NOT NULL,
    relation  oid     NOT NULL, -- of a table, sequence, schema or database, after the kind
    label     text    NOT NULL,
    columns   text[]  NOT NULL DEFAULT '{}',
    unused    text[]  NOT NULL DEFAULT '{}', -- those of the columns that are left
    rows_max  bigint,           -- of deletes and updates; those always have one
    rows_used bigint  NOT NULL DEFAULT 0,
    uses      integer NOT NULL DEFAULT 0
);

-- Of "alter_type": the columns as they were after the last command, and those that this one alters.
ALTER TABLE strongroom_guard.permit_effect
    ADD COLUMN IF NOT EXISTS shape jsonb,
    ADD COLUMN IF NOT EXISTS pending text[] NOT NULL DEFAULT '{}';

-- Which version of its definition each column has. To alter its type makes another one, also where
-- the type stays the same and only USING says what becomes of the values.
CREATE OR REPLACE FUNCTION strongroom_guard.shape_of(target oid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_object_agg(a.attnum, format('%s %s', a.xmin, a.ctid)) FROM pg_attribute AS a
    WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped
$$;

CREATE OR REPLACE FUNCTION strongroom_guard.touched_since(target oid, shape jsonb) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(a.attname::text), '{}') FROM pg_attribute AS a
    WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped
      AND shape ->> a.attnum::text <> format('%s %s', a.xmin, a.ctid)
$$;

-- After a command that changed a table: columns that it altered by a permit are used up, and what
-- comes next is compared with how they are now. Anybody may call this: it allows nothing.
CREATE OR REPLACE FUNCTION strongroom_guard.note_shape(target oid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE strongroom_guard.permit_effect AS e
    SET unused = ARRAY(SELECT c FROM unnest(e.unused) AS c WHERE c <> ALL (e.pending)),
        pending = '{}', shape = strongroom_guard.shape_of(target)
    FROM strongroom_guard.permit AS p
    WHERE p.id = e.permit_id AND p.opened_xid = pg_current_xact_id_if_assigned()
      AND e.kind = 'alter_type' AND e.relation = target
$$;

-- Opens a permit for the transaction of the caller. Who comes second waits for the first one's
-- end, and is refused if that committed.
CREATE OR REPLACE FUNCTION strongroom_guard.open_permit(secret text) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    asked strongroom_guard.permit;
    why   text;
BEGIN
    SELECT p.* INTO asked FROM strongroom_guard.permit AS p
    WHERE p.secret_sha256 = sha256(convert_to(secret, 'UTF8')) FOR UPDATE;
    why := CASE
        WHEN asked.id IS NULL THEN 'there is none with this secret'
        WHEN asked.revoked_at IS NOT NULL THEN 'it was revoked'
        WHEN asked.opened_xid = pg_current_xact_id() THEN NULL
        WHEN asked.opened_xid IS NOT NULL THEN 'it has been used'
        WHEN asked.expires_at <= clock_timestamp() THEN 'it has expired'
        WHEN NOT EXISTS (SELECT FROM strongroom.identity AS i
                         WHERE i.incarnation = asked.incarnation)
            THEN 'it is for another database, or for this one before it was restored'
    END;
    IF why IS NOT NULL THEN
        RAISE EXCEPTION 'strongroom: the permit cannot be opened: %', why
            USING ERRCODE = 'insufficient_privilege', HINT = 'strongroom permit ask';
    END IF;
    UPDATE strongroom_guard.permit AS p
    SET opened_xid = pg_current_xact_id(), opened_at = clock_timestamp(), opened_by = session_user
    WHERE p.id = asked.id;
    UPDATE strongroom_guard.permit_effect AS e SET shape = strongroom_guard.shape_of(e.relation)
    WHERE e.permit_id = asked.id AND e.kind = 'alter_type';
    RETURN asked.id;
END
$$;

-- Asked by the guards when they are about to refuse: is there an allowance in this transaction?
-- What it allows it takes off. An effect on a partitioned table covers its partitions.
CREATE OR REPLACE FUNCTION strongroom_guard.consume(
    wanted text, target oid, touched text[], lost bigint
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF lost < 0 OR (lost = 0 AND wanted IN ('delete', 'update')) THEN
        RETURN false;
    END IF;
    UPDATE strongroom_guard.permit_effect AS e
    SET rows_used = e.rows_used + coalesce(lost, 0), uses = e.uses + 1,
        unused = ARRAY(SELECT c FROM unnest(e.unused) AS c WHERE c <> ALL (coalesce(touched, '{}'))),
        pending = CASE WHEN wanted = 'alter_type'
                       THEN strongroom_guard.touched_since(e.relation, e.shape) ELSE '{}' END
    FROM strongroom_guard.permit AS p
    WHERE p.id = e.permit_id
      AND p.opened_xid = pg_current_xact_id_if_assigned()
      AND p.expires_at > clock_timestamp()
      AND p.revoked_at IS NULL
      AND p.incarnation = (SELECT i.incarnation FROM strongroom.identity AS i)
      AND e.kind = wanted
      AND (e.relation = target
           OR e.relation IN (SELECT relid FROM pg_partition_ancestors(target::regclass)))
      AND coalesce(touched, '{}') <@ e.unused
      AND (wanted <> 'alter_type' OR e.columns = '{}'
           OR strongroom_guard.touched_since(e.relation, e.shape) <@ e.unused
          AND strongroom_guard.touched_since(e.relation, e.shape) <> '{}')
      AND (e.rows_max IS NULL OR lost IS NULL OR e.rows_used + lost <= e.rows_max)
      AND (e.uses = 0 OR lost IS NOT NULL AND e.rows_max IS NOT NULL
           OR touched IS NOT NULL OR e.relation <> target
           OR wanted IN ('alter_type', 'disable_guard'));
    RETURN FOUND;
END
$$;

REVOKE ALL ON FUNCTION strongroom_guard.consume(text, oid, text[], bigint),
    strongroom_guard.shape_of(oid), strongroom_guard.touched_since(oid, jsonb) FROM PUBLIC;

-- What the open permit of this transaction was used for, as far as it says itself.
CREATE OR REPLACE FUNCTION strongroom_guard.used_here()
RETURNS TABLE (kind text, label text, rows bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT e.kind, e.label, e.rows_used
    FROM strongroom_guard.permit AS p JOIN strongroom_guard.permit_effect AS e ON e.permit_id = p.id
    WHERE p.opened_xid = pg_current_xact_id_if_assigned() AND e.uses > 0
$$;
