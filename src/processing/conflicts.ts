// Notices other content under a known submission id, which intake kept as evidence: one task for a named
// human and one audit entry for each (P2).
import type { SqliteJournalReader } from '../intake/journal-store.sqlite.ts'
import type { EmbeddedAuditLog } from '../records/audit-log.ts'
import type { conflictStore } from '../records/conflict-store.sqlite.ts'
import type { Transaction } from '../storage/transaction.ts'

const most = 500

/** Takes the next second bodies into the records and moves `progress.secondBodyId`. */
export function noteConflicts(
  tx: Transaction,
  journal: SqliteJournalReader,
  audit: EmbeddedAuditLog,
  conflicts: ReturnType<typeof conflictStore>,
  progress: { secondBodyId: number },
  at: string,
): void {
  for (const second of journal.secondBodiesAfter(progress.secondBodyId, most)) {
    progress.secondBodyId = second.id
    if (second.sameContent) continue
    const { id, studyId, patientId, position, sha256 } = second
    conflicts.add(tx, { secondBodyId: id, studyId, patientId, position, noticedAt: Date.parse(at) })
    audit.append(tx, {
      at,
      actor: 'system:processing',
      action: 'submission.conflict',
      study: studyId,
      patient: patientId,
      record: `second-body:${id}`,
      reason: `other content for entry:${position}, sha256 ${sha256}`,
    })
  }
}
