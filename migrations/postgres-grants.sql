-- What a node of a cluster may do, for a role that does not own the tables: receive, process, send, and nothing else.
-- No role that a node uses may change or remove what was received, answered or audited.
--   psql -v role=levee_node -f migrations/postgres-grants.sql …   or   levee migrate --grant-to levee_node
-- To be run by the tables' owner, again after each migration; what was granted before is taken back first.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM :"role";
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM :"role";
GRANT USAGE ON SCHEMA public TO :"role";

GRANT SELECT ON ALL TABLES IN SCHEMA public TO :"role";
GRANT USAGE, SELECT ON SEQUENCE groups TO :"role";

-- Written once, never changed.
GRANT INSERT ON entries, receipt_groups, retries, studies, site_versions, responses, event_times, deviations,
  audit_entries, audit_checkpoints, installation, transitions, response_versions, signed_responses TO :"role";

-- Only these columns change.
GRANT INSERT, UPDATE (noticed_at) ON second_bodies TO :"role";
GRANT INSERT, UPDATE (stopped_at) ON boots TO :"role";
GRANT INSERT, UPDATE (status, withdrawn_at, course) ON patients TO :"role";
GRANT INSERT, UPDATE (revoked_at, token_sha256, app, replaced_at, replaced_by) ON devices TO :"role";
GRANT INSERT, UPDATE (used_at, device_id, ended_at) ON activation_codes TO :"role";
GRANT INSERT, UPDATE (revoked_at) ON staff, staff_tokens TO :"role";
GRANT INSERT, UPDATE (position, status, dose, standing) ON occasions TO :"role";
GRANT INSERT, UPDATE (value, band) ON scores TO :"role";
GRANT INSERT, UPDATE (state, revision, level, escalated_to, look_at) ON alerts TO :"role";
GRANT INSERT, UPDATE (state, revision) ON queries, change_requests, signatures TO :"role";
GRANT INSERT, UPDATE (set_aside_at) ON conflicts TO :"role";
GRANT INSERT, UPDATE (state, code, checked_at) ON device_signatures TO :"role";
GRANT INSERT, UPDATE (verified, failed) ON signature_totals TO :"role";
GRANT INSERT, UPDATE (entries, changed_at, contact_at) ON declarations TO :"role";
GRANT INSERT, UPDATE (entries) ON totals TO :"role";
GRANT INSERT, UPDATE (taken, applied, quarantined, retrying, dead) ON ledger TO :"role";
GRANT INSERT, UPDATE (size, entries, frontier) ON audit_heads TO :"role";
GRANT INSERT, UPDATE (state, code, attempts, attempting, next_attempt_at, set_aside_at) ON held TO :"role";
GRANT INSERT, UPDATE (sent_at, attempts, first_attempt_at, next_attempt_at, gave_up_at, last_outcome, claimed_by, claimed_until)
  ON outbox TO :"role";

GRANT INSERT, UPDATE (planned_for, closes_at, state, why, channel, outcome, attempts, next_at, first_attempt_at,
  last_attempt_at, sent_at, claimed_by, claimed_until, shown_at, opened_at) ON reminders TO :"role";
GRANT INSERT, UPDATE (sealed, set_at, dropped_at, dropped_because) ON push_subscriptions TO :"role";
GRANT INSERT, UPDATE (sealed, set_at) ON patient_contacts TO :"role";
GRANT INSERT, UPDATE (enabled, quiet_from, quiet_to, set_at) ON reminder_choices TO :"role";

-- Work in hand.
GRANT INSERT, DELETE ON waiting TO :"role";
GRANT INSERT, UPDATE, DELETE ON attempts TO :"role";
