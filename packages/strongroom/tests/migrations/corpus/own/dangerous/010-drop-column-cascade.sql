-- rule: drop-cascade
ALTER TABLE accounts DROP COLUMN total CASCADE;
