-- safe: levee
-- What devices signed, and whether it has been checked; and which entries devices say they hold.

-- One row for each entry that was signed, or should have been. state: waiting | verified | failed; `code` says why it
-- failed. Follows from the journal and the devices' keys, so it can be checked anew by anyone at any time.
CREATE TABLE device_signatures (
  position BIGINT PRIMARY KEY,
  study_id TEXT COLLATE "C" NOT NULL,
  patient_id TEXT COLLATE "C" NOT NULL,
  device_id BIGINT NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  code TEXT COLLATE "C",
  checked_at BIGINT
);
CREATE INDEX device_signatures_waiting ON device_signatures (position) WHERE state = 'waiting';
CREATE INDEX device_signatures_failed ON device_signatures (study_id, position) WHERE state = 'failed';

-- How many of each study were checked; moves with the rows.
CREATE TABLE signature_totals (
  study_id TEXT COLLATE "C" PRIMARY KEY,
  verified BIGINT NOT NULL,
  failed BIGINT NOT NULL
);

-- What a device said last that it holds: a JSON list of {submissionId, form, occasion, completedAt, sequence, problem,
-- since}. `changed_at`: when the list became this one; `contact_at`: when it was last said again, within an hour.
CREATE TABLE declarations (
  device_id BIGINT PRIMARY KEY,
  study_id TEXT COLLATE "C" NOT NULL,
  patient_id TEXT COLLATE "C" NOT NULL,
  entries TEXT NOT NULL,
  changed_at BIGINT NOT NULL,
  contact_at BIGINT NOT NULL
);
CREATE INDEX declarations_by_patient ON declarations (study_id, patient_id);
CREATE INDEX declarations_open ON declarations (study_id, device_id) WHERE entries <> '[]';

CREATE TRIGGER device_signatures_remain BEFORE DELETE ON device_signatures
  FOR EACH ROW EXECUTE FUNCTION refuse_change('checks of signatures are never deleted');
CREATE TRIGGER declarations_remain BEFORE DELETE ON declarations
  FOR EACH ROW EXECUTE FUNCTION refuse_change('declarations are never deleted');
