-- rule: unknown-call
DELETE FROM settings WHERE id = next_settings_id(7);
