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

CREATE TABLE activation_codes (
  code_id INTEGER PRIMARY KEY,
  code_hmac BLOB NOT NULL UNIQUE,
  study_id TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  form TEXT,
  form_version TEXT,
  occasion TEXT,
  issued_at INTEGER NOT NULL,
  issued_by TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER,
  device_id INTEGER,
  ended_at INTEGER
) STRICT;

CREATE INDEX activation_codes_by_patient ON activation_codes (study_id, patient_id);

CREATE TRIGGER activation_codes_remain BEFORE DELETE ON activation_codes
BEGIN SELECT RAISE(ABORT, 'activation codes stay on record'); END;

CREATE TRIGGER activation_codes_stay BEFORE UPDATE OF code_hmac, study_id, patient_id, kind, form, form_version, occasion, issued_at, issued_by, expires_at ON activation_codes
BEGIN SELECT RAISE(ABORT, 'activation codes are used or taken back, not changed'); END;

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
, revision INTEGER NOT NULL DEFAULT 0, level INTEGER NOT NULL DEFAULT 0, escalated_to TEXT NOT NULL DEFAULT '', look_at INTEGER DEFAULT 0, completed_at INTEGER, received_at INTEGER) STRICT;

CREATE INDEX alerts_in_order ON alerts (study_id, alert_id);

CREATE UNIQUE INDEX alerts_once ON alerts (study_id, patient_id, rule, day);

CREATE INDEX alerts_undelivered ON alerts (alert_id) WHERE state = 'raised';

CREATE INDEX alerts_unheard ON alerts (look_at) WHERE state IN ('raised', 'delivered', 'opened') AND look_at IS NOT NULL;

CREATE TRIGGER alerts_remain BEFORE DELETE ON alerts BEGIN SELECT RAISE(ABORT, 'alerts are never deleted'); END;

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

CREATE INDEX change_requests_in_order ON change_requests (study_id, change_id);

CREATE TRIGGER change_requests_remain BEFORE DELETE ON change_requests BEGIN SELECT RAISE(ABORT, 'change requests are never deleted'); END;

CREATE TABLE conflicts (
  second_body_id INTEGER PRIMARY KEY,
  study_id TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  noticed_at INTEGER NOT NULL,
  set_aside_at INTEGER
) STRICT;

CREATE TABLE declarations (
  device_id INTEGER PRIMARY KEY,
  study_id TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  entries TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  contact_at INTEGER NOT NULL
) STRICT;

CREATE INDEX declarations_by_patient ON declarations (study_id, patient_id);

CREATE INDEX declarations_open ON declarations (study_id, device_id) WHERE entries <> '[]';

CREATE TRIGGER declarations_remain BEFORE DELETE ON declarations BEGIN SELECT RAISE(ABORT, 'declarations are never deleted'); END;

CREATE TABLE deviations (
  deviation_id INTEGER PRIMARY KEY,
  study_id TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  rule TEXT NOT NULL,
  position INTEGER NOT NULL,
  raised_at INTEGER NOT NULL
) STRICT;

CREATE INDEX deviations_in_order ON deviations (study_id, deviation_id);

CREATE TABLE device_signatures (
  position INTEGER PRIMARY KEY,
  study_id TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  device_id INTEGER NOT NULL,
  state TEXT NOT NULL,
  code TEXT,
  checked_at INTEGER
) STRICT;

CREATE INDEX device_signatures_failed ON device_signatures (study_id, position) WHERE state = 'failed';

CREATE INDEX device_signatures_waiting ON device_signatures (position) WHERE state = 'waiting';

CREATE TRIGGER device_signatures_remain BEFORE DELETE ON device_signatures BEGIN SELECT RAISE(ABORT, 'checks of signatures are never deleted'); END;

CREATE TABLE devices (
  device_id INTEGER PRIMARY KEY,
  study_id TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  token_sha256 BLOB NOT NULL UNIQUE,
  label TEXT NOT NULL,
  issued_at INTEGER NOT NULL,
  revoked_at INTEGER
, kind TEXT NOT NULL DEFAULT 'token', public_key TEXT, app TEXT, form TEXT, expires_at INTEGER, replaced_at INTEGER, replaced_by INTEGER) STRICT;

CREATE INDEX devices_by_patient ON devices (study_id, patient_id);

CREATE TRIGGER devices_stay BEFORE UPDATE OF study_id, patient_id, label, issued_at, kind, public_key, form, expires_at ON devices
BEGIN SELECT RAISE(ABORT, 'devices are revoked or replaced, not changed'); END;

