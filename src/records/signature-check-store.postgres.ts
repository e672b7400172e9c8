// Entries whose signatures are to be checked, added on PostgreSQL in sets.
import { clientOf } from '../storage/postgres.ts'
import type { Transaction } from '../storage/transaction.ts'
import type { SignedEntry } from './signature-check-store.ts'

/** Throws if one is there already. */
export async function addSigned(tx: Transaction, signed: readonly SignedEntry[]): Promise<void> {
  if (signed.length === 0) return
  await clientOf(tx).query({
    name: 'add-signed',
    text: `INSERT INTO device_signatures (position, study_id, patient_id, device_id, state)
      SELECT position, study_id, patient_id, device_id, 'waiting'
      FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[]) AS s (position, study_id, patient_id, device_id)`,
    values: [
      signed.map((s) => s.position),
      signed.map((s) => s.studyId),
      signed.map((s) => s.patientId),
      signed.map((s) => s.deviceId),
    ],
  })
}
