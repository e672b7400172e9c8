// Keeps what the checks of signatures said, each failure with its audit entry. A check follows from the journal and the
// device's key, so those that verify need no entry: anyone can make them again.
import type { Transaction } from '../storage/transaction.ts'
import type { AuditLog } from './audit-log.ts'
import type { MadeCheck, SignatureCheckStore } from './signature-check-store.ts'

/** A check with what the audit log names of its entry; null where that could not be read. */
export type CheckedEntry = MadeCheck & {
  readonly patientId: string
  readonly logIndex: number | null
  readonly sha256: string | null
}
export type NoteSignatures = { readonly studyId: string; readonly checks: readonly CheckedEntry[] }

/** Returns how many were noted; 0 where all had been noted before. */
export async function noteSignatures(
  {
    tx,
    store,
    audit,
    now,
  }: {
    readonly tx: Transaction
    readonly store: SignatureCheckStore
    readonly audit: AuditLog
    readonly now: number
  },
  { studyId, checks }: NoteSignatures,
): Promise<{ noted: number }> {
  const noted = await store.note(tx, studyId, checks, now)
  const at = new Date(now).toISOString()
  for (const { position, patientId, logIndex, sha256, code } of checks) {
    if (code === null || !noted.has(position)) continue
    await audit.append(tx, {
      at,
      actor: 'system:signatures',
      action: 'signature.failed',
      study: studyId,
      patient: patientId,
      record: `entry:${position}`,
      ...(logIndex === null || sha256 === null ? {} : { entry: { position, logIndex, sha256 } }),
      reason: code,
    })
  }
  return { noted: noted.size }
}
