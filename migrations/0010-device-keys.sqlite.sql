-- safe: trial
-- Phones that activate themselves by a one-time code, with a key of their own; and the codes.

-- kind: token (issued on the command line, no key) | own (a phone of the patient) | clinic (a tablet of the site, handed
-- over for one form, until `expires_at`). `public_key`: SPKI, base64. A replaced phone may hand in what it holds.
ALTER TABLE devices ADD COLUMN kind TEXT NOT NULL DEFAULT 'token';
ALTER TABLE devices ADD COLUMN public_key TEXT;
ALTER TABLE devices ADD COLUMN app TEXT;
ALTER TABLE devices ADD COLUMN form TEXT;
ALTER TABLE devices ADD COLUMN expires_at INTEGER;
ALTER TABLE devices ADD COLUMN replaced_at INTEGER;
ALTER TABLE devices ADD COLUMN replaced_by INTEGER;

-- One-time codes; of a code its keyed hash alone is kept. One that was used names the device it made; one that was
-- taken back has `ended_at`. Rows stay for ever.
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
CREATE TRIGGER devices_stay BEFORE UPDATE OF study_id, patient_id, label, issued_at, kind, public_key, form, expires_at ON devices
BEGIN SELECT RAISE(ABORT, 'devices are revoked or replaced, not changed'); END;
