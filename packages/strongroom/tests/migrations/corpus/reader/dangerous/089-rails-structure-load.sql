-- danger: the dump begins by dropping what exists
SET client_min_messages = warning;
SET statement_timeout = 0;
DROP TABLE IF EXISTS public.schema_migrations;
DROP TABLE IF EXISTS public.users;
CREATE TABLE public.users (
    id bigint NOT NULL,
    email character varying DEFAULT ''::character varying NOT NULL
);
