-- safe: trial
-- When entries of forms without due days were completed, by the device clock: what rules look back on by hours. Instants
-- in milliseconds since 1970-01-01T00:00Z.
CREATE TABLE event_times (
  study_id TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  form TEXT NOT NULL,
  completed_at INTEGER NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (study_id, patient_id, form, completed_at, position)
) STRICT, WITHOUT ROWID;

-- An alert from an entry that was offline for long is raised when it comes; these two say when it was meant.
ALTER TABLE alerts ADD COLUMN completed_at INTEGER;
ALTER TABLE alerts ADD COLUMN received_at INTEGER;

CREATE TRIGGER event_times_stay BEFORE UPDATE ON event_times BEGIN SELECT RAISE(ABORT, 'when an event was never changes'); END;
CREATE TRIGGER event_times_remain BEFORE DELETE ON event_times BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
