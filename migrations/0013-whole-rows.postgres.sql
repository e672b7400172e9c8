-- safe: levee
-- What never changes is refused when it would change, not when a statement merely names the column: `levee move` sets
-- whole rows when it is run again.
DROP TRIGGER staff_stay ON staff;
CREATE TRIGGER staff_stay BEFORE UPDATE ON staff
  FOR EACH ROW WHEN ((OLD.study_id, OLD.staff_id, OLD.name, OLD.role, OLD.blinded, OLD.sites, OLD.created_at)
    IS DISTINCT FROM (NEW.study_id, NEW.staff_id, NEW.name, NEW.role, NEW.blinded, NEW.sites, NEW.created_at))
  EXECUTE FUNCTION refuse_change('staff are revoked, not changed');
DROP TRIGGER signatures_stay ON signatures;
CREATE TRIGGER signatures_stay BEFORE UPDATE ON signatures
  FOR EACH ROW WHEN ((OLD.study_id, OLD.patient_id, OLD.staff_id, OLD.name, OLD.meaning, OLD.signed_at, OLD.audit_size, OLD.audit_root, OLD.sha256)
    IS DISTINCT FROM (NEW.study_id, NEW.patient_id, NEW.staff_id, NEW.name, NEW.meaning, NEW.signed_at, NEW.audit_size, NEW.audit_root, NEW.sha256))
  EXECUTE FUNCTION refuse_change('a signature never changes');
