-- One of everything that a backup has to bring back; owned by the role that owns the database.
CREATE SCHEMA "Läufe & more";
CREATE TYPE public.mood AS ENUM ('good', 'so "so"', 'müde');
CREATE DOMAIN public.heart_rate AS integer CHECK (VALUE BETWEEN 20 AND 250);

CREATE TABLE public.athlete (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL,
    name_lower text GENERATED ALWAYS AS (lower(name)) STORED,
    feels      public.mood,
    pulse      public.heart_rate,
    tags       text[],
    matrix     double precision[][],
    profile    jsonb,
    raw        json,
    picture    bytea,
    weight_kg  numeric,
    speed      double precision,
    born       date,
    seen_at    timestamptz,
    period     tstzrange,
    address    inet,
    token      uuid,
    took       interval
);
INSERT INTO public.athlete
    (name, feels, pulse, tags, matrix, profile, raw, picture, weight_kg, speed, born, seen_at,
     period, address, token, took)
VALUES
    ('Ärmel', 'good', 60, '{a,"b c",NULL}', '{{1,2},{3,4}}', '{"a": [1, null]}', '{"a":1,  "a":2}',
     '\x00ff10', 'NaN', 'Infinity', '1970-01-01', '2026-01-19 07:52+00',
     '[2026-01-01 00:00+00,)', '10.0.0.1/8', '6f1f3c60-6f0e-4f0e-8f0e-6f1f3c606f0e', '1 day 2:03'),
    ('O''Neill \ "q"', 'so "so"', NULL, '{}', NULL, 'null', 'null', '', '-Infinity', 'NaN',
     'infinity', '-infinity', 'empty', '::1', NULL, '-1 mon'),
    (E'tab\t newline\n 🏃', 'müde', 250, NULL, NULL, NULL, NULL, NULL, 12.3400, '-0', NULL, NULL,
     NULL, NULL, NULL, NULL);

CREATE TABLE "Läufe & more"."Lauf ""A""" (
    "Größe" serial PRIMARY KEY,
    athlete bigint REFERENCES public.athlete,
    t       text DEFAULT 'x'
);
INSERT INTO "Läufe & more"."Lauf ""A""" (athlete, t)
SELECT 1 + n % 3, repeat(chr(97 + n % 26), 1 + n % 7) FROM generate_series(1, 500) AS n;

CREATE TABLE public.sample (athlete bigint NOT NULL, at date NOT NULL, value real)
    PARTITION BY RANGE (at);
CREATE TABLE public.sample_2025 PARTITION OF public.sample
    FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE public.sample_2026 PARTITION OF public.sample
    FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE public.sample_rest PARTITION OF public.sample DEFAULT;
INSERT INTO public.sample
SELECT 1, date '2024-12-01' + n, n / 3.0 FROM generate_series(1, 700) AS n;

CREATE TABLE public.parent (a integer);
CREATE TABLE public.child (b integer) INHERITS (public.parent);
INSERT INTO public.parent VALUES (1);
INSERT INTO public.child VALUES (2, 3);

CREATE TABLE public.nothing (id integer PRIMARY KEY);
CREATE TABLE public.no_columns ();
INSERT INTO public.no_columns DEFAULT VALUES;

-- PostgreSQL writes this constraint differently once it has been restored.
CREATE TABLE public.gear (kind varchar(10) CHECK (kind IN ('shoe', 'watch')));
INSERT INTO public.gear VALUES ('shoe'), (NULL);

CREATE VIEW public.athlete_names AS SELECT id, name_lower FROM public.athlete;
CREATE MATERIALIZED VIEW public.sample_count AS SELECT athlete, count(*) FROM public.sample GROUP BY 1;
CREATE INDEX athlete_name ON public.athlete (lower(name)) WHERE feels <> 'good';
CREATE SEQUENCE public.countdown INCREMENT -1 START 100 MINVALUE -1000 MAXVALUE 100;
SELECT nextval('public.countdown') FROM generate_series(1, 5);
CREATE SEQUENCE public.unused START 42;

CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.t := coalesce(NEW.t, 'touched');
    RETURN NEW;
END $$;
CREATE TRIGGER touch BEFORE INSERT ON "Läufe & more"."Lauf ""A"""
    FOR EACH ROW EXECUTE FUNCTION public.touch();
ALTER TABLE public.athlete ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.athlete USING (name <> current_user);
SELECT lo_from_bytea(0, '\x00ff00'::bytea), lo_from_bytea(4711, 'a large object');
COMMENT ON TABLE public.athlete IS 'who runs';
