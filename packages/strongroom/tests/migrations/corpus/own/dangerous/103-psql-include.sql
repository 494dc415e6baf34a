-- rule: unparsed
\i cleanup.sql
