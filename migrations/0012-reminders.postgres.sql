-- safe: levee
-- Reminders: one row for each planned one and what became of it; where phones take pushes and how patients are reached
-- otherwise, sealed (AES-256-GCM, the key is not in the database); what patients chose. Rows of reminders stay.
CREATE TABLE reminders (
  reminder_id TEXT COLLATE "C" PRIMARY KEY,
  study_id TEXT COLLATE "C" NOT NULL,
  patient_id TEXT COLLATE "C" NOT NULL,
  form TEXT COLLATE "C" NOT NULL,
  occasion TEXT COLLATE "C" NOT NULL,
  nth INTEGER NOT NULL,
  planned_for BIGINT NOT NULL,
  closes_at BIGINT NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  why TEXT,
  channel TEXT,
  outcome TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at BIGINT,
  first_attempt_at BIGINT,
  last_attempt_at BIGINT,
  sent_at BIGINT,
  claimed_by TEXT,
  claimed_until BIGINT,
  shown_at BIGINT,
  opened_at BIGINT
);
CREATE UNIQUE INDEX reminders_by_occasion ON reminders (study_id, patient_id, form, occasion, nth);
CREATE INDEX reminders_by_patient ON reminders (study_id, patient_id, planned_for);
CREATE INDEX reminders_by_time ON reminders (study_id, planned_for);
CREATE INDEX reminders_due ON reminders (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE push_subscriptions (
  device_id BIGINT PRIMARY KEY,
  study_id TEXT COLLATE "C" NOT NULL,
  patient_id TEXT COLLATE "C" NOT NULL,
  sealed BYTEA,
  set_at BIGINT NOT NULL,
  dropped_at BIGINT,
  dropped_because TEXT
);
CREATE INDEX push_subscriptions_by_patient ON push_subscriptions (study_id, patient_id);

CREATE TABLE patient_contacts (
  study_id TEXT COLLATE "C" NOT NULL,
  patient_id TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  sealed BYTEA,
  set_at BIGINT NOT NULL,
  PRIMARY KEY (study_id, patient_id, kind)
);

CREATE TABLE reminder_choices (
  study_id TEXT COLLATE "C" NOT NULL,
  patient_id TEXT COLLATE "C" NOT NULL,
  enabled BOOLEAN NOT NULL,
  quiet_from TEXT,
  quiet_to TEXT,
  set_at BIGINT NOT NULL,
  PRIMARY KEY (study_id, patient_id)
);

CREATE TRIGGER reminders_remain BEFORE DELETE ON reminders
  FOR EACH ROW EXECUTE FUNCTION refuse_change('reminders stay on record');
