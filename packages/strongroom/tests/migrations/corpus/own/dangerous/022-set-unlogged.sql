-- rule: set-unlogged
ALTER TABLE events SET UNLOGGED;
