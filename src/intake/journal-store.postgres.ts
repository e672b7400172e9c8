// The journal's statements on PostgreSQL: the readers'. The writer's are in journal-writer-store.postgres.ts and
// beside it.
import type { Queryable } from '../storage/postgres.ts'
import type { JournalReader } from './journal-store.ts'
import { uuidPattern } from './submission-schema.ts'

/** Other texts cannot be a submission's id, and PostgreSQL refuses to compare them with one. */
const uuid = new RegExp(uuidPattern)

type EntryRow = {
  study_id: string
  log_index: number
  submission_id: string
  patient_id: string
  device_id: number
  received_at: number
  sha256: string
  head: string
  body: Buffer
}
type EvidenceRow = Pick<EntryRow, 'device_id' | 'received_at' | 'sha256' | 'head' | 'body'> & {
  position: number
}

/**
 * The readers' half. Every answer is one statement, so it is consistent in itself; what was read of the ledger
 * before is covered by `totals`, because an entry, its work for processing and its count are one commit.
 */
export function journalReader(db: Queryable): JournalReader {
  const one = async <R extends object>(name: string, text: string, values: unknown[] = []) =>
    (await db.query<R>({ name, text, values })).rows[0]
  return {
    async entryAt(position) {
      const r = await one<EntryRow>('journal-entry', 'SELECT * FROM entries WHERE position = $1', [position])
      if (r === undefined) return undefined
      return {
        position,
        studyId: r.study_id,
        logIndex: r.log_index,
        submissionId: r.submission_id,
        patientId: r.patient_id,
        deviceId: r.device_id,
        receivedAt: r.received_at,
        sha256: r.sha256,
        head: r.head,
        body: r.body,
      }
    },
    async find(studyId, patientId, submissionId) {
      if (!uuid.test(submissionId)) return undefined
      return one(
        'journal-find',
        `SELECT position, log_index AS "logIndex", received_at AS "receivedAt" FROM entries
         WHERE submission_id = $1 AND study_id = $2 AND patient_id = $3`,
        [submissionId, studyId, patientId],
      )
    },
    async totals() {
      const { rows } = await db.query<{ study_id: string; entries: number }>(
        'SELECT study_id, sum(entries)::bigint AS entries FROM totals GROUP BY study_id',
      )
      return new Map(rows.map((r) => [r.study_id, r.entries]))
    },
    async lastPosition() {
      const r = await one<{ p: number }>(
        'journal-last',
        'SELECT COALESCE(max(position), 0) AS p FROM entries',
      )
      return r!.p
    },
    async evidence(secondBodyId) {
      const r = await one<EvidenceRow>(
        'journal-evidence',
        'SELECT position, device_id, received_at, sha256, head, body FROM second_bodies WHERE id = $1',
        [secondBodyId],
      )
      if (r === undefined) return undefined
      return {
        position: r.position,
        deviceId: r.device_id,
        receivedAt: r.received_at,
        sha256: r.sha256,
        head: r.head,
        body: r.body,
      }
    },
  }
}
