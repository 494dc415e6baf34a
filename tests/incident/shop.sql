-- What every replay loses or keeps: a small shop with people, their orders and their history.
CREATE TABLE account (
    id bigint PRIMARY KEY, email text UNIQUE NOT NULL, name text NOT NULL, password_hash text,
    role text NOT NULL DEFAULT 'member', source text NOT NULL DEFAULT 'signup',
    disabled_at timestamptz, created_at timestamptz NOT NULL
);
CREATE TABLE project (
    id bigint PRIMARY KEY, account_id bigint NOT NULL REFERENCES account ON DELETE CASCADE,
    title text NOT NULL
);
CREATE TABLE orders (
    id bigint PRIMARY KEY, account_id bigint NOT NULL REFERENCES account ON DELETE CASCADE,
    amount numeric(10, 2) NOT NULL, is_deleted boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL
);
CREATE TABLE message (
    id bigint PRIMARY KEY, account_id bigint NOT NULL REFERENCES account ON DELETE CASCADE,
    body text NOT NULL, client_id integer NOT NULL, created_at timestamptz NOT NULL
);
CREATE TABLE asset (
    id bigint PRIMARY KEY, account_id bigint NOT NULL, place text NOT NULL, note text,
    project_id bigint, deleted_at timestamptz
);
CREATE TABLE audit_entry (id bigint PRIMARY KEY, said text NOT NULL, at timestamptz NOT NULL);
CREATE TABLE execution (id bigint PRIMARY KEY, status text NOT NULL, created_at timestamptz NOT NULL);

INSERT INTO account
SELECT i, 'person' || i || '@example.org', 'Person ' || i, md5(i::text), 'member',
       CASE WHEN i % 3 = 0 THEN 'directory' ELSE 'signup' END, NULL,
       timestamptz '2024-01-01 00:00Z' + i * interval '9 hours'
FROM generate_series(1, 363) AS i;
INSERT INTO project SELECT i, i % 363 + 1, 'Project ' || i FROM generate_series(1, 300) AS i;
INSERT INTO orders
SELECT i, i % 363 + 1, i % 97 + 0.5, false, timestamptz '2024-01-01 00:00Z' + i * interval '2 hours'
FROM generate_series(1, 2000) AS i;
INSERT INTO message
SELECT i, i % 363 + 1, 'Message ' || i, i % 11, timestamptz '2024-01-01 00:00Z' + i * interval '1 hour'
FROM generate_series(1, 3000) AS i;
INSERT INTO asset
SELECT i, i % 363 + 1, 'shelf ' || i % 7, 'note ' || i, i % 300 + 1, NULL
FROM generate_series(1, 1500) AS i;
INSERT INTO audit_entry
SELECT i, 'did ' || i, timestamptz '2024-01-01 00:00Z' + i * interval '3 hours'
FROM generate_series(1, 500) AS i;
INSERT INTO execution
SELECT i, CASE WHEN i % 20 = 0 THEN 'running' ELSE 'done' END,
       clock_timestamp() - i * interval '2 hours'
FROM generate_series(1, 1200) AS i;
