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
    UPDATE strongroom_guard.permit_effect AS e
    SET rows_used = e.rows_used + coalesce(lost, 0), uses = e.uses + 1,
        unused = ARRAY(SELECT c FROM unnest(e.unused) AS c WHERE c <> ALL (coalesce(touched, '{}')))
    FROM strongroom_guard.permit AS p
    WHERE p.id = e.permit_id
      AND p.opened_xid = pg_current_xact_id_if_assigned()
      AND p.expires_at > clock_timestamp()
      AND p.revoked_at IS NULL
      AND e.kind = wanted
      AND (e.relation = target
           OR e.relation IN (SELECT relid FROM pg_partition_ancestors(target::regclass)))
      AND coalesce(touched, '{}') <@ e.unused
      AND (e.rows_max IS NULL OR lost IS NULL OR e.rows_used + lost <= e.rows_max)
      AND (e.uses = 0 OR lost IS NOT NULL AND e.rows_max IS NOT NULL
           OR touched IS NOT NULL OR e.relation <> target
           OR wanted IN ('alter_type', 'disable_guard'));
    RETURN FOUND;
END
$$;

REVOKE ALL ON FUNCTION strongroom_guard.consume(text, oid, text[], bigint) FROM PUBLIC;

-- What the open permit of this transaction was used for, as far as it says itself.
CREATE OR REPLACE FUNCTION strongroom_guard.used_here()
RETURNS TABLE (kind text, label text, rows bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT e.kind, e.label, e.rows_used
    FROM strongroom_guard.permit AS p JOIN strongroom_guard.permit_effect AS e ON e.permit_id = p.id
    WHERE p.opened_xid = pg_current_xact_id_if_assigned() AND e.uses > 0
$$;
