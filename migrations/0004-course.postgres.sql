-- safe: levee
-- What happened to a patient, as far as anything falls due by it: dates of anchors, zones the device was seen in, dose
-- levels and holds, spans that cannot be judged. JSON, see src/study/course.ts; every change has its audit entry.
ALTER TABLE patients ADD COLUMN course text NOT NULL DEFAULT '{}';
