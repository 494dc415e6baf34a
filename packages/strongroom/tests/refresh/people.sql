-- Accounts and what hangs on them: a key of text, one of numbers, partitions, a document.
CREATE TABLE public.account (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email      varchar(120) NOT NULL UNIQUE,
    name       text NOT NULL,
    phone      text,
    strava_id  bigint UNIQUE,
    born       date,
    city       text,
    external   uuid UNIQUE,
    profile    jsonb,
    level      smallint NOT NULL DEFAULT 1,
    email_lower text GENERATED ALWAYS AS (lower(email)) STORED
);
CREATE UNIQUE INDEX account_email ON public.account (lower(email));
CREATE TABLE public.message (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sender varchar(120) NOT NULL REFERENCES public.account (email),
    strava bigint REFERENCES public.account (strava_id),
    body   text,
    sent_at timestamptz NOT NULL
);
CREATE TABLE public.session (token text PRIMARY KEY, account bigint REFERENCES public.account);
CREATE TABLE public.visit (account bigint NOT NULL REFERENCES public.account, at date NOT NULL,
    from_ip inet) PARTITION BY RANGE (at);
CREATE TABLE public.visit_2025 PARTITION OF public.visit
    FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE public.visit_rest PARTITION OF public.visit DEFAULT;
CREATE TABLE public.kind (code text PRIMARY KEY, plain text);
CREATE MATERIALIZED VIEW public.account_names AS SELECT id, name, email_lower FROM public.account;
COMMENT ON TABLE public.account IS 'ask Anneliese Oberhuber about account 7';

INSERT INTO public.account (email, name, phone, strava_id, born, city, external, profile)
SELECT format('Runner.%s@mailbox-%s.example', n, n % 7), format('Anneliese Oberhuber %s', n),
       format('+4366012345%s', n), 7000000000 + n, date '1980-01-01' + n,
       CASE n % 3 WHEN 0 THEN '' WHEN 1 THEN 'Salzburg-Umgebung' END,
       md5(n::text)::uuid, jsonb_build_object('nick', format('oberhuber-the-%s', n), 'age', 40)
  FROM generate_series(1, 400) AS n;
INSERT INTO public.message (sender, strava, body, sent_at)
SELECT email, strava_id, format('call me, %s', name), now() FROM public.account;
INSERT INTO public.session SELECT md5(email), id FROM public.account;
INSERT INTO public.visit SELECT id, date '2025-06-01' + id::integer, '203.0.113.7' FROM public.account;
INSERT INTO public.kind VALUES ('run', 'on foot'), ('ride', 'on wheels');
