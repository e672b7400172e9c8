-- safe: trial
-- What devices signed, and whether it has been checked; and which entries devices say they hold.

-- One row for each entry that was signed, or should have been. state: waiting | verified | failed; `code` says why it
-- failed. Follows from the journal and the devices' keys, so it can be checked anew by anyone at any time.
CREATE TABLE device_signatures (
  position INTEGER PRIMARY KEY,
  study_id TEXT NOT NULL,
  patient_id TEXT NOT NULL,
  device_id INTEGER NOT NULL,
  state TEXT NOT NULL,
  code TEXT,
  checked_at INTEGER
) STRICT;
CREATE INDEX device_signatures_waiting ON device_signatures (position) WHERE state = 'waiting';
CREATE INDEX device_signatures_failed ON device_signatures (study_id, position) WHERE state = 'failed';

-- How many of each study were checked; moves with the rows.
CREATE TABLE signature_totals (
  study_id TEXT PRIMARY KEY,
  verified INTEGER NOT NULL,
  failed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a device said last that it holds: a JSON list of {submissionId, form, occasion, completedAt, sequence, problem,
-- since}. `changed_at`: when the list became this one; `contact_at`: when it was last said again, within an hour.
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

CREATE TRIGGER device_signatures_remain BEFORE DELETE ON device_signatures BEGIN SELECT RAISE(ABORT, 'checks of signatures are never deleted'); END;
CREATE TRIGGER declarations_remain BEFORE DELETE ON declarations BEGIN SELECT RAISE(ABORT, 'declarations are never deleted'); END;
