ALTER TYPE ticket_state ADD VALUE IF NOT EXISTS 'escalated' AFTER 'waiting';
