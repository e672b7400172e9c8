-- safe: levee
-- Which version of a study a site has taken, for what is due from a date on: a calendar date at the site. Of a site's
-- decisions the one with the highest number wins, among those whose date has come.
CREATE TABLE site_versions (
  study_id TEXT COLLATE "C" NOT NULL,
  number INTEGER NOT NULL,
  site_id TEXT COLLATE "C" NOT NULL,
  version TEXT COLLATE "C" NOT NULL,
  from_date TEXT COLLATE "C" NOT NULL,
  set_at BIGINT NOT NULL,
  PRIMARY KEY (study_id, number)
);

CREATE TRIGGER site_versions_stand BEFORE UPDATE ON site_versions
  FOR EACH ROW EXECUTE FUNCTION refuse_change('a decision on a version is never changed');
CREATE TRIGGER site_versions_remain BEFORE DELETE ON site_versions
  FOR EACH ROW EXECUTE FUNCTION refuse_change('a decision on a version is never removed');
CREATE TRIGGER site_versions_whole BEFORE TRUNCATE ON site_versions
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('a decision on a version is never removed');
