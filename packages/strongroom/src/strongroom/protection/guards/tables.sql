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

-- Those rules, bound to tables. One that is not here has none.
CREATE TABLE IF NOT EXISTS strongroom_guard.bound (
    relation      oid     PRIMARY KEY,
    keep          text    NOT NULL,
    updates       text    NOT NULL,
    before_images boolean NOT NULL
);

-- Which table was seen as a part of which, and since when.
CREATE TABLE IF NOT EXISTS strongroom_guard.joined (
    child  oid         NOT NULL,
    parent oid         NOT NULL,
    since  timestamptz NOT NULL,
    PRIMARY KEY (child, parent)
);

-- Rows that a permit let go: no window counts those. "counted": its sequence had counted them.
CREATE TABLE IF NOT EXISTS strongroom_guard.permitted_loss (
    relation oid         NOT NULL,
    role     name        NOT NULL,
    act      text        NOT NULL,
    at       timestamptz NOT NULL,
    rows     bigint      NOT NULL,
    counted  boolean     NOT NULL
);
CREATE INDEX IF NOT EXISTS permitted_loss_of ON strongroom_guard.permitted_loss (relation, at);

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
        EXECUTE format('CREATE SEQUENCE IF NOT EXISTS strongroom_guard.lost_many_%s '
                       'INCREMENT 16 MINVALUE 0 START 16', n);
    END LOOP;
END
$$;

-- Counts rows that are there, up to a limit: never more work than the question is worth.
CREATE OR REPLACE FUNCTION strongroom_guard.rows_up_to(relation oid, at_most bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET row_security = off
AS $$
DECLARE
    found_rows bigint;
    source     text := relation::regclass;
BEGIN
    -- Rows of foreign parts lie elsewhere, and may not be within reach.
    IF EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhparent = relation) THEN
        SELECT coalesce(CASE WHEN bool_or(c.relkind = 'f') THEN format('(%s)', string_agg(
                   format('SELECT FROM ONLY %s', c.oid::regclass), ' UNION ALL ')
                   FILTER (WHERE c.relkind = 'r')) ELSE source END, '(SELECT WHERE false)')
        INTO source
        FROM strongroom_guard.descendants(relation) AS d (part) JOIN pg_class AS c ON c.oid = d.part;
    END IF;
    EXECUTE format('SELECT count(*) FROM (SELECT FROM %s AS s LIMIT %s) AS r',
                   source, greatest(at_most, 0)) INTO found_rows;
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

-- Tables that may lose all their rows. Those are never counted.
CREATE OR REPLACE VIEW strongroom_guard.free_table AS
SELECT b.relation FROM strongroom_guard.bound AS b WHERE b.keep = 'none';

DROP FUNCTION IF EXISTS strongroom_guard.was_counted(oid), strongroom_guard.settle(oid, bigint),
    strongroom_guard.allow_update(oid, bigint, text);

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
              -- Quoted for a shell: a quote ends it, is written with a backslash, and begins it again.
              HINT = coalesce(format('strongroom permit ask ''%s'' --reason WHY', replace(
                         asking, '''', concat('''', chr(92), ''''''))),
                     'strongroom protect --remove, on a terminal');
END
$$;

