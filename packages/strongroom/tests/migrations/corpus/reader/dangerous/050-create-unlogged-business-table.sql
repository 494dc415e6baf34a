-- danger: an unlogged table is emptied by a crash and is absent on replicas
CREATE UNLOGGED TABLE payments_inbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    payload jsonb NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now()
);
