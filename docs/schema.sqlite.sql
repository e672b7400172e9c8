-- made by tools/generate.ts (npm run docs); do not edit. To be read; migrations/ makes it.

-- journal.db

CREATE TABLE boots (
  id INTEGER PRIMARY KEY,
  started_at INTEGER NOT NULL,
  version TEXT NOT NULL,
  stopped_at INTEGER
) STRICT;

CREATE TABLE entries (
  position INTEGER PRIMARY KEY,
  study_id TEXT NOT NULL,
  log_index INTEGER NOT NULL,
  submission_id BLOB NOT NULL,
  patient_id TEXT NOT NULL,
  device_id INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  head TEXT NOT NULL,
  group_first INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX entries_by_submission ON entries (submission_id, study_id, patient_id);

CREATE TRIGGER entries_remain BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'journal entries are never deleted'); END;

CREATE TRIGGER entries_stay BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'journal entries never change'); END;

CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, breaking INTEGER NOT NULL) STRICT;

CREATE TABLE receipt_groups (
  first INTEGER PRIMARY KEY,
  size INTEGER NOT NULL,
  signature BLOB NOT NULL
) STRICT;

CREATE TABLE second_bodies (
  id INTEGER PRIMARY KEY,
  position INTEGER NOT NULL REFERENCES entries (position),
  same_content INTEGER NOT NULL,
  device_id INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  head TEXT NOT NULL,
  body BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX second_bodies_by_content ON second_bodies (position, sha256);

CREATE TRIGGER second_bodies_remain BEFORE DELETE ON second_bodies BEGIN SELECT RAISE(ABORT, 'evidence is never deleted'); END;

CREATE TRIGGER second_bodies_stay BEFORE UPDATE ON second_bodies BEGIN SELECT RAISE(ABORT, 'evidence never changes'); END;

CREATE TABLE totals (
  study_id TEXT PRIMARY KEY,
  entries INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- trial.db

CREATE TABLE alerts (
  alert_id INTEGER PRIMARY KEY,
  study_id TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  rule TEXT NOT NULL,
  day TEXT NOT NULL,
  position INTEGER NOT NULL,
  severity TEXT NOT NULL,
  audience TEXT NOT NULL,
  state TEXT NOT NULL,
  raised_at INTEGER NOT NULL,
  acknowledge_by INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX alerts_once ON alerts (study_id, patient_id, rule, day);

CREATE TABLE audit_checkpoints (
  study_id TEXT NOT NULL,
  size INTEGER NOT NULL,
  frontier BLOB NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (study_id, size)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_entries (
  study_id TEXT NOT NULL,
  leaf_index INTEGER NOT NULL,
  leaf TEXT NOT NULL,
  PRIMARY KEY (study_id, leaf_index)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER audit_entries_remain BEFORE DELETE ON audit_entries BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TRIGGER audit_entries_stay BEFORE UPDATE ON audit_entries BEGIN SELECT RAISE(ABORT, 'the audit log never changes'); END;

CREATE TABLE audit_heads (
  study_id TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  frontier BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE conflicts (
  second_body_id INTEGER PRIMARY KEY,
  study_id TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  noticed_at INTEGER NOT NULL,
  set_aside_at INTEGER
) STRICT;

CREATE TABLE deviations (
  deviation_id INTEGER PRIMARY KEY,
  study_id TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  rule TEXT NOT NULL,
  position INTEGER NOT NULL,
  raised_at INTEGER NOT NULL
) STRICT;

CREATE TABLE devices (
  device_id INTEGER PRIMARY KEY,
  study_id TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  token_sha256 BLOB NOT NULL UNIQUE,
  label TEXT NOT NULL,
  issued_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;

CREATE INDEX devices_by_patient ON devices (study_id, patient_id);

CREATE TABLE held (
  position INTEGER PRIMARY KEY,
  study_id TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  lane TEXT NOT NULL,
  state TEXT NOT NULL,
  code TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  attempting INTEGER NOT NULL,
  next_attempt_at INTEGER,
  held_at INTEGER NOT NULL,
  set_aside_at INTEGER
) STRICT;

CREATE INDEX held_by_state ON held (state, next_attempt_at);

CREATE TABLE ledger (
  study_id TEXT PRIMARY KEY,
  taken INTEGER NOT NULL,
  applied INTEGER NOT NULL,
  quarantined INTEGER NOT NULL,
  retrying INTEGER NOT NULL,
  dead INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, breaking INTEGER NOT NULL) STRICT;

CREATE TABLE occasions (
  study_id TEXT NOT NULL,
  occasion TEXT NOT NULL,
  form TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  status TEXT NOT NULL,
  dose TEXT,
  PRIMARY KEY (study_id, occasion, form, patient_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
  message_id TEXT PRIMARY KEY,
  study_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  record TEXT NOT NULL,
  payload TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  sent_at INTEGER
, attempts INTEGER NOT NULL DEFAULT 0, first_attempt_at INTEGER, next_attempt_at INTEGER, gave_up_at INTEGER, last_outcome TEXT) STRICT;

CREATE INDEX outbox_due ON outbox (COALESCE(next_attempt_at, created_at)) WHERE sent_at IS NULL AND gave_up_at IS NULL;

CREATE INDEX outbox_given_up ON outbox (study_id) WHERE gave_up_at IS NOT NULL;

CREATE INDEX outbox_open ON outbox (study_id, record) WHERE sent_at IS NULL AND gave_up_at IS NULL;

CREATE TRIGGER outbox_remain BEFORE DELETE ON outbox BEGIN SELECT RAISE(ABORT, 'messages are never deleted'); END;

CREATE TABLE patients (
  study_id TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  site_id TEXT NOT NULL,
  arm TEXT NOT NULL,
  zone TEXT NOT NULL,
  language TEXT NOT NULL,
  status TEXT NOT NULL,
  enrolled_on TEXT NOT NULL,
  withdrawn_at TEXT,
  salt TEXT NOT NULL,
  PRIMARY KEY (study_id, patient_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE progress (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  journal_position INTEGER NOT NULL,
  second_body_id INTEGER NOT NULL
) STRICT;

CREATE TABLE responses (
  position INTEGER PRIMARY KEY,
  study_id TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  form TEXT NOT NULL,
  form_version TEXT NOT NULL,
  occasion TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  leaf_index INTEGER NOT NULL,
  salt TEXT NOT NULL,
  effect TEXT NOT NULL,
  restricted TEXT
) STRICT;

CREATE TRIGGER responses_remain BEFORE DELETE ON responses BEGIN SELECT RAISE(ABORT, 'responses are never deleted'); END;

CREATE TABLE scores (
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  value REAL,
  band TEXT,
  PRIMARY KEY (position, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE studies (
  study_id TEXT NOT NULL,
  version TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  files TEXT NOT NULL,
  published_at INTEGER NOT NULL,
  PRIMARY KEY (study_id, version)
) STRICT, WITHOUT ROWID;
