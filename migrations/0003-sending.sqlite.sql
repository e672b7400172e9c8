-- safe: trial
-- What sending must know of a message. It is open until it is sent or given up; it is due at `next_attempt_at`, at first
-- at once. Messages of one record go out in the order of their rowids. Who is sending one is in that process's memory.
ALTER TABLE outbox ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN first_attempt_at INTEGER;
ALTER TABLE outbox ADD COLUMN next_attempt_at INTEGER;
ALTER TABLE outbox ADD COLUMN gave_up_at INTEGER;
ALTER TABLE outbox ADD COLUMN last_outcome TEXT;

CREATE INDEX outbox_due ON outbox (COALESCE(next_attempt_at, created_at)) WHERE sent_at IS NULL AND gave_up_at IS NULL;
CREATE INDEX outbox_open ON outbox (study_id, record) WHERE sent_at IS NULL AND gave_up_at IS NULL;
CREATE INDEX outbox_given_up ON outbox (study_id) WHERE gave_up_at IS NOT NULL;

CREATE TRIGGER outbox_remain BEFORE DELETE ON outbox BEGIN SELECT RAISE(ABORT, 'messages are never deleted'); END;
