-- rule: move-table
ALTER TABLE import_rows SET LOGGED;
