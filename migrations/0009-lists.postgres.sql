-- safe: levee
-- Lists of what staff work on are read a page at a time in the order of their ids; and what a signature is about by the
-- signature.
CREATE INDEX alerts_in_order ON alerts (study_id, alert_id);
CREATE INDEX queries_in_order ON queries (study_id, query_id);
CREATE INDEX change_requests_in_order ON change_requests (study_id, change_id);
CREATE INDEX signatures_in_order ON signatures (study_id, signature_id);
CREATE INDEX deviations_in_order ON deviations (study_id, deviation_id);
CREATE INDEX signed_responses_by_signature ON signed_responses (signature_id, position);
