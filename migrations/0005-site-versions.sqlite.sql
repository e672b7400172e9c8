-- safe: trial
-- Which version of a study a site has taken, for what is due from a date on: a calendar date at the site. Of a site's
-- decisions the one with the highest number wins, among those whose date has come.
CREATE TABLE site_versions (
  study_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  site_id TEXT NOT NULL,
  version TEXT NOT NULL,
  from_date TEXT NOT NULL,
  set_at INTEGER NOT NULL,
  PRIMARY KEY (study_id, number)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER site_versions_stand BEFORE UPDATE ON site_versions BEGIN SELECT RAISE(ABORT, 'a decision on a version is never changed'); END;
CREATE TRIGGER site_versions_remain BEFORE DELETE ON site_versions BEGIN SELECT RAISE(ABORT, 'a decision on a version is never removed'); END;
