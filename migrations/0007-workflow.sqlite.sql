-- safe: trial
-- The work of staff on records: alerts, queries, data-change requests, voids, signatures. What happened is in
-- `transitions`, which only grows; `state` and `revision` beside a record say where that has led.

-- `record` is `alert:12`, `query:3`, `change:4`, `response:4711`, `signature:2` or `patient:P-1`; `revision` counts its
-- transitions from 1. `said` is the note or reason; the audit entry commits to SHA-256(salt, said).
CREATE TABLE transitions (
  study_id TEXT NOT NULL,
  record TEXT NOT NULL,
  revision INTEGER NOT NULL,
  transition TEXT NOT NULL,
  state TEXT NOT NULL,
  actor TEXT NOT NULL,
  role TEXT,
  at INTEGER NOT NULL,
  said TEXT,
  salt TEXT NOT NULL,
  PRIMARY KEY (study_id, record, revision)
) STRICT, WITHOUT ROWID;

-- `look_at`: when the clock looks at an alert nobody has acknowledged; null once it has nothing more to do.
ALTER TABLE alerts ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alerts ADD COLUMN level INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alerts ADD COLUMN escalated_to TEXT NOT NULL DEFAULT '';
ALTER TABLE alerts ADD COLUMN look_at INTEGER DEFAULT 0;
CREATE INDEX alerts_unheard ON alerts (look_at) WHERE state IN ('raised', 'delivered', 'opened') AND look_at IS NOT NULL;
CREATE INDEX alerts_undelivered ON alerts (alert_id) WHERE state = 'raised';

-- `standing`: submitted | superseded | void, of the response that fills the occasion.
ALTER TABLE occasions ADD COLUMN standing TEXT NOT NULL DEFAULT 'submitted';

CREATE TABLE queries (
  query_id INTEGER PRIMARY KEY,
  study_id TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  position INTEGER,
  item TEXT,
  opened_by TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  revision INTEGER NOT NULL
) STRICT;
CREATE INDEX queries_by_study ON queries (study_id, patient_id);

-- `answers` is JSON: linkId → the answer wanted, null to take it out. `source` says what supports it.
CREATE TABLE change_requests (
  change_id INTEGER PRIMARY KEY,
  study_id TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  answers TEXT NOT NULL,
  source TEXT NOT NULL,
  drafted_by TEXT NOT NULL,
  drafted_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  revision INTEGER NOT NULL
) STRICT;
CREATE INDEX change_requests_by_study ON change_requests (study_id, patient_id);

-- What a response became by a change; `version` counts from 2, version 1 is the row of `responses`.
CREATE TABLE response_versions (
  position INTEGER NOT NULL,
  version INTEGER NOT NULL,
  change_id INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  leaf_index INTEGER NOT NULL,
  salt TEXT NOT NULL,
  effect TEXT NOT NULL,
  restricted TEXT,
  PRIMARY KEY (position, version)
) STRICT, WITHOUT ROWID;

-- `sha256` binds the values, the audit head and the form versions (21 CFR 11.70); `name` is printed with it (11.50).
CREATE TABLE signatures (
  signature_id INTEGER PRIMARY KEY,
  study_id TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  name TEXT NOT NULL,
  meaning TEXT NOT NULL,
  signed_at INTEGER NOT NULL,
  audit_size INTEGER NOT NULL,
  audit_root TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  state TEXT NOT NULL,
  revision INTEGER NOT NULL
) STRICT;
CREATE INDEX signatures_by_study ON signatures (study_id, patient_id);

CREATE TABLE signed_responses (
  position INTEGER NOT NULL,
  signature_id INTEGER NOT NULL REFERENCES signatures (signature_id),
  PRIMARY KEY (position, signature_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER transitions_stay BEFORE UPDATE ON transitions BEGIN SELECT RAISE(ABORT, 'what happened never changes'); END;
CREATE TRIGGER transitions_remain BEFORE DELETE ON transitions BEGIN SELECT RAISE(ABORT, 'what happened is never deleted'); END;
CREATE TRIGGER response_versions_stay BEFORE UPDATE ON response_versions BEGIN SELECT RAISE(ABORT, 'responses never change'); END;
CREATE TRIGGER response_versions_remain BEFORE DELETE ON response_versions BEGIN SELECT RAISE(ABORT, 'responses are never deleted'); END;
CREATE TRIGGER queries_remain BEFORE DELETE ON queries BEGIN SELECT RAISE(ABORT, 'queries are never deleted'); END;
CREATE TRIGGER change_requests_remain BEFORE DELETE ON change_requests BEGIN SELECT RAISE(ABORT, 'change requests are never deleted'); END;
CREATE TRIGGER signatures_stay BEFORE UPDATE OF study_id, patient_id, staff_id, name, meaning, signed_at, audit_size, audit_root, sha256 ON signatures
BEGIN SELECT RAISE(ABORT, 'a signature never changes'); END;
CREATE TRIGGER signatures_remain BEFORE DELETE ON signatures BEGIN SELECT RAISE(ABORT, 'signatures are never deleted'); END;
CREATE TRIGGER alerts_remain BEFORE DELETE ON alerts BEGIN SELECT RAISE(ABORT, 'alerts are never deleted'); END;
