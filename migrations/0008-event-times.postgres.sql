-- safe: levee
-- When entries of forms without due days were completed, by the device clock: what rules look back on by hours. Instants
-- in milliseconds since 1970-01-01T00:00Z.
CREATE TABLE event_times (
  study_id TEXT COLLATE "C" NOT NULL,
  patient_id TEXT COLLATE "C" NOT NULL,
  form TEXT COLLATE "C" NOT NULL,
  completed_at BIGINT NOT NULL,
  position BIGINT NOT NULL,
  PRIMARY KEY (study_id, patient_id, form, completed_at, position)
);

-- An alert from an entry that was offline for long is raised when it comes; these two say when it was meant.
ALTER TABLE alerts ADD COLUMN completed_at BIGINT;
ALTER TABLE alerts ADD COLUMN received_at BIGINT;

CREATE TRIGGER event_times_stay BEFORE UPDATE ON event_times
  FOR EACH ROW EXECUTE FUNCTION refuse_change('when an event was never changes');
CREATE TRIGGER event_times_remain BEFORE DELETE ON event_times
  FOR EACH ROW EXECUTE FUNCTION refuse_change('events are never deleted');
CREATE TRIGGER event_times_whole BEFORE TRUNCATE ON event_times
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('events are never deleted');
