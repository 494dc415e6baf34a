DELETE FROM settings WHERE key = 'obsolete';