CREATE TABLE event_times (
  study_id TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  form TEXT NOT NULL,
  completed_at INTEGER NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (study_id, patient_id, form, completed_at, position)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER event_times_remain BEFORE DELETE ON event_times BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;

CREATE TRIGGER event_times_stay BEFORE UPDATE ON event_times BEGIN SELECT RAISE(ABORT, 'when an event was never changes'); END;

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
  dose TEXT, standing TEXT NOT NULL DEFAULT 'submitted',
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

CREATE TABLE patient_contacts (
  study_id TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  sealed BLOB,
  set_at INTEGER NOT NULL,
  PRIMARY KEY (study_id, patient_id, kind)
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
  salt TEXT NOT NULL, course TEXT NOT NULL DEFAULT '{}',
  PRIMARY KEY (study_id, patient_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE progress (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  journal_position INTEGER NOT NULL,
  second_body_id INTEGER NOT NULL
) STRICT;

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

CREATE INDEX queries_in_order ON queries (study_id, query_id);

CREATE TRIGGER queries_remain BEFORE DELETE ON queries BEGIN SELECT RAISE(ABORT, 'queries are never deleted'); END;

CREATE TABLE reminder_choices (
  study_id TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  quiet_from TEXT,
  quiet_to TEXT,
  set_at INTEGER NOT NULL,
  PRIMARY KEY (study_id, patient_id)
) STRICT, WITHOUT ROWID;

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

CREATE TRIGGER reminders_remain BEFORE DELETE ON reminders BEGIN SELECT RAISE(ABORT, 'reminders stay on record'); END;

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

CREATE TRIGGER response_versions_remain BEFORE DELETE ON response_versions BEGIN SELECT RAISE(ABORT, 'responses are never deleted'); END;

CREATE TRIGGER response_versions_stay BEFORE UPDATE ON response_versions BEGIN SELECT RAISE(ABORT, 'responses never change'); END;

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

CREATE TABLE signature_totals (
  study_id TEXT PRIMARY KEY,
  verified INTEGER NOT NULL,
  failed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

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

CREATE INDEX signatures_in_order ON signatures (study_id, signature_id);

CREATE TRIGGER signatures_remain BEFORE DELETE ON signatures BEGIN SELECT RAISE(ABORT, 'signatures are never deleted'); END;

CREATE TRIGGER signatures_stay BEFORE UPDATE OF study_id, patient_id, staff_id, name, meaning, signed_at, audit_size, audit_root, sha256 ON signatures
BEGIN SELECT RAISE(ABORT, 'a signature never changes'); END;

CREATE TABLE signed_responses (
  position INTEGER NOT NULL,
  signature_id INTEGER NOT NULL REFERENCES signatures (signature_id),
  PRIMARY KEY (position, signature_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX signed_responses_by_signature ON signed_responses (signature_id, position);

CREATE TABLE site_versions (
  study_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  site_id TEXT NOT NULL,
  version TEXT NOT NULL,
  from_date TEXT NOT NULL,
  set_at INTEGER NOT NULL,
  PRIMARY KEY (study_id, number)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER site_versions_remain BEFORE DELETE ON site_versions BEGIN SELECT RAISE(ABORT, 'a decision on a version is never removed'); END;

CREATE TRIGGER site_versions_stand BEFORE UPDATE ON site_versions BEGIN SELECT RAISE(ABORT, 'a decision on a version is never changed'); END;

CREATE TABLE staff (
  study_id TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  blinded INTEGER NOT NULL,
  sites TEXT,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER,
  PRIMARY KEY (study_id, staff_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER staff_remain BEFORE DELETE ON staff BEGIN SELECT RAISE(ABORT, 'staff stay on record'); END;

CREATE TRIGGER staff_stay BEFORE UPDATE OF study_id, staff_id, name, role, blinded, sites, created_at ON staff
BEGIN SELECT RAISE(ABORT, 'staff are revoked, not changed'); END;

CREATE TABLE staff_tokens (
  token_id INTEGER PRIMARY KEY,
  study_id TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  token_sha256 BLOB NOT NULL UNIQUE,
  issued_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;

CREATE INDEX staff_tokens_by_member ON staff_tokens (study_id, staff_id);

CREATE TABLE studies (
  study_id TEXT NOT NULL,
  version TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  files TEXT NOT NULL,
  published_at INTEGER NOT NULL,
  PRIMARY KEY (study_id, version)
) STRICT, WITHOUT ROWID;

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

CREATE TRIGGER transitions_remain BEFORE DELETE ON transitions BEGIN SELECT RAISE(ABORT, 'what happened is never deleted'); END;

CREATE TRIGGER transitions_stay BEFORE UPDATE ON transitions BEGIN SELECT RAISE(ABORT, 'what happened never changes'); END;
