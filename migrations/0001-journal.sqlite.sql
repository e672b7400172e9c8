-- safe: journal
-- The journal: the source record. Raw bytes as received, in the order they were made durable. Never updated.

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

-- The id leads: UUIDv7 grows with time, so new keys land on the same few pages.
CREATE UNIQUE INDEX entries_by_submission ON entries (submission_id, study_id, patient_id);

-- One row for each commit: the signature over the Merkle root of its receipts.
CREATE TABLE receipt_groups (
  first INTEGER PRIMARY KEY,
  size INTEGER NOT NULL,
  signature BLOB NOT NULL
) STRICT;

CREATE TABLE totals (
  study_id TEXT PRIMARY KEY,
  entries INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Other bytes under a known submission id. `same_content`: differs in spelling or sending time only.
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

-- One row for each start, committed before the doors open: its flush covers every row seen before (P1, P2).
CREATE TABLE boots (
  id INTEGER PRIMARY KEY,
  started_at INTEGER NOT NULL,
  version TEXT NOT NULL,
  stopped_at INTEGER
) STRICT;

CREATE TRIGGER entries_stay BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'journal entries never change'); END;
CREATE TRIGGER entries_remain BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'journal entries are never deleted'); END;
CREATE TRIGGER second_bodies_stay BEFORE UPDATE ON second_bodies BEGIN SELECT RAISE(ABORT, 'evidence never changes'); END;
CREATE TRIGGER second_bodies_remain BEFORE DELETE ON second_bodies BEGIN SELECT RAISE(ABORT, 'evidence is never deleted'); END;
