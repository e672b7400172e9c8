-- safe: trial
-- Who works in a study, in which role, at which sites. `sites` is a JSON array of site ids, or null: all of them. Rows
-- change only by revocation. Of a token the hash alone is kept.
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

CREATE TABLE staff_tokens (
  token_id INTEGER PRIMARY KEY,
  study_id TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  token_sha256 BLOB NOT NULL UNIQUE,
  issued_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;
CREATE INDEX staff_tokens_by_member ON staff_tokens (study_id, staff_id);

CREATE TRIGGER staff_remain BEFORE DELETE ON staff BEGIN SELECT RAISE(ABORT, 'staff stay on record'); END;
CREATE TRIGGER staff_stay BEFORE UPDATE OF study_id, staff_id, name, role, blinded, sites, created_at ON staff
BEGIN SELECT RAISE(ABORT, 'staff are revoked, not changed'); END;
