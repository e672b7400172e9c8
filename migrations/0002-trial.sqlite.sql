-- safe: trial
-- What the trial keeps. One writer thread; each batch is one transaction with its audit entries.

CREATE TABLE studies (
  study_id TEXT NOT NULL,
  version TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  files TEXT NOT NULL,
  published_at INTEGER NOT NULL,
  PRIMARY KEY (study_id, version)
) STRICT, WITHOUT ROWID;

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

-- How far the journal has been taken: moves only together with the effects (P3).
CREATE TABLE progress (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  journal_position INTEGER NOT NULL,
  second_body_id INTEGER NOT NULL
) STRICT;
INSERT INTO progress VALUES (1, 0, 0);

-- P4 for each study: taken = applied + quarantined + retrying + dead.
CREATE TABLE ledger (
  study_id TEXT PRIMARY KEY,
  taken INTEGER NOT NULL,
  applied INTEGER NOT NULL,
  quarantined INTEGER NOT NULL,
  retrying INTEGER NOT NULL,
  dead INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- `effect` is everything the submission led to that a blinded reader may see; `restricted` what they may not.
-- The audit entry commits to SHA-256(salt, effect, restricted).
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

CREATE TABLE scores (
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  value REAL,
  band TEXT,
  PRIMARY KEY (position, name)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE deviations (
  deviation_id INTEGER PRIMARY KEY,
  study_id TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  rule TEXT NOT NULL,
  position INTEGER NOT NULL,
  raised_at INTEGER NOT NULL
) STRICT;

-- Entries that did not become a response yet. state: retrying | quarantined | dead.
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

CREATE TABLE conflicts (
  second_body_id INTEGER PRIMARY KEY,
  study_id TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  noticed_at INTEGER NOT NULL,
  set_aside_at INTEGER
) STRICT;

CREATE TABLE outbox (
  message_id TEXT PRIMARY KEY,
  study_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  record TEXT NOT NULL,
  payload TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  sent_at INTEGER
) STRICT;

CREATE TABLE audit_entries (
  study_id TEXT NOT NULL,
  leaf_index INTEGER NOT NULL,
  leaf TEXT NOT NULL,
  PRIMARY KEY (study_id, leaf_index)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_heads (
  study_id TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  frontier BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_checkpoints (
  study_id TEXT NOT NULL,
  size INTEGER NOT NULL,
  frontier BLOB NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (study_id, size)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER audit_entries_stay BEFORE UPDATE ON audit_entries BEGIN SELECT RAISE(ABORT, 'the audit log never changes'); END;
CREATE TRIGGER audit_entries_remain BEFORE DELETE ON audit_entries BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER responses_remain BEFORE DELETE ON responses BEGIN SELECT RAISE(ABORT, 'responses are never deleted'); END;
