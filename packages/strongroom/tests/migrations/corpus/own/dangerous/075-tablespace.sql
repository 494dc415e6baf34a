-- rule: move-table
ALTER TABLE events SET TABLESPACE fast_disks;
