// What `levee move` brings over: each table of the two SQLite databases, the columns of its PostgreSQL twin, and how a
// row of the one becomes a row of the other. Both sides are compared in the form that is written here.

import {
  always,
  bytes,
  bytesOrNull,
  type Column,
  plain,
  plains,
  slot,
  truth,
  uuid,
  type Value,
} from './moved-columns.ts'

/** The node under whose name the counts and starts of the embedded server stand afterwards. */
const formerNode = 'embedded'

export type MovedTable = {
  readonly name: string
  readonly from: 'journal' | 'trial'
  readonly columns: readonly Column[]
  /** The columns that order and find a row, the same on both sides; they are never null. */
  readonly key: readonly string[]
  /** The key of the PostgreSQL table where it is more than `key`; the others are the same in all moved rows. */
  readonly fullKey?: readonly string[]
  /** Rows may change while the embedded server runs on between two attempts; those of the others only come. */
  readonly changes: boolean
  /** A column whose identity must go on above its highest value. */
  readonly identity?: string
}

/** In the order in which they are brought: what others refer to first. */
export const movedTables: readonly MovedTable[] = [
  {
    name: 'studies',
    from: 'trial',
    columns: plains('study_id version sha256 files published_at'),
    key: ['study_id', 'version'],
    changes: false,
  },
  {
    name: 'site_versions',
    from: 'trial',
    columns: plains('study_id number site_id version from_date set_at'),
    key: ['study_id', 'number'],
    changes: false,
  },
  {
    name: 'patients',
    from: 'trial',
    columns: plains(
      'study_id patient_id site_id arm zone language status enrolled_on withdrawn_at salt course',
    ),
    key: ['study_id', 'patient_id'],
    changes: true,
  },
  {
    name: 'devices',
    from: 'trial',
    columns: [
      ...plains('device_id study_id patient_id'),
      bytes('token_sha256'),
      ...plains('label issued_at revoked_at kind public_key app form expires_at replaced_at replaced_by'),
    ],
    key: ['device_id'],
    changes: true,
    identity: 'device_id',
  },
  {
    name: 'activation_codes',
    from: 'trial',
    columns: [
      plain('code_id'),
      bytes('code_hmac'),
      ...plains(
        'study_id patient_id kind form form_version occasion issued_at issued_by expires_at used_at device_id ended_at',
      ),
    ],
    key: ['code_id'],
    changes: true,
    identity: 'code_id',
  },
  {
    name: 'entries',
    from: 'journal',
    columns: [
      ...plains('position study_id log_index'),
      uuid('submission_id'),
      ...plains('patient_id device_id received_at sha256 head group_first'),
      slot,
      bytes('body'),
    ],
    key: ['position'],
    changes: false,
  },
  {
    name: 'receipt_groups',
    from: 'journal',
    columns: [...plains('first size'), bytes('signature')],
    key: ['first'],
    changes: false,
  },
  {
    name: 'totals',
    from: 'journal',
    columns: [plain('study_id'), always('node', formerNode), always('writer', 0), plain('entries')],
    key: ['study_id'],
    fullKey: ['study_id', 'node', 'writer'],
    changes: true,
  },
  {
    name: 'second_bodies',
    from: 'journal',
    columns: [
      ...plains('id position'),
      truth('same_content'),
      ...plains('device_id received_at sha256 head'),
      bytes('body'),
      // When it was noticed is not on record there; that it was, is what counts.
      {
        name: 'noticed_at',
        of: (row, { secondBodyId }) => (Number(row.id) <= secondBodyId ? Number(row.received_at) : null),
      },
    ],
    key: ['id'],
    changes: true,
    identity: 'id',
  },
  {
    name: 'boots',
    from: 'journal',
    columns: [plain('id'), always('node', formerNode), ...plains('started_at version stopped_at')],
    key: ['id'],
    changes: true,
    identity: 'id',
  },
  {
    name: 'responses',
    from: 'trial',
    columns: plains(
      'position study_id patient_id form form_version occasion recorded_at leaf_index salt effect restricted',
    ),
    key: ['position'],
    changes: false,
  },
  {
    name: 'occasions',
    from: 'trial',
    columns: plains('study_id occasion form patient_id position status dose standing'),
    key: ['study_id', 'occasion', 'form', 'patient_id'],
    changes: true,
  },
  {
    name: 'scores',
    from: 'trial',
    columns: plains('position name value band'),
    key: ['position', 'name'],
    // A change that was approved replaces them.
    changes: true,
  },
  {
    name: 'alerts',
    from: 'trial',
    columns: plains(
      'alert_id study_id patient_id rule day position severity audience state raised_at acknowledge_by revision level escalated_to look_at completed_at received_at',
    ),
    key: ['alert_id'],
    changes: true,
    identity: 'alert_id',
  },
  {
    name: 'event_times',
    from: 'trial',
    columns: plains('study_id patient_id form completed_at position'),
    key: ['study_id', 'patient_id', 'form', 'completed_at', 'position'],
    changes: false,
  },
  {
    name: 'deviations',
    from: 'trial',
    columns: plains('deviation_id study_id patient_id rule position raised_at'),
    key: ['deviation_id'],
    changes: false,
    identity: 'deviation_id',
  },
  {
    name: 'staff',
    from: 'trial',
    columns: [
      ...plains('study_id staff_id name role'),
      truth('blinded'),
      ...plains('sites created_at revoked_at'),
    ],
    key: ['study_id', 'staff_id'],
    changes: true,
  },
  {
    name: 'staff_tokens',
    from: 'trial',
    columns: [
      ...plains('token_id study_id staff_id'),
      bytes('token_sha256'),
      ...plains('issued_at revoked_at'),
    ],
    key: ['token_id'],
    changes: true,
    identity: 'token_id',
  },
  {
    name: 'transitions',
    from: 'trial',
    columns: plains('study_id record revision transition state actor role at said salt'),
    key: ['study_id', 'record', 'revision'],
    changes: false,
  },
  {
    name: 'queries',
    from: 'trial',
    columns: plains('query_id study_id patient_id position item opened_by opened_at state revision'),
    key: ['query_id'],
    changes: true,
    identity: 'query_id',
  },
  {
    name: 'change_requests',
    from: 'trial',
    columns: plains(
      'change_id study_id patient_id position answers source drafted_by drafted_at state revision',
    ),
    key: ['change_id'],
    changes: true,
    identity: 'change_id',
  },
  {
    name: 'response_versions',
    from: 'trial',
    columns: plains('position version change_id recorded_at leaf_index salt effect restricted'),
    key: ['position', 'version'],
    changes: false,
  },
  {
    name: 'signatures',
    from: 'trial',
    columns: plains(
      'signature_id study_id patient_id staff_id name meaning signed_at audit_size audit_root sha256 state revision',
    ),
    key: ['signature_id'],
    changes: true,
    identity: 'signature_id',
  },
  {
    name: 'signed_responses',
    from: 'trial',
    columns: plains('position signature_id'),
    key: ['position', 'signature_id'],
    changes: false,
  },
  {
    name: 'device_signatures',
    from: 'trial',
    columns: plains('position study_id patient_id device_id state code checked_at'),
    key: ['position'],
    changes: true,
  },
  {
    name: 'signature_totals',
    from: 'trial',
    columns: plains('study_id verified failed'),
    key: ['study_id'],
    changes: true,
  },
  {
    name: 'declarations',
    from: 'trial',
    columns: plains('device_id study_id patient_id entries changed_at contact_at'),
    key: ['device_id'],
    changes: true,
  },
  {
    name: 'held',
    from: 'trial',
    columns: [
      ...plains('position study_id patient_id lane state code attempts'),
      truth('attempting'),
      ...plains('next_attempt_at held_at set_aside_at'),
      slot,
    ],
    key: ['position'],
    changes: true,
  },
  {
    name: 'conflicts',
    from: 'trial',
    columns: plains('second_body_id study_id patient_id position noticed_at set_aside_at'),
    key: ['second_body_id'],
    changes: true,
  },
  {
    name: 'outbox',
    from: 'trial',
    columns: [
      ...plains('message_id study_id kind record payload created_at sent_at'),
      // Messages of one record go out in this order.
      { name: 'number', from: 'rowid', of: (row) => row.rowid as number },
      ...plains('attempts first_attempt_at next_attempt_at gave_up_at last_outcome'),
    ],
    key: ['message_id'],
    changes: true,
    identity: 'number',
  },
  {
    name: 'audit_entries',
    from: 'trial',
    columns: plains('study_id leaf_index leaf'),
    key: ['study_id', 'leaf_index'],
    changes: false,
  },
  {
    name: 'audit_heads',
    from: 'trial',
    columns: [...plains('study_id size entries'), bytes('frontier')],
    key: ['study_id'],
    changes: true,
  },
  {
    name: 'audit_checkpoints',
    from: 'trial',
    columns: [...plains('study_id size'), bytes('frontier'), plain('note')],
    key: ['study_id', 'size'],
    changes: false,
  },
  {
    name: 'reminders',
    from: 'trial',
    columns: plains(
      'reminder_id study_id patient_id form occasion nth planned_for closes_at state why channel outcome attempts next_at first_attempt_at last_attempt_at sent_at claimed_by claimed_until shown_at opened_at',
    ),
    key: ['reminder_id'],
    changes: true,
  },
  {
    name: 'push_subscriptions',
    from: 'trial',
    columns: [
      ...plains('device_id study_id patient_id'),
      bytesOrNull('sealed'),
      ...plains('set_at dropped_at dropped_because'),
    ],
    key: ['device_id'],
    changes: true,
  },
  {
    name: 'patient_contacts',
    from: 'trial',
    columns: [...plains('study_id patient_id kind'), bytesOrNull('sealed'), plain('set_at')],
    key: ['study_id', 'patient_id', 'kind'],
    changes: true,
  },
  {
    name: 'reminder_choices',
    from: 'trial',
    columns: [...plains('study_id patient_id'), truth('enabled'), ...plains('quiet_from quiet_to set_at')],
    key: ['study_id', 'patient_id'],
    changes: true,
  },
  {
    name: 'ledger',
    from: 'trial',
    columns: plains('study_id taken applied quarantined retrying dead'),
    key: ['study_id'],
    changes: true,
  },
]

/** A row as one line of text: what is compared, counted and hashed on both sides. */
export const lineOf = (values: readonly Value[]): string => JSON.stringify(values)
