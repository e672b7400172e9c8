-- safe: trial
-- Reminders: one row for each planned one and what became of it; where phones take pushes and how patients are reached
-- otherwise, sealed (AES-256-GCM, the key is not in the database); what patients chose. Rows of reminders stay.
CREATE TABLE reminders (
  reminder_id TEXT PRIMARY KEY,
  study_id TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  form TEXT NOT NULL,
  occasion TEXT NOT NULL,
  nth INTEGER NOT NULL,
  planned_for INTEGER NOT NULL,
  closes_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  why TEXT,
  channel TEXT,
  outcome TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER,
  first_attempt_at INTEGER,
  last_attempt_at INTEGER,
  sent_at INTEGER,
  claimed_by TEXT,
  claimed_until INTEGER,
  shown_at INTEGER,
  opened_at INTEGER
) STRICT;
CREATE UNIQUE INDEX reminders_by_occasion ON reminders (study_id, patient_id, form, occasion, nth);
CREATE INDEX reminders_by_patient ON reminders (study_id, patient_id, planned_for);
CREATE INDEX reminders_by_time ON reminders (study_id, planned_for);
CREATE INDEX reminders_due ON reminders (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE push_subscriptions (
  device_id INTEGER PRIMARY KEY,
  study_id TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  sealed BLOB,
  set_at INTEGER NOT NULL,
  dropped_at INTEGER,
  dropped_because TEXT
) STRICT;
CREATE INDEX push_subscriptions_by_patient ON push_subscriptions (study_id, patient_id);

CREATE TABLE patient_contacts (
  study_id TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  sealed BLOB,
  set_at INTEGER NOT NULL,
  PRIMARY KEY (study_id, patient_id, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE reminder_choices (
  study_id TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  quiet_from TEXT,
  quiet_to TEXT,
  set_at INTEGER NOT NULL,
  PRIMARY KEY (study_id, patient_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER reminders_remain BEFORE DELETE ON reminders BEGIN SELECT RAISE(ABORT, 'reminders stay on record'); END;
