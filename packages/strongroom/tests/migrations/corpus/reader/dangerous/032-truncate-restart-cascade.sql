-- danger: deletes every row here and in all tables that reference it
TRUNCATE accounts RESTART IDENTITY CASCADE;
